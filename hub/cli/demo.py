"""`hub demo`: everything on this machine, on real facts; `--check` does it all as a user would, and stops."""

import json
import time
from socket import socket

import click

from auth.token import DemoIssuer
from hub.app import application
from hub.cli.checks import check
from hub.cli.server import address, listen, serve
from hub.cli.speech import say
from hub.cli.work import fill, named, publish
from hub.services import opened
from hub.settings import Settings
from schema.errors import ConfigError

STEWARD_AGENCY = "DEMO.NN"
APP = "demo-app"
QUERY = "{ farms(first: 2) { totalCount nodes { name ownerName ownerPhone } } }"
GRANT = {
    "query": "mutation ($input: PermissionInput!) { grantPermission(input: $input) { inForceSince rules { id } } }",
    "variables": {
        "input": {
            "to": f"client:{APP}",
            "type": "Farm",
            "fields": ["ownerName"],
            "masks": [{"field": "ownerName", "mask": "firstWord"}],
            "records": [{"field": "visibility", "values": ["OPEN"]}],
            "basisVi": "dùng thử",
        }
    },
}


async def demo(settings: Settings, *, checking: bool) -> None:
    """Start, load, publish, serve."""
    if settings.graph_url:
        raise ConfigError(
            "bản dùng thử nạp dữ liệu hư cấu nên chỉ chạy trên máy đồ thị của chính nó; hãy bỏ HUB_GRAPH_URL",
            "the demo loads fictional data, so it runs on an engine of its own only; leave HUB_GRAPH_URL empty",
        )
    if settings.issuer:
        raise ConfigError(
            "bản dùng thử tự cấp token; hãy bỏ HUB_ISSUER",
            "the demo issues tokens of its own; leave HUB_ISSUER empty",
        )
    began = time.monotonic()
    with listen(settings) as listening:
        await _serve(settings, listening, began, checking=checking)
    say("đã dừng", "stopped")


async def _serve(settings: Settings, listening: socket, began: float, *, checking: bool) -> None:
    async with opened(settings, say) as services:
        say("đang nạp dữ liệu", "loading data")
        await fill(services, fictional=True)
        say("đang phát hành các bộ dữ liệu mở", "publishing the open datasets")
        await publish(services, named(()))
        base = address(settings, listening)
        app = application(services, base)

        async def ready() -> bool:
            if checking:
                await check(base, *_tokens(settings), GRANT)
                say("mọi kiểm tra đều đạt", "every check passed")
            else:
                _welcome(base, settings, time.monotonic() - began)
            return not checking

        await serve(app, listening, ready)


def _tokens(settings: Settings) -> tuple[str, str]:
    """A steward's and an app developer's token; the demo has an issuer of its own."""
    issuer = DemoIssuer(settings.data)
    steward = issuer.issue("demo-steward", ["steward"], STEWARD_AGENCY)
    developer = issuer.issue(APP, ["developer"], None, client=APP)
    return steward, developer


def _welcome(base: str, settings: Settings, seconds: float) -> None:
    steward, developer = _tokens(settings)
    post = f"curl -s {base}/graphql -H 'content-type: application/json'"
    body = f'-d \'{{"query":"{QUERY}"}}\''
    grant = f"-d '{json.dumps(GRANT, ensure_ascii=False)}'"
    click.echo(
        f"""
Sẵn sàng sau {seconds:.0f} giây · ready after {seconds:.0f} s

  Cổng dữ liệu · portal       {base}/
  Bộ dữ liệu · datasets       {base}/data
  Thử truy vấn · explorer     {base}/explorer
  Quản lý quyền · console     {base}/console
  GraphQL                     {base}/graphql
  Danh mục · catalogue        {base}/catalog.ttl

Hai token thử, 60 phút · two trial tokens, 60 minutes (`hub token` cấp lại · makes new ones)

  STEWARD={steward}

  DEVELOPER={developer}

Bốn lệnh để dán · four commands to paste (sau khi dán hai dòng token ở trên · after the two token lines above)

  {post} -H "authorization: Bearer $DEVELOPER" {body}

  {post} -H "authorization: Bearer $STEWARD" {body}

  curl -sOJL {base}/data/diem-den-du-lich/latest/csv

  {post} -H "authorization: Bearer $STEWARD" {grant}

Lệnh 1 và 2 là cùng một truy vấn; chỉ cơ quan quản lý thấy chủ trang trại. Sau lệnh 4, lệnh 1 trả lời cả họ của chủ;
thu hồi ở trang quản lý quyền. Ctrl-C để dừng.
Commands 1 and 2 are the same query; only the custodian sees the owners. After command 4, command 1 answers the owners'
family names too; revoke it in the console. Ctrl-C stops.
"""
    )
