"""The console over the real hub: a steward gives access, sees it, takes it back; the other asker's answer follows."""

import asyncio
from collections.abc import AsyncGenerator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette

from auth import grants
from auth.rules import defaults
from schema.graph import Graph
from schema.types import MODEL
from tests.browser.conftest import Visits, served
from tests.browser.test_browser import FAINT, SMALL
from tests.oracle.graphs import clear, load
from tests.test_endpoint import app, ask, bearer, stock, token

__all__ = ["app"]  # the hub of those tests, over the same few records

pytestmark = pytest.mark.browser

OWNERS = "{ farms(orderBy: [{id: ASC}]) { nodes { id ownerName } } }"
BASIS = "Nghị định 278/2025/NĐ-CP"
APP = bearer(token("developer", client_id="app"))


@pytest_asyncio.fixture(loop_scope="session")
async def hub(app: Starlette, graph: Graph, browser: Browser) -> AsyncGenerator[Visits]:
    """Give a browser at the real hub, over the first rules and nothing given."""
    await clear(graph, MODEL)
    await grants.seed(graph, defaults(MODEL))
    await load(graph, MODEL, stock())
    async with served(app) as base:
        yield Visits(browser, base)


async def _owners(base: str) -> list[str | None]:
    """What the app is answered."""
    async with httpx.AsyncClient(base_url=base, headers=APP) as client:
        told = (await ask(client, OWNERS)).json()
    return [each["ownerName"] for each in told["data"]["farms"]["nodes"]]


async def _sign_in(page: Page, agency: str = "A") -> None:
    await page.fill("#token", token("steward", agency=agency))
    await page.keyboard.press("Enter")
    await expect(page.locator('[data-part="work"]')).to_be_visible()


async def _fill(page: Page) -> None:
    """A permission for the app: the name of open farms, and the owner's family name."""
    await page.select_option("#scheme", "client")
    await page.fill("#name", "app")
    await page.check("#field-Farm-ownerName")
    await page.select_option("#mask-Farm-ownerName", "firstWord")
    await page.select_option("#where-Farm", "visibility")
    await page.fill("#values-Farm", "OPEN")
    await page.fill("#until", "2099-12-31")
    await page.fill("#basis", BASIS)


async def test_a_steward_gives_sees_and_revokes(hub: Visits) -> None:
    assert await _owners(hub.base) == [None, None]
    async with hub("/vi/console") as visit:
        page = visit.page
        await _sign_in(page)
        await expect(page.locator('[data-part="given"]')).to_have_text(
            "Cơ quan bạn chưa cấp quyền nào ngoài các quy tắc ban đầu."
        )
        await _fill(page)
        said = (
            "Ứng dụng app được xem “Chủ trang trại” của trang trại, hợp tác xã có “Mức công khai” là OPEN, "
            "đến hết ngày 31/12/2099; “Chủ trang trại” chỉ hiện: từ đầu (họ của người). Căn cứ: "
        )
        await expect(page.locator('[data-part="preview"]')).to_have_text(f"{said}{BASIS}.")
        await page.click('[data-part="save"]')
        await expect(page.locator("dialog")).to_contain_text("Cấp quyền này?")
        assert await _owners(hub.base) == [None, None]
        await page.click('[data-part="yes"]')
        await expect(page.locator('[data-part="status"]')).to_contain_text("Có hiệu lực từ thay đổi số 2, lúc ")
        await expect(page.locator('[data-part="status"]')).to_be_focused()
        given = page.locator('[data-part="given"] li')
        await expect(given).to_have_count(1)
        await expect(given).to_contain_text("có “Mức công khai” là OPEN và do A quản lý")
        await expect(page.locator('[data-part="given"] h3')).to_have_text("Ứng dụng app")
        assert await _owners(hub.base) == ["An", None]  # one word is all of it; the other farm is of B
        await page.click('[data-part="given"] button')
        await page.click('[data-part="no"]')
        await expect(given).to_have_count(1)
        await page.click('[data-part="given"] button')
        await page.click('[data-part="yes"]')
        await expect(page.locator('[data-part="status"]')).to_contain_text("Có hiệu lực từ thay đổi số 3, lúc ")
        await expect(given).to_have_count(0)
        await expect(page.locator('[data-part="history"] li')).to_contain_text("hết từ thay đổi số 3")
        assert await _owners(hub.base) == [None, None]
        kept = await page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])")
        assert await page.input_value("#token") not in kept


async def test_a_prohibition_of_whole_records(hub: Visits) -> None:
    async with hub("/en/console") as visit:
        page = visit.page
        await _sign_in(page)
        await page.select_option("#kind", "prohibition")
        await page.select_option("#scheme", "anyone")
        await page.check("#whole")
        await page.fill("#basis", BASIS)
        await page.click('[data-part="save"]')
        await expect(page.locator("dialog")).to_contain_text("Anyone may not see the whole record of a farm or an")
        await page.click('[data-part="yes"]')
        await expect(page.locator('[data-part="given"] li')).to_contain_text("whose custodian is A")
        assert await _owners(hub.base) == [None]
        await page.click('[data-part="given"] button')
        await page.click('[data-part="yes"]')
        await expect(page.locator('[data-part="given"] li')).to_have_count(0)
        assert await _owners(hub.base) == [None, None]


async def test_what_was_given_on_ends_with_it_and_is_told(hub: Visits) -> None:
    async with hub("/vi/console") as visit:
        page = visit.page
        await _sign_in(page)
        await _fill(page)
        await page.select_option("#scheme", "agency")
        await page.fill("#name", "B")
        await page.select_option("#action", "GRANT")
        await page.click('[data-part="save"]')
        await page.click('[data-part="yes"]')
        await expect(page.locator('[data-part="given"] li')).to_have_count(1)
        await _sign_in(page, "B")
        await expect(page.locator('[data-part="given"] li')).to_have_count(0)
        await _fill(page)
        await page.select_option("#under", index=1)
        await page.click('[data-part="save"]')
        await page.click('[data-part="yes"]')
        await expect(page.locator('[data-part="given"] li')).to_contain_text("cấp theo quyền A/")
        assert await _owners(hub.base) == ["An", None]
        await _sign_in(page)
        await expect(page.locator('[data-part="given"] h3')).to_have_text("Cơ quan B")
        await page.click('[data-part="given"] button')
        await page.click('[data-part="yes"]')
        await expect(page.locator('[data-part="status"]')).to_contain_text("Đã thu hồi 2 quy tắc")
        assert await _owners(hub.base) == [None, None]
        await _sign_in(page, "B")
        await expect(page.locator('[data-part="history"] li')).to_contain_text("hết từ thay đổi số 4; quyền A/")


async def test_what_is_missing_and_what_is_refused_is_said_beside_the_form(hub: Visits) -> None:
    async with hub("/vi/console") as visit:
        page = visit.page
        await _sign_in(page)
        await page.click('[data-part="save"]')
        errors = page.locator('[data-part="form-errors"]')
        await expect(errors.locator("li")).to_have_count(4)
        await expect(errors).to_be_focused()
        await page.click('[data-part="form-errors"] a:text-is("Ghi căn cứ pháp lý")')
        await expect(page.locator("#basis")).to_be_focused()
        await _fill(page)
        await page.fill("#values-Farm", "NOTHING")
        await page.click('[data-part="save"]')
        await page.click('[data-part="yes"]')
        await expect(errors).to_contain_text("quyền có phần không hợp lệ")
        assert await page.input_value("#basis") == BASIS
        await page.fill("#token", "garbage")
        await page.press("#token", "Enter")
        await expect(page.locator('[data-part="errors"]')).to_contain_text("token không hợp lệ")
        await expect(page.locator('[data-part="work"]')).to_be_hidden()
        async with asyncio.timeout(30):
            while len(visit.errors) < 2:  # noqa: ASYNC110 - the browser tells of answers 400 and 401 when it comes to it
                await asyncio.sleep(0.01)
        visit.errors.clear()


async def test_hostile_texts_of_a_rule_are_texts(hub: Visits) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    async with hub("/vi/console") as visit:
        await _sign_in(visit.page)
        await _fill(visit.page)
        await visit.page.fill("#basis", hostile)
        await visit.page.fill("#name", hostile)
        await visit.page.click('[data-part="save"]')
        await visit.page.click('[data-part="yes"]')
        await expect(visit.page.locator('[data-part="given"] li')).to_contain_text(hostile)
        assert await visit.page.locator("main img").count() == 0


async def test_the_open_console_fits_a_phone_and_can_be_read(hub: Visits) -> None:
    async with hub("/vi/console", width=360) as visit:
        page = visit.page
        await _sign_in(page)
        await _fill(page)
        await page.click('[data-part="save"]')
        assert await page.evaluate(FAINT) == []
        await page.click('[data-part="yes"]')
        await expect(page.locator('[data-part="given"] li')).to_have_count(1)
        await _fill(page)
        await page.check("#field-Farm-location")
        for summary in await page.locator("[data-part=work] summary:visible").all():
            await summary.click()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        assert await page.evaluate(FAINT) == []
        assert await page.evaluate(SMALL) == []
