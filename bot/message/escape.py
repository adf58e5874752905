"""Text of articles, questions and models, made safe to show on Discord.

``clean`` takes out what nobody should see or follow: control, direction-changing and invisible characters, and
invitations to Discord servers. ``escape`` also puts a backslash before everything that Discord would read as markup.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache

from index.records import Span

# Controls, marks of direction, fillers, selectors of a variation, surrogates and tags: none of them is seen.
_UNSEEN = re.compile(
    r"\r(?=\n)|[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_LINE_ENDS = re.compile(r"[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACES_TO_FOLD = re.compile(r"\A +|(?<= ) +| +\Z")

_DOT, _SLASH = r"\s*\.\s*", r"\s*[/\\]+\s*"
_INVITE = re.compile(
    rf"(?:https?:{_SLASH})?(?:(?:www|canary|ptb){_DOT})?"
    rf"(?:discord(?:app)?{_DOT}com{_SLASH}invite|discord{_DOT}(?:gg|me)|dsc{_DOT}gg){_SLASH}[\w%-]+"
)
# Letters of other alphabets that look like those of an invitation; full-width and circled ones come apart by NFKD.
_LOOK_ALIKES = str.maketrans("аαсϲԁеɡցһіιӏмոоοօрѕтνԝ。⁄∕⧸", "aaccdegghiilmnooopstvw.///")

_MARKUP = re.compile(r"[\\*_~`|\[\]<>@]|:(?=//|[\w+-]+:)")
_AT_LINE_START = re.compile(r"^([^\S\n]*+(?:\d++(?=[.)])|(?=[-+#])))", re.MULTILINE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def clean(text: str, *, line: bool = False) -> str:
    """Take out what is not to be seen or followed; ``line`` folds all white space into single spaces."""
    return _kept(text, line)[0]


def clean_with_spans(text: str, spans: Iterable[Span], *, line: bool = False) -> tuple[str, tuple[Span, ...]]:
    """The text cleaned, and where the spans stand in it: in order, apart from one another, none of them empty."""
    cleaned, places = _kept(text, line)
    moved: list[Span] = []
    for start, end in sorted(spans):
        span = Span(bisect_left(places, start), bisect_left(places, end))
        if moved and span.start <= moved[-1].end:
            before = moved.pop()
            span = Span(before.start, max(before.end, span.end))
        if span.start < span.end:
            moved.append(span)
    return cleaned, tuple(moved)


def escape(text: str, *, line: bool = False) -> str:
    """Clean the text, then put a backslash before all that Discord reads as markup, a mention or a link."""
    return backslash(clean(text, line=line))


def backslash(text: str) -> str:
    """Put the backslashes alone: for text, or a part of a text, that is clean already."""
    return _AT_LINE_START.sub(r"\1\\", _MARKUP.sub(r"\\\g<0>", text))


def unescape(text: str) -> str:
    """Undo ``escape``: ``unescape(escape(text)) == clean(text)``."""
    return _ESCAPED.sub(r"\1", text)


def holds_invite(text: str) -> bool:
    """Whether the text names an invitation to a Discord server, look-alike letters and spaces at its dots included."""
    return next(_invites(text), None) is not None


def _kept(text: str, line: bool) -> tuple[str, list[int]]:
    """The text that is left, and where each of its characters stood."""
    places = list(range(len(text)))
    text = _LINE_ENDS.sub(lambda end: "\r" if text.startswith("\n", end.end()) and end[0] == "\r" else "\n", text)
    text = re.sub(r"\s", " ", text) if line else text.replace("\t", " ")
    text, places = _without(text, places, (match.span() for match in _UNSEEN.finditer(text)))
    # What is left may close up to another one: "discord.gdiscord.gg/ag/b".
    while found := list(_invites(text)):
        text, places = _without(text, places, found)
    if line:
        text, places = _without(text, places, (match.span() for match in _SPACES_TO_FOLD.finditer(text)))
    return text, places


def _without(text: str, places: list[int], cuts: Iterable[tuple[int, int]]) -> tuple[str, list[int]]:
    parts, left, at = [], [], 0
    for start, end in (*cuts, (len(text), len(text))):
        parts.append(text[at:start])
        left += places[at:start]
        at = end
    return "".join(parts), left


def _invites(text: str) -> Iterator[tuple[int, int]]:
    """Where invitations stand in a text without unseen characters."""
    plain: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        looks = _look(character)
        plain.append(looks)
        origins += [place] * len(looks)
    origins.append(len(text))
    # An accent that stands for itself goes with the letter before it.
    return ((origins[match.start()], origins[match.end()]) for match in _INVITE.finditer("".join(plain)))


@lru_cache(4096)
def _look(character: str) -> str:
    """The plain letters that a character looks like; nothing for an accent that stands for itself."""
    apart = unicodedata.normalize("NFKD", character).casefold().translate(_LOOK_ALIKES)
    return "".join(each for each in apart if not unicodedata.combining(each))
