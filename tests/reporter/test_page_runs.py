"""Links to a run and to exactly some runs, in a real browser: on the page of the day, and on a later one."""

import dataclasses
import hashlib
import shutil
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from matrix.data.runs import find_runs, load_runs
from matrix.findings.view import View
from matrix.report.chapters import compose
from matrix.site.files import rendered
from tests.made_runs import MadeRun
from tests.reporter.browser import Page
from tests.reporter.conftest import listeners_protect_their_loopback

TARGETS = ["gvisor-1", "linux-6.1", "linux-6.2", "wine-8.0"]
SHOWN = "return [...document.querySelectorAll('#page-platform-table tbody th')].map(each => each.textContent)"


def digest(folder: Path) -> str:
    """The SHA-256 of a run's observations."""
    return hashlib.sha256((folder / "observations.csv").read_bytes()).hexdigest()


def pins(results: Path, *targets: str) -> str:
    """Runs as an address has them."""
    return ",".join(f"{target}@{digest(results / target)[:12]}" for target in targets)


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory, results: Path, view: View) -> Path:
    """A later page: gVisor is gone, Linux 6.2 was measured anew and answers otherwise, FreeBSD came; it knows where its files lie."""
    folder = tmp_path_factory.mktemp("later")
    for target in ("linux-6.1", "wine-8.0"):
        shutil.copytree(results / target, folder / target)
    MadeRun(target="linux-6.2", version="6.2").write(folder)
    MadeRun(target="freebsd-14", system="freebsd", version="14.0", rule=listeners_protect_their_loopback).write(folder)
    runs = load_runs(find_runs([folder]))
    assert not runs.faulty
    found = dataclasses.replace(view, runs=runs, folders={target: f"runs/{target}" for target in runs.hosts})
    path = folder / "index.html"
    path.write_text(rendered(compose(found))["index.html"], "utf-8")
    return path


@pytest.fixture
def later_page(driver: webdriver.Chrome, later: Path) -> Page:
    return Page(driver, later)


def test_a_run_has_an_address(page: Page, results: Path) -> None:
    """Its facts, its identity, and how far the others are from it; a run that is none is said to be none."""
    page.open("#run=linux-6.1")
    text = page.text("#page-drawer")
    assert page.text("#page-drawer h2") == "Run linux-6.1"
    assert digest(results / "linux-6.1") in text
    assert "3 times, 8 where the answers disagree" in text
    assert "questions answered otherwise" in text
    page.run("[...document.querySelectorAll('#page-drawer a[data-to=compare]')].find(each => each.textContent.includes('6.2')).click()")
    assert page.hash == "#a=linux-6.1&b=linux-6.2"
    assert page.run("return document.querySelector('#page-drawer').open") is False
    assert page.run("return document.activeElement.closest('section').id") == "page-compare"
    for target in ("nowhere", "%3Cimg%3E"):
        page.open(f"#run={target}")
        assert "No run on this page is named" in page.text("#page-drawer")
        assert page.count("#page-drawer img") == 0


def test_a_run_of_the_list_opens_and_gives_the_focus_back(page: Page) -> None:
    """By keyboard; back closes it, too."""
    link = page.driver.find_element(By.CSS_SELECTOR, "#page-platform-table a[data-run='wine-8.0']")
    link.send_keys(Keys.ENTER)
    assert page.text("#page-drawer h2") == "Run wine-8.0"
    assert "imitates Windows; is not Windows" in page.text("#page-drawer")
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert page.driver.switch_to.active_element == link
    link.click()
    page.driver.back()
    page.wait("!document.querySelector('#page-drawer').open")


def test_chosen_runs_are_all_that_is_shown(page: Page, results: Path) -> None:
    """In every part of the page, and in its address; back brings the others back."""
    assert page.run(SHOWN) == TARGETS
    for target in ("linux-6.1", "wine-8.0"):
        page.click(f"#page-platform-table input[aria-label='Choose {target}']")
    page.run("[...document.querySelectorAll('#page-platform-table button')].find(each => each.textContent.includes('chosen')).click()")
    assert page.hash == f"#pin={pins(results, 'linux-6.1', 'wine-8.0')}"
    assert "All are here, byte for byte" in page.text("#page-pinned")
    assert "2 other runs of this page are not shown" in page.text("#page-pinned")
    assert page.run(SHOWN) == ["linux-6.1", "wine-8.0"]
    for part in ("#page-answer", "#page-goal-answer", "#page-traffic-bars", "#page-sentence-list", "#page-case-table", "#page-compare-a"):
        assert "gvisor" not in page.text(part).lower()
    assert page.run("return document.querySelector('#page-glance').checkVisibility()") is False
    page.click("#page-answer button[data-case]")
    assert "pin=linux-6.1@" in page.hash
    page.driver.back()
    page.wait("!document.querySelector('#page-drawer').open")
    page.driver.back()
    page.wait("document.querySelector('#page-pinned').hidden")
    assert page.run(SHOWN) == TARGETS


def test_one_run_alone_is_held_against_the_document(page: Page, results: Path) -> None:
    """There is no other to compare it with; and no example asks about a system that is not shown."""
    page.open(f"#pin={pins(results, 'linux-6.1')}")
    assert "Linux 6.1 answers" in page.text("#page-compare-answer")
    assert page.run("return document.querySelector('#page-compare-b').value") == "Windows-as-documented"
    assert "Linux against Windows" in page.text("#page-examples")
    assert "Wine" not in page.text("#page-examples")


def test_everything_can_be_pinned(page: Page, results: Path) -> None:
    """Every link to something is there a second time, with exactly the runs that are shown."""
    page.run("[...document.querySelectorAll('#page-answer a[data-state]')].find(each => each.textContent.includes('exactly')).click()")
    assert page.hash.endswith(f"&pin={pins(results, *TARGETS)}")
    assert page.hash.startswith("#q=0.0.0.0 listening")
    assert "exactly 4 runs. All are here" in page.text("#page-pinned")
    page.click("#page-pin")
    assert page.run("return document.querySelector('#page-pinned').hidden") is True
    page.choose("#page-f-protocol", "udp")
    page.click("#page-pin")
    assert page.hash.endswith(f"&pin={pins(results, *TARGETS)}&f.protocol=udp")


def test_a_later_page_says_what_became_of_the_runs(later_page: Page, results: Path) -> None:
    """Which are there byte for byte, which were measured anew, and which are gone; only the first are shown."""
    page = later_page
    page.open(f"#pin={pins(results, *TARGETS)}")
    text = page.text("#page-pinned")
    assert "This link shows exactly 4 runs. 2 of 4 are here, byte for byte" in text
    assert f"Measured anew: linux-6.2, pinned as {digest(results / 'linux-6.2')[:12]}" in text
    assert "Gone: gvisor-1" in text
    assert page.run(SHOWN) == ["linux-6.1", "wine-8.0"]
    page.run("[...document.querySelectorAll('#page-pinned button')].find(each => each.textContent.includes('measured last')).click()")
    assert page.run(SHOWN) == ["linux-6.1", "linux-6.2", "wine-8.0"]
    assert "exactly 3 runs. All are here" in page.text("#page-pinned")
    page.run("[...document.querySelectorAll('#page-pinned button')].find(each => each.textContent.includes('every run')).click()")
    assert page.run(SHOWN) == ["freebsd-14", "linux-6.1", "linux-6.2", "wine-8.0"]
    assert page.hash in ("", "#")
    assert page.console == []


def test_a_run_leads_to_its_files(later_page: Page) -> None:
    """Where it is known how they lie to the page."""
    page = later_page
    page.open("#run=freebsd-14")
    assert page.run("return [...document.querySelectorAll('#page-drawer a[href^=\"runs/\"]')].map(each => each.getAttribute('href'))") == [
        f"runs/freebsd-14/{name}" for name in ("observations.csv", "counts.csv", "host.json")
    ]


def test_a_link_to_runs_that_are_gone_shows_none(later_page: Page) -> None:
    """And what names no run is said to; nothing of it is markup."""
    page = later_page
    for pin, says in (("gvisor-1@0123456789ab", "Gone: gvisor-1"), ("%3Cimg%20src%3Dx%3E", "Not a run: <img src=x>")):
        page.open(f"#pin={pin}")
        assert says in page.text("#page-pinned")
        assert page.run(SHOWN) == []
        assert "No run is shown" in page.text("#page-case-table")
        assert page.count("#page-app img") == 0
        assert "Windows" in page.text("#page-answer")
        assert page.violations() == []
    assert page.console == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_with_some_runs(later_page: Page, results: Path, width: int, scheme: str) -> None:
    """The message, and a run's drawer beside it; nothing is wider than the window."""
    page = later_page
    page.open(f"#run=linux-6.1&pin={pins(results, *TARGETS)}", width=width, scheme=scheme)
    assert page.violations() == []
    assert page.run("return document.documentElement.scrollWidth") == width
    page.screenshot(f"{width}-{scheme}-pinned.png")


# What stands in the report and on the page


def test_runtimes_are_judged_by_the_goal(page: Page) -> None:
    """Each with a link to the line that sets it; what the goal doesn't ask is said."""
    page.choose("#page-goal", "restart+tcp")
    text = page.text("#page-goal-answer")
    assert "What runtimes set by default for TCP" in text
    for name in ("asyncio loop.create_server", "Go net.Listen", "nginx listen"):
        assert name in text
    links = "return [...document.querySelectorAll('#page-goal-answer .calls a')].filter(each => !each.href.startsWith('https://github.com/')).length"
    assert page.run(links) == 0
    assert page.run("return [...document.querySelectorAll('#page-goal-answer .calls ~ * .required, .calls')].length") > 0
    page.choose("#page-goal", "protect+udp")
    assert "asyncio loop.create_datagram_endpoint" in page.text("#page-goal-answer")
    assert "What runtimes set by default for UDP" in page.text("#page-goal-answer")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_stand_in_the_page_in_its_colours(page: Page, scheme: str) -> None:
    """Once at its beginning and in the report, named and described, the theme's colours in each."""
    page.open(scheme=scheme)
    page.run("document.querySelector('#page-report').open = true")
    assert page.count("#page-glance svg[role=group][aria-label]") == 1
    assert page.count(".report svg[role=img]") == 2
    assert page.count("[id='picture-second-socket']") == 1
    colour = "return getComputedStyle(document.querySelector(arguments[0])).fill"
    light = {"light": "rgb(31, 35, 40)", "dark": "rgb(240, 246, 252)"}
    for place in ("#page-glance svg text", ".report svg text"):
        assert page.run(colour, place) == light[scheme]
    assert page.run("return [...document.querySelectorAll('svg')].every(each => each.getBoundingClientRect().width >= 600)") is True


@pytest.mark.parametrize("width", [390, 1280])
def test_the_heads_of_long_tables_stay_in_sight(page: Page, width: int) -> None:
    """A table scrolls below its own head; in print it is whole."""
    page.size(width)
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    long = "[...document.querySelectorAll('.report .tall')].find(each => each.scrollHeight > each.clientHeight + 200)"
    page.run(f"{long}.scrollTop = 150")
    assert page.run(f"return {long}.scrollTop") == 150
    assert (
        page.run(f"const box = {long}; return box.querySelector('th').getBoundingClientRect().top - box.getBoundingClientRect().top") <= 2
    )
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert (
        page.run("return [...document.querySelectorAll('.report .tall')].every(each => each.scrollHeight <= each.clientHeight + 2)") is True
    )
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


# Five questions of a newcomer


FIVE = (
    ("Can my port be taken on Windows?", "#page-guide li", "Can another process take my port?"),
    ("Which options restart and protect?", "#page-goals .of-all-runs p", "start again at once, and keeps its traffic"),
    ("UDP on Linux: 0.0.0.0, then 127.0.0.1 with SO_REUSEADDR", "#page-answer .line", "Linux"),
    ("Linux against Windows", "#page-compare-answer p", "Linux 6.2 answers"),
    ("Is Wine right?", "#page-compare-answer p", "Wine 8.0 answers"),
)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_five_questions_are_one_click_from_the_first_screen(page: Page, width: int, height: int) -> None:
    """The click is on the first screen, and the answer is on the screen after it, without scrolling."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    for question, place, answer in FIVE:
        page.open()
        page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        chip = next(each for each in page.driver.find_elements(By.CSS_SELECTOR, "#page-examples button") if each.text == question)
        assert chip.rect["y"] + chip.rect["height"] <= height
        chip.click()
        seen = page.run(
            "return [...document.querySelectorAll(arguments[0])].filter(each => each.textContent.includes(arguments[1])"
            " && each.getBoundingClientRect().top >= 48 && each.getBoundingClientRect().top < innerHeight - 40).length",
            place,
            answer,
        )
        assert seen > 0, question
        page.screenshot(f"{width}-question-{FIVE.index((question, place, answer)) + 1}.png")
