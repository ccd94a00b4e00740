"""Where releases go besides the hub's own shelf: a CKAN site."""

from collections.abc import Sequence
from contextlib import closing
from urllib.parse import urlsplit

import click

from catalog.ckan import Ckan
from catalog.metadata import Dataset
from catalog.mirrors import Mirror
from hub.cli.speech import say
from hub.services import Services
from hub.settings import Settings
from schema.errors import ConfigError, HubError, Unavailable


def configured(settings: Settings) -> None:
    """ConfigError where a setting of CKAN is missing."""
    missing = [
        name
        for name, value in (("HUB_CKAN_URL", settings.ckan_url), ("HUB_CKAN_TOKEN", settings.ckan_token))
        if not value
    ]
    if not missing and _is_here(settings.base_url) and not _is_here(settings.ckan_url):
        missing.append("HUB_BASE_URL")  # links of this machine alone would lead nobody there anywhere
    if missing:
        shown = ", ".join(missing)
        raise ConfigError(
            f"để đưa lên CKAN, hãy đặt {shown}",
            f"to publish to CKAN, set {shown}",
        )


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


async def to_ckan(services: Services, datasets: Sequence[Dataset]) -> None:
    """Bring the newest release of each to CKAN; Unavailable, at the end, names those that failed."""
    settings = services.settings
    say(f"đang đưa lên CKAN ở {settings.ckan_url}", f"publishing to CKAN at {settings.ckan_url}")
    failed: list[str] = []
    with closing(Ckan(settings.ckan_url, settings.ckan_token)) as site:
        mirror = Mirror(
            site, services.shelf, settings.base_url, settings.ckan_organization, settings.ckan_upload_mb * 2**20
        )
        await site.admit()
        for dataset in datasets:
            try:
                done = await mirror.publish(dataset)
            except HubError as error:
                failed.append(dataset.slug)
                click.echo(f"  {dataset.slug}: {error.vi} · {error.en}", err=True)
                continue
            number, rows = done.release.number, done.release.rows
            vi = f"{'CKAN nay có bản' if done.changed else 'CKAN đã có bản'} {number}, {rows} dòng"
            en = f"{'CKAN now has release' if done.changed else 'CKAN already has release'} {number}, {rows} rows"
            click.echo(f"  {dataset.slug}: {vi} · {en}")
    if failed:
        names = ", ".join(failed)
        raise Unavailable(
            f"không đưa được `{names}` lên CKAN: lý do ở trên; hãy chạy lại",
            f"`{names}` could not be brought to CKAN: the reasons stand above; run it again",
        )
