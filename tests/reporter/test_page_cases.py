"""What the page says of a case, in a real browser: the same words wherever it says it, and nothing that is of another case."""

import re
from pathlib import Path

import pytest

from matrix.findings.titles import bounds, range_words, version_words
from matrix.probe import vocabulary as probe
from matrix.vocabulary import Expected
from tests.conftest import ROOT
from tests.made_runs import MadeRun
from tests.reporter.browser import Page
from tests.reporter.test_page import CASE, drop, own

LINKED = "#case=" + CASE.replace(" ", "+")
PHRASES = (ROOT / "matrix/site/source/phrases.ts").read_text("utf-8")
STYLES = dict(re.findall(r'^  "?([\w-]+)"?: \{ glyph: "([^"]*)", word:', PHRASES, re.MULTILINE))
ERRORS = {"INUSE", "ACCESS", "INUSE|ACCESS"}
LINES = "return [...document.querySelectorAll('{} .lines > .line')].map(each => [...each.querySelectorAll(':scope > *')].map(part => part.textContent))"


@pytest.mark.parametrize(
    "word",
    sorted({*map(str, Expected), *(answer for each in probe.MEASURES for answer in each.answers), probe.UNSTABLE, *probe.NOT_MEASURED} - ERRORS),
)  # fmt: skip
def test_every_word_of_an_outcome_has_a_style(word: str) -> None:
    """Or it would be shown as a document's or a probe's own code."""
    assert word in STYLES


def test_glyphs_are_those_that_common_fonts_have() -> None:
    """Others are empty boxes where no font of the reader's has them."""
    assert set("".join(STYLES.values())) <= set("✓✕~·○012½+")


def test_what_a_document_leaves_open_is_never_shown_as_refused(page: Page) -> None:
    """It promises nothing."""
    page.open(LINKED)
    assert "LEFT_OPEN" not in page.run("return document.body.innerText")
    shown = page.run("return [...document.querySelectorAll('#page-drawer .sources .outcome.open')].map(each => each.textContent)")
    assert set(shown) == {"○ left open"}
    assert page.count("#page-drawer .sources .outcome.no") == 0  # no document says that this case is refused


@pytest.mark.parametrize(
    "case", [CASE, CASE.replace("SO_REUSEADDR", "default"), "udp ipv4 SO_REUSEADDR@wildcard bound ipv4 SO_REUSEADDR@wildcard same"]
)
def test_a_drawer_has_the_platforms_of_the_answer_and_documents_of_its_case_alone(page: Page, case: str) -> None:
    """Systems without a run among them; a source names its system once."""
    page.open("#q=" + case.replace(" ", "+"))
    answer = page.run(LINES.format("#page-answer"))
    page.open("#case=" + case.replace(" ", "+"))
    assert page.run(LINES.format("#page-drawer")) == answer
    assert any("not measured by us" in who for who, *_ in answer)
    text = page.text("#page-drawer")
    assert not re.search(r"ephemeral|49151|linger-close|available|it blocks", text)
    assert not re.search(r"\b(of (\w+)) of \2\b|\b(Windows [\w ]+) · \3", text)


def test_no_two_lines_of_an_answer_read_alike(page: Page, tmp_path: Path) -> None:
    """A run that differs in what a line doesn't show stands in the line of those that it is like; the drawer has the difference."""
    made = MadeRun(target="my-machine", version="6.9")
    made.rows = [(*row[:9], row[9], "ECONNRESET", "ECONNRESET", *row[12:]) if row[9] == "notice" else row for row in made.rows]
    assert "my-machine:" in drop(page, own(made.write(tmp_path)))
    page.ask("udp reuseaddr twice")
    lines = page.run(LINES.format("#page-answer"))
    assert len({tuple(shown) for _, *shown in lines}) == len(lines)
    assert any("my-machine" in who and "Linux" in who for who, *_ in lines)
    page.click("#page-answer button[data-case]")
    sections = page.run("return [...document.querySelectorAll('#page-drawer .everything')].map(each => each.textContent)")
    assert ["ECONNRESET" in each for each in sections if "my-machine" in each] == [True]


@pytest.mark.parametrize(
    "question", ["setsockopt after bind", "go udp multicast reuse", "which options share tcp port", "udp on linux: any option"]
)
def test_a_list_has_no_line_without_an_outcome(page: Page, question: str) -> None:
    """What was not measured of a case is left out, and not counted."""
    page.ask(question)
    rows = page.run(
        "return [...document.querySelectorAll('#page-answer .what > div')].map(each => each.querySelector('.outcome')?.textContent ?? '')"
    )
    assert all(row.strip() for row in rows)
    count = page.run("return document.querySelectorAll('#page-answer .lines:last-of-type > .line').length")
    found = re.search(r"(\d+) cases? of", page.text("#page-answer"))
    assert found is None or int(found[1]) == count or count == 40


def test_wine_has_the_names_of_windows_errors_wherever_they_stand(page: Page) -> None:
    """In the answer, in lists, in the table of cases and beside another platform."""
    unix = r"(?<!WSA)E(ADDRINUSE|ACCES|INVAL)\b"
    page.open("#f.system=wine")
    table = "return [...document.querySelectorAll('#page-case-table td, #page-case-table summary, #page-f-outcome option')].map(each => each.textContent).join(' ')"
    assert "WSAEADDRINUSE" in page.run(table)
    assert not re.search(unix, page.run(table))
    page.ask("which options share tcp port on wine")
    assert not re.search(unix, page.text("#page-answer"))
    page.open("#a=wine-8.0&b=linux-6.1")
    cells = "return [...document.querySelectorAll(`#page-compare-answer tr:not(.cases) td:nth-child(${arguments[0]})`)].map(each => each.textContent).join(' ')"
    assert not re.search(unix, page.run(cells, 2))
    assert not re.search("WSA", page.run(cells, 3))


def test_the_answers_to_filter_by_are_those_that_there_are(page: Page) -> None:
    """In the table's words; one that nobody gives to the next measure is dropped with it."""
    options = "return [...document.querySelectorAll('#page-f-outcome option')].map(each => each.textContent)"
    assert set(page.run(options)) == {"any", "succeeds", "EADDRINUSE or WSAEADDRINUSE", "EACCES or WSAEACCES"} | (
        {"not measured"} & set(page.run(options))
    )
    page.choose("#page-f-outcome", "INUSE")
    page.choose("#page-f-measure", "deliver-ipv4")
    assert set(page.run(options)) <= {"any", "the first", "the second", "split between them", "both", "nobody", "refused", "not measured"}
    assert "fit" in page.text("#page-case-table .found")
    assert "outcome" not in page.hash


def test_no_two_parts_of_the_page_have_one_id(page: Page) -> None:
    """And so every link leads to what it names: two documents' sentences of one name have an address each."""
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert (
        page.run(
            "const all = [...document.querySelectorAll('[id]')].map(each => each.id); return all.filter((id, at) => all.indexOf(id) !== at)"
        )
        == []
    )
    chosen = "return document.querySelector('.sentence.chosen')?.id"
    ids = page.run("return [...document.querySelectorAll('.sentence')].map(each => each.id)")
    same = [id_ for id_ in ids if id_.endswith(".option-before-bind")]
    assert len(same) == 2
    for id_ in same:
        link = page.run("return document.getElementById(arguments[0]).querySelector('a[data-state]').getAttribute('href')", id_)
        page.open(link)
        assert page.run(chosen) == id_
    page.open("#sentence=option-before-bind")
    assert page.run(chosen) == same[0]


def test_versions_of_windows_have_their_names() -> None:
    """A number of NT says nothing to most readers."""
    assert version_words("windows", "5.1") == "Windows XP"
    assert bounds("windows", "5.2", "") == "Server 2003 and later"
    assert range_words("windows", "", "5.1") == "Windows XP and earlier"
    assert range_words("windows", "4.0", "5.0") == "Windows NT 4.0 to 2000"
    assert range_words("windows-9x", "4.10", "4.10") == "Windows 98"
    assert range_words("freebsd", "15.0", "") == "FreeBSD 15.0 and later"
    assert range_words("linux", "", "") == "every Linux"


def test_no_bare_number_of_nt_stands_on_the_page_or_in_the_report(page: Page, files: dict[str, str]) -> None:
    """Where versions bound what a claim speaks of."""
    bare = r"\b(from|until) [3-6]\.\d+|\bspeaks of Windows (9x )?\d\.|\bWindows (9x )?\d\.\d+ (and|to)\b"
    assert not re.search(bare, files["REPORT.md"])
    page.open(LINKED)
    assert not re.search(bare, page.run("return document.body.innerText"))
    assert "(XP and earlier, Server 2003 and later)" in page.text("#page-answer")
