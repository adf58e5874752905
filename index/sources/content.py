"""A file -> its text: bounded, decoded, without characters that nobody sees."""

from __future__ import annotations

import codecs
import os
import re
import stat

from index.records import SourceError
from index.sources.walk import reason_for

MAX_BYTES = 10_000_000
"""The largest file read as one article."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What Spanish and English text without Unicode is written in. charset-normalizer, left to choose among all the
# encodings it knows, takes a short Spanish text in cp1252 for cp1250 or Big5, and a very short one for cp850 even so.
_LEGACY = ["cp1252", "mac_roman", "cp850"]
_LIKELY_CP1252 = re.compile("[\n\t -~áéíóúüñçàèïâêôÁÉÍÓÚÜÑÇ¿¡«»“”‘’–—…€£ºª°·•©®™½]*")
_BINARY_STARTS = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"{\\rtf",
    b"\xd0\xcf\x11\xe0",
)
_MAX_CONTROL = 4
_MAX_CONTROL_SHARE = 0.02
_SAMPLE = 100_000
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{3,20})", re.IGNORECASE)
_DECLARED = re.compile(r"(?:windows-125\d|iso-8859-\d{1,2}|cp125\d|macintosh)", re.IGNORECASE)

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n[ \t\n]*\n")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Soft hyphen, zero-width space, marks and overrides of direction, tags, a stray byte order mark, lone surrogates.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def read_file(path: str) -> bytes:
    """Return the bytes of a regular file of at most ``MAX_BYTES``.

    Raises:
        SourceError: it cannot be read, is empty, too large, no regular file, or changed meanwhile.
    """
    # Should a pipe have taken the file's place since it was listed, opening it must not block.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as file:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise SourceError(path, "it is no longer a file: build again")
            data = b"" if before.st_size > MAX_BYTES else file.read(before.st_size + 1)
            after = os.fstat(descriptor)
    except OSError as error:
        raise SourceError(path, reason_for(error)) from error
    if before.st_size > MAX_BYTES:
        raise SourceError(path, f"it is larger than {MAX_BYTES // 1_000_000} MB: split it into several articles")
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceError(path, "it changed while it was read: build again once it is written")
    if not data.strip():
        raise SourceError(path, "it is empty: write an article into it or delete it")
    return data


def decode(path: str, data: bytes, *, html: bool = False) -> str:
    """Return the text of a file: line ends are newlines, control and invisible characters are taken out.

    Raises:
        SourceError: it is binary, damaged, or in an encoding that cannot be told.
    """
    if data.startswith(_BINARY_STARTS):
        raise SourceError(path, "it is binary, not text: save it as text in UTF-8")
    text = _decoded(path, data, html)
    if "\x00" in text:
        raise SourceError(path, "it holds NUL characters, so it is binary or damaged: save it as text in UTF-8")
    text = _LINE_ENDS.sub("\n", text)
    sample = text[:_SAMPLE]
    if len(_CONTROL.findall(sample)) > max(_MAX_CONTROL, _MAX_CONTROL_SHARE * len(sample)):
        raise SourceError(path, "it is binary, not text: save it as text in UTF-8")
    return _BLANK_LINES.sub("\n\n", _visible(text))


def one_line(text: str) -> str:
    """Return ``text`` as one line without control and invisible characters, which escapes may have brought back."""
    return _visible(_LINE_ENDS.sub(" ", text).replace("\n", " "))


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", _CONTROL.sub("", text))


def _decoded(path: str, data: bytes, html: bool) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(path, data[len(mark) :], encoding)
    wide = _utf16_without_mark(data)
    if wide:
        return _strict(path, data, wide)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_damaged_utf8(path, data, error)
    declared = _META_CHARSET.search(data[:4096]) if html else None
    if declared and _DECLARED.fullmatch(declared[1].decode("ascii")):
        name = declared[1].decode("ascii").casefold()
        return _strict(path, data, "cp1252" if name == "iso-8859-1" else name)  # as browsers do
    return _guessed(path, data)


def _strict(path: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        detail = "lone surrogates" if "surrogate" in str(error) else "bytes"
        raise SourceError(path, f"it holds {detail} that are not valid {encoding.upper()}: save it as UTF-8") from error


def _utf16_without_mark(data: bytes) -> str | None:
    """Tell UTF-16 by its zero bytes: in Latin text nearly every other byte is one."""
    if len(data) % 2:
        return None
    sample = data[:_SAMPLE]
    units = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if units and odd > 0.6 * units and even < 0.05 * units:
        return "utf-16-le"
    if units and even > 0.6 * units and odd < 0.05 * units:
        return "utf-16-be"
    return None


def _refuse_damaged_utf8(path: str, data: bytes, error: UnicodeDecodeError) -> None:
    """Raise for text that is UTF-8 but for a few bytes: read as anything else, all its accents would be wrong."""
    if re.search(rb"\xed[\xa0-\xbf][\x80-\xbf]", data):
        raise SourceError(path, "it holds lone surrogates, which are no characters: save it as UTF-8") from error
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for character in text if character > "\x7f") - bad
    if good >= bad:
        raise SourceError(
            path, f"it is UTF-8 but for the byte at offset {error.start}: mend it, or save it again as UTF-8"
        ) from error


def _guessed(path: str, data: bytes) -> str:
    likely = data.decode("cp1252", "replace")
    if _LIKELY_CP1252.fullmatch(_LINE_ENDS.sub("\n", likely)):
        return likely
    from charset_normalizer import from_bytes  # rarely needed

    best = from_bytes(data, cp_isolation=_LEGACY).best()
    if best is None:
        raise SourceError(path, "it is binary, or its encoding cannot be told: save it as text in UTF-8")
    return _strict(path, data, best.encoding)
