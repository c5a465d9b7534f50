"""The page on a narrow screen, on paper with many runs, and its drawing: what is wider says so, and what can be chosen is a link."""

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from matrix.data.claims import load_claims
from matrix.data.evidence import load_evidence
from matrix.data.runs import find_runs, load_runs
from matrix.data.statements import load_statements
from matrix.findings.view import View
from matrix.report.chapters import compose
from matrix.site.files import rendered
from tests.bench_reporter import make
from tests.reporter.browser import Page

MANY = 40
# Boxes that scroll sideways, and what is wrong with each: no sign of it, or no name for who can't see it.
UNSIGNED = """return [...document.querySelectorAll('body *')].filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0
  && ['auto', 'scroll'].includes(getComputedStyle(each).overflowX) && each.matches(arguments[0])).filter(each =>
  !each.classList.contains('more-right') || getComputedStyle(each).maskImage === 'none'
  || each.matches('.wide') && (each.tabIndex !== 0 || !each.role || !each.ariaLabel || !each.previousElementSibling?.matches('.sideways')))
  .map(each => each.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of many runs, of which each answers something of its own."""
    folder = tmp_path_factory.mktemp("many")
    make(folder, MANY)
    claims = load_claims()
    view = View(claims=claims, runs=load_runs(find_runs([folder])), evidence=load_evidence(), statements=load_statements(claims))
    path = tmp_path_factory.mktemp("page-of-many") / "index.html"
    path.write_text(rendered(compose(view))["index.html"], "utf-8")
    return path


@pytest.mark.parametrize("width", [390, 700])
def test_what_scrolls_sideways_shows_it(page: Page, width: int) -> None:
    """By a faded edge and a line above, until its end is in sight; and it has a name and the focus."""
    page.open(width=width)
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.wait("document.querySelector('#page-glance .more-right')")
    page.wait("new Promise(requestAnimationFrame)")
    assert page.run(UNSIGNED, ".wide, nav") == []
    page.run("const box = document.querySelector('#page-glance .wide'); box.scrollLeft = box.scrollWidth")
    page.wait("!document.querySelector('#page-glance .more-right') && document.querySelector('#page-glance .more-left')")
    page.size(1280)
    page.wait("!document.querySelector('#page-glance .sideways, #page-glance .more-left')")


def test_a_comparison_is_stacked_on_a_phone(page: Page) -> None:
    """Each cell below the last, with its heading beside it; nothing is out of sight."""
    page.open("#a=linux-6.1&b=linux-6.2", width=390)
    assert page.run("const box = document.querySelector('#page-compare-answer .wide'); return box.scrollWidth - box.clientWidth") == 0
    labels = page.run(
        "return [...document.querySelectorAll('#page-compare-answer tbody tr:first-child td')].map(each => each.dataset.label)"
    )
    assert labels == page.run("return [...document.querySelectorAll('#page-compare-answer th')].map(each => each.textContent)")
    lefts = page.run(
        "return [...document.querySelectorAll('#page-compare-answer tbody tr:first-child td')].map(each => each.getBoundingClientRect().left)"
    )
    assert len(set(lefts)) == 1


def test_a_page_of_many_runs_can_be_printed(driver: webdriver.Chrome, many: Path) -> None:
    """No table is cut off at the side of the paper, and no sign of scrolling is left."""
    page = Page(driver, many)
    page.open(width=718)  # A4 within the browser's margins
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.wait("document.querySelector('#page-version-line details table')")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    cut = "return [...document.querySelectorAll('table, svg')].filter(each => each.getBoundingClientRect().right > innerWidth).map(each => each.textContent.slice(0, 60))"
    assert page.run(cut) == []
    assert page.run("return [...document.querySelectorAll('.sideways')].every(each => getComputedStyle(each).display === 'none')") is True
    assert page.run("return [...document.querySelectorAll('.wide')].every(each => getComputedStyle(each).maskImage === 'none')") is True
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_cell_of_the_drawing_opens_its_case(page: Page) -> None:
    """By mouse and by key; its name says which platform and which sockets; the focus comes back."""
    cells = page.driver.find_elements(By.CSS_SELECTOR, "#page-glance a[data-case]")
    rows = page.count("#page-glance svg > text[font-family]")
    assert cells
    assert len(cells) % rows == 0
    cells[-1].send_keys(Keys.ENTER)
    assert page.run("return document.querySelector('#page-drawer').open") is True
    assert page.hash.startswith("#case=udp")
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert page.driver.switch_to.active_element == cells[-1]
    title = cells[0].find_element(By.TAG_NAME, "title").get_attribute("textContent")
    assert "a first socket without options listens on 127.0.0.1" in str(title)
    cells[0].click()
    assert page.text("#page-drawer h2") in str(title)
