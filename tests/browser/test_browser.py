"""What a person sees and does: reading, searching, downloading, asking; on a phone, by keyboard, without scripts."""

import hashlib
import json
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import STEWARD, Visits
from tests.test_pages import PAGES, SHARE, SIGHTS

pytestmark = pytest.mark.browser

_FARMS = '[data-example="farms-as-you-are"] [data-run]'

# Every text that can be seen, whose colour against the ground that it stands on is too faint.
FAINT = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((each) => each / 255)
    .map((each) => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
    .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let here = element; here; here = here.parentElement) {
      const style = getComputedStyle(here);
      if (style.backgroundImage !== "none") return [238, 244, 250];
      const colour = parse(style.backgroundColor);
      if (colour.length && (colour.length < 4 || colour[3] > 0)) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("svg") || !element.offsetParent) continue;
    if (!Array.from(element.childNodes).some((each) => each.nodeType === 3 && each.textContent.trim())) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(style.color)), light(ground(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    const name = element.textContent.trim().slice(0, 40);
    if (contrast < 4.5 && style.visibility === "visible") found.push(`${name}: ${contrast.toFixed(2)}`);
    if (parseFloat(style.fontSize) < 14) found.push(`${name}: ${style.fontSize}`);
  }
  return found;
}"""

# The same for the texts of a map, each on the square behind it.
_FAINT_TILES = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((each) => each / 255)
    .map((each) => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
    .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
  return Array.from(document.querySelectorAll(".map g")).flatMap((group) => {
    const fill = getComputedStyle(group.querySelector("rect")).fill;
    const ground = fill.startsWith("url") ? [255, 255, 255] : parse(fill);
    return Array.from(group.querySelectorAll("text")).map((text) => {
      const [a, b] = [light(parse(getComputedStyle(text).fill)), light(ground)].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    });
  }).filter((contrast) => contrast < 4.5);
}"""

# Controls that a thumb would miss; links within a sentence are let off, as WCAG does.
SMALL = """() => Array.from(document.querySelectorAll("button, .button, summary, input, select, nav a, .cards h2 a"))
  .filter((each) => each.offsetParent && each.type !== "hidden" && !each.matches("small .link"))
  .map((each) => [each.textContent.trim().slice(0, 30), each.getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5).map(([name, box]) => `${name}: ${box.height}`)"""


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", [*PAGES, "/data?q=xyzzy"])
async def test_pages_fit_a_phone_and_can_be_read(visits: Visits, path: str, language: str) -> None:
    async with visits(f"/{language}{path}", width=360) as visit:
        assert await visit.page.evaluate("document.documentElement.scrollWidth") <= 360
        assert await visit.page.evaluate(FAINT) == []
        assert await visit.page.evaluate(_FAINT_TILES) == []
        assert await visit.page.evaluate(SMALL) == []


async def test_an_example_runs_on_a_click(visits: Visits) -> None:
    async with visits("/vi/explorer") as visit:
        page = visit.page
        await page.click('[data-example="provinces-today"] [data-run]')
        await expect(page.locator('[data-part="table"] tbody tr')).to_have_count(2)
        await expect(page.locator('[data-part="table"]')).to_contain_text("11.859,59")
        await expect(page.locator('[data-part="status"]')).to_contain_text("HTTP 200")
        headings = await page.locator('[data-part="table"] th').all_text_contents()
        assert "partOf.name" in headings
        assert "partOf" not in headings


async def test_a_token_changes_the_answer_and_stays_in_memory(visits: Visits) -> None:
    async with visits("/en/explorer") as visit:
        page = visit.page
        await page.click(_FARMS)
        await expect(page.locator('[data-part="errors"]')).to_contain_text("you may not read")
        await expect(page.locator('[data-part="table"]')).to_contain_text("fictional (FICTIONAL)")
        await page.click('[data-part="options"] > summary')
        await page.fill("#token", f"Bearer {STEWARD}")
        await page.click('[data-part="run"]')
        await expect(page.locator('[data-part="table"]')).to_contain_text("Chủ hư cấu")
        await expect(page.locator('[data-part="errors"]')).to_be_hidden()
        kept = await page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])")
        assert STEWARD not in kept
        assert "ownerName" in kept
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        for kind in ("curl", "Python", "JavaScript"):
            await page.click(f'[data-copy-as="{kind}"]')
            await expect(page.locator('[data-part="status"]')).to_contain_text(kind)
            copied = await page.evaluate("navigator.clipboard.readText()")
            assert STEWARD not in copied
            assert "TOKEN" in copied
        await page.reload()
        assert await page.input_value("#token") == ""
        await page.click(".past > summary")
        await expect(page.locator('[data-part="history"] button')).to_have_count(1)


async def test_errors_come_in_the_language_of_the_page(visits: Visits) -> None:
    async with visits("/vi/explorer") as visit:
        await visit.page.click(_FARMS)
        await expect(visit.page.locator('[data-part="errors"]')).to_contain_text("bạn chưa được xem")
        await visit.page.fill("#query", "{ nothing }")
        await visit.page.click('[data-part="run"]')
        await expect(visit.page.locator('[data-part="errors"]')).to_contain_text("Cannot query field")
        await expect(visit.page.locator('[data-part="errors"]')).to_contain_text("dòng 1, cột 3")
        await visit.page.click('[data-part="options"] > summary')
        await visit.page.fill("#variables", "[1]")
        await visit.page.click('[data-part="run"]')
        await expect(visit.page.locator('[data-part="errors"]')).to_contain_text("biến phải là JSON")


async def _suggested(page: Page, text: str) -> list[str]:
    await page.fill("#query", text)
    await page.focus("#query")
    await page.keyboard.press("End" if "\n" not in text else "Control+End")
    await page.keyboard.press("Control+Space")
    return await page.locator("#completions b").all_text_contents()


_SUGGESTED = {
    "{ fa": "farms",
    "{ farms { no": "nodes",
    "{ farms { nodes { ownerN": "ownerName",
    "{ farms { nodes { area: locatedIn { nam": "name",
    "{ farms(wh": "where",
    "{ farms(where: {kin": "kind",
    "{ farms(where: {kind: {e": "eq",
    "{ farms(where: {kind: {eq: LIV": "LIVESTOCK",
    "{ farms(where: {kind: {in: [CROP, LIV": "LIVESTOCK",
    "{ farms(where: {kind: {eq: CROP}, nam": "name",
    "{ farms(orderBy: [{name: DE": "DESC",
    "{ farms(orderBy: [{name: ASC}], fir": "first",
    "query Q($after: String) { farms(after: $af": "after",
    "query Q($after: Stri": "String",
    '{ node(id: "x") { ... on Far': "Farm",
    '{ node(id: "x") { ... on Farm { ownerP': "ownerPhone",
    "fragment F on Farm { ownerP": "ownerPhone",
    "{ farms { nodes { grows { edges { season nod": "node",
    "{ farms { totalCount nodes { id } } prod": "products",
}


async def test_the_editor_knows_the_schema(visits: Visits) -> None:
    async with visits("/vi/explorer") as visit:
        await visit.page.wait_for_selector("#explorer[data-ready]")
        found = {text: (await _suggested(visit.page, text))[:1] for text in _SUGGESTED}
        assert found == {text: [first] for text, first in _SUGGESTED.items()}
        assert await _suggested(visit.page, "{ # fa") == []


async def test_suggestions_by_keyboard(visits: Visits) -> None:
    async with visits("/en/explorer") as visit:
        page = visit.page
        await page.wait_for_selector("#explorer[data-ready]")
        await page.fill("#query", "")
        await page.focus("#query")
        await page.keyboard.type("{ far")
        await expect(page.locator("#completions")).to_be_visible()
        assert await page.get_attribute("#query", "aria-activedescendant") == "completion-0"
        await page.keyboard.press("Enter")
        assert await page.input_value("#query") == "{ farms {  }"
        await page.keyboard.type("n")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Escape")
        await expect(page.locator("#completions")).to_be_hidden()
        await page.fill("#query", "{ farms { nodes { name } } }")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator('[data-part="table"] tbody tr')).to_have_count(1)
        await page.focus("#query")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.id") != "query"


async def test_documentation_is_searched_and_inserted(visits: Visits) -> None:
    async with visits("/vi/explorer") as visit:
        page = visit.page
        await page.wait_for_selector("#explorer[data-ready]")
        await page.fill("#docs-search", "trang trai")
        await page.click('[data-part="docs"] button:text-is("Farm")')
        await expect(page.locator('[data-part="docs"] h3')).to_be_focused()
        await page.fill("#query", "{ farms { nodes {  } } }")
        await page.evaluate("document.getElementById('query').setSelectionRange(18, 18)")
        await page.click('[data-part="docs"] button.entry:text-is("areaHa")')
        assert await page.input_value("#query") == "{ farms { nodes { areaHa } } }"


async def test_switching_the_language_keeps_the_page(visits: Visits) -> None:
    async with visits("/vi/data?q=du+lich") as visit:
        await visit.page.click("a.switch")
        assert visit.page.url == f"{visits.base}/en/data?q=du+lich"
        assert await visit.page.get_attribute("html", "lang") == "en"
        await visit.page.click(".cards h2 a")
        assert f"{visits.base}/en/data/" in visit.page.url


async def test_a_file_is_downloaded_whole(visits: Visits, tmp_path: Path) -> None:
    async with visits(f"/vi/data/{SIGHTS}") as visit:
        await visit.page.click("details.download > summary")
        async with visit.page.expect_download() as begun:
            await visit.page.click("details.download a:has-text('CSV')")
        download = await begun.value
        await download.save_as(tmp_path / "file.csv")
        digest = hashlib.sha256((tmp_path / "file.csv").read_bytes()).hexdigest()
        assert download.suggested_filename == f"{SIGHTS}-1.csv"
        assert digest in await visit.page.content()
        await visit.page.keyboard.press("Escape")
        await expect(visit.page.locator("details.download ul")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1280])
async def test_one_drawing_is_shown_at_each_width(visits: Visits, width: int) -> None:
    async with visits(f"/vi/data/{SHARE}", width=width) as visit:
        await expect(visit.page.locator("svg.chart.wide")).to_be_visible(visible=width > 700)
        await expect(visit.page.locator("svg.chart.narrow")).to_be_visible(visible=width < 700)
    async with visits(f"/vi/data/{SIGHTS}", width=width) as visit:
        for name in ("Hoàng Sa", "Trường Sa"):
            await expect(visit.page.locator(f'.map text:text-is("{name}")')).to_be_visible()


async def test_the_first_key_skips_to_the_content_with_a_visible_ring(visits: Visits) -> None:
    async with visits("/vi/data") as visit:
        await visit.page.keyboard.press("Tab")
        skip = visit.page.locator("a.skip")
        await expect(skip).to_be_focused()
        await expect(skip).to_be_in_viewport()
        ring = await skip.evaluate(
            "(each) => getComputedStyle(each).outlineStyle + getComputedStyle(each).outlineWidth"
        )
        assert ring == "solid3px"
        await visit.page.keyboard.press("Enter")
        await expect(visit.page.locator("main")).to_be_focused()


@pytest.mark.parametrize("path", PAGES)
async def test_everything_can_be_read_without_scripts(visits: Visits, path: str) -> None:
    async with visits(f"/en{path}", scripts=False) as visit:
        await expect(visit.page.locator("h1")).to_be_visible()
        assert await visit.page.locator("button:visible", has_text="Run").count() == 0
        if path == "/explorer":
            await visit.page.locator('[data-example="succession"] summary').click()
            await expect(visit.page.locator('[data-example="succession"] code')).to_contain_text("predecessors")
        if path == f"/data/{SIGHTS}":
            await visit.page.locator("details.download > summary").click()
            await expect(visit.page.locator("details.download a").first).to_be_visible()


async def test_the_described_dataset_is_data_that_machines_read(visits: Visits) -> None:
    async with visits(f"/vi/data/{SHARE}") as visit:
        text = await visit.page.locator('script[type="application/ld+json"]').text_content()
        assert json.loads(text or "")["@type"] == "Dataset"
