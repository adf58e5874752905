"""``pregonero build``: articles in, a published version of the index out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import load_settings
from scripts import options
from scripts.output import remark, say
from scripts.progress import bars

if TYPE_CHECKING:
    from bot.guard import Verdict
    from index.build import BuildReport
    from index.sources import Corpus

_STEPS = {
    "read": "Reading",
    "split": "Splitting",
    "embed": "Embedding",
    "index": "Indexing",
    "write": "Writing",
    "verify": "Verifying",
    "ask": "Asking",
}

Model = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="The embedding model: all-MiniLM-L6-v2, a folder, or owner/name@revision. [default: EMBEDDING_MODEL]",
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Publish a new version whatever: when nothing has changed, when golden questions are answered worse.",
    ),
]


def build(
    more: Annotated[list[str] | None, typer.Argument(metavar="DIR", help="More folders of articles.")] = None,
    articles: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR...",
            help="A folder of .txt, .md and .html articles, or several. [default: ARTICLES_DIR, or seeds]",
        ),
    ] = None,
    index: options.Index = None,
    model: Model = None,
    if_stale: Annotated[bool, typer.Option("--if-stale", help="Say nothing when the index is up to date.")] = False,
    force: Force = False,
) -> None:
    """Index the articles, embedding only what is new.

    The new version is published in one step. A file that cannot be used is skipped and listed with its reason. When
    the build fails, or a question of GOLDEN_QUESTIONS that is answered right now would be answered wrongly, the version
    published before stays.
    """
    from bot.rebuild import index_articles

    if force and if_stale:
        raise typer.BadParameter("--force and --if-stale contradict each other: give one of them.")
    settings = load_settings()
    roots = (*(articles or ()), *(more or ())) or settings.articles_dirs
    folder = index or settings.index_dir
    started = time.perf_counter()
    with bars() as tell:
        indexed = index_articles(
            roots,
            folder,
            model or settings.embedding_model,
            settings.cache_file,
            lambda step, done, total: tell(_STEPS[step], done, total),
            golden=settings.golden_questions,
            force=force,
        )
    report = indexed.report
    if report.up_to_date and if_stale:
        return
    say(_summary(report, folder, time.perf_counter() - started))
    if indexed.verdict:
        _report_golden(indexed.verdict)
    _report_files(indexed.corpus)


def _summary(report: BuildReport, folder: Path, seconds: float) -> str:
    counts = f"{_count(report.articles, 'article')}, {_count(report.passages, 'passage')}"
    if report.up_to_date:
        return f"{counts}: version {report.version} in {folder} is up to date."
    return (
        f"{counts} ({report.embedded:,} embedded, {report.reused:,} reused) in {seconds:.1f} s: "
        f"version {report.version} is published in {folder}."
    )


def _report_golden(verdict: Verdict) -> None:
    from bot.golden import naming

    say(f"{verdict.right:,} of {_count(verdict.of, 'golden question')} answered right.")
    if not verdict.worse:
        return
    if verdict.unasked:
        why = f"the version published before could not be asked ({verdict.unasked}), so these may be wrong already"
        remark(f"Published though answered wrongly now: {naming(verdict.worse)}; {why}.")
    else:
        remark(f"Published though answered wrongly now: {naming(verdict.worse)}. `pregonero diff` shows how.")


def _report_files(corpus: Corpus) -> None:
    for first, other in corpus.duplicates:
        remark(f"{other} has the same text as {first}: both are kept.")
    for noted in corpus.remarks:
        remark(f"{noted.path}: {noted.reason}.")
    if corpus.skipped:
        remark(f"{_count(len(corpus.skipped), 'file')} skipped:")
    for skipped in corpus.skipped:
        remark(f"  {skipped}")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
