"""Long work that commands share: filling the graph, publishing the datasets."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from catalog.datasets import DATASETS, Dataset
from catalog.publish import Failed, Outcome, Published, Unchanged, publish_all
from connectors.runner import Progress as Told
from connectors.runner import RunResult
from connectors.streams import load
from examples.fictional.tables import generate
from hub.api.schema import schema
from hub.cli.speech import Progress, say
from hub.exports import Exports, fingerprint, state
from hub.services import Services
from hub.wakeups import Topic
from schema.errors import HubError, InvalidInput, Unavailable

FACTS: Final = Path(__file__).parent.parent.parent / "examples" / "facts"


async def fill(services: Services, *, facts: Path = FACTS, fictional: bool) -> None:
    """Load the facts, and on wish what is made up for demonstration; what has not changed is not loaded again."""
    folder: Path | None = None
    if fictional:
        folder = services.settings.data / "fictional"
        await asyncio.to_thread(generate, folder)
    progress = Progress()
    try:
        results = await loaded(services, facts, fictional=folder, progress=progress)
    finally:
        progress.close()
    written = sum(result.written for result in results)
    quarantined = sum(result.quarantined for result in results)
    say(
        f"{len(results)} bảng, {written} bản ghi mới hoặc thay đổi, {quarantined} dòng bị giữ lại",
        f"{len(results)} tables, {written} records new or changed, {quarantined} rows quarantined",
    )


async def loaded(
    services: Services, facts: Path, *, fictional: Path | None = None, progress: Told | None = None
) -> list[RunResult]:
    """Load the tables that changed, and wake whoever waits for data where records did."""
    results = await load(services.graph, facts, fictional=fictional, progress=progress)
    if any(result.written for result in results):
        await services.wakeups.publish(Topic.DATA)
    return results


def named(slugs: Sequence[str]) -> list[Dataset]:
    """The datasets of these slugs, or all where there are none; InvalidInput where one is no dataset's."""
    for slug in slugs:
        if slug not in DATASETS:
            known = ", ".join(DATASETS)
            raise InvalidInput(
                f"không có bộ dữ liệu `{slug}`: hãy chọn trong {known}",
                f"there is no dataset `{slug}`: choose from {known}",
            )
    return [DATASETS[slug] for slug in dict.fromkeys(slugs)] or list(DATASETS.values())


async def publish(services: Services, datasets: Sequence[Dataset]) -> None:
    """Publish these datasets, and tell of each; Unavailable, at the end, names those that failed."""
    outcomes = await published(services, datasets, _tell)
    failed = ", ".join(slug for slug, outcome in outcomes.items() if isinstance(outcome, Failed))
    if failed:
        raise Unavailable(
            f"không phát hành được `{failed}`: lý do ở trên",
            f"`{failed}` could not be published: the reasons stand above",
        )


async def published(
    services: Services, datasets: Sequence[Dataset], tell: Callable[[Dataset, Outcome], None] | None = None
) -> Mapping[str, Outcome]:
    """Publish these datasets; what came of those that had to be looked at."""
    at = await state(services.execution, services.graph)
    exports = Exports(services.execution, schema.graphql, at)
    marks = {dataset.slug: fingerprint(dataset, at) for dataset in datasets}
    moved: list[Dataset] = []
    for dataset in datasets:
        newest = services.shelf.latest(dataset.slug)
        if newest is not None and services.shelf.settled(dataset.slug) == marks[dataset.slug]:
            services.metrics.published(Unchanged.__name__.lower())
            if tell:
                tell(dataset, Unchanged(newest))
        else:
            moved.append(dataset)
    outcomes = await publish_all(
        moved,
        exports.rows,
        services.shelf,
        epoch=at.epoch,
        versions=at.versions,
        now=datetime.now(UTC),
        progress=tell,
    )
    for slug, outcome in outcomes.items():
        services.metrics.published(type(outcome).__name__.lower())
        if not isinstance(outcome, Failed):
            services.shelf.settle(slug, marks[slug])
    return outcomes


def _tell(dataset: Dataset, outcome: Outcome) -> None:
    if isinstance(outcome, Failed):
        error = outcome.error
        shown = f"{error.vi} · {error.en}" if isinstance(error, HubError) else type(error).__name__
        click.echo(f"  {dataset.slug}: {shown}", err=True)
        return
    number, rows = outcome.release.number, outcome.release.rows
    new = isinstance(outcome, Published)
    vi = f"{'bản phát hành mới' if new else 'không đổi, bản'} {number}, {rows} dòng"
    en = f"{'new release' if new else 'unchanged, release'} {number}, {rows} rows"
    click.echo(f"  {dataset.slug}: {vi} · {en}")
