"""The commands: each is documented and helps, and what a person does wrong is one line that says what to do."""

import asyncio
import fcntl
import os
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

from auth.token import DemoIssuer
from connectors.streams import load
from hub.__main__ import hub as command
from hub.__main__ import main
from hub.cli.checks import check
from hub.cli.manuals import manual
from hub.cli.server import address, listen, serve
from hub.cli.speech import Progress, fail
from hub.cli.work import FACTS
from hub.settings import Settings
from schema.errors import ConfigError, HubError, InvalidInput, Unavailable
from schema.graph import Graph
from tests.processes import hub

ROOT = Path(__file__).parent.parent
DOCUMENTED = ("README.md", "docs/commands.md")


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    code: object
    out: str
    err: str


class Commands:
    """Runs the command in this process, as `python -m hub` would; a few tests run it as a process of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: Path) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.data = data

    def run(self, *arguments: str, **settings: str) -> Done:
        """Run it to its end."""
        for name, text in {"HUB_DATA": str(self.data), "HUB_PORT": "0", **settings}.items():
            self._monkeypatch.setenv(name, text)
        self._monkeypatch.setattr(sys, "argv", ["hub", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr()
        return Done(ended.value.code or 0, said.out, said.err)

    def wrong(self, *arguments: str, **settings: str) -> str:
        """The one line of a command that the user can mend."""
        return one_line(self.run(*arguments, **settings))


def one_line(done: Done) -> str:
    lines = done.err.splitlines()
    assert len(lines) == 1, done.err
    assert re.fullmatch(r"lỗi: .+ · error: .+[^.]", lines[0])
    assert done.code == 2
    return lines[0]


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Commands:
    """Give the command, with no settings but those of the test."""
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    return Commands(monkeypatch, capsys, tmp_path / "data")


def test_the_documentation_is_what_the_commands_say() -> None:
    assert (ROOT / "docs" / "commands.md").read_text("utf-8") == manual(command), "run `make docs`"


def test_every_command_and_option_is_documented() -> None:
    text = "".join((ROOT / path).read_text("utf-8") for path in DOCUMENTED)
    for name, each in command.commands.items():
        assert f"`hub {name}`" in text
        for option in each.params:
            if isinstance(option, click.Option):
                assert option.help
                assert " · " in option.help
                assert all(f"`{flag}" in text for flag in option.opts)


@pytest.mark.parametrize("name", ["", *sorted(command.commands)])
def test_every_command_helps(name: str) -> None:
    done = CliRunner().invoke(command, [*filter(None, [name]), "--help"])
    assert done.exit_code == 0
    assert "Usage: " in done.output
    assert " · " in done.output


@pytest.mark.parametrize("arguments", [["sail"], ["demo", "--fast"], ["token"], ["token", "--minutes", "soon"]])
def test_what_is_no_command_or_option_is_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(command, arguments).exit_code == 2


@pytest.mark.parametrize("name", ["demo", "serve"])
def test_a_port_that_is_taken(commands: Commands, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = commands.wrong(name, HUB_PORT=port)
    assert f"port `{port}` cannot be opened" in line
    assert "HUB_PORT" in line
    assert not commands.data.exists()


@pytest.mark.parametrize("name", ["demo", "serve", "run", "publish", "token --role developer"])
def test_a_folder_that_cannot_be_written(commands: Commands, name: str) -> None:
    commands.data = Path("/proc")
    assert "the data folder `/proc` cannot be written" in commands.wrong(*name.split())


@pytest.mark.parametrize("name", ["demo", "serve", "run", "publish"])
def test_a_wrong_setting(commands: Commands, name: str) -> None:
    assert "error: HUB_STATEMENT_TIMEOUT is `soon`" in commands.wrong(name, HUB_STATEMENT_TIMEOUT="soon")


def test_a_misspelt_setting_is_told_of(commands: Commands) -> None:
    done = commands.run("token", "--role", "developer", HUB_PROT="1")
    assert done.code == 0
    assert done.err == (
        "lưu ý: không có cài đặt `HUB_PROT`; có phải là HUB_PORT · "
        "note: there is no setting `HUB_PROT`; is HUB_PORT meant\n"
    )


def test_a_folder_of_another_version(commands: Commands) -> None:
    folder = commands.data / "graph"
    folder.mkdir(parents=True)
    (folder / "VERSION").write_text("arcadedb 1.0 layout 0", "utf-8")
    assert f"the data folder `{folder}` is of version `arcadedb 1.0 layout 0`" in commands.wrong("run")


def test_a_folder_that_is_in_use(commands: Commands) -> None:
    folder = commands.data / "graph"
    folder.mkdir(parents=True)
    with (folder / "engine.lock").open("a") as lock:
        lock.write(str(os.getpid()))
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert f"the data folder `{folder}` is in use by another process" in commands.wrong("serve")


def test_a_dataset_that_is_none(commands: Commands) -> None:
    assert "there is no dataset `nope`: choose from san-luong-cay-trong" in commands.wrong("publish", "nope")
    assert not commands.data.exists()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "to publish to CKAN, set HUB_CKAN_URL, HUB_CKAN_TOKEN"),
        ({"HUB_CKAN_URL": "https://ckan.example.vn"}, "to publish to CKAN, set HUB_CKAN_TOKEN"),
        ({"HUB_CKAN_TOKEN": "made-up"}, "to publish to CKAN, set HUB_CKAN_URL"),
        (
            {"HUB_CKAN_URL": "https://ckan.example.vn", "HUB_CKAN_TOKEN": "made-up"},
            "to publish to CKAN, set HUB_BASE_URL",
        ),
        ({"HUB_CKAN_URL": "ckan.example.vn"}, "HUB_CKAN_URL is `ckan.example.vn`"),
        ({"HUB_CKAN_TOKEN": "made up"}, "HUB_CKAN_TOKEN is `***`"),
        ({"HUB_CKAN_ORGANIZATION": "Bộ Công Thương"}, "HUB_CKAN_ORGANIZATION is `Bộ Công Thương`"),
        ({"HUB_CKAN_UPLOAD_MB": "0"}, "HUB_CKAN_UPLOAD_MB is `0`"),
    ],
)
def test_ckan_that_is_not_set_up(commands: Commands, settings: dict[str, str], said: str) -> None:
    assert said in commands.wrong("publish", "--to", "ckan", **settings)
    assert not commands.data.exists()


def test_a_demo_on_a_graph_or_an_issuer_that_is_anothers(commands: Commands) -> None:
    assert "HUB_GRAPH_URL" in commands.wrong("demo", HUB_GRAPH_URL="bolt://127.0.0.1:1")
    assert "HUB_ISSUER" in commands.wrong("demo", HUB_GRAPH_URL="", HUB_ISSUER="https://login.example.vn")


@pytest.mark.parametrize("name", ["serve", "run", "publish"])
def test_an_issuer_without_keys(commands: Commands, name: str) -> None:
    assert "HUB_JWKS_FILE" in commands.wrong(name, HUB_ISSUER="https://login.example.vn")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--role king", "`steward`"),
        ("--role steward", "needs its code"),
        ("--role steward --agency a;b", "needs its code"),
        ("--role developer --minutes 61", "`61` minutes"),
        ("--role developer --minutes -1", "`-1` minutes"),
    ],
)
def test_a_token_that_cannot_be_issued(commands: Commands, arguments: str, said: str) -> None:
    assert said in commands.wrong("token", *arguments.split())


def test_no_token_is_issued_in_anothers_name(commands: Commands) -> None:
    line = commands.wrong("token", "--role", "developer", HUB_ISSUER="https://login.example.vn")
    assert "HUB_ISSUER is set" in line


def test_a_token_is_the_only_word_on_standard_output(commands: Commands) -> None:
    done = commands.run("token", "--role", "steward", "--role", "officer", "--agency", "DEMO.NN")
    assert (done.code, done.err) == (0, "")
    said = DemoIssuer(commands.data).verifier().verify(done.out.removesuffix("\n"))
    assert (said.subject, said.agency, said.roles) == ("demo", "DEMO.NN", {"steward", "officer"})


def test_the_schema_is_printed(commands: Commands) -> None:
    done = commands.run("schema")
    assert (done.code, done.err) == (0, "")
    assert done.out == (ROOT / "schema" / "schema.graphql").read_text("utf-8")


def facts(folder: Path, content: bytes | None) -> Path:
    """The first table of the facts, with this in it; none of it for None."""
    folder.mkdir()
    (folder / "sources.csv").write_bytes((FACTS / "sources.csv").read_bytes())
    if content is not None:
        (folder / "agencies.csv").write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "is empty"),
        (b"code,name,source\n", "has no row"),
        (b"\xff\xfe\x00", "is not UTF-8"),
    ],
)
async def test_a_table_of_facts_that_is_wrong(graph: Graph, tmp_path: Path, content: bytes | None, said: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)) as caught:
        await load(graph, facts(tmp_path / "facts", content))
    assert caught.value.en.startswith("`agencies.csv`: ")


def test_a_column_that_is_unknown_is_one_line(tmp_path: Path) -> None:
    folder = facts(tmp_path / "facts", b"colour,code\nred,X\n")
    done = hub("run", "--facts", str(folder), data=tmp_path / "data")  # a process: nothing else is on its stderr
    line = one_line(Done(done.returncode, done.stdout, done.stderr))
    assert "error: `agencies.csv`: unknown column `colour`: remove or rename it" in line


def test_the_address_is_that_of_the_port_that_was_opened() -> None:
    for host, shown in (("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")):
        settings = Settings(host=host, port=0)
        with listen(settings) as opened:
            assert address(settings, opened) == f"http://{shown}:{opened.getsockname()[1]}"


def test_a_server_ends_with_what_went_wrong_when_it_was_up() -> None:
    async def ready() -> bool:
        raise Unavailable("hỏng", "broken")

    async def served() -> None:
        with listen(Settings(port=0)) as opened:
            await serve(Starlette(), opened, ready)

    with pytest.raises(Unavailable, match="broken"):
        asyncio.run(served())


async def test_a_check_of_nothing_fails_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        base = f"http://127.0.0.1:{door.getsockname()[1]}"
    with pytest.raises(Unavailable, match="a check failed: ") as caught:
        await check(base, "", "", {})
    assert base in caught.value.vi
    assert "\n" not in caught.value.vi + caught.value.en


@pytest.mark.parametrize(
    ("error", "code"),
    [(Unavailable("nghỉ", "resting"), 1), (InvalidInput("sai", "wrong"), 2), (ConfigError("s", "w"), 2)],
)
def test_the_exit_code_says_who_can_mend_it(error: HubError, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(error) == code
    assert capsys.readouterr().err == f"lỗi: {error.vi} · error: {error.en}\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_a_bar_on_a_terminal_and_lines_in_a_pipe(
    *, terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    progress = Progress()
    for name, done in (("farms", 1_000), ("farms", 2_000), ("sights", 2_000)):
        progress(name, done, 2_000)
    progress.close()
    said = capsys.readouterr()
    if terminal:
        assert said.out == ""
        assert "farms" in said.err
        assert "2000/2000" in said.err
    else:
        assert said.out == "  farms: 2000\n  sights: 2000\n"
        assert said.err == ""
