"""Lines that belong to the page and not to the article: credits, widgets, links to other pages.

A rule acts on a whole line, and only on a short one: a sentence that merely mentions a photo, a comment or a
newsletter does not match. What a rule takes is lost to every answer, so in doubt a line stays.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_MAX_LINE = 240
"""Code points; longer lines are prose."""

# All but ``_NAMED_CREDIT`` are matched against the whole line in lower case, without accents, white space collapsed
# and the decoration at both ends taken off.
_AGENCY = (
    r"(?:unsplash|pexels|pixabay|freepik|flickr|shutterstock|istock(?:photo)?|getty(?: images)?|adobe stock"
    r"|depositphotos|dreamstime|alamy|123rf|envato|canva|stocksnap|wikimedia(?: commons)?|wikipedia|creative commons"
    r"|midjourney|dall[ .·-]?e(?: \d)?|stable diffusion|reuters|afp|efe|epa|ap(?: photo)?|associated press"
    r"|europa press|bloomberg|xinhua|anadolu|notimex|cuartoscuro|zuma(?: press)?|nurphoto|sipa|picture alliance)"
)
_PICTURE = (
    r"(?:fotos?|fotografias?|photos?|photographs?|imagen(?:es)?|images?|pictures?|ilustracion(?:es)?|illustrations?"
    r"|infografia|videos?|capturas?|screenshot|portada|cover)"
)
_MADE = r"(?:generad[ao]s?|cread[ao]s?|hech[ao]s?|elaborad[ao]s?|generated|created|made|produced)"
_AI = (
    r"(?:ia|ai|inteligencia artificial|artificial intelligence|chatgpt|openai|gemini|copilot|grok|firefly"
    rf"|{_AGENCY})(?: generativa)?"
)
_NETWORK = (
    r"(?:facebook|twitter|x|instagram|linkedin|whatsapp|telegram|tiktok|youtube|pinterest|reddit|threads|bluesky"
    r"|mastodon|messenger|flipboard|tumblr|google (?:news|noticias)|e-?mail|correo(?: electronico)?|discord"
    r"|(?:(?:tus|las|nuestras) )?redes(?: sociales)?|social media)(?: \((?:twitter|x)\))?"
)
_NETWORKS = rf"{_NETWORK}(?:(?:\s?[,/|·•]\s?| (?:y|e|o|&|and|or) | ){_NETWORK})*"
_THIS = (
    r"(?:est[ea]|esto|el|la|this|the|it)"
    r"(?: (?:articulo|noticia|post|entrada|nota|publicacion|historia|contenido|story|article|page|news))?"
)

_PICTURES = (
    # Photo by Ana Ruiz on Unsplash · Foto de Ana Ruiz en Pexels · Imagen: Ana Ruiz/Getty Images · Foto: EFE
    (
        rf"{_PICTURE} (?:by|de|por|via|from|cortesia de|courtesy of) "
        rf"(?:.{{1,70}}?(?: (?:on|en|via|from|para|for) | ?[/|(,–—-] ?(?:de |from )?))?{_AGENCY}\)?\.?"
    ),
    rf"(?:{_PICTURE}(?: de archivo)?\.? )?(?:reuters|efe|afp|epa|ap|getty(?: images)?|europa press|xinhua)/.{{1,60}}",
    rf"(?:{_PICTURE}|creditos?|credits?)(?: .{{1,30}})? ?[:|] ?(?:.{{1,80}}[ /|(,@–—-])?{_AGENCY}\)?\.?",
    (
        rf"{_PICTURE} ?[:|] ?(?:archivo|cortesia|redes sociales|captura(?: de (?:pantalla|video))?|especial|handout"
        rf"|file(?: photo)?|screenshot|{_MADE} .{{1,40}})\.?"
    ),
    rf"{_PICTURE} (?:cortesia de|courtesy of|de archivo)(?: .{{1,60}})?",
    # Crédito de la imagen: … · Image source: … · Photo credit: …
    (
        rf"(?:creditos?|credits?|fuente|source)(?: (?:de|of|for))?(?: (?:la|las|el|los|the))? {_PICTURE}"
        rf"(?: (?:destacada|de portada))?(?: ?[:|] ?.{{1,80}})?"
    ),
    rf"{_PICTURE} (?:credits?|source|courtesy|creditos?)(?: ?(?:[:|]|\bof\b|\bde\b) ?.{{1,80}})?",
    # Nota de la fuente: Imagen generada por IA, … · Source note: the image is AI-generated · Imagen creada con DALL-E
    (
        rf"(?:(?:notas?|notes?)(?: [a-z]+){{0,3}} (?:fuente|source|{_PICTURE})|fuente|source|creditos?|credits?"
        rf"|derechos|{_PICTURE})(?: [a-z]+){{0,4}} ?: ?"
        rf"(?:(?:la|the|esta|this) )?{_PICTURE}(?: (?:fue|ha sido|es|was|is))? "
        rf"(?:{_MADE}|ai-generated|cortesia|courtesy|propiedad|proporcionad[ao]|provided|via|licenciad[ao]|licensed)\b"
        rf".{{0,140}}"
    ),
    (
        rf"(?:(?:la|the|esta|this) )?{_PICTURE}(?: (?:de portada|destacada))?(?: (?:fue|ha sido|es|was|is))? {_MADE} "
        rf"(?:(?:mediante|con|por|usando|by|with|using) )?(?:(?:una|an|la) )?{_AI}\.?"
    ),
    rf"(?:ai|ia)[- ]generated {_PICTURE}\.?",
    # © 2025 El Diario · Todos los derechos reservados
    r"(?:copyright )?(?:©|\(c\)) ?.{0,100}",
    r"copyright \d{4}.{0,80}",
    r"(?:.{0,60}[ .,;|–—-])?(?:todos los derechos reservados|all rights reserved)\.?",
)
# Foto: Ana Ruiz · Image: Ana Ruiz / El País: only names. Matched against the line as it is written.
_NAMED_CREDIT = re.compile(
    r"(?:Fotos?|FOTOS?|Fotograf[ií]as?|Photos?|PHOTOS?|Im[aá]gen(?:es)?|IMAGEN|Images?|IMAGE|Pictures?|Ilustraci[oó]n"
    r"|Illustration|Infograf[ií]a)\s*(?::|\||\bby\b|\bpor\b)\s*"
    r"[A-ZÁÉÍÓÚÑ@][\w.'’@-]*(?:(?:\s+|\s*[/|,·&]\s*)(?:(?:de|del|la|y|for|and|vía|via|the)\s+)?[A-ZÁÉÍÓÚÑ@][\w.'’@-]*){0,6}"
)
_COMMENTS = (
    r"(?:dejar?|escrib[ea]|escribir|publicar|enviar|anadir|agregar?) (?:un|tu|su) comentario",
    r"dejar? una respuesta(?: cancelar(?: la)? respuesta)?",
    r"(?:leave|post|add|write|submit) (?:a|your) (?:comment|reply)(?: cancel reply)?",
    r"(?:cancelar|cancel)(?: (?:la )?(?:respuesta|reply))?|(?:post|submit) comment|responder|reply",
    r"(?:comentarios?|comments?) ?\(\d+\)|\d+ (?:comentarios?|comments?)",
    r"(?:sin|no hay|ver(?: los)?) comentarios(?: todavia| aun)?|no comments(?: yet)?|view (?:all )?comments",
    r"(?:tu|su) direccion de correo electronico no sera publicada\.?(?: los campos .{1,60})?",
    r"your email address will not be published\.?(?: required fields .{1,40})?",
    r"(?:guarda(?:r)? mi nombre|save my name),? .{0,120}(?:comente|comment)\.?",
    r"inicia(?:r)? sesion(?: para (?:comentar|dejar un comentario|responder))?",
    r"(?:log|sign) in(?: to (?:comment|leave a comment|reply))?",
    (
        r"(?:debes|you must|tienes que) .{1,40} (?:para|to) "
        r"(?:(?:publicar|dejar|escribir|post|leave|write) (?:un|a) (?:comentario|comment)|comentar|comment|reply)\.?"
    ),
)
_SHARING = (
    (
        rf"(?:compart(?:ir|e|elo|ilo)|share|tuitear?|tweet)(?: {_THIS})?"
        rf"(?:(?: (?:en|on|via|por|con|to|with|a traves de)){{1,2}}"
        rf"(?: {_NETWORKS}| (?:tus|your) (?:amigos|contactos|friends|redes(?: sociales)?)))?:?"
    ),
    rf"(?:siguenos|seguinos|encuentranos|follow us|find us) (?:tambien )?(?:en|on) {_NETWORKS}",
    rf"{_NETWORK}(?:(?: ?[,/|·•] ?| ){_NETWORK})+",
    r"ha(?:z|ga) clic(?:k)? para compartir .{1,60}|click to share .{1,60}",
    r"(?:copiar|copy)(?: el)? (?:enlace|link)|imprimir|print(?: this)?(?: article)?|guardar articulo|save article",
)
_NEWSLETTERS = (
    r"(?:suscrib(?:ete|irse|irme|ase|ite)|apuntate|registrate|subscribe|sign up)(?: (?:ahora|gratis|now|for free))?",
    (
        r"(?:suscrib(?:ete|irse|ase|ite)|apuntate|registrate|subscribe|sign up) .{0,60}"
        r"\b(?:boletin(?:es)?|newsletters?|alertas|canal|lista de correo|mailing list|inbox|updates|channel)\b.{0,60}"
    ),
    (
        r"(?:recibe|recibir|get|receive) .{1,80} (?:en (?:tu|su) (?:correo|e-?mail|bandeja|buzon)|(?:in|to) your "
        r"(?:inbox|e-?mail)).{0,30}"
    ),
    (
        r"(?:unete a|join) (?:nuestr[ao]|our) (?:canal|grupo|comunidad|channel|group|community) (?:de|en|on) "
        rf"{_NETWORK}(?: (?:y|and|para|to) .{{1,60}})?"
    ),
    r"(?:nuestro|our) (?:boletin|newsletter)",
)
_RELATED = (
    r"(?:tambien )?(?:te|le|os) (?:puede|pueden|podria|podrian) (?:interesar|gustar)",
    r"puede que te interese|(?:quizas?|tal vez) te interese",
    r"(?:articulos|noticias|entradas|contenidos?|notas) (?:relacionad[ao]s?|recomendad[ao]s?|similares)",
    r"(?:related|recommended|similar) (?:articles?|posts?|stories|news|content|reading)",
    (
        r"you (?:may|might) (?:also )?(?:like|enjoy|be interested in)|recommended for you"
        r"|lo mas (?:leido|visto|popular)|(?:las )?mas (?:leidas|vistas)|most (?:read|popular)"
    ),
    r"(?:leer?|lea|ver?|vea|mira|read|see)(?: (?:tambien|ademas|mas|also|more|next))+|relacionad[ao]s?",
)
_NAVIGATION = (
    *(rf"(?:{label}) ?[:|>»] ?.{{1,200}}" for label in _RELATED),
    r"(?:seguir|sigue|continua(?:r)?) leyendo|(?:continue|keep) reading|(?:cargar|mostrar) mas|(?:load|show) more",
    r"trending(?: now)?",
    r"(?:inicio|home|portada)(?: ?[>»›/] ?[^.]{1,60})+",
    r"(?:saltar|ir) al contenido(?: principal)?|skip to (?:main )?content|volver (?:arriba|al inicio)|back to top",
    r"(?:etiquetas|etiquetado (?:como|con)|tags?|tagged|archivado en|filed under) ?: ?[^.!?]{1,160}",
    (
        r"(?:politica de (?:privacidad|cookies)|aviso legal|terminos (?:y condiciones|de uso|de servicio)"
        r"|privacy policy|terms (?:of (?:use|service)|and conditions))(?: ?[|·•,/–—-] ?.{1,100})?"
    ),
)
_WIDGETS = (
    (
        r"(?:tiempo(?: (?:estimado|aproximado))?(?: de)? lectura|lectura(?: de)?|(?:estimated )?read(?:ing)? time)"
        r" ?:? ?(?:de )?(?:(?:menos de|less than|unos|about) )?(?:\d{1,3}|un|one|a) ?(?:min(?:uto)?s?|minutes?)\.?"
        r"(?: de lectura)?"
    ),
    r"\d{1,3}[ -]?(?:min|mins|minutos?|minutes?)\.? (?:de |of )?(?:lectura|read(?:ing)?)",
    r"publicidad|advertisement|advertising|sponsored content|contenido patrocinado|publirreportaje",
    r"(?:continua|sigue) (?:leyendo )?(?:despues|debajo|tras) (?:de )?(?:la |el )?(?:publicidad|anuncio)",
    r"(?:story|article) continues(?: below| after)*(?: (?:this |the )?ad(?:vertisement)?)?|scroll to continue",
    (
        r"(?:aceptar|rechazar|configurar|gestionar|accept|reject|manage)(?: (?:todas|all))?(?: las)? cookies"
        r"|cookie settings"
    ),
    (
        r"(?:est[ea] (?:sitio(?: web)?|web|pagina(?: web)?)|nuestro sitio(?: web)?|(?:this|our) (?:web)?site) "
        r"(?:utiliza|usa|uses) cookies\b.{0,200}"
    ),
    r"(?:utilizamos|usamos|we use) cookies (?:propias|para|y|to|and|on)\b.{0,200}",
    # ¿Apurado? ¡Aquí están los datos rápidos! · In a hurry? Here are the quick facts!
    (
        r"(?:apurad[ao]s?|(?:en un )?apuro|(?:(?:tienes|tiene|con) )?prisa|(?:sin|poco|no tienes) tiempo"
        r"|in a (?:hurry|rush)|(?:short on|pressed for) time|no time(?: to read)?|tl;?dr)\? ?"
        r"(?:¡?(?:.{0,40}\b)?(?:aqui|here|estos|estas|these|te|lee|read)\b.{0,60})?"
    ),
)
# A list below one of these is a list of other articles.
_LIST_LABELS = (*_RELATED, r"leer mas|read more|ver tambien|see also|popular posts|entradas recientes|recent posts")

_ACCENTS = re.compile("[\u0300-\u036f]+")
_DECORATION = re.compile(r"^[^\w(©]+|[^\w?).]+$")
_LINK = re.compile(r"https?://|www\.|\bt\.me/|\bdiscord\.gg/", re.IGNORECASE)


def is_furniture(line: str) -> bool:
    """Tell whether a line is part of the page and not of the article.

    A line with an address in it tells the reader something, so it stays.
    """
    if len(line) > _MAX_LINE or _LINK.search(line):
        return False
    return _rules().fullmatch(_plain(line)) is not None or _NAMED_CREDIT.fullmatch(line.strip()) is not None


def announces_other_articles(line: str) -> bool:
    """Tell whether a line is the label of a list of other articles ("Te puede interesar:")."""
    return len(line) <= _MAX_LINE and _list_labels().fullmatch(_plain(line)) is not None


@cache
def _rules() -> re.Pattern[str]:
    return _any((*_PICTURES, *_COMMENTS, *_SHARING, *_NEWSLETTERS, *_NAVIGATION, *_WIDGETS))


@cache
def _list_labels() -> re.Pattern[str]:
    return _any(_LIST_LABELS)


def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def _plain(line: str) -> str:
    folded = _ACCENTS.sub("", unicodedata.normalize("NFD", line.casefold()))
    plain = _DECORATION.sub("", " ".join(folded.split()))
    return plain if plain.startswith("(c)") else plain.removeprefix("(")
