"""Every sentence that a reader sees, in Spanish and in English, side by side.

``TEXTS[language].not_found`` is the sentence in that language; what stands in braces is filled in with ``format``.
"""

from __future__ import annotations

from index.records import Language


class _Said:
    """One sentence in both languages; read from a ``Texts``, it is the sentence in that one's language."""

    def __init__(self, spanish: str, english: str) -> None:
        self._by_language = {Language.SPANISH: spanish, Language.ENGLISH: english}

    def __get__(self, texts: Texts, _owner: type[Texts]) -> str:
        return self._by_language[texts.language]


class Texts:
    """The sentences of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    # --- answers ---
    sources = _Said("Fuentes", "Sources")
    not_found = _Said(
        "No lo sé: los artículos que conozco no lo dicen.", "I don't know: the articles I have don't say."
    )
    near = _Said("Lo más cercano que tengo", "Closest articles")
    untitled = _Said("Sin título", "Untitled")

    # --- answers on Discord ---
    understood = _Said("Lo entiendo como «{question}»", "I take it as “{question}”")
    understood_in = _Said("en {article}", "in {article}")
    written = _Said(
        "Redactado por un modelo de lenguaje y contrastado con las citas: ante la duda, mandan ellas.",
        "Written by a language model and checked against the quotes; in doubt, trust the quotes.",
    )
    reading = _Said("Leyendo…", "Reading…")
    verbatim = _Said(
        "Las frases citadas son textuales, tal como están en los artículos.",
        "Quotes are verbatim, as they stand in the articles.",
    )
    more_sources = _Said("… y otras fuentes: {count}", "… and other sources: {count}")
    see_passages = _Said("Ver pasajes", "See passages")
    see_more = _Said("Ver más", "See more")
    open_thread = _Said("Abrir hilo", "Open a thread")
    alert_me = _Said("Avísame cuando se sepa", "Notify me when there's an answer")
    page_of = _Said("Página {page} de {pages}", "Page {page} of {pages}")

    # --- unanswered questions as CSV ---
    csv_question = _Said("Pregunta", "Question")
    csv_times = _Said("Veces", "Times")
    csv_people = _Said("Personas", "People")
    csv_first = _Said("Primera vez (UTC)", "First asked (UTC)")
    csv_last = _Said("Última vez (UTC)", "Last asked (UTC)")

    # --- what is not answered, and why ---
    closing = _Said(
        "Me estoy reiniciando: pregunta otra vez dentro de un momento.", "I am restarting: ask again in a moment."
    )
    other_channel = _Said(
        "En este canal no respondo: quien administra el servidor me ha reservado otros.",
        "I don't answer in this channel: this server's admins keep me to others.",
    )
    other_role = _Said(
        "Aquí solo respondo a quienes tienen ciertos roles: pregunta a quien administra el servidor.",
        "Here I only answer people with certain roles: ask this server's admins.",
    )
    too_often = _Said(
        "Son muchas preguntas seguidas: vuelve a preguntar dentro de {seconds} s.",
        "That is a lot of questions in a row: ask again in {seconds} s.",
    )
    busy = _Said(
        "Estoy ocupado con otras preguntas: vuelve a preguntar dentro de un momento.",
        "I am busy with other questions: ask again in a moment.",
    )
    unfit_question = _Said(
        "Ahí no hay texto que pueda buscar: escríbeme una pregunta.",
        "There is no text in that to search for: write me a question.",
    )
    too_slow = _Said(
        "La respuesta tarda demasiado: vuelve a preguntar dentro de un momento.",
        "The answer is taking too long: ask again in a moment.",
    )
    unreachable = _Said(
        "Discord me ha fallado a mitad de camino: vuelve a preguntar.", "Discord failed me halfway: ask me again."
    )
    not_allowed = _Said(
        "Para esto hace falta el permiso Gestionar servidor.", "This needs the permission Manage Server."
    )
    no_embeds = _Said(
        "En este canal me falta el permiso Insertar enlaces para responder.",
        "To answer in this channel I need the permission Embed Links.",
    )
    index_trouble = _Said(
        "No se pudo, y el índice sigue como estaba. Quien me administra encontrará por qué en el registro: `{id}`.",
        "It could not be done, and the index is as it was. Whoever runs me will find out why in the log: `{id}`.",
    )
    failed = _Said(
        "Algo ha fallado. Quien me administra lo encontrará en el registro con el código `{id}`.",
        "Something went wrong. Whoever runs me will find it in the log under `{id}`.",
    )
    courtesy = _Said("Cuando quieras.", "Any time.")
    unasked = _Said(
        "Pregúntame por una noticia o un anuncio, por ejemplo: «¿cuánto invierte Alibaba?»",
        "Ask me about a news article or an announcement, for instance: “how much does Alibaba invest?”",
    )

    # --- buttons ---
    passages_gone = _Said(
        "Esos pasajes ya no están en el índice: vuelve a preguntar.",
        "Those passages are no longer in the index: ask again.",
    )
    thread_name = _Said("Preguntas", "Questions")
    thread_opened = _Said(
        "{person}, seguimos aquí: respóndeme o mencióname y recordaré de qué hablábamos.",
        "{person}, let's go on here: reply to me or mention me, and I'll remember what this is about.",
    )
    thread_here = _Said("Seguimos en {thread}.", "Let's go on in {thread}.")
    thread_forbidden = _Said(
        "Aquí no puedo abrir hilos: quien administra el servidor puede darme el permiso Crear hilos públicos.",
        "I can't open threads here: this server's admins can give me the permission Create Public Threads.",
    )
    alert_kept = _Said(
        "Te avisaré cuando un artículo lo diga. Con /olvidame lo borras.",
        "I'll tell you once an article says it. /forgetme deletes this.",
    )
    alert_known = _Said("Ya me lo habías pedido: te avisaré.", "I already have that one: I'll tell you.")
    alerts_full = _Said(
        "Ya esperas 20 avisos, no caben más: con /olvidame los borras todos.",
        "You are waiting for 20 answers already, which is the most: /forgetme deletes all of them.",
    )
    alerts_off = _Said("Aquí los avisos están apagados.", "Alerts are switched off here.")
    alert_told = _Said(
        "{person}, ya hay respuesta a lo que preguntaste:", "{person}, what you asked has an answer now:"
    )
    opinion_kept = _Said("Gracias, anotado.", "Thank you, noted.")
    opinions_off = _Said("Aquí las opiniones están apagadas.", "Opinions are switched off here.")
    reason_title = _Said("¿Qué ha fallado?", "What was wrong?")
    reason_label = _Said("Cuéntamelo", "Tell me")
    reason_hint = _Said("Por ejemplo: la cifra es de otra empresa", "For instance: the figure is another company's")
    reason_kept = _Said(
        "Gracias: lo leerá quien administra el servidor.", "Thank you: this server's admins will read it."
    )

    # --- `/indice` ---
    status = _Said(
        "**Índice** publicado {built} (`{version}`)\n**Artículos** {articles} · **Pasajes** {passages}\n"
        "**Modelo** {model}\n**Anterior** {older}",
        "**Index** published {built} (`{version}`)\n**Articles** {articles} · **Passages** {passages}\n"
        "**Model** {model}\n**Previous** {older}",
    )
    model_today = _Said(
        "**Modelo de lenguaje** {model} · hoy (UTC) {tokens} tokens, {cost} USD",
        "**Language model** {model} · today (UTC) {tokens} tokens, {cost} USD",
    )
    none = _Said("ninguno", "none")
    rebuild_begins = _Said("Empezando…", "Beginning…")
    rebuilding = _Said(
        "Reconstruyo el índice; mientras tanto sigo respondiendo.", "Rebuilding the index; I keep answering."
    )
    step_read = _Said("Leer", "Reading")
    step_split = _Said("Dividir", "Splitting")
    step_embed = _Said("Vectores", "Embedding")
    step_index = _Said("Indexar", "Indexing")
    step_write = _Said("Escribir", "Writing")
    step_verify = _Said("Verificar", "Verifying")
    step_ask = _Said("Preguntas de control", "Golden questions")
    rebuild_running = _Said(
        "Ya hay una reconstrucción en marcha: espera a que acabe.", "A rebuild is under way: wait until it ends."
    )
    rebuild_interrupted = _Said(
        "Me estoy reiniciando: la reconstrucción se queda a medias y el índice sigue como estaba.",
        "I am restarting: the rebuild stops half-way and the index is as it was.",
    )
    not_opened = _Said(
        "Está publicado, pero no lo puedo abrir y sigo con el que tenía: el registro dice por qué.",
        "It is published, but I can't open it and go on with the one I had: the log says why.",
    )
    rebuild_done = _Said(
        "Listo: nuevo índice en uso (artículos: {articles}, pasajes: {passages}).",
        "Done: a new index is in use (articles: {articles}, passages: {passages}).",
    )
    rebuild_needless = _Said(
        "Nada ha cambiado: el índice está al día (artículos: {articles}, pasajes: {passages}).",
        "Nothing has changed: the index is up to date (articles: {articles}, passages: {passages}).",
    )
    rebuild_worse = _Said(
        "No lo publico y el índice sigue como estaba: con los artículos de ahora respondería mal a lo que hoy respondo "
        "bien (preguntas de control: {count}). Quien me administra puede publicarlo igualmente con "
        "`pregonero build --force`.",
        "I don't publish it and the index is as it was: from the articles as they are now I would get wrong what I "
        "answer right today (golden questions: {count}). Whoever runs me can publish it all the same with "
        "`pregonero build --force`.",
    )
    rebuild_uncompared = _Said(
        "No lo publico y el índice sigue como estaba: con los artículos de ahora respondería mal (preguntas de "
        "control: {count}), y la versión publicada no se puede consultar para saber si hoy las respondo bien. El "
        "registro dice por qué. Quien me administra puede publicarlo igualmente con `pregonero build --force`.",
        "I don't publish it and the index is as it was: from the articles as they are now I would answer wrongly "
        "(golden questions: {count}), and the published version cannot be asked whether I answer them right today. The "
        "log says why. Whoever runs me can publish it all the same with `pregonero build --force`.",
    )
    rebuild_skipped = _Said(
        "Archivos que no pude leer: {skipped}. El registro dice cuáles y por qué.",
        "Files I could not read: {skipped}. The log says which and why.",
    )
    went_back = _Said(
        "He vuelto al índice publicado {built} (artículos: {articles}).",
        "I went back to the index published {built} (articles: {articles}).",
    )
    nothing_older = _Said(
        "No queda ninguna versión anterior a la que volver.", "There is no previous version to go back to."
    )

    # --- `/configurar`, `/sin-respuesta`, `/olvidame` ---
    settings_shown = _Said(
        "**Canales** {channels}\n**Roles** {roles}\n**Idioma** {language}\n**Respuestas privadas** {private}\n"
        "**Guardar lo que no sé** {unanswered}\n**Opiniones** {opinions}\n**Avisos** {alerts}",
        "**Channels** {channels}\n**Roles** {roles}\n**Language** {language}\n**Private answers** {private}\n"
        "**Keep what I don't know** {unanswered}\n**Opinions** {opinions}\n**Alerts** {alerts}",
    )
    all_channels = _Said("todos", "all")
    all_roles = _Said("todos", "everyone")
    on = _Said("sí", "yes")
    off = _Said("no", "no")
    language_asker = _Said("el de quien pregunta", "the asker's")
    language_spanish = _Said("español", "Spanish")
    language_english = _Said("inglés", "English")
    unanswered_off = _Said(
        "No guardo lo que no sé: se enciende con /configurar.",
        "I don't keep what I don't know: /configure switches it on.",
    )
    unanswered_none = _Said("No hay preguntas sin respuesta.", "There is no question without an answer.")
    unanswered_shown = _Said("**Lo que no supe responder**", "**What I could not answer**")
    unanswered_file = _Said("Preguntas sin respuesta: {count}.", "Questions without an answer: {count}.")
    unanswered_file_name = _Said("sin-respuesta.csv", "unanswered.csv")
    forgotten = _Said(
        "Borrado todo lo tuyo (preguntas sin respuesta: {unanswered}, opiniones: {opinions}, avisos: {alerts}). "
        "Los mensajes que están en Discord siguen allí.",
        "All of yours is deleted (unanswered questions: {unanswered}, opinions: {opinions}, alerts: {alerts}). "
        "The messages that stand in Discord stay there.",
    )

    # --- names and descriptions of commands, as Discord shows them ---
    ask_name = _Said("preguntar", "ask")
    ask_description = _Said(
        "Pregunta algo sobre las noticias y anuncios que conozco", "Ask about the news and announcements I know"
    )
    question_name = _Said("pregunta", "question")
    question_description = _Said("Lo que quieres saber", "What you want to know")
    private_name = _Said("privado", "private")
    private_description = _Said("Que solo tú veas la respuesta", "Only you see the answer")
    about_name = _Said("Preguntar sobre esto", "Ask about this")
    index_name = _Said("indice", "index")
    index_description = _Said("El índice de artículos", "The index of articles")
    status_name = _Said("estado", "status")
    status_description = _Said("Qué versión del índice está en uso", "Which version of the index is in use")
    rebuild_name = _Said("reconstruir", "rebuild")
    rebuild_description = _Said("Vuelve a indexar los artículos", "Index the articles anew")
    back_name = _Said("volver", "rollback")
    back_description = _Said("Vuelve a la versión anterior del índice", "Go back to the previous version of the index")
    settings_name = _Said("configurar", "configure")
    settings_description = _Said(
        "Muestra y cambia cómo respondo en este servidor", "Show and change how I answer in this server"
    )
    setting_channel = _Said("canal", "channel")
    setting_channel_description = _Said(
        "Añade o quita un canal en el que respondo; sin ninguno, respondo en todos",
        "Add or remove a channel I answer in; without any, I answer in all",
    )
    setting_role = _Said("rol", "role")
    setting_role_description = _Said(
        "Añade o quita un rol al que respondo; sin ninguno, respondo a todos",
        "Add or remove a role I answer to; without any, I answer to everyone",
    )
    setting_language = _Said("idioma", "language")
    setting_language_description = _Said("En qué idioma hablo aquí", "The language I speak here")
    setting_private = _Said("privado", "private")
    setting_private_description = _Said(
        "Que las respuestas a /preguntar las vea solo quien pregunta", "Only whoever asks sees the answers to /ask"
    )
    setting_unanswered = _Said("sin-respuesta", "unanswered")
    setting_unanswered_description = _Said(
        "Guardar las preguntas que no sé responder; apagado, se borran",
        "Keep the questions I can't answer; off deletes them",
    )
    setting_opinions = _Said("opiniones", "opinions")
    setting_opinions_description = _Said(
        "Botones de opinión; apagado, se borra lo opinado",
        "Opinion buttons; off deletes the opinions",
    )
    setting_alerts = _Said("avisos", "alerts")
    setting_alerts_description = _Said(
        "Avisar cuando se sepa lo preguntado; apagado, nadie espera",
        "Notify people when there is an answer; off drops who waits",
    )
    setting_reset = _Said("restablecer", "reset")
    setting_reset_description = _Said(
        "Volver a como estaba todo al principio: todos los canales y roles, todo encendido",
        "Go back to how it all was: every channel and role, everything switched on",
    )
    unanswered_name = _Said("sin-respuesta", "unanswered")
    unanswered_description = _Said(
        "Lo que no supe responder en este servidor", "What I could not answer in this server"
    )
    export_name = _Said("csv", "csv")
    export_description = _Said("Todo, en un archivo CSV", "All of it, in a CSV file")
    opinions_name = _Said("opiniones", "opinions")
    opinions_description = _Said("Qué opina la gente de mis respuestas", "What people think of my answers")
    forget_name = _Said("olvidame", "forgetme")
    forget_description = _Said("Borra ahora mismo todo lo que guardo de ti", "Delete all I keep about you, right now")

    # --- `pregonero chat` ---
    ask_prompt = _Said("Pregunta", "Question")
    chat_hint = _Said(
        "Pregunta lo que quieras. Con /salir o Ctrl-D te vas.", "Ask what you like. /exit or Ctrl-D leaves."
    )
    goodbye = _Said("Hasta luego.", "Goodbye.")


TEXTS = {language: Texts(language) for language in Language}
