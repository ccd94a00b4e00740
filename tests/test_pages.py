"""The pages: every one in both languages, on a shelf filled by the catalogue's own publishing; files, feeds, errors."""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from graphql import build_schema, parse, validate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.policy import names
from catalog.datasets import DATASETS
from catalog.metadata import Dataset
from catalog.publish import publish
from catalog.shelves import Shelf
from hub.api.schema import schema
from hub.cli.demo import STEWARD_AGENCY
from hub.pages import Site, WorkedQuery, handlers, read_queries, routes
from hub.pages.assets import Assets
from hub.pages.drawings import draw_map
from hub.pages.languages import EN, VI, wanted
from hub.pages.plots import moment, ticks
from hub.pages.tiles import ARCHIPELAGOS, TILES, shade_of, shades
from schema.errors import ConfigError, RateLimited, Unavailable
from schema.types import MODEL

BASE = "https://hub.example.vn"
SIGHTS, SHARE = "diem-den-du-lich", "ty-trong-kinh-te-so"
HOSTILE = '<script>alert("x")</script>'
PAGES = ("", "/data", f"/data/{SIGHTS}", f"/data/{SHARE}", "/developers", "/explorer", "/console")
QUERIES = Path(__file__).resolve().parent.parent / "examples" / "queries"


def _sight(number: int, name: str, province: str) -> dict[str, object]:
    area = {"code": province, "name": "Đà Nẵng", "validFrom": "2025-07-01"}
    return {
        "id": f"TouristSite:OSM-{number:03}",
        "name": name,
        "nameEn": None,
        "category": "CULTURAL",
        "location": {"lat": 16.06, "lon": 108.22},
        "locatedIn": area,
        "source": "OpenStreetMap",
    }


def _share(period: str, value: str) -> dict[str, object]:
    targets = [
        {
            "name": "Mục tiêu",
            "indicator": {"code": "0517"},
            "value": 20,
            "comparison": "AT_LEAST",
            "byDate": "2025-12-31",
            "legalBasis": "411/QĐ-TTg",
        }
    ]
    return {
        "id": f"Observation:0517/VN@1976-07-02/{period}/TOTAL/",
        "indicator": {"code": "0517", "name": "Tỷ trọng", "method": "Tài khoản quốc gia", "unit": "%"},
        "area": {
            "code": "VN",
            "name": "Việt Nam",
            "level": "COUNTRY",
            "validFrom": "1976-07-02",
            "targets": {"nodes": targets, "pageInfo": {"hasNextPage": False}},
        },
        "period": period,
        "breakdown": "TOTAL",
        "value": Decimal(value),
        "status": "FINAL",
        "releasedOn": None,
        "note": None,
        "source": "Cục Thống kê",
    }


FIRST = [_sight(n, HOSTILE if n == 0 else f"Chùa {n}", "48" if n else "01") for n in range(60)]
NODES: Mapping[str, Sequence[Mapping[str, object]]] = {
    SIGHTS: [*FIRST, _sight(61, "Bảo tàng", "56")],
    SHARE: [_share("2023", "12.87"), _share("2024", "13.17"), _share("2020/2024", "12.88")],
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Two releases of the sights, one of the shares, none of the rest."""
    made = Shelf(tmp_path_factory.mktemp("shelf"))
    for slug, nodes in ((SIGHTS, FIRST), (SIGHTS, NODES[SIGHTS]), (SHARE, NODES[SHARE])):

        async def rows(
            _dataset: Dataset, held: Sequence[Mapping[str, object]] = nodes
        ) -> AsyncIterator[Sequence[Mapping[str, object]]]:
            yield held

        await publish(DATASETS[slug], rows, made, epoch=1, versions={}, now=datetime(2026, 11, 22, tzinfo=UTC))
    return made


def _failing(request: Request) -> Response:
    raise {
        "limited": RateLimited("chờ `5` giây", "wait `5` seconds", 5),
        "resting": Unavailable("đồ thị chưa trả lời", "the graph does not answer"),
        "bug": RuntimeError("a secret of the server"),
    }[request.path_params["how"]]


@pytest.fixture(scope="session")
def site(shelf: Shelf) -> Site:
    """A site whose first dataset has hostile texts."""
    hostile = replace(DATASETS[SIGHTS], description_vi=f"Mô tả {HOSTILE}", description_en=f"About {HOSTILE}")
    queries = (*read_queries(QUERIES), WorkedQuery("hostile", HOSTILE, HOSTILE, "", "", f"{{ {HOSTILE} }}"))
    return Site({**DATASETS, SIGHTS: hostile}, shelf, BASE, demo=True, queries=queries)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application made of the pages alone."""
    app = Starlette(routes=[*routes(site), Route("/fail/{how}", _failing)], exception_handlers=handlers(site))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made


class _Tags(HTMLParser):
    """Every start tag with its attributes, and what the structure of a page must not be."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"<{tag}> closes what was not open"

    def of(self, *names: str) -> list[dict[str, str | None]]:
        """The attributes of each tag of these names."""
        return [attrs for tag, attrs in self.tags if tag in names]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_whole_safe_and_local(client: httpx.AsyncClient, path: str, language: str) -> None:
    answer = await client.get(f"/{language}{path}")
    assert answer.status_code == 200
    page = _Tags(answer.text)
    assert page.open == []
    assert page.of("html") == [{"lang": language}]
    assert answer.headers["content-language"] == language
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert HOSTILE not in answer.text
    assert "FICTIONAL" in answer.text
    for attrs in page.of("script", "link", "img", "form", "source", "iframe", "use"):
        for name in ("src", "href", "action"):
            assert re.match(rf"/(?!/)|{BASE}/|#", attrs.get(name) or "/"), attrs
    assert all(attrs.get("src") or attrs.get("type") == "application/ld+json" for attrs in page.of("script"))
    for tag, attrs in page.tags:
        assert tag != "style"
        assert not [name for name in attrs if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("path", PAGES)
async def test_structure_serves_assistive_technology(client: httpx.AsyncClient, path: str) -> None:
    page = _Tags((await client.get(f"/vi{path}")).text)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert len(page.of("h1")) == len(page.of("main")) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    labelled = {attrs.get("for") for attrs in page.of("label")}
    for attrs in page.of("input", "textarea", "select"):
        assert attrs.get("type") == "hidden" or attrs["id"] in labelled
    for _, attrs in page.tags:
        for name in ("aria-labelledby", "aria-describedby", "aria-controls"):
            assert attrs.get(name) is None or attrs[name] in ids
    assert all(attrs.get("scope") in ("col", "row") for attrs in page.of("th"))
    assert len(page.of("caption")) == len([attrs for attrs in page.of("table") if "data-part" not in attrs])
    assert {"class": "skip", "href": "#main"} in page.of("a")
    alternates = {attrs["hreflang"]: attrs["href"] for attrs in page.of("link") if attrs.get("rel") == "alternate"}
    assert alternates == {"vi": f"{BASE}/vi{path}", "en": f"{BASE}/en{path}"}


async def test_links_within_the_site_lead_somewhere(client: httpx.AsyncClient) -> None:
    elsewhere = {"/graphql", "/schema.graphql"}
    seen: set[str] = set()
    for path in PAGES:
        page = _Tags((await client.get(f"/en{path}")).text)
        found = {attrs.get("href") or attrs.get("src") or "" for attrs in page.of("a", "link", "script")}
        seen |= {each.partition("#")[0] for each in found if each.startswith("/")}
    for each in sorted(seen - elsewhere - {""}):
        answer = await client.head(each, follow_redirects=True)
        assert answer.status_code == 200, each


async def test_language_follows_the_reader_or_the_address(client: httpx.AsyncClient) -> None:
    english = await client.get("/data", headers={"Accept-Language": "fr, en-GB;q=0.8, vi;q=0.5"})
    assert english.headers["content-language"] == "en"
    assert english.headers["vary"] == "Accept-Language, Accept-Encoding"
    assert 'href="/data/' in english.text
    named = await client.get("/vi/data", headers={"Accept-Language": "en"})
    assert named.headers["content-language"] == "vi"
    assert named.headers["vary"] == "Accept-Encoding"
    assert 'href="/vi/data/' in named.text
    switched = await client.get("/vi/data?q=du+lich&theme=kinh-te")
    assert '<a class="switch" href="/en/data?q=du+lich&amp;theme=kinh-te"' in switched.text


@pytest.mark.parametrize(
    ("header", "code"),
    [("", "vi"), ("en", "en"), ("vi-VN,en;q=0.9", "vi"), ("en;q=0", "vi"), ("fr", "vi"), ("en;q=x", "vi"), ("*", "vi")],
)
def test_wanted_language(header: str, code: str) -> None:
    assert wanted(header).code == code


def test_numbers_days_and_sizes_are_written_in_each_language() -> None:
    value = Decimal("1234567.890")
    assert (VI.number(value), EN.number(value)) == ("1.234.567,89", "1,234,567.89")
    assert VI.number(Decimal(-5), 2) == "-5,00"
    assert EN.day(datetime(2026, 11, 2, tzinfo=UTC)) == "02/11/2026"
    assert (VI.bytes(999), VI.bytes(1500), EN.bytes(2_500_000)) == ("999 B", "1,5 kB", "2.5 MB")


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_console_offers_all_that_a_rule_may_name_and_holds_no_data(
    client: httpx.AsyncClient, language: str
) -> None:
    text = (await client.get(f"/{language}/console")).text
    page = _Tags(text)
    boxes = {attrs["id"] for attrs in page.of("input") if attrs.get("type") == "checkbox"} - {"whole"}
    assert boxes == {f"field-{kind.name}-{name}" for kind in MODEL.types.values() for name in names(kind)}
    masked = {attrs["id"] for attrs in page.of("select") if "data-mask" in attrs}
    every = [(kind, field) for kind in MODEL.types.values() for field in kind.fields.values()]
    assert masked == {f"mask-{kind.name}-{field.name}" for kind, field in every if field.masks}
    ways = {attrs["data-type"]: attrs.get("data-area") for attrs in page.of("fieldset")}
    assert (ways["Farm"], ways["Observation"], ways["Area"], ways["Sector"]) == ("locatedIn", "area", "", None)
    assert f"hub token --role steward --agency {STEWARD_AGENCY}" in text
    # What has no name is in no address, whatever happens to the script.
    assert not [
        attrs for attrs in page.of("input", "select", "textarea", "form") if "name" in attrs or "action" in attrs
    ]


async def test_search_folds_vietnamese_and_filters_count(client: httpx.AsyncClient) -> None:
    found = (await client.get("/vi/data?q=DIEM+den")).text
    assert f"/vi/data/{SIGHTS}" in found
    assert f"/vi/data/{SHARE}" not in found
    listed = _Tags((await client.get("/vi/data?theme=cong-nghe")).text)
    cards = [attrs["href"] for attrs in listed.of("a") if str(attrs.get("href")).startswith("/vi/data/")]
    assert cards == [f"/vi/data/{SHARE}"]
    chosen = [
        attrs for attrs in listed.of("a") if attrs.get("aria-current") == "true" and "?" not in str(attrs["href"])
    ]
    assert {"href": "/vi/data", "aria-current": "true"} in chosen
    by_format = (await client.get("/en/data?format=parquet")).text
    assert "<strong>2</strong> datasets" in by_format


async def test_a_search_without_result_helps(client: httpx.AsyncClient) -> None:
    answer = await client.get("/en/data", params={"q": HOSTILE, "agency": "NSO"})
    assert answer.status_code == 200
    assert HOSTILE not in answer.text
    assert "No dataset matches" in answer.text
    assert 'href="/en/data?agency=NSO"' in answer.text
    assert f"/en/data/{SHARE}" in answer.text


async def test_dataset_page_answers_first_and_shows_the_evidence(client: httpx.AsyncClient) -> None:
    page = (await client.get(f"/vi/data/{SHARE}")).text
    assert "13,17\u00a0% (2024)" in page
    assert "20\u00a0% vào năm 2025" in page
    assert 'class="chart wide"' in page
    assert 'class="chart narrow"' in page
    assert "Cả 3 dòng" in page
    assert "12,88" in page
    translated = (await client.get(f"/en/data/{SHARE}")).text
    assert '<span lang="vi">Tỷ trọng</span>: 13.17' in translated
    english = (await client.get(f"/en/data/{SIGHTS}")).text
    assert "The first 50 of 61 rows" in english
    assert english.count("<tr>") > 50
    assert '<th scope="row">2</th>' in english
    assert '<td class="number">1</td>' in english
    assert 'lang="vi"' in english
    described = re.search(r'<script type="application/ld\+json">(.*?)</script>', english, re.DOTALL)
    assert described is not None
    assert json.loads(described[1])["version"] == "2"


async def test_a_release_older_than_the_declaration_is_shown_as_it_is(shelf: Shelf) -> None:
    dataset = DATASETS[SIGHTS]
    renamed = replace(dataset.columns[-1], name="sourceNow")
    chart = replace(dataset.chart, x="sourceNow")
    newer = replace(dataset, columns=(*dataset.columns[:-1], renamed), chart=chart)
    app = Starlette(routes=routes(Site({SIGHTS: newer}, shelf, BASE)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        page = await client.get(f"/en/data/{SIGHTS}")
        assert page.status_code == 200
        assert "Chùa 1" in page.text
        assert "sourceNow" not in page.text
        assert 'class="map"' not in page.text
        assert (await client.get("/en")).status_code == 200


async def test_a_dataset_without_a_release_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/vi/data/doanh-nghiep-niem-yet")
    assert answer.status_code == 200
    assert "chưa có bản phát hành" in answer.text


async def test_every_map_shows_and_names_both_archipelagos(client: httpx.AsyncClient) -> None:
    for language in (VI, EN):
        page = (await client.get(f"/{language.code}/data/{SIGHTS}")).text
        drawn = re.search(r'<svg class="map".*?</svg>', page, re.DOTALL)
        assert drawn is not None
        for name, province in (("Hoàng Sa", "Đà Nẵng"), ("Trường Sa", "Khánh Hòa")):
            assert f'">{name}</text>' in drawn[0]
            assert f">({province})</text>" in drawn[0]
        assert drawn[0].count("<rect") == 36


@pytest.mark.parametrize("values", [{}, {"01": Decimal(1)}, {tile.code: Decimal(7) for tile in TILES}])
def test_archipelagos_have_the_class_of_their_province(values: dict[str, Decimal]) -> None:
    drawing = draw_map(values, VI)
    by_code = {square.code: square.shade for square in drawing.squares}
    assert [(each.code, each.shade) for each in drawing.archipelagos] == [
        (each.code, by_code[each.code]) for each in ARCHIPELAGOS
    ]
    assert all(each.x + 110 <= drawing.width and each.y + 68 <= drawing.height for each in drawing.archipelagos)


def test_tiles_are_34_places_apart_from_each_other_and_from_the_archipelagos() -> None:
    taken = [(tile.row, tile.column) for tile in TILES]
    for each in ARCHIPELAGOS:
        taken += [(each.row + down, each.column + right) for down in (0, 1) for right in (0, 1)]
    assert len(TILES) == len({tile.code for tile in TILES}) == 34
    assert len(set(taken)) == 34 + 8


def test_equal_values_share_a_class_and_every_value_has_one() -> None:
    values = {tile.code: Decimal(place // 9) for place, tile in enumerate(TILES)}
    classes = shades(values)
    assert all(shade_of(value, classes) > 0 for value in values.values())
    assert len({shade_of(value, classes) for value in values.values()}) == len(set(values.values()))
    assert shade_of(None, classes) == 0


@pytest.mark.parametrize(("least", "most"), [(0, 1), (0, 0), (0, 4714.5), (-3, 12), (0, 0.004), (0, 99_999_999)])
def test_ticks_are_few_round_and_enclose(least: float, most: float) -> None:
    found = ticks(least, most, 5)
    assert found[0] <= least
    assert found[-1] >= most
    assert 2 <= len(found) <= 8
    assert 0 in found


def test_periods_are_moments_and_spans_are_not() -> None:
    assert [moment(text) for text in ("2024", "2024-Q3", "2024-07", "2024-07-15")] == [2024, 2024.5, 2024.5, 2024.5]
    assert [moment(text) for text in ("2020/2024", "", "TOTAL")] == [None, None, None]


async def test_a_file_is_immutable_and_checked(client: httpx.AsyncClient, shelf: Shelf) -> None:
    release = shelf.releases(SIGHTS)[1]
    for file in release.files:
        url = f"/data/{SIGHTS}/2/{file.name}"
        answer = await client.get(url)
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == file.sha256
        assert answer.headers["etag"] == f'"{file.sha256}"'
        assert answer.headers["content-disposition"] == f'attachment; filename="{SIGHTS}-2.{file.format}"'
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = await client.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        head = await client.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(file.size)
        part = await client.get(url, headers={"Range": "bytes=0-9"})
        assert (part.status_code, part.content) == (206, answer.content[:10])
    first = await client.get(f"/data/{SIGHTS}/1/{SIGHTS}.csv")
    assert hashlib.sha256(first.content).hexdigest() == shelf.releases(SIGHTS)[0].files[0].sha256


async def test_latest_leads_to_the_newest_file(client: httpx.AsyncClient) -> None:
    for form, kind in (("csv", "text/csv; charset=utf-8"), ("json", "application/json")):
        answer = await client.get(f"/data/{SIGHTS}/latest/{form}")
        assert (answer.status_code, answer.headers["location"]) == (302, f"/data/{SIGHTS}/2/{SIGHTS}.{form}")
        followed = await client.get(answer.headers["location"])
        assert followed.headers["content-type"] == kind


@pytest.mark.parametrize(
    "path",
    [
        "/data/nothing",
        f"/data/{SIGHTS}/3/{SIGHTS}.csv",
        f"/data/{SIGHTS}/0/{SIGHTS}.csv",
        f"/data/{SIGHTS}/01/{SIGHTS}.csv",
        f"/data/{SIGHTS}/²/{SIGHTS}.csv",
        f"/data/{SIGHTS}/1/other.csv",
        f"/data/{SIGHTS}/latest/exe",
        "/data/doanh-nghiep-niem-yet/latest/csv",
        "/data/nothing/latest/csv",
        f"/data/{SIGHTS}/1/..%2f..%2freleases%2f{SIGHTS}%2f000001.json",
        f"/data/{SIGHTS}/1/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/data/..%2f..%2fetc/1/passwd",
        f"/data/{SIGHTS}/..%2f1/{SIGHTS}.csv",
        f"/data/{SIGHTS}/1/{SIGHTS}.csv%00",
        "/static/0000000000000000/site.css",
        f"/static/{Assets().version}/..%2f..%2fpages%2fdoors.py",
        "/vi/nothing",
        "/fr/data",
    ],
)
async def test_what_is_not_there_is_404_in_the_same_look(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'class="masthead"' in answer.text
    assert "root:" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_an_unknown_address_is_quoted_safely(client: httpx.AsyncClient) -> None:
    answer = await client.get("/vi/data/" + HOSTILE.replace("/", "%2f"))
    assert answer.status_code == 404
    assert HOSTILE not in answer.text


async def test_failures_are_polite_masked_and_in_both_languages(client: httpx.AsyncClient) -> None:
    bug = await client.get("/fail/bug", headers={"Accept-Language": "en"})
    assert bug.status_code == 500
    assert "a secret" not in bug.text
    assert re.search(r"<code>[0-9a-f]{16}</code>", bug.text)
    assert "Sorry" in bug.text
    resting = await client.get("/fail/resting")
    assert resting.status_code == 503
    assert "Xin lỗi" in resting.text
    limited = await client.get("/fail/limited")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "5")
    method = await client.post("/vi/data")
    assert (method.status_code, set(method.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})


@pytest.mark.parametrize(
    ("path", "kind"), [("/catalog.ttl", "text/turtle; charset=utf-8"), ("/catalog.jsonld", "application/ld+json")]
)
async def test_feeds_are_whole_and_cached_by_tag(client: httpx.AsyncClient, path: str, kind: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert f"{BASE}/data/{SIGHTS}" in answer.text
    assert "doanh-nghiep-niem-yet" not in answer.text
    again = await client.get(path, headers={"If-None-Match": f'{answer.headers["etag"]}, "other"'})
    assert (again.status_code, again.content) == (304, b"")


async def test_static_files_are_kept_for_good_under_their_content(client: httpx.AsyncClient) -> None:
    assets = Assets()
    answer = await client.get(assets.url("site.css"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(answer.content) < 20_000
    assert not re.search(r"url\((?!#)|@import|https?:", answer.text)
    with pytest.raises(KeyError):
        assets.url("nothing.css")


async def test_a_closing_slash_leads_to_the_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/vi/data/?q=a%26b")
    assert (answer.status_code, answer.headers["location"]) == (308, "/vi/data?q=a%26b")
    outward = await client.get("//evil.example/", follow_redirects=False)
    assert not outward.headers.get("location", "/x").startswith("//")


@pytest.mark.parametrize("query", read_queries(QUERIES), ids=lambda query: query.slug)
def test_worked_queries_suit_the_schema(query: WorkedQuery) -> None:
    assert validate(build_schema(schema.as_str()), parse(query.text)) == []
    assert query.note_vi
    assert query.note_en


def test_worked_queries_are_many_and_one_depends_on_the_asker() -> None:
    queries = read_queries(QUERIES)
    assert len(queries) >= 10
    assert len({query.slug for query in queries}) == len(queries)
    assert any("ownerName" in query.text for query in queries)


def test_a_worked_query_without_a_title_is_refused(tmp_path: Path) -> None:
    (tmp_path / "01-bare.graphql").write_text("# vi: Chỉ một thứ tiếng\n{ __typename }\n", "utf-8")
    with pytest.raises(ConfigError, match="01-bare"):
        read_queries(tmp_path)
