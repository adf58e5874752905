"""How an article is credited: its title, linked where its address is good, who published it, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from bot.message.escape import clean
from bot.message.excerpts import excerpt, width
from bot.message.links import quote_link
from bot.texts import Texts
from index.records import Article

_TITLE = 120
_PUBLISHER = 80
_APART = " · "
# Discord reads no escaped brackets in the text of a link.
_LINK_TEXT = str.maketrans("[]", "()")


def title_of(article: Article, texts: Texts) -> str:
    """The title in one line without markup, and without what is not to be seen."""
    return clean(article.title, line=True) or texts.untitled


def credit(article: Article, quoted: str, texts: Texts, limit: int = 1024) -> str:
    """Title, publisher and date in Markdown, in at most ``limit`` (260 or more) code units.

    The title links to the sentence ``quoted``, else to the article; where there is no address or no room it is bold.
    """
    title = excerpt(title_of(article, texts).translate(_LINK_TEXT), _TITLE).markdown
    publisher = excerpt(clean(article.publisher or "", line=True), _PUBLISHER).markdown
    about = [part for part in (publisher, _date(article.published)) if part]
    for address in (quote_link(article.url, quoted), quote_link(article.url)):
        linked = _APART.join([f"[{title}]({address})", *about])
        if address and width(linked) <= limit:
            return linked
    return _APART.join([f"**{title}**", *about])


def _date(published: str | None) -> str:
    """The day in the reader's own form; a date without an hour is taken at noon, the same day in most time zones."""
    if not published:
        return ""
    try:
        moment = datetime.combine(date.fromisoformat(published), time(12), UTC)
    except ValueError:
        try:
            moment = datetime.fromisoformat(published)
        except ValueError:
            return ""
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"<t:{int(moment.timestamp())}:d>"
