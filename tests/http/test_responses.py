"""How answers are sent: in the type that is asked for, kept by those alone who may, packed, safe in browsers."""

import gzip
import json
from typing import Any, Final

import httpx
import pytest
from starlette.datastructures import Headers

from hub.api.responses import GRAPHQL, JSON, OWN, PLAIN, UNNAMED, Media, negotiated
from hub.compression import SMALLEST
from schema.errors import InvalidRequest
from tests.http.conftest import FARMS, OWNERS

COUNT: Final = "{ farms { totalCount } }"
PUBLIC: Final = "public, max-age=0, must-revalidate"
PRIVATE: Final = "private, no-store"
GARBAGE: Final = {"authorization": "Bearer garbage"}


def vary(answer: httpx.Response) -> set[str]:
    """What an answer varies by."""
    return {name.strip().lower() for name in answer.headers.get("vary", "").split(",") if name}


async def got(client: httpx.AsyncClient, query: str = COUNT, **headers: str) -> httpx.Response:
    told = {name.replace("_", "-"): text for name, text in headers.items()}
    return await client.get("/graphql", params={"query": query}, headers=told)


# The media type.


@pytest.mark.parametrize(
    ("accepted", "media"),
    [
        (None, UNNAMED),
        ("", UNNAMED),
        ("*/*", UNNAMED),
        ("application/*", UNNAMED),
        ("text/html, */*;q=0.8", UNNAMED),
        ("application/json", PLAIN),
        ("Application/JSON; charset=utf-8", PLAIN),
        ("text/html, application/json;q=0.1", PLAIN),
        ("application/json, */*;q=0.1", PLAIN),
        ("application/graphql-response+json", OWN),
        ("application/graphql-response+json, application/json", OWN),
        ("application/json, application/graphql-response+json", OWN),
        ("application/graphql-response+json, */*", OWN),
        ("application/graphql-response+json;q=0.5, application/json;q=0.4", OWN),
        ("application/graphql-response+json; q=0.4, application/json; q=0.5", PLAIN),
        ("application/graphql-response+json;q=0.5, */*", UNNAMED),
        ("application/json;q=0, */*;q=0.1", OWN),
        ("application/json;q=0.2, */*;q=0.1", PLAIN),
        ("application/json;q=0.1, */*;q=0.2", OWN),
        ("application/*;q=0, */*, application/json;q=0.001", PLAIN),
        ("application/json;q=2, application/graphql-response+json;q=0.1", OWN),
        ("application/json;q=x, application/graphql-response+json;q=0.1", OWN),
        (",,application/json,,", PLAIN),
        ("image/png", None),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/*;q=0, */*", None),
        ("*/*;q=0", None),
        ("application", None),
        (",", None),
    ],
)
def test_the_type_that_is_wanted_most_is_given(accepted: str | None, media: Media | None) -> None:
    headers = Headers({} if accepted is None else {"accept": accepted})
    if media is None:
        with pytest.raises(InvalidRequest) as refused:
            negotiated(headers)
        assert refused.value.http_status == 406
    else:
        assert negotiated(headers) == media


async def test_a_type_that_there_is_not_is_406(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": COUNT}, headers={"accept": "application/xml"})
    assert (answer.status_code, answer.headers["content-type"]) == (406, JSON)
    assert GRAPHQL in answer.json()["errors"][0]["message"]


UNDERSTOOD: Final[tuple[dict[str, Any], ...]] = (
    {"query": "{"},
    {"query": "{ nothing }"},
    {"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": None}},
    {"query": COUNT, "operationName": "Other"},
    {"query": "subscription { farms { totalCount } }"},
    {"query": "{ farms(first: 1000) { totalCount } }"},
    {"query": "{ areas(first: 100) { nodes { farms(first: 100) { nodes { locatedIn { id } } } } } }"},
    {"query": '{ farms(where: {ownerName: {eq: "An"}}) { totalCount } }'},
)


@pytest.mark.parametrize("asked", UNDERSTOOD, ids=range(len(UNDERSTOOD)))
async def test_a_refused_operation_has_the_status_of_its_media_type(
    client: httpx.AsyncClient, asked: dict[str, Any]
) -> None:
    answers = [
        await client.post("/graphql", json=asked, headers={"accept": accepted}) for accepted in ("*/*", GRAPHQL, JSON)
    ]
    assert [answer.headers["content-type"] for answer in answers] == [JSON, GRAPHQL, JSON]
    unnamed, own, plain = (answer.status_code for answer in answers)
    assert (unnamed, plain) == (own, 200)
    assert own in {400, 403}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json().keys() <= {"errors", "extensions"}
    assert {answer.headers["cache-control"] for answer in answers} == {PRIVATE}


@pytest.mark.parametrize("accepted", [JSON, GRAPHQL])
async def test_what_is_no_operation_has_its_own_status_in_either_type(client: httpx.AsyncClient, accepted: str) -> None:
    headers = {"accept": accepted, "content-type": JSON}
    asked = json.dumps({"query": COUNT}).encode()
    answers = (
        await client.post("/graphql", content=b"{", headers=headers),
        await client.post("/graphql", content=b"{}", headers=headers),
        await client.post("/graphql", content=asked, headers={**headers, **GARBAGE}),
        await client.post("/graphql", content=asked, headers={**headers, "content-type": "text/plain"}),
        await client.put("/graphql", content=asked, headers=headers),
    )
    assert [answer.status_code for answer in answers] == [400, 400, 401, 415, 405]
    assert {answer.headers["content-type"] for answer in answers} == {accepted}


# Who may keep it.


async def test_an_answer_to_anybody_may_be_kept_and_is_asked_for_again(client: httpx.AsyncClient) -> None:
    answer = await got(client)
    assert answer.headers["cache-control"] == PUBLIC
    assert {"accept", "authorization"} <= vary(answer)
    assert answer.headers["etag"].startswith('W/"')
    assert (await got(client)).headers["etag"] == answer.headers["etag"]
    assert (await got(client, "{ f: farms { totalCount } }")).headers["etag"] != answer.headers["etag"]


async def test_a_persons_answer_is_kept_by_nobody(client: httpx.AsyncClient, steward: dict[str, str]) -> None:
    mine = await got(client, **steward)
    assert mine.json()["data"] == {"farms": {"totalCount": 40}}
    assert mine.headers["cache-control"] == PRIVATE
    assert "authorization" in vary(mine)
    again = await got(client, **steward, if_none_match=mine.headers["etag"])
    assert (again.status_code, again.headers["cache-control"]) == (304, PRIVATE)


@pytest.mark.parametrize("query", [OWNERS, "{", "{ nothing }"])
@pytest.mark.parametrize("accepted", [JSON, GRAPHQL])
async def test_an_answer_with_an_error_is_kept_by_nobody(client: httpx.AsyncClient, query: str, accepted: str) -> None:
    answer = await got(client, query, accept=accepted)
    assert "errors" in answer.json()
    assert answer.headers["cache-control"] == PRIVATE


async def test_what_is_asked_for_a_purpose_is_kept_by_nobody(client: httpx.AsyncClient) -> None:
    params = {"query": COUNT, "extensions": '{"purpose": "research"}'}
    assert (await client.get("/graphql", params=params)).headers["cache-control"] == PRIVATE


async def test_what_is_posted_is_kept_by_nobody(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": COUNT})
    assert answer.headers["cache-control"] == PRIVATE
    assert "etag" not in answer.headers


async def test_a_refusal_is_kept_by_nobody(client: httpx.AsyncClient) -> None:
    for answer in (await got(client, **GARBAGE), await got(client, accept="image/png"), await client.put("/graphql")):
        assert answer.headers["cache-control"] == PRIVATE
        assert {"accept", "authorization"} <= vary(answer)


@pytest.mark.parametrize("known", ["%s", "*", '"other", %s', '"other",%s , "x"', " %s "])
@pytest.mark.parametrize("strong", [False, True])
async def test_who_has_it_already_is_told_so_in_a_word(client: httpx.AsyncClient, known: str, strong: bool) -> None:  # noqa: FBT001 - a parameter of pytest's
    first = await got(client, FARMS, accept_encoding="gzip")
    tag = first.headers["etag"].removeprefix("W/") if strong else first.headers["etag"]
    again = await got(client, FARMS, accept_encoding="gzip", if_none_match=known.replace("%s", tag))
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "access-control-allow-origin"):
        assert again.headers[name] == first.headers[name]
    assert vary(again) == vary(first)


@pytest.mark.parametrize("known", ["", "x", '"x"', 'W/"x"', '"*"', "*, *", "W/*", "%"])
async def test_who_has_another_is_told_all(client: httpx.AsyncClient, known: str) -> None:
    answer = await got(client, if_none_match=known)
    assert (answer.status_code, answer.json()["data"]) == (200, {"farms": {"totalCount": 39}})


async def test_a_tag_spares_no_refusal(client: httpx.AsyncClient) -> None:
    for query, status in (("{", 400), ("{ nothing }", 400)):
        assert (await got(client, query, if_none_match="*")).status_code == status
        assert (await got(client, query, if_none_match="*", accept=JSON)).status_code == 200
    assert (await got(client, if_none_match="*", **GARBAGE)).status_code == 401
    assert (await client.post("/graphql", json={"query": COUNT}, headers={"if-none-match": "*"})).status_code == 200


async def test_a_tag_follows_the_view(client: httpx.AsyncClient, steward: dict[str, str]) -> None:
    mine, anyones = await got(client, **steward), await got(client)
    assert (await got(client, **steward, if_none_match=anyones.headers["etag"])).status_code == 200
    assert (await got(client, if_none_match=mine.headers["etag"])).status_code == 200


# Compression.


async def raw(client: httpx.AsyncClient, path: str, encodings: str) -> tuple[httpx.Response, bytes]:
    """An answer, and its bytes as they were sent."""
    async with client.stream("GET", path, headers={"accept-encoding": encodings}) as answer:
        return answer, b"".join([part async for part in answer.aiter_raw()])


@pytest.mark.parametrize("path", ["/graphql?query=%s", "/schema.graphql", "/vi", "/explorer", "/catalog.ttl"])
async def test_long_texts_are_compressed_for_those_who_ask(client: httpx.AsyncClient, path: str) -> None:
    path = path.replace("%s", FARMS)
    short, packed = await raw(client, path, "br, gzip")
    plain, whole = await raw(client, path, "identity")
    assert (short.headers["content-encoding"], short.headers["content-length"]) == ("gzip", str(len(packed)))
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed) == whole
    assert len(packed) < len(whole) / 2
    assert "accept-encoding" in vary(short) & vary(plain)
    assert short.headers.get("etag") == plain.headers.get("etag")
    assert short.headers.get("etag", "W/").startswith("W/")


@pytest.mark.parametrize("encodings", ["", "br", "gzip;q=0", "deflate, GZIP ; q=0.000", "*;q=0"])
async def test_who_does_not_ask_gets_the_text_itself(client: httpx.AsyncClient, encodings: str) -> None:
    answer, whole = await raw(client, f"/graphql?query={FARMS}", encodings)
    assert "content-encoding" not in answer.headers
    assert len(json.loads(whole)["data"]["farms"]["nodes"]) == 39


async def test_short_texts_are_not_compressed(client: httpx.AsyncClient) -> None:
    answer, whole = await raw(client, f"/graphql?query={COUNT}", "gzip")
    assert len(whole) < SMALLEST
    assert "content-encoding" not in answer.headers


# Browsers.


async def test_any_page_may_ask_and_no_cookie_is_wanted(client: httpx.AsyncClient, steward: dict[str, str]) -> None:
    page = {"origin": "https://app.example.vn"}
    answers = (
        await got(client, **page),
        await got(client, **page, **steward),
        await got(client, "{", **page),
        await got(client, **page, **GARBAGE),
        await client.post("/graphql", json={"query": COUNT}, headers=page),
        await client.post("/graphql", content=b"", headers={**page, "content-type": JSON}),
        await client.get("/schema.graphql", headers=page),
    )
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert "origin" not in vary(answer)  # it is the same for every page
    exposed = {name.strip().lower() for name in answers[0].headers["access-control-expose-headers"].split(",")}
    assert exposed == {"etag", "ratelimit", "ratelimit-policy", "retry-after", "x-request-id"}


async def test_a_browser_is_told_what_a_page_may_send(client: httpx.AsyncClient) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    answer = await client.options("/graphql", headers={"origin": "https://app.example.vn", **asked})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert allowed == {"authorization", "content-type", "if-none-match", "x-request-id"}
    assert int(answer.headers["access-control-max-age"]) > 0


async def test_no_browser_takes_an_answer_for_a_page(client: httpx.AsyncClient) -> None:
    for answer in (await got(client), await got(client, "{"), await got(client, **GARBAGE)):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/vi", "/data", "/explorer", "/console", "/not-there"])
async def test_pages_run_no_script_of_others_and_stand_in_no_frame(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "access-control-allow-origin" not in answer.headers


async def test_the_way_to_the_explorer_is_no_answer_to_others(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.headers["location"], vary(page)) == (307, "/explorer", {"accept"})
