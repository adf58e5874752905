from __future__ import annotations

import hashlib
import os
import socket
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from index.records import EmptyCorpusError
from index.sources import Corpus, read_articles
from index.sources.content import MAX_BYTES

SEEDS = Path(__file__).parents[1] / "seeds"
BODY = "El niño pagó 30 € por el café… según él. ¿Qué más?"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file under the working folder, which is a new one."""
    monkeypatch.chdir(tmp_path)

    def write(path: str, content: str | bytes = BODY) -> Path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content.encode() if isinstance(content, str) else content)
        return Path(path)

    return write


def reason(corpus: Corpus, path: str) -> str:
    [error] = [error for error in corpus.skipped if error.path == path]
    return error.reason


def paths(corpus: Corpus) -> list[str]:
    return [article.path for article in corpus.articles]


# --- what is found --------------------------------------------------------------------------------------------------


def test_the_seeds_are_read() -> None:
    corpus = read_articles([SEEDS])
    first, second = corpus.articles
    assert first.path == str(SEEDS / "000_ecd3f22a6ca37239.txt")
    assert first.id == hashlib.sha256(first.path.encode()).hexdigest()[:16]
    assert first.title == "Recientemente, xAI, la empresa de Elon Musk, y Nvidia se unieron a la Alianza…"
    assert [first.text[start:end] for start, end in first.headings] == ["Puntos clave:"]
    assert second.title.startswith("Alibaba Anuncia Inversión de $52 Mil Millones")
    assert second.text.endswith("de IA en los EE. UU.")
    assert {(article.lang, article.url, article.published) for article in corpus.articles} == {("es", None, None)}
    assert (corpus.skipped, corpus.duplicates, corpus.remarks) == ((), (), ())


def test_folders_are_read_to_the_bottom_in_the_order_of_their_paths(write: Write) -> None:
    for path in ("b/z.md", "b/a/deep/er/x.HTML", "a/n.txt", "a/N.htm", "a/é.TXT"):
        write(path, f"<p>{BODY} En {path}.</p>" if "ht" in path.lower() else f"{BODY} En {path}.")
    for path in ("a/notes.pdf", "a/.hidden.txt", ".git/x.txt", "b/.obsidian/x.md", "a/README", "b/x.txt~"):
        write(path)
    expected = ["a/N.htm", "a/n.txt", "a/é.TXT", "b/a/deep/er/x.HTML", "b/z.md"]
    assert paths(read_articles(["b", "a"])) == expected
    assert paths(read_articles(["."])) == expected
    assert read_articles(["b", "a"]) == read_articles([Path("./a/"), Path("b")])


def test_paths_are_given_as_the_root_was(write: Write, tmp_path: Path) -> None:
    write("a/n.txt")
    assert paths(read_articles([tmp_path / "a"])) == [str(tmp_path / "a" / "n.txt")]
    assert paths(read_articles(["a/../a"])) == ["a/../a/n.txt"]
    assert paths(read_articles(["a/n.txt"])) == ["a/n.txt"]
    [article] = read_articles(["a"]).articles
    assert article.id == hashlib.sha256(b"a/n.txt").hexdigest()[:16]


def test_a_file_that_two_roots_lead_to_is_read_once(write: Write, tmp_path: Path) -> None:
    write("a/b/n.txt")
    assert paths(read_articles(["a", "a/b", "a/b/n.txt"])) == ["a/b/n.txt"]
    assert paths(read_articles([tmp_path, "a"])) == [str(tmp_path / "a/b/n.txt")]


def test_progress_tells_files_done_and_files_in_all(write: Write) -> None:
    write("a/1.txt")
    write("a/2.txt", "")
    write("a/3.txt")
    told: list[tuple[int, int]] = []
    read_articles(["a"], lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_metadata_that_cannot_be_used_is_told_and_the_article_kept(write: Write) -> None:
    write("a/1.txt", f"---\npublished: ayer\n---\n{BODY}")
    corpus = read_articles(["a"])
    assert paths(corpus) == ["a/1.txt"]
    assert [str(remark) for remark in corpus.remarks] == [
        "a/1.txt: its published 'ayer' is not a date such as 2025-02-24, so it was left out"
    ]


def test_two_articles_with_one_text_are_both_kept_and_told(write: Write) -> None:
    write("a/1.txt")
    write("a/2.md")
    write("a/3.txt", "Otra cosa.")
    write("b/1.txt", f"---\ntitle: T\n---\n{BODY}")
    corpus = read_articles(["a", "b"])
    assert len(corpus.articles) == 4
    assert corpus.duplicates == (("a/1.txt", "a/2.md"), ("a/1.txt", "b/1.txt"))


# --- files that cannot be used --------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", " \n\t\n", "Publicidad\nCompartir\n", "---\ntitle: T\n---\n"])
def test_a_file_with_nothing_to_say_is_skipped(write: Write, content: str) -> None:
    write("a/empty.txt", content)
    write("a/b.txt")
    assert reason(read_articles(["a"]), "a/empty.txt").startswith(("it is empty", "nothing is left"))


def test_a_file_that_is_too_large_is_not_read(write: Write) -> None:
    write("a/b.txt")
    large = write("a/large.txt")
    os.truncate(large, 100_000_000)
    tracemalloc.start()
    try:
        corpus = read_articles(["a"])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "larger than 10 MB" in reason(corpus, "a/large.txt")
    assert peak < MAX_BYTES


def test_links_are_followed_once_and_loops_are_told(write: Write) -> None:
    write("real/n.txt")
    write("else/where.txt")
    write("else/.hidden/deep.txt", "Otra cosa.")
    Path("a").mkdir()
    for link, target in (
        ("a/up", "."),
        ("a/real", "../real"),
        ("a/twice", "../real"),
        ("a/file.txt", "../real/n.txt"),
        ("a/deep.txt", "../else/.hidden/deep.txt"),
        ("a/loop.txt", "loop.txt"),
        ("a/ping", "pong"),
        ("a/pong", "ping"),
        ("a/dead.md", "nothing.md"),
        ("real/back", "../a"),
    ):
        Path(link).symlink_to(target)
    corpus = read_articles(["a", "else"])
    assert paths(corpus) == ["a/deep.txt", "a/file.txt", "else/where.txt"]
    assert {error.path: error.reason.partition(":")[0] for error in corpus.skipped} == {
        "a/up": "it is a link to a folder that was already read",
        "a/twice": "it is a link to a folder that was already read",
        "a/real/back": "it is a link to a folder that was already read",
        "a/loop.txt": "it is a link that leads back to itself",
        "a/ping": "it is a link that leads back to itself",
        "a/pong": "it is a link that leads back to itself",
        "a/dead.md": "it is a link that leads nowhere",
    }
    assert [error.path for error in corpus.skipped] == sorted(error.path for error in corpus.skipped)


def test_a_file_is_named_by_its_own_path_and_not_by_a_link_s(write: Write) -> None:
    write("a/z/n.txt")
    Path("a/link").symlink_to("z")
    assert paths(read_articles(["a"])) == ["a/z/n.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes in folders")
def test_what_is_no_regular_file_is_never_opened(write: Write) -> None:
    """Opening the pipe would block for ever."""
    write("a/b.txt")
    os.mkfifo("a/pipe.txt")
    Path("a/null.txt").symlink_to("/dev/null")
    Path("a/folder.txt").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("a/socket.txt")
        corpus = read_articles(["a"])
    assert paths(corpus) == ["a/b.txt"]
    for name, kind in (("pipe", "a pipe"), ("socket", "a socket"), ("null", "a device")):
        assert reason(corpus, f"a/{name}.txt").startswith(f"it is {kind}")
    with pytest.raises(EmptyCorpusError, match="a pipe"):
        read_articles(["a/pipe.txt"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes in folders")
def test_a_pipe_in_the_place_of_a_file_does_not_block(write: Write) -> None:
    write("a/1.txt")
    second = write("a/2.txt")

    def swap(done: int, total: int) -> None:
        if done == 1:
            second.unlink()
            os.mkfifo(second)

    assert "no longer a file" in reason(read_articles(["a"], swap), "a/2.txt")


def test_a_file_that_is_gone_when_its_turn_comes_is_skipped(write: Write) -> None:
    write("a/1.txt")
    second = write("a/2.txt")
    corpus = read_articles(["a"], lambda done, total: second.unlink(missing_ok=True))
    assert reason(corpus, "a/2.txt").startswith("it is gone")


def test_a_file_that_changes_while_it_is_read_is_skipped(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a/1.txt")
    second = write("a/2.txt", "Uno.")
    inode, fstat, seen = second.stat().st_ino, os.fstat, []

    def grow(descriptor: int) -> os.stat_result:
        if fstat(descriptor).st_ino == inode:
            seen.append(descriptor)
            second.write_text("Uno. " * len(seen))
        return fstat(descriptor)

    monkeypatch.setattr(os, "fstat", grow)
    assert "changed while it was read" in reason(read_articles(["a"]), "a/2.txt")


def test_a_file_or_folder_that_may_not_be_read_is_skipped(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's refusal is staged, because it refuses the superuser nothing."""
    write("a/1.txt")
    write("a/2.txt")
    write("a/shut/3.txt")
    open_file, list_folder = os.open, os.scandir

    def refuse_file(path: str, *rest: int) -> int:
        if path == "a/2.txt":
            raise PermissionError(13, "Permission denied", path)
        return open_file(path, *rest)

    def refuse_folder(path: str) -> object:
        if path == "a/shut":
            raise PermissionError(13, "Permission denied", path)
        return list_folder(path)

    monkeypatch.setattr(os, "open", refuse_file)
    monkeypatch.setattr(os, "scandir", refuse_folder)
    corpus = read_articles(["a"])
    assert paths(corpus) == ["a/1.txt"]
    assert "no permission" in reason(corpus, "a/2.txt")
    assert "no permission" in reason(corpus, "a/shut")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_without_permission_is_skipped(write: Write) -> None:
    write("a/1.txt")
    write("a/2.txt").chmod(0)
    assert "no permission" in reason(read_articles(["a"]), "a/2.txt")


def test_a_name_that_cannot_be_printed_is_refused(write: Write) -> None:
    write("a/b.txt")
    for name in (b"a/\xff.txt", b"a/\x1b[31m.txt", b"a/two\nlines.txt"):
        try:
            Path(os.fsdecode(name)).write_text(BODY)
        except OSError:
            pytest.skip("the file system takes no such name")
    corpus = read_articles(["a"])
    assert paths(corpus) == ["a/b.txt"]
    assert [error.path for error in corpus.skipped] == ["a/\\udcff.txt", "a/\\x1b[31m.txt", "a/two\\nlines.txt"]
    assert all("rename it" in error.reason for error in corpus.skipped)


def test_a_root_that_does_not_exist_is_named(write: Write) -> None:
    write("a/b.txt")
    for root in ("nowhere", "a/b.txt/c", "a\x00b"):
        with pytest.raises(EmptyCorpusError, match=r"folder .* does not exist: create it"):
            read_articles(["a", root])


@pytest.mark.parametrize("roots", [[], ["empty"], ["pictures"]])
def test_roots_without_articles_say_what_to_do(write: Write, roots: list[str]) -> None:
    Path("empty/.git").mkdir(parents=True)
    write("pictures/a.png")
    with pytest.raises(EmptyCorpusError, match=r"\.txt, \.md or \.html") as error:
        read_articles(roots)
    assert all(root in str(error.value) for root in roots)


def test_when_nothing_is_left_a_few_reasons_are_given(write: Write) -> None:
    for number in range(8):
        write(f"a/{number}.txt", "")
    with pytest.raises(EmptyCorpusError) as error:
        read_articles(["a"])
    assert str(error.value).startswith("No article in a can be used: a/0.txt: it is empty")
    assert str(error.value).endswith("; and 3 more.")
    assert str(error.value).count("it is empty") == 5


def test_a_root_of_another_kind_of_file_is_told(write: Write) -> None:
    write("notes.pdf")
    with pytest.raises(EmptyCorpusError, match=r"notes\.pdf: it is no article"):
        read_articles(["notes.pdf"])
