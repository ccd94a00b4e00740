"""`hub demo` as a process: from nothing to a checked hub, a second start, a killed engine, and every way to stop."""

import csv
import json
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalog.datasets import DATASETS
from connectors.streams import STREAMS
from tests.processes import Running, hub, running, until, within

QUERY = """{
  farms(first: 20, orderBy: [{name: ASC}]) { totalCount nodes { id name locatedIn { name } } }
  observations(first: 20, orderBy: [{id: ASC}]) { totalCount nodes { id value } }
  touristSites { totalCount } businesses { totalCount } areas { totalCount } agencies { totalCount }
}"""
TRIES = 60
ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
QUERIES = ROOT / "examples" / "queries"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder that all these tests share; the first of them fills it."""
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def first(data: Path) -> subprocess.CompletedProcess[str]:
    """Give the first run, which fills the data folder; a copy of it is kept for what must not meet the demo."""
    done = hub("demo", "--check", data=data)
    shutil.copytree(data, data.with_name("copy"))
    return done


@pytest.fixture(scope="module")
def copied(first: subprocess.CompletedProcess[str], data: Path) -> Path:
    """Give that copy."""
    assert first.returncode == 0
    return data.with_name("copy")


@pytest.fixture(scope="module")
def demo(first: subprocess.CompletedProcess[str], data: Path) -> Iterator[Running]:
    """Give the second start, left running; Ctrl-C ends it, as a person would."""
    assert first.returncode == 0
    with running("demo", data=data, said=data.parent / "said") as made:
        yield made
        assert made.stop(signal.SIGINT) == 0
        assert made.said.endswith("đã dừng · stopped\n")
        assert within(data) == []


@pytest.fixture
def serving(copied: Path, tmp_path: Path) -> Iterator[Running]:
    """Give a hub that serves the same data."""
    with running("serve", data=copied, said=tmp_path / "said") as made:
        made.base()
        yield made


def graphql(base: str) -> httpx.Response:
    return httpx.post(f"{base}/graphql", json={"query": QUERY}, timeout=60)


def test_the_first_start_does_everything_and_checks_it(first: subprocess.CompletedProcess[str], data: Path) -> None:
    said = [json.loads(line) for line in first.stderr.splitlines()]
    assert [line for line in said if line["logger"] != "hub.requests" or line["level"] != "INFO"] == []
    assert first.returncode == 0
    lines = first.stdout.splitlines()
    assert lines[:2] == ["đang khởi động máy đồ thị · starting the graph engine", "đang nạp dữ liệu · loading data"]
    loaded = [line.split(":")[0].strip() for line in lines if re.fullmatch(r"  [a-z_]+: [1-9][0-9]*", line)]
    assert loaded == [stream.name for stream in STREAMS]
    published = [line.split(":")[0].strip() for line in lines if "new release 1, " in line]
    assert published == list(DATASETS)
    assert lines[-2:] == ["mọi kiểm tra đều đạt · every check passed", "đã dừng · stopped"]
    assert within(data) == []


def test_the_data_folder_is_its_owners_alone(first: subprocess.CompletedProcess[str], data: Path) -> None:
    assert first.returncode == 0
    secret = [data, data / "graph", data / "graph" / "password", data / "cursor.key", data / "demo-issuer.pem"]
    assert [path.name for path in secret if path.stat().st_mode & 0o077] == []


def test_a_second_start_loads_and_publishes_nothing_anew(demo: Running) -> None:
    demo.base()
    assert f"{len(STREAMS)} tables, 0 records new or changed, 0 rows quarantined" in demo.said
    assert demo.said.count("không đổi, bản 1, ") == len(DATASETS)
    assert "new release" not in demo.said


def test_the_welcome_has_what_to_paste(demo: Running) -> None:
    base = demo.base()
    demo.until("Ctrl-C stops.")
    tokens = dict(re.findall(r"^ +(STEWARD|DEVELOPER)=(\S+)$", demo.said, re.MULTILINE))
    commands = re.findall(r'curl -s \S+/graphql .*Bearer \$([A-Z]+)" -d \'(.*)\'$', demo.said, re.MULTILINE)

    def paste(who: str, command: str) -> str:
        headers = {"authorization": f"Bearer {tokens[who]}", "content-type": "application/json"}
        return httpx.post(f"{base}/graphql", content=command.encode(), headers=headers, timeout=60).text

    assert [who for who, _ in commands] == ["DEVELOPER", "STEWARD", "STEWARD"]
    before, theirs = paste(*commands[0]), paste(*commands[1])
    assert '"ownerName":null' in before
    assert '"code":"FORBIDDEN"' in before
    assert re.search(r'"ownerName":"[^"]+"', theirs)
    given = json.loads(paste(*commands[2]))["data"]["grantPermission"]["rules"][0]["id"]
    after = paste(*commands[0])
    assert re.search(r'"ownerName":"[^" ]+ …"', after)
    assert '"ownerName":null' not in after
    paste("STEWARD", json.dumps({"query": f'mutation {{ revokePermission(id: "{given}") {{ epoch }} }}'}))
    assert paste(*commands[0]) == before
    (download,) = re.findall(rf"curl -sOJL ({base}/\S+)", demo.said)
    answer = httpx.get(download, follow_redirects=True, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")


def examples() -> list[tuple[str, str]]:
    """The operations of the guides, each with the answer that stands below it, if one does."""
    guides = "".join((DOCS / name).read_text("utf-8") for name in ("graphql.md", "search.md"))
    return re.findall(r"```graphql\n(.*?)```\n(?:\n```json\n(.*?)```\n)?", guides, re.DOTALL)


@pytest.mark.parametrize(("operation", "shown"), examples(), ids=range(len(examples())))
def test_the_guides_tell_what_is_answered(demo: Running, operation: str, shown: str) -> None:
    answer = httpx.post(f"{demo.base()}/graphql", json={"query": operation}, timeout=60).json()
    for error in answer.get("errors", ()):
        error.pop("locations", None)
    answer.pop("extensions", None)  # the guides tell once that each answer has its cost there
    if shown:
        assert answer == json.loads(shown)
    assert shown or "errors" not in answer


def worked(demo: Running, slug: str, token: str = "") -> dict[str, Any]:
    """What is answered to a worked query, without and with a token."""
    text = next(QUERIES.glob(f"*-{slug}.graphql")).read_text("utf-8")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer: dict[str, Any] = httpx.post(
        f"{demo.base()}/graphql", json={"query": text}, headers=headers, timeout=60
    ).json()
    return answer


def made_up(data: Path, table: str) -> list[dict[str, str]]:
    """The rows of a fictional table, as the demo made it."""
    with (data / "fictional" / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def facts(table: str) -> list[dict[str, str]]:
    with (ROOT / "examples" / "facts" / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_visitor_sees_how_many_open_assessments_a_survey_has(demo: Running, data: Path) -> None:
    campaigns = worked(demo, "answers-to-a-survey")["data"]["campaigns"]["nodes"]
    told = {
        (one["opensOn"], group["key"][0]["value"]): group["count"]
        for one in campaigns
        for group in one["assessments"]["aggregate"]
    }
    opened = {f"DEMO-{row['localId']}": row["opensOn"] for row in made_up(data, "campaigns")}
    open_ones = [row for row in made_up(data, "assessments") if row["visibility"] == "OPEN"]
    assert told == Counter((opened[row["inCampaign"]], row["state"]) for row in open_ones)
    assert [len(one["uses"]["levels"]["nodes"]) for one in campaigns] == [6, 6]
    assert [one["invited"] for one in campaigns] == [int(row["invited"]) for row in made_up(data, "campaigns")]


def test_levels_by_province_are_their_agencys(demo: Running, data: Path) -> None:
    refused = worked(demo, "levels-by-province")
    assert "data" not in refused
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    demo.until("Ctrl-C stops.")
    (steward,) = re.findall(r"^ +STEWARD=(\S+)$", demo.said, re.MULTILINE)
    groups = worked(demo, "levels-by-province", steward)["data"]["assessments"]["aggregate"]
    told = {tuple(one["value"] for one in group["key"]): group["count"] for group in groups}
    names = {f"{row['code']}@{row['validFrom']}": row["name"] for row in facts("areas")}
    where = {f"{row['custodian']}-{row['localId']}": names[row["locatedIn"]] for row in made_up(data, "businesses")}
    theirs = [
        row
        for row in made_up(data, "assessments")
        if row["custodian"] == "DEMO.NN" and row["inCampaign"] == "DEMO-C2023" and row["level"]
    ]
    assert told == Counter((where[row["ofBusiness"]], int(row["level"])) for row in theirs)
    assert len(told) > 50


def test_an_engine_killed_while_serving_is_back_with_everything(demo: Running) -> None:
    base = demo.base()
    before = graphql(base)
    assert before.status_code == 200
    killed = demo.engine
    assert killed
    subprocess.run(["kill", "-9", str(killed)], check=True)  # noqa: S603, S607 - our own child's child
    answer, statuses = before, list[int]()
    for _ in range(TRIES):
        answer = graphql(base)
        statuses.append(answer.status_code)
        if answer.status_code == 200 and demo.engine not in {0, killed}:
            break
        time.sleep(0.25)
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200
    assert answer.content == before.content
    assert demo.engine not in {0, killed}
    assert "Traceback" not in demo.said
    assert httpx.get(f"{base}/vi", timeout=60).status_code == 200


def test_its_folder_cannot_be_used_by_another_hub(demo: Running, data: Path) -> None:
    demo.base()
    done = hub("run", data=data)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"the data folder `{data / 'graph'}` is in use by another process" in done.stderr


def test_a_supervisors_word_stops_it_in_order(serving: Running, copied: Path) -> None:
    assert graphql(serving.base()).status_code == 200
    assert serving.stop(signal.SIGTERM) == 0
    assert serving.said.endswith("đã dừng · stopped\n")
    assert "Traceback" not in serving.said
    assert within(copied) == []


def test_a_killed_hub_leaves_no_engine_behind(serving: Running, copied: Path) -> None:
    assert within(copied) == [serving.engine]
    serving.stop(signal.SIGKILL)
    until(lambda: within(copied) == [])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_work_is_stopped_half_way_in_order(tmp_path: Path, number: signal.Signals, code: int) -> None:
    data = tmp_path / "data"
    with running("run", data=data, said=tmp_path / "said") as work:
        work.until("starting the graph engine")
        assert work.stop(number) == code
        assert "stopped half-way" in work.said.splitlines()[-1]
        assert "Traceback" not in work.said
        assert within(data) == []
