"""Words that turn a statement round: opposites of one another, and words of denial."""

from __future__ import annotations

from functools import cache

from index import analysis
from index.records import Language

# A pair a line, Spanish | English; each side with its irregular forms.
_PAIRS = """
subir aumentar crecer incrementar elevar / bajar caer cae cayó reducir | rise rose grow / fall fell drop
alza crecer subir / caída disminuir descender descenso redujo | increase raise climb / decline decrease shrink lower
subir crecer aumentar / disminuir reducir redujo caída | increase grew rose / shrank decline decrease reduce fell drop
ganar vencer victoria / perder pierde derrota | win won gain victory / lose lost loss defeat
ganancia beneficio / pérdida | profit / loss
comprar adquirir / vender | buy bought acquire purchase / sell sold
abrir abierto inaugurar / cerrar cierra cierre clausurar | open / close closure shut
contratar fichar / despedir despide despido | hire recruit / fire dismiss layoff
aprobar aprueba aceptar acepta / rechazar rechazo vetar | approve accept / reject veto
anunciar confirmar / cancelar desmentir negar niega descartar | announce confirm / cancel deny denied
empezar empieza comenzar comienza iniciar / terminar acabar finalizar concluir | begin began start / end finish conclude
entrar / salir | enter join / leave left exit
llegar / partir irse marcharse | arrive / depart
permitir autorizar / prohibir impedir impide | allow permit authorise authorize / ban forbid prohibit prevent
apoyar respaldar / oponer oponerse criticar | support back / oppose criticise criticize
elogiar alabar / criticar censurar condenar | praise / criticise criticize condemn
crear / destruir eliminar suprimir | create / destroy eliminate cut
construir / demoler derribar | build built / demolish
nacer nace / morir muere murió fallecer | born / die death
vivo / muerto | alive / dead
mejorar mejor / empeorar peor | improve better / worsen worse
superar rebasar / incumplir | exceed surpass / miss
acelerar / frenar ralentizar | accelerate / slow brake
ampliar expandir / recortar | expand extend / cut
aliado amigo / enemigo rival | ally friend / enemy rival
culpable / inocente | guilty / innocent
condenar / absolver absuelve | convict / acquit
detener arrestar / liberar | arrest detain / release free
legal / ilegal | legal / illegal
posible / imposible | possible / impossible
verdadero cierto verdad / falso falsa mentira | true truth / false lie
máximo mayor / mínimo menor | maximum highest / minimum lowest
alto / bajo | high / low
grande / pequeño | large big / small
nuevo / viejo antiguo | new / old
primero / último | first / last
antes / después | before / after
más / menos | more / less fewer
caro encarecer / barato abaratar | expensive / cheap
rápido / lento | fast quick / slow
fuerte / débil | strong / weak
positivo / negativo | positive / negative
optimista / pesimista | optimistic / pessimistic
éxito exitoso / fracaso fracasar | success succeed / failure fail
paz / guerra | peace / war
atacar ataque / defender defiende | attack / defend
exportar / importar | export / import
prestar / deber | lend lent / borrow
enviar envío / recibir | send sent / receive
dar / quitar | give gave / take took
pagar / cobrar | pay paid / charge
público / privado | public / private
nacional / extranjero | domestic / foreign
norte / sur | north / south
este oriental / oeste occidental | eastern / western
derecha / izquierda | right / left
hombre / mujer | man men / woman women
padre / hijo | father mother / son daughter
profesor maestro / alumno estudiante | teacher / student pupil
unir unirse / separar separarse | unite merge / split separate
mantener mantiene / abandonar | keep kept maintain / abandon
encontrar encuentra / extraviar | find found / lose lost
demandante / demandado | plaintiff / defendant
seguro / peligroso | safe / dangerous
lleno / vacío | full / empty
cumplir / violar incumplir | comply / violate breach
"""
_DENIALS = {
    Language.SPANISH: """negar niega niegan desmentir desmiente descartar cancelar rechazar evitar impedir impide
        impidió mentira falso falsa falsamente apenas imposible dejó dejar dejaron dejará deja renunciar suspender
        difícilmente lejos aplazar""",
    Language.ENGLISH: """deny denies denied refute dismiss cancel reject avoid prevent false falsely lie untrue hardly
        barely scarcely impossible unlikely stop stopped cease refuse fail failed suspend far postpone""",
}

Sides = frozenset[tuple[int, int]]


def sides(word: str, language: Language) -> Sides:
    """The sides of pairs that a word, in lower case, is on: the pair's number, and 0 or 1."""
    return _sides()[language].get(analysis.stem(word, language), frozenset())


def denies(word: str, language: Language) -> bool:
    """Whether a word, in lower case, says that what follows it is not so."""
    return analysis.stem(word, language) in _denials()[language]


@cache
def _sides() -> dict[Language, dict[str, Sides]]:
    found: dict[Language, dict[str, Sides]] = {language: {} for language in Language}
    for number, line in enumerate(_PAIRS.strip().splitlines()):
        for language, pair in zip((Language.SPANISH, Language.ENGLISH), line.split("|"), strict=True):
            for side, words in enumerate(pair.split("/")):
                for word in words.split():
                    known = found[language].setdefault(analysis.stem(word, language), frozenset())
                    found[language][analysis.stem(word, language)] = known | {(number, side)}
    return found


@cache
def _denials() -> dict[Language, frozenset[str]]:
    return {
        language: frozenset(analysis.stem(word, language) for word in _DENIALS[language].split())
        for language in _DENIALS
    }
