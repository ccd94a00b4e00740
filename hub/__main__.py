"""The `hub` command."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from typing import Any

import click

from auth.token import DemoIssuer
from hub.api.schema import schema
from hub.app import application
from hub.cli import server, work
from hub.cli.demo import demo as run_demo
from hub.cli.speech import fail, say
from hub.services import opened
from hub.settings import Settings
from schema.errors import ConfigError, HubError, InvalidInput


@click.group(help="Trung tâm dữ liệu kinh tế số Việt Nam · the data hub of Viet Nam's digital economy")
def hub() -> None:
    """Take one of the commands below."""


@hub.command(help="Chạy thử tất cả trên máy này · run everything on this machine, on real facts")
@click.option("--check", is_flag=True, help="Kiểm tra như người dùng rồi dừng · check as a user would, then stop")
def demo(*, check: bool) -> None:
    """Start, load, publish, serve."""
    _run(run_demo(Settings.from_environment(), checking=check))


@hub.command(help="Phục vụ cổng dữ liệu và GraphQL · serve the portal and GraphQL")
def serve() -> None:
    """Serve what the graph and the data folder hold."""
    _run(_serve(Settings.from_environment()))


@hub.command(help="Nạp các bảng dữ kiện · load the tables of facts")
def run() -> None:
    """Load what changed."""
    _run(_work(Settings.from_environment(), publishing=None))


@hub.command(help="Phát hành các bộ dữ liệu mở · publish the open datasets")
@click.argument("dataset", nargs=-1)
def publish(dataset: tuple[str, ...]) -> None:
    """Publish all datasets, or those named."""
    _run(_work(Settings.from_environment(), publishing=dataset))


@hub.command(help="Cấp một token thử · issue a trial token")
@click.option("--role", "roles", multiple=True, required=True, help="developer, officer, publisher, steward")
@click.option("--agency", help="Mã cơ quan · code of the agency")
@click.option("--subject", default="demo", show_default=True)
@click.option("--minutes", default=60, show_default=True)
def token(roles: tuple[str, ...], agency: str | None, subject: str, minutes: int) -> None:
    """Print a token of the demo issuer."""
    settings = Settings.from_environment()
    if settings.issuer:
        raise ConfigError(
            "HUB_ISSUER đã đặt: token do bên đó cấp, không phải ở đây",
            "HUB_ISSUER is set: that issuer gives tokens, this command cannot",
        )
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    click.echo(DemoIssuer(settings.data).issue(subject, roles, agency, minutes))


@hub.command("schema", help="In lược đồ GraphQL · print the GraphQL schema")
def print_schema() -> None:
    """Print the SDL."""
    click.echo(schema.as_str())


async def _serve(settings: Settings) -> None:
    listening = server.listen(settings)
    async with opened(settings, say) as services:
        base = server.address(settings, listening)

        async def ready() -> bool:
            say(f"đang phục vụ ở {base}", f"serving at {base}")
            return True

        await server.serve(application(services, base), listening, ready)


async def _work(settings: Settings, publishing: tuple[str, ...] | None) -> None:
    async with opened(settings, say) as services:
        if publishing is None:
            await work.fill(services, fictional=False)
            return
        failed = await work.publish(services, publishing)
        if failed:
            raise InvalidInput(
                f"không phát hành được `{', '.join(failed)}`; lý do ở trên",
                f"`{', '.join(failed)}` could not be published; the reasons stand above",
            )


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def main() -> None:
    """Run the command; an error of the hub is one line."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        hub.main(standalone_mode=True)
    except HubError as error:
        sys.exit(fail(error))


if __name__ == "__main__":
    main()
