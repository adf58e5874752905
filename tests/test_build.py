"""A build publishes a whole version or none: whatever stops it, what was published stays and opens."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import build as build_module
from index import cache, publish
from index.arrays import Floats
from index.build import build, corpus_fingerprint, embedded_text
from index.documents import article_lines
from index.lexical import Lexical
from index.manifest import VectorKind
from index.passages import Split, split_article
from index.records import BuildError, BuildLockedError, EmptyCorpusError, ModelError, Passage
from index.snapshot import Snapshot, open_snapshot
from index.stages import Stage
from index.vectors import VectorIndex
from tests.fakes import HashEncoder, build_index, corpus

ROOT = Path(__file__).parents[1]


def names(home: Path) -> list[str]:
    """What lies in the folder of versions."""
    return sorted(path.name for path in (home / "index" / "versions").iterdir())


def require_published(home: Path, articles: int) -> str:
    """The published version is whole, of that many articles, and nothing half written lies beside it."""
    opened = open_snapshot(home / "index")
    assert len(opened.articles) == articles
    assert len(list(opened.passages)) == opened.manifest.passages
    assert not [name for name in names(home) if name.endswith(".tmp")]
    return opened.manifest.version


# --- what is built ------------------------------------------------------------------------------------------------


def test_the_report_counts_what_was_done(tmp_path: Path) -> None:
    articles = corpus(5)
    passages = [passage for article in articles for passage in split_article(article, Split())]
    report = build_index(tmp_path, articles)
    assert (report.articles, report.passages, report.previous, report.up_to_date) == (5, len(passages), None, False)
    assert report.sentences == len({(p.article_id, span) for p in passages for span in p.sentences})
    assert (report.embedded, report.reused) == (len(passages), 0)
    assert list(report.seconds) == list(Stage)
    assert require_published(tmp_path, 5) == report.version


def test_the_manifest_says_what_the_version_was_made_from(tmp_path: Path) -> None:
    encoder = HashEncoder(query_prompt="query: ", document_prompt="passage: ")
    split = Split(target_chars=300, max_chars=500)
    build_index(tmp_path, encoder=encoder, split=split, roots=["seeds", "más"])
    found = publish.read_manifest(tmp_path / "index")
    assert (found.model, found.model_revision, found.dimension) == ("hash", "1", 24)
    assert (found.query_prompt, found.document_prompt) == ("query: ", "passage: ")
    assert (found.max_chars, found.overlap_sentences) == (500, split.overlap_sentences)
    assert found.roots == ("seeds", "más")
    assert found.corpus == corpus_fingerprint(corpus(), encoder, split, ["seeds", "más"])
    assert found.vector_index is VectorKind.EXACT


def test_a_passage_is_embedded_with_its_title_and_heading() -> None:
    article = corpus(1)[0]
    first, *_, last = split_article(article, Split())
    assert embedded_text(article, first) == f"{article.title}\n{first.text}"
    assert embedded_text(article, last) == f"{article.title}\nPlazos\n{last.text}"


def test_two_builds_of_one_corpus_write_the_same_files_whatever_the_hash_seed(tmp_path: Path) -> None:
    """In Pythons of their own with other hash seeds; the manifests differ in the id and the time alone."""
    code = "import sys; from pathlib import Path; from tests.fakes import build_index; build_index(Path(sys.argv[1]))"
    manifests = []
    for seed in ("1", "2"):
        home = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, str(home)], cwd=ROOT, env=environment, check=True)
        manifests.append(publish.read_manifest(home / "index"))
    one, two = manifests
    assert one == replace(two, version=one.version, built_at=one.built_at)


def test_above_the_limit_codes_are_written_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_module, "EXACT_LIMIT", 5)
    build_index(tmp_path, corpus(10))
    opened = open_snapshot(tmp_path / "index")
    assert opened.manifest.vector_index is VectorKind.PQ is opened.vectors.kind
    assert "vectors.faiss" in opened.manifest.files


def test_equal_texts_in_two_articles_stay_two_passages_and_are_embedded_once(tmp_path: Path) -> None:
    article = corpus(1)[0]
    encoder = HashEncoder()
    report = build_index(tmp_path, [article, replace(article, id="copy", path="copy.txt")], encoder)
    assert report.passages == 2 * report.embedded == 2 * len(encoder.encoded)
    opened = open_snapshot(tmp_path / "index")
    half = report.passages // 2
    assert [passage.article_id for passage in opened.passages] == [article.id] * half + ["copy"] * half
    assert len({passage.id for passage in opened.passages}) == report.passages


# --- what is accepted ---------------------------------------------------------------------------------------------


def test_a_version_is_accepted_before_it_is_published(tmp_path: Path) -> None:
    first = build_index(tmp_path, corpus(3))
    seen = []

    def accept(snapshot: Snapshot) -> None:
        seen.append((len(snapshot.articles), publish.current_version(tmp_path / "index"), snapshot.manifest.version))

    second = build_index(tmp_path, corpus(4), accept=accept)
    assert seen == [(4, first.version, second.version)]
    assert require_published(tmp_path, 4) == second.version


@pytest.mark.parametrize("raised", [BuildError("no"), KeyboardInterrupt()])
def test_what_is_not_accepted_is_not_published_and_leaves_nothing(tmp_path: Path, raised: BaseException) -> None:
    def refuse(_snapshot: Snapshot) -> None:
        raise raised

    with pytest.raises(type(raised)):
        build_index(tmp_path, corpus(3), accept=refuse)
    assert names(tmp_path) == []
    first = build_index(tmp_path, corpus(3))
    with pytest.raises(type(raised)) as caught:
        build_index(tmp_path, corpus(4), accept=refuse)
    assert caught.value is raised
    assert names(tmp_path) == [first.version]
    assert require_published(tmp_path, 3) == first.version
    assert build_index(tmp_path, corpus(4)).embedded == 0, "what was embedded for it is kept"


def test_what_is_published_already_is_not_accepted_anew(tmp_path: Path) -> None:
    build_index(tmp_path)

    def refuse(_snapshot: Snapshot) -> None:
        raise BuildError("no")

    assert build_index(tmp_path, accept=refuse).up_to_date


# --- what is built again ------------------------------------------------------------------------------------------


def test_a_second_build_of_the_same_writes_nothing_and_asks_nothing_of_the_model(tmp_path: Path) -> None:
    first = build_index(tmp_path)
    shutil.rmtree(tmp_path / "vectors.sqlite", ignore_errors=True)
    encoder = HashEncoder()
    second = build_index(tmp_path, encoder=encoder)
    assert (second.up_to_date, second.version, second.embedded) == (True, first.version, 0)
    assert encoder.encoded == []
    assert names(tmp_path) == [first.version]


def test_a_build_that_has_nothing_to_do_needs_no_lock(tmp_path: Path) -> None:
    build_index(tmp_path)
    with publish.building(tmp_path / "index"):
        assert build_index(tmp_path).up_to_date


def test_force_writes_a_new_version_without_embedding_again(tmp_path: Path) -> None:
    first = build_index(tmp_path)
    second = build_index(tmp_path, force=True)
    assert (second.up_to_date, second.previous, second.embedded) == (False, first.version, 0)
    assert second.reused == second.passages
    assert second.version > first.version


@pytest.mark.parametrize(
    ("encoder", "options"),
    [
        (HashEncoder(name="b"), {}),
        (HashEncoder(revision="2"), {}),
        (HashEncoder(dimension=32), {}),
        (HashEncoder(query_prompt="q: "), {}),
        (HashEncoder(document_prompt="p: "), {}),
        (HashEncoder(), {"split": Split(target_chars=400)}),
        (HashEncoder(), {"split": Split(overlap_sentences=0)}),
        (HashEncoder(), {"roots": ["seeds"]}),
    ],
)
def test_another_model_prompt_or_split_makes_a_new_version(
    encoder: HashEncoder, options: dict[str, Any], tmp_path: Path
) -> None:
    first = build_index(tmp_path)
    second = build_index(tmp_path, encoder=encoder, **options)
    assert not second.up_to_date
    assert second.previous == first.version
    open_snapshot(tmp_path / "index").require_encoder(encoder)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Otro texto."},
        {"title": "Otro"},
        {"path": "otro.txt"},
        {"url": "https://example.org/otro"},
        {"published": "2026-01-01"},
        {"lang": "en"},
        {"headings": ()},
    ],
)
def test_every_field_of_an_article_counts_for_the_fingerprint(change: dict[str, object]) -> None:
    articles = list(corpus())
    before = corpus_fingerprint(articles, HashEncoder(), Split())
    assert before == corpus_fingerprint(corpus(), HashEncoder(), Split())
    articles[2] = replace(articles[2], **change)  # type: ignore[arg-type]  # one field of its own type each
    assert corpus_fingerprint(articles, HashEncoder(), Split()) != before
    assert corpus_fingerprint(corpus()[::-1], HashEncoder(), Split()) != before


def test_only_new_passages_are_embedded_when_articles_are_added(tmp_path: Path) -> None:
    first = build_index(tmp_path, corpus(4))
    encoder = HashEncoder()
    second = build_index(tmp_path, corpus(5), encoder)
    assert second.embedded == len(encoder.encoded) == second.passages - first.passages
    assert second.reused == first.passages
    assert all("bahía 4" in text for text in encoder.encoded)


def test_a_damaged_version_is_built_again_and_the_whole_one_before_it_is_kept(tmp_path: Path) -> None:
    whole = build_index(tmp_path, corpus(3)).version
    damaged = build_index(tmp_path, corpus(4)).version
    (tmp_path / "index" / "versions" / damaged / "articles.jsonl").write_bytes(b"")
    again = build_index(tmp_path, corpus(4))
    assert (again.up_to_date, again.embedded) == (False, 0)
    assert names(tmp_path) == [whole, again.version]
    require_published(tmp_path, 4)


@pytest.mark.parametrize("content", [None, b"", b"nothing\n", b"20200101T000000000000Z-01234567\n"])
def test_a_build_repairs_a_current_that_names_nothing(content: bytes | None, tmp_path: Path) -> None:
    before = build_index(tmp_path).version
    current = tmp_path / "index" / "CURRENT"
    current.unlink() if content is None else current.write_bytes(content)
    after = build_index(tmp_path)
    assert not after.up_to_date
    assert names(tmp_path) == [before, after.version]
    require_published(tmp_path, 6)


def test_two_versions_are_kept(tmp_path: Path) -> None:
    versions = [build_index(tmp_path, corpus(count)).version for count in (2, 3, 4, 5)]
    assert versions == sorted(versions)
    assert names(tmp_path) == versions[-2:]


def test_after_going_back_the_version_gone_back_to_is_the_one_kept(tmp_path: Path) -> None:
    first, withdrawn = (build_index(tmp_path, corpus(count)).version for count in (2, 3))
    publish.rollback(tmp_path / "index")
    third = build_index(tmp_path, corpus(4))
    assert third.previous == first
    assert third.version > withdrawn
    assert names(tmp_path) == [first, third.version]


# --- what is refused ----------------------------------------------------------------------------------------------


def test_nothing_to_index_is_an_error_and_leaves_what_is_published(tmp_path: Path) -> None:
    build_index(tmp_path, corpus(3))
    for articles in ([], [replace(corpus(1)[0], text="", headings=())]):
        with pytest.raises(EmptyCorpusError):
            build_index(tmp_path, articles)
    require_published(tmp_path, 3)


def test_two_articles_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="id a00000"):
        build_index(tmp_path, [*corpus(2), corpus(1)[0]])


def test_a_second_build_at_the_same_time_is_refused(tmp_path: Path) -> None:
    build_index(tmp_path, corpus(3))
    with publish.building(tmp_path / "index"), pytest.raises(BuildLockedError):
        build_index(tmp_path, corpus(4))
    require_published(tmp_path, 3)


def test_a_model_that_gives_wrong_vectors_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index(tmp_path, corpus(3))

    def doubled(_self: HashEncoder, texts: Sequence[str], _progress: object = None) -> Floats:
        return np.full((len(texts), 24), 2, np.float32)

    monkeypatch.setattr(HashEncoder, "encode_documents", doubled)
    with pytest.raises(ModelError, match="length"):
        build_index(tmp_path, corpus(4))
    require_published(tmp_path, 3)


# --- what stops a build -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", Stage)
def test_an_interrupt_at_any_stage_leaves_the_old_version_and_no_half_one(stage: Stage, tmp_path: Path) -> None:
    before = build_index(tmp_path, corpus(3)).version

    def interrupt(at: Stage, done: int, total: int) -> None:
        if at is stage and done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(tmp_path, corpus(4), progress=interrupt)
    assert require_published(tmp_path, 3) == before
    assert names(tmp_path) == [before]
    build_index(tmp_path, corpus(4))
    require_published(tmp_path, 4)


def test_progress_of_a_stage_goes_from_nothing_to_all(tmp_path: Path) -> None:
    told: list[tuple[Stage, int, int]] = []
    build_index(tmp_path, progress=lambda stage, done, total: told.append((stage, done, total)))
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == list(Stage)
    for stage in Stage:
        counts = [(done, total) for at, done, total in told if at is stage]
        total = counts[0][1]
        assert counts[0] == (0, total)
        assert counts[-1] == (total, total)
        assert counts == sorted(counts)


def outcome(home: Path, patch: pytest.MonkeyPatch, name: str, at: int, error: int) -> str | None:
    """The error's sentence when ``os.<name>`` fails at its call number ``at`` in a build of four articles."""
    real: Callable[..., object] = getattr(os, name)
    calls = count()

    def wrapped(*args: object) -> object:
        if next(calls) == at:
            raise OSError(error, os.strerror(error))
        return real(*args)

    with patch.context() as context:
        context.setattr(os, name, wrapped)
        try:
            build_index(home, corpus(4), force=True)
        except BuildError as failure:
            return str(failure)
    return None


@pytest.mark.parametrize(
    ("name", "error", "least"),
    [("fsync", errno.ENOSPC, 20), ("rename", errno.EACCES, 1), ("replace", errno.EROFS, 1)],
)
def test_a_disk_that_fails_at_any_write_leaves_a_whole_version(
    name: str, error: int, least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index(tmp_path, corpus(3))
    states: list[int] = []
    while (sentence := outcome(tmp_path, monkeypatch, name, len(states), error)) is not None:
        assert os.strerror(error) in sentence
        states.append(publish.read_manifest(tmp_path / "index").articles)
        require_published(tmp_path, states[-1])
    assert len(states) >= least
    # Only the last flush comes after CURRENT was replaced: there the new version is published, and said to have failed.
    assert states == [3] * len(states) or (name == "fsync" and states == [3] * (len(states) - 1) + [4])
    require_published(tmp_path, 4)


def test_a_file_that_does_not_read_back_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that loses what it said it wrote."""
    before = build_index(tmp_path, corpus(3)).version
    save = VectorIndex.save

    def losing(self: VectorIndex, folder: Path) -> object:
        entries = save(self, folder)
        data = (folder / "vectors.npy").read_bytes()
        (folder / "vectors.npy").write_bytes(data[:-4] + bytes(4))
        return entries

    monkeypatch.setattr(VectorIndex, "save", losing)
    with pytest.raises(BuildError, match=r"does not read back.*vectors\.npy was altered"):
        build_index(tmp_path, corpus(4))
    assert require_published(tmp_path, 3) == before
    assert names(tmp_path) == [before]


def test_a_lexical_index_that_cannot_be_saved_is_a_build_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Lexical, _folder: Path) -> None:
        raise OSError("4000 requested and 12 written")  # How NumPy reports a full disk: without a number.

    monkeypatch.setattr(Lexical, "save", full)
    with pytest.raises(BuildError, match="4000 requested and 12 written"):
        build_index(tmp_path)
    assert names(tmp_path) == []


def test_an_index_folder_that_cannot_be_written_is_a_build_error(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file")
    with pytest.raises(BuildError, match="cannot be written"):
        build_index(tmp_path)


def test_a_passage_outside_its_article_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shifted(article: object, split: Split) -> list[Passage]:
        return [replace(passage, text=passage.text[1:]) for passage in split_article(article, split)]  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(build_module, "split_article", shifted)
    with pytest.raises(BuildError, match="report this bug"):
        build_index(tmp_path)
    assert names(tmp_path) == []


# Forks before FAISS or BLAS start threads; each child is one build that dies, or hits a limit, at another point.
CHILDREN = """
import json, os, resource, shutil, signal, sys
from pathlib import Path
from tests.fakes import build_index, corpus
from index.records import BuildError

def killed(home, at):
    left = [at]
    def wrap(real):
        def wrapped(*args):
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return real(*args)
        return wrapped
    for name in ("fsync", "rename", "replace", "rmdir"):
        setattr(os, name, wrap(getattr(os, name)))
    build_index(home, corpus(4))

def limited(home, at):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << at, 64 << at))
    try:
        build_index(home, corpus(4))
    except BuildError as error:
        (home / "error").unlink(missing_ok=True)
        print(json.dumps(str(error)), flush=True)
        os._exit(3)

base, action = Path(sys.argv[1]), {"kill": killed, "limit": limited}[sys.argv[2]]
# The first writes are the lexical index's many files: a few of them will do.
points = [*range(0, 20, 6), *range(20, 200)] if action is killed else range(200)
for at in points:
    home = base.with_name(f"{at:03d}")
    shutil.copytree(base, home)
    child = os.fork()
    if child == 0:
        action(home, at)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
"""


def stopped_builds(tmp_path: Path, action: str) -> tuple[list[Path], list[str]]:
    """Homes in which a build over three articles was stopped, each later than the one before; what was printed."""
    build_index(tmp_path / "base", corpus(3))
    command = [sys.executable, "-c", CHILDREN, str(tmp_path / "base"), action]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    homes = sorted(path for path in tmp_path.iterdir() if path.name != "base")
    return homes, done.stdout.splitlines()


def test_a_build_killed_at_any_point_leaves_a_whole_version_and_the_next_build_works(tmp_path: Path) -> None:
    homes, _ = stopped_builds(tmp_path, "kill")
    assert len(homes) > 10
    states = []
    for home in homes:
        opened = open_snapshot(home / "index")
        states.append(len(opened.articles))
        after = build_index(home, corpus(4))
        assert after.up_to_date == (states[-1] == 4)
        publish.keep(home / "index", [after.version])
        with publish.building(home / "index"):
            require_published(home, 4)
    assert states == sorted(states)
    assert set(states) == {3, 4}


def test_a_disk_that_fills_up_at_any_size_leaves_the_old_version(tmp_path: Path) -> None:
    """A limit on the size of files makes writes fail as a full disk does, at another file each time."""
    homes, printed = stopped_builds(tmp_path, "limit")
    assert len(homes) > 5
    assert len(printed) == len(homes) - 1
    assert all("cannot be written" in json.loads(line) for line in printed)
    for home in homes[:-1]:
        require_published(home, 3)
        assert len(names(home)) == 1
    require_published(homes[-1], 4)


# --- the cache's part ---------------------------------------------------------------------------------------------


def test_a_damaged_cache_costs_a_build_nothing_but_time(tmp_path: Path) -> None:
    build_index(tmp_path, corpus(3))
    (tmp_path / "vectors.sqlite").write_bytes(b"damaged" * 5000)
    report = build_index(tmp_path, corpus(3), force=True)
    assert report.embedded == report.passages
    require_published(tmp_path, 3)


def test_an_interrupted_build_does_not_lose_what_was_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_ENCODED_AT_ONCE", 3)

    def interrupt(stage: Stage, done: int, _total: int) -> None:
        if stage is Stage.EMBED and done >= 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(tmp_path, progress=interrupt)
    report = build_index(tmp_path)
    assert report.reused >= 6
    assert report.embedded == report.passages - report.reused


def test_the_fingerprint_is_of_the_articles_as_they_are_stored(tmp_path: Path) -> None:
    build_index(tmp_path)
    opened = open_snapshot(tmp_path / "index")
    assert list(article_lines(list(opened.articles))) == list(article_lines(corpus()))
    assert corpus_fingerprint(list(opened.articles), HashEncoder(), Split()) == opened.manifest.corpus


def test_build_takes_relative_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    build(corpus(), Path("var/index"), HashEncoder(), cache=Path("var/cache/vectors.sqlite"))
    opened = open_snapshot(Path("var/index"))
    monkeypatch.chdir("/")
    assert tuple(opened.articles) == corpus()
