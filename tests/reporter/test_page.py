"""The page in a real browser: what a reader asks, chooses, opens and drops."""

import base64
import json
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from matrix.programs.cases import LANGUAGES, program, programs_of
from matrix.verdicts import STYLES
from tests.made_runs import MadeRun, set_fact
from tests.reporter.browser import Page, chromium
from tests.reporter.conftest import listeners_protect_their_loopback

CASE = "tcp ipv4 default@wildcard listening ipv4 SO_REUSEADDR@specific same"
QUESTION = "0.0.0.0 listening, then 127.0.0.1 with SO_REUSEADDR"
SCHEMES = ("light", "dark")
WIDTHS = (390, 1280)


def test_every_part_of_the_page_has_something_in_it(page: Page) -> None:
    """And every control has a name."""
    assert page.run("return document.documentElement.dataset.ready") == "1"
    assert (
        page.run(
            "return [...document.querySelectorAll('#page-app section')].filter(each => !each.hidden && each.innerText.length < 60).map(each => each.id)"
        )
        == []
    )
    assert page.run("return [...document.querySelectorAll('#page-app section')].filter(each => each.hidden).map(each => each.id)") == []
    assert page.run("return document.querySelector('#page-report').open") is False
    assert "from its source" in page.text("footer") or "bind-matrix" in page.text("footer")


def test_a_question_is_answered_while_it_is_typed(page: Page) -> None:
    """With what was left out said, by class of platforms."""
    page.ask(QUESTION)
    assert "a second one with SO_REUSEADDR binds 127.0.0.1" in page.text("#page-answer h2")
    assert "TCP" in page.text("#page-meaning")
    assert "you left" in page.text("#page-meaning")
    answer = page.text("#page-answer")
    assert "Windows" in answer
    assert "not measured by us" in answer
    assert "Wine 8.0" in answer
    assert "Wine only imitates Windows" in answer
    assert page.hash == f"#q={QUESTION}"
    page.ask("wildcrad then specfic")
    assert "read as" in page.text("#page-meaning")
    page.ask("florble")
    assert "Left out of the question" in page.text("#page-meaning")
    page.ask("can my port be taken on windows")
    assert "Windows is not measured by us. What is documented, asserted and reported of it, in" in page.text("#page-answer")
    page.ask("which options share tcp port")
    assert page.count("#page-answer li, #page-answer tr, #page-answer p") > 0


def test_every_example_has_an_answer(page: Page) -> None:
    """Each can be clicked, and stands in the box afterwards and is understood, or leads to the section that answers it."""
    examples = page.count("#page-examples button")
    assert examples >= 8
    led = []
    for number in range(1, examples + 1):
        page.open()
        page.click(f"#page-examples li:nth-child({number}) button")
        if page.run("return document.querySelector('#page-question').value"):
            assert len(page.text("#page-answer")) > 80
            assert "Left out of the question" not in page.text("#page-meaning")
        else:
            led.append(page.run("return document.activeElement.closest('section').id"))
            assert page.run("return document.activeElement.getBoundingClientRect().top") < 100
    assert led == ["page-guide", "page-goals", "page-compare", "page-compare"]


def test_the_document_can_stand_on_one_side(page: Page) -> None:
    """A platform against Microsoft's table: how many cells depart, in which way, and that it is no Windows."""
    page.open("#a=wine-8.0&b=Windows-as-documented")
    text = page.text("#page-compare-answer")
    assert "Wine 8.0 answers" in text
    assert "imitates Windows; is not Windows" in text
    assert "Windows itself is not measured by us" in text
    page.click("#page-compare-answer td.number button")
    page.click("#page-compare-answer tr.cases button[data-case]")
    assert page.run("return document.querySelector('#page-drawer').open") is True
    page.choose("#page-compare-b", "linux-6.1")
    assert page.hash.endswith("b=linux-6.1")


def test_no_question_harms_the_page(page: Page) -> None:
    """What is typed stays text."""
    for question in ("<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "__proto__ then constructor", "\u202e then 💥"):
        page.ask(question)
        assert page.count("#page-app img, #page-app script") == 0
        assert page.text("#page-answer")


def test_filters_narrow_the_cases_and_stand_in_the_address(page: Page) -> None:
    """Those on which platforms differ come first; the address brings the same filters back."""
    before = page.text("#page-case-table .found")
    page.choose("#page-f-protocol", "tcp")
    page.choose("#page-f-second_option", "SO_REUSEADDR")
    page.click("#page-f-differ")
    assert page.text("#page-case-table .found") != before
    assert page.hash == "#f.protocol=tcp&f.second_option=SO_REUSEADDR&f.differ=1"
    rows = page.run("return [...document.querySelectorAll('#page-case-table tbody th')].map(each => each.textContent)")
    assert rows
    assert all(row.startswith("TCP") and "SO_REUSEADDR" in row for row in rows)
    found = page.text("#page-case-table .found")
    page.open("#f.protocol=tcp&f.second_option=SO_REUSEADDR&f.differ=1")
    assert page.text("#page-case-table .found") == found
    page.click("#page-case-filters button")
    assert page.text("#page-case-table .found") == before


def test_the_back_button_takes_steps_back(page: Page) -> None:
    """A filter, then a drawer; back closes it, back again takes the filter away, forward brings both."""
    page.choose("#page-f-protocol", "tcp")
    page.click("#page-case-table button[data-case]")
    assert page.run("return document.querySelector('#page-drawer').open") is True
    page.driver.back()
    page.wait("!document.querySelector('#page-drawer').open")
    page.driver.back()
    page.wait("document.querySelector('#page-f-protocol').value === ''")
    page.driver.forward()
    page.driver.forward()
    page.wait("document.querySelector('#page-drawer').open")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_drawer_shows_a_case_and_gives_the_focus_back(page: Page, width: int) -> None:
    """Opened by key, closed by Escape; with documents, links to their sources, raw rows and a link to itself."""
    page.size(width)
    button = page.driver.find_element(By.CSS_SELECTOR, "#page-answer button[data-case]")
    button.send_keys(Keys.ENTER)
    assert page.run("return document.querySelector('#page-drawer').open") is True
    assert page.run("return document.querySelector('#page-drawer').contains(document.activeElement)") is True
    assert page.hash == f"#case={CASE}"
    assert page.count("#page-drawer a[href^='https://github.com/'][rel~='noopener']") > 0
    assert "tcp,ipv4,default,wildcard,listening,ipv4,SO_REUSEADDR,specific,same,bind," in page.text("#page-drawer")
    assert (
        page.run(
            "const box = document.querySelector('#page-drawer').getBoundingClientRect(); return box.left >= 0 && box.right <= innerWidth"
        )
        is True
    )
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert page.run("return document.querySelector('#page-drawer').open") is False
    assert page.driver.switch_to.active_element == button


def test_a_link_to_a_case_and_one_to_a_sentence_open_them(page: Page) -> None:
    """A case that can't be is said to be none."""
    page.open("#case=" + CASE.replace(" ", "+"))
    assert "a second one with SO_REUSEADDR binds 127.0.0.1" in page.text("#page-drawer h2")
    page.open("#case=%3Cimg%3E")
    assert "no case with the id <img>" in page.text("#page-drawer")
    name = page.run("return document.querySelector('.sentence').id").removeprefix("page-s-")
    page.open(f"#sentence={name}")
    assert page.run("return document.querySelector('#page-sentence-list').open") is True
    assert page.count(".sentence.chosen") == 1
    page.open("#what-to-believe")
    assert page.run("return document.querySelector('#page-report').open") is True


def test_every_link_to_a_part_leads_there(page: Page) -> None:
    """From the head of the page and from below the answer; the focus goes along."""
    links = page.count("a[data-to]")
    assert links > 12
    for number in range(links):
        page.run("document.querySelectorAll('a[data-to]')[arguments[0]].click()", number)
        place = page.run("return document.querySelectorAll('a[data-to]')[arguments[0]].dataset.to", number)
        assert page.run("return document.activeElement.closest('[id^=page-]:not(h1, h2, input, summary)').id") in (
            f"page-{place}",
            "page-report",
        )
        assert page.run(
            "const top = document.getElementById('page-' + arguments[0]).getBoundingClientRect().top; return top < innerHeight", place
        )


def test_two_platforms_stand_side_by_side(page: Page) -> None:
    """With the cases behind each number."""
    page.choose("#page-compare-a", "linux-6.1")
    page.choose("#page-compare-b", "linux-6.2")
    assert "answered otherwise" in page.text("#page-compare-answer")
    page.click("#page-compare-answer td.number button")
    page.click("#page-compare-answer tr.cases button[data-case]")
    assert "listens on 127.0.0.1" in page.text("#page-drawer h2")
    page.click("#page-drawer .close")
    page.choose("#page-compare-b", "linux-6.1")
    assert "one platform twice" in page.text("#page-compare-answer")


def test_versions_stand_in_a_line_with_what_changed(page: Page) -> None:
    """From one to the next."""
    assert page.run("return [...document.querySelectorAll('#page-version-line .version b')].map(each => each.textContent)") == [
        "6.1",
        "6.2",
    ]
    assert "answered otherwise" in page.text("#page-version-line .step summary")


def test_each_goal_has_an_answer(page: Page) -> None:
    """And traffic of both protocols."""
    for value in page.run("return [...document.querySelector('#page-goal').options].map(each => each.value)"):
        page.choose("#page-goal", value)
        assert "gvisor-1" in page.text("#page-goal-answer")
        assert "Windowsnot measured by us" in page.text("#page-goal-answer")
    for value in ("tcp", "udp"):
        page.choose("#page-traffic-protocol", value)
        assert len(page.text("#page-traffic-bars")) > 30


def test_a_cell_of_windows_table_opens_its_evidence(page: Page) -> None:
    """108 cells: three tables of 6 by 6."""
    assert page.count("#page-guide-tables button[data-case]") == 108
    page.click("#page-guide-tables button[data-case]")
    assert "Windows" in page.text("#page-drawer .who")


@pytest.mark.parametrize(
    "case",
    [CASE, CASE.replace("same", "others"), "udp ipv4 SO_REUSEADDR@wildcard bound ipv4 default@wildcard same",
     "tcp ipv4 default@wildcard unsent ipv4 SO_REUSEADDR@specific same"],
)  # fmt: skip
def test_a_case_has_the_programs_of_the_terminal(page: Page, case: str) -> None:
    """All of them, in every language; `tests/programs` runs them."""
    page.open("#case=" + case.replace(" ", "+"))
    texts = page.run("return [...document.querySelectorAll('#page-drawer .program pre')].map(each => each.textContent)")
    words = case.replace("@", " ").split()
    assert texts == [program(words, language, name) for name in programs_of(words) for language in LANGUAGES]


def drop(page: Page, files: dict[str, str | bytes]) -> str:
    """Drop files on the page, and what it says of them."""
    packed = [
        [name, base64.b64encode(content if isinstance(content, bytes) else content.encode()).decode()] for name, content in files.items()
    ]
    page.run("document.querySelector('#page-drop-says').replaceChildren()")
    page.run(
        """const transfer = new DataTransfer();
        for (const [name, text] of arguments[0]) transfer.items.add(new File([Uint8Array.from(atob(text), char => char.charCodeAt(0))], name));
        document.querySelector('#page-drop').dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}))""",
        packed,
    )
    page.wait("document.querySelector('#page-drop-says').textContent")
    return page.text("#page-drop-says")


def own(folder: Path) -> dict[str, str | bytes]:
    """The files of a run."""
    return {name: (folder / name).read_bytes() for name in ("observations.csv", "counts.csv", "host.json")}


def test_a_run_of_ones_own_stands_beside_the_others(page: Page, tmp_path: Path) -> None:
    """In the answers, the comparison and the list of runs, until the page is loaded anew."""
    folder = MadeRun(target="my-machine", version="6.9", rule=listeners_protect_their_loopback).write(tmp_path)
    assert "my-machine:" in drop(page, own(folder))
    assert "your my-machine" in page.text("#page-answer")
    assert "your own run" in page.text("#page-answer")
    assert page.run("return document.querySelector('#page-compare-a').value") == "my-machine"
    assert "my-machine" in page.text("#page-platform-table")
    assert "already" in drop(page, own(folder))
    page.open()
    assert "my-machine" not in page.text("#page-platform-table")


def test_a_broken_run_is_refused_with_file_row_and_value(page: Page, tmp_path: Path) -> None:
    """And nothing of it is shown."""
    folder = MadeRun(target="my-machine", version="6.9").write(tmp_path)
    files = own(folder)
    for spoiled, says in (
        ({"host.json": files["host.json"]}, "observations.csv: cannot be read (it was not chosen)"),
        ({**files, "host.json": "{"}, "host.json: not valid JSON"),
        ({**files, "observations.csv": bytes(files["observations.csv"])[:-900]}, "sha256 is not that of observations.csv"),  # type: ignore[arg-type]
        ({**files, "observations.csv": b"\xff\xfe"}, "observations.csv, row 1: the file is UTF-16"),
        ({}, "host.json: missing"),
        ({**files, "counts.csv": b"a,b\n"}, "counts.csv, row 1: the header is not the one expected"),
    ):
        assert says in drop(page, spoiled)
        assert "my-machine" not in page.text("#page-platform-table")


def test_a_hostile_run_harms_nothing(page: Page, tmp_path: Path) -> None:
    """Markup stays text, or is refused."""
    evil = "<img src=x onerror=alert(1)>"
    folder = MadeRun(target="my-machine", version="6.9").write(tmp_path)
    set_fact(folder, "name", evil)
    assert "host.json: name is not a plain word or name" in drop(page, own(folder))
    facts = json.loads((folder / "host.json").read_text("utf-8"))
    facts["target"] = evil
    assert "host.json: target is not a plain word" in drop(page, {**own(folder), "host.json": json.dumps(facts)})
    assert page.count("#page-app img, #page-app script, #page-drawer img") == 0
    assert page.run("return document.title") != ""


def test_the_keyboard_is_enough(page: Page) -> None:
    """From the first key: the link to the question, the box, an example, the evidence, and back."""
    active = page.driver.switch_to
    active.active_element.send_keys(Keys.TAB)
    assert active.active_element.text == "To the question"
    page.driver.find_element(By.TAG_NAME, "body").send_keys("/")
    assert active.active_element.get_attribute("id") == "page-question"
    active.active_element.send_keys("udp reuseaddr twice", Keys.ENTER)
    assert "UDP" in page.text("#page-answer h2")
    for _ in range(40):
        active.active_element.send_keys(Keys.TAB)
        if active.active_element.get_attribute("data-case"):
            break
    assert page.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    active.active_element.send_keys(Keys.SPACE)
    assert page.run("return document.querySelector('#page-drawer').open") is True
    active.active_element.send_keys(Keys.ESCAPE)
    assert active.active_element.get_attribute("data-case")


# Names of options and errors of which a part stands on another line than the rest.
BROKEN_NAMES = """const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walk.nextNode(); node; node = walk.nextNode()) {
  if (node.parentElement.closest('pre, script, style, svg')) continue;
  for (const match of node.data.matchAll(/SO_[A-Z]+|(WSA)?E[A-Z]{4,}/g)) {
    const range = document.createRange();
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    if (new Set([...range.getClientRects()].map(each => Math.round(each.top))).size > 1) found.push(match[0]);
  }
}
return found"""


@pytest.mark.parametrize("width", [360, *WIDTHS, 1920])
def test_nothing_is_wider_than_the_window(page: Page, width: int) -> None:
    """Wide tables scroll in a frame of their own, folded or not; no option's name is broken."""
    page.size(width)
    page.screenshot(f"{width}.png")
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.run("return [document.documentElement.scrollWidth, window.innerWidth]") == [width, width]
    assert page.run(BROKEN_NAMES) == []
    page.screenshot(f"{width}-open.png")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_violation(page: Page, width: int, scheme: str) -> None:
    """The page, and a drawer on it."""
    page.open(width=width, scheme=scheme)
    assert page.violations() == []
    page.screenshot(f"{width}-{scheme}.png")
    page.click("#page-answer button[data-case]")
    page.run("document.querySelectorAll('#page-drawer details').forEach(each => each.open = true)")
    assert page.violations() == []
    page.screenshot(f"{width}-{scheme}-drawer.png")


@pytest.mark.parametrize(("width", "scheme"), list(zip(WIDTHS, SCHEMES, strict=True)))
def test_axe_finds_no_violation_in_any_fold(page: Page, width: int, scheme: str) -> None:
    """The report's chapters too."""
    page.open(width=width, scheme=scheme)
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.wait("document.querySelector('#page-version-line details table')")
    assert page.violations() == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_stands_out_in_light_and_in_the_dark(page: Page, scheme: str) -> None:
    """At least 7 to 1, as WCAG's AAA asks for text, links and verdicts included; the button overrides the system."""
    page.open(scheme=scheme)
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    names = [
        "body",
        "a",
        ".aside",
        ".outcome.yes",
        ".outcome.no",
        *(f".{style.colour}" for style in STYLES.values() if style.colour != "none"),
    ]
    colours = "return arguments[0].map(name => getComputedStyle(document.querySelector(name)).color).concat(getComputedStyle(document.body).backgroundColor)"
    *fronts, back = (luminance(colour) for colour in page.run(colours, names))
    for front in fronts:
        assert (max(front, back) + 0.05) / (min(front, back) + 0.05) >= 7
    page.click("#page-theme")
    assert (luminance(page.run("return getComputedStyle(document.body).backgroundColor")) > 0.5) is (scheme == "dark")
    page.run("localStorage.clear()")


def luminance(colour: str) -> float:
    """The relative luminance of `rgb(r, g, b)`, by WCAG 2's formula."""
    parts = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_it_can_be_printed(page: Page) -> None:
    """Without its controls, in light colours, and nothing cut off at the side, be it in the report's folds."""
    page.size(718, "dark")  # A4 within the browser's margins
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.wait("document.querySelector('#page-version-line details table')")  # made when its fold is opened
    cut = "return [...document.querySelectorAll('table, svg')].filter(each => each.getBoundingClientRect().right > innerWidth).map(each => each.textContent.slice(0, 60))"
    assert page.run(cut) == []
    assert page.run("return getComputedStyle(document.querySelector('.top')).display") == "none"
    assert luminance(page.run("return getComputedStyle(document.body).backgroundColor")) == 1
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    printed = base64.b64decode(page.driver.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert printed.startswith(b"%PDF")


def test_nothing_is_asked_of_anybody(page: Page) -> None:
    """Not while the page is used, either: it is one file, and its policy allows nothing else."""
    page.driver.get_log("performance")  # type: ignore[no-untyped-call]
    page.open()
    page.ask(QUESTION)
    page.click("#page-answer button[data-case]")
    events = [json.loads(entry["message"])["message"] for entry in page.driver.get_log("performance")]  # type: ignore[no-untyped-call]
    asked = {event["params"]["request"]["url"].split("#")[0] for event in events if event["method"] == "Network.requestWillBeSent"}
    assert asked <= {page.address, "about:blank"}
    assert page.run("return performance.getEntriesByType('resource').length") == 0


def test_it_can_be_read_without_a_script(written: Path, tmp_path: Path) -> None:
    """The report is open then, folds open and close, and the contents lead to headings."""
    with chromium(tmp_path / "profile", javascript=False) as driver:
        driver.get(written.as_uri())
        assert not driver.find_element(By.ID, "page-app").is_displayed()
        assert "need JavaScript" in driver.find_element(By.TAG_NAME, "noscript").text
        assert driver.find_element(By.ID, "what-to-believe").is_displayed()
        fold = driver.find_element(By.CSS_SELECTOR, "#page-report .report details")
        table = fold.find_element(By.TAG_NAME, "table")
        assert not table.is_displayed()
        fold.find_element(By.TAG_NAME, "summary").click()
        assert table.is_displayed()
