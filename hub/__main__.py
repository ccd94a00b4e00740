"""The `hub` command."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from auth.revocations import restore, revoke
from auth.token import DemoIssuer
from catalog.metadata import Dataset
from hub import logs, refusals
from hub.api.schema import schema
from hub.app import application
from hub.cli import server, targets, work, worker
from hub.cli.demo import demo as run_demo
from hub.cli.examination import examination
from hub.cli.signals import stoppable
from hub.cli.speech import fail, say, warn
from hub.services import data_folder, opened
from hub.settings import Settings, unknown
from schema.errors import ConfigError, HubError


@click.group(help="Trung tâm dữ liệu kinh tế số Việt Nam · the data hub of Viet Nam's digital economy")
def hub() -> None:
    """Take one of the commands below."""


@hub.command(help="Chạy thử tất cả trên máy này, trên dữ kiện thật · run everything on this machine, on real facts")
@click.option("--check", is_flag=True, help="kiểm tra như người dùng rồi dừng · check as a user would, then stop")
def demo(*, check: bool) -> None:
    """Start, load, publish, serve."""
    _run(run_demo(_settings(), checking=check))


@hub.command(help="Phục vụ cổng dữ liệu và GraphQL · serve the portal and GraphQL")
def serve() -> None:
    """Serve what the graph and the data folder hold."""
    _run(_serve(_settings()))


@hub.command(help="Nạp các bảng dữ kiện có thay đổi · load the tables of facts that changed")
@click.option(
    "--facts",
    type=click.Path(path_type=Path),
    default=work.FACTS,
    help="thư mục của các bảng, thay cho các bảng đi kèm · the folder of the tables, instead of those that come along",
)
def run(facts: Path) -> None:
    """Load what changed."""
    _run(_load(_settings(), facts))


@hub.command(help="Phát hành các bộ dữ liệu mở · publish the open datasets")
@click.argument("dataset", nargs=-1)
@click.option(
    "--to",
    type=click.Choice(["ckan"]),
    help="sau đó đưa bản mới nhất lên CKAN ở HUB_CKAN_URL · then bring the newest releases to the CKAN at HUB_CKAN_URL",
)
def publish(dataset: tuple[str, ...], to: str | None) -> None:
    """Publish all datasets, or those named."""
    settings = _settings()
    if to:
        targets.configured(settings)
    _run(_publish(settings, work.named(dataset), onwards=to is not None))


@hub.command(
    "work",
    help="Nạp và phát hành những gì thay đổi, đến khi bị dừng · load and publish what changes, until stopped",
)
@click.option(
    "--facts",
    type=click.Path(path_type=Path),
    default=work.FACTS,
    help="thư mục của các bảng, thay cho các bảng đi kèm · the folder of the tables, instead of those that come along",
)
def keep_working(facts: Path) -> None:
    """Work in rounds."""
    _run(_work(_settings(), facts))


@hub.command(
    "revoke",
    help="Thu hồi `token:ID`, `client:ID` hoặc `person:ID`, có hiệu lực ngay · "
    "revoke `token:ID`, `client:ID` or `person:ID`, in force at once",
)
@click.argument("name")
@click.option("--undo", is_flag=True, help="bỏ việc thu hồi · take the revocation back")
def revoke_name(name: str, *, undo: bool) -> None:
    """Revoke, or take a revocation back."""
    _run(_revoke(_settings(), name, undo=undo))


@hub.command(help="Xem cài đặt và thử mọi dịch vụ đã khai báo · show the settings, try every service that they name")
def check() -> None:
    """Show what is set; reach every service."""
    _run(examination(_settings()))


@hub.command(help="Cấp một token thử · issue a trial token")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    help="vai trò, có thể nhiều · a role, any number of times: developer, officer, publisher, steward",
)
@click.option("--agency", help="mã cơ quan · code of the agency")
@click.option("--subject", default="demo", show_default=True, help="người dùng · who it is for")
@click.option(
    "--minutes", default=60, show_default=True, help="thời hạn, tối đa 60 phút · its life, 60 minutes at most"
)
def token(roles: tuple[str, ...], agency: str | None, subject: str, minutes: int) -> None:
    """Print a token of the demo issuer."""
    settings = _settings()
    if settings.issuer:
        raise ConfigError(
            "HUB_ISSUER đã đặt: token do bên đó cấp, không phải ở đây",
            "HUB_ISSUER is set: that issuer gives tokens, this command cannot",
        )
    click.echo(DemoIssuer(data_folder(settings)).issue(subject, roles, agency, minutes))


@hub.command("schema", help="In lược đồ GraphQL · print the GraphQL schema")
def print_schema() -> None:
    """Print the SDL."""
    click.echo(schema.as_str())


def _settings() -> Settings:
    """The settings of the environment; a variable that looks like one and is none is told of."""
    for name, meant in unknown().items():
        vi, en = (f"; có phải là {meant}", f"; is {meant} meant") if meant else ("", "")
        warn(f"không có cài đặt `{name}`{vi}", f"there is no setting `{name}`{en}")
    settings = Settings.from_environment()
    refusals.check(settings)
    click.get_current_context().with_resource(logs.written(settings.log))
    return settings


async def _serve(settings: Settings) -> None:
    with server.listen(settings) as listening:
        async with opened(settings, say) as services:
            base = server.address(settings, listening)

            async def ready() -> bool:
                say(f"đang phục vụ ở {base}", f"serving at {base}")
                return True

            await server.serve(application(services, base), listening, ready)
    say("đã dừng", "stopped")


async def _load(settings: Settings, facts: Path) -> None:
    async with opened(settings, say) as services:
        await work.fill(services, facts=facts, fictional=False)


async def _publish(settings: Settings, datasets: list[Dataset], *, onwards: bool) -> None:
    async with opened(settings, say) as services:
        failed: HubError | None = None
        try:
            await work.publish(services, datasets)
        except HubError as error:  # a dataset that the gate holds back keeps none of the others from CKAN
            failed = error
        if onwards:
            await targets.to_ckan(services, datasets)
        if failed:
            raise failed


async def _revoke(settings: Settings, name: str, *, undo: bool) -> None:
    async with opened(settings, say) as services:
        await (restore if undo else revoke)(services.graph, name, by="operator")
    if undo:
        say(f"`{name}` không còn bị thu hồi", f"`{name}` is revoked no longer")
    else:
        say(f"đã thu hồi `{name}`", f"`{name}` is revoked")


async def _work(settings: Settings, facts: Path) -> None:
    async with opened(settings, say) as services:
        await worker.work(services, facts)
    say("đã dừng", "stopped")


def _run(doing: Coroutine[Any, Any, None]) -> None:
    sys.exit(asyncio.run(stoppable(doing)))


def main() -> None:
    """Run the command; an error of the hub is one line."""
    try:
        hub.main(standalone_mode=True)
    except HubError as error:
        sys.exit(fail(error))


if __name__ == "__main__":
    main()
