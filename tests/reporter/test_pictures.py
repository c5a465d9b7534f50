"""Pictures are drawn from the findings, in two schemes, and say in words what they show; tables fit GitHub's width in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from selenium import webdriver

from matrix.findings.glance import Entry, Glance, glance
from matrix.findings.view import View
from matrix.report import pictures
from matrix.report.blocks import Break, Cite, Code, Folder, Link, Mark, Own, Strong, Table
from matrix.report.narrow import LONG, WIDTH, by_length, by_width, longest
from tests.reporter import github
from tests.reporter.browser import chromium

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("pictures")) as made:
        yield made


@pytest.mark.parametrize("name", github.PICTURES)
def test_a_picture_is_a_drawing_and_asks_for_nothing(files: dict[str, str], name: str) -> None:
    """Well-formed, with a title and a description; no script, no link, no file, and nothing outside its frame."""
    root = ElementTree.fromstring(files[name])
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert width <= github.WIDTH
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {"svg", "title", "desc", "g", "text", "rect", "circle", "path"}
    assert not re.search(r"href|url\(|\bon\w+=", files[name])
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")
    for each in root.iter(f"{SVG}rect"):
        assert float(each.attrib["x"]) + float(each.attrib["width"]) <= width
        assert float(each.attrib["y"]) + float(each.attrib["height"]) <= height


def test_both_schemes_show_the_same(files: dict[str, str]) -> None:
    """Other colours, the same words in the same places."""
    for name in ("second-socket", "guide-table"):
        light, dark = (re.sub(r"#[0-9a-f]{6}", "#", files[f"{name}-{scheme}.svg"]) for scheme in ("light", "dark"))
        assert light == dark
        assert files[f"{name}-light.svg"] != files[f"{name}-dark.svg"]


def test_every_pair_of_colours_can_be_read() -> None:
    """A contrast of 4.5 at least, of each tone on its back, and of text on GitHub's."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for palette, page in ((pictures.LIGHT, "#ffffff"), (pictures.DARK, "#0d1117")):
        pairs = [(colour, page if back == "none" else back) for colour, back in palette.tones.values()]
        for colour, back in [*pairs, (palette.text, page), (palette.soft, page)]:
            high, low = sorted((luminance(colour), luminance(back)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, (colour, back)


def test_what_gets_in_is_what_was_measured(view: View) -> None:
    """An imaginary stack: a listener is joined by SO_REUSEPORT alone; of UDP sockets with SO_REUSEADDR the second takes all."""
    found = glance(view)
    assert found is not None
    targets = [column.target for column in found.columns.shown]
    at = {(row.addresses, row.options): row.entries for row in found.rows}
    tcp, udp = at[("specific", "specific"), ("SO_REUSEADDR", "SO_REUSEADDR")]
    linux, gvisor = targets.index("linux-6.1"), targets.index("gvisor-1")
    assert (tcp[linux], udp[linux]) == (Entry.REFUSED, Entry.TAKEN)
    assert (tcp[gvisor], udp[gvisor]) == (Entry.UNKNOWN, Entry.UNKNOWN)  # it has no such option
    shared = at[("specific", "specific"), ("SO_REUSEPORT", "SO_REUSEPORT")]
    assert {each[gvisor] for each in shared} == {Entry.SHARED}
    assert tcp[-1] == Entry.SUCCEEDS  # the guide
    assert set(pictures.ENTRIES) == set(Entry)
    assert glance(View(claims=view.claims, runs=type(view.runs)(good=(), faulty=(), catalogue=view.runs.catalogue))) is None


def test_the_words_of_a_picture_count_every_cell(view: View) -> None:
    """For who doesn't see it."""
    found = glance(view)
    assert isinstance(found, Glance)
    words = pictures.described(found)
    cells = sum(bool(entry) for row in found.rows for entries in row.entries for entry in entries)
    assert sum(map(int, re.findall(r" (\d+) [a-z]", words))) == cells


# Widths


def test_a_wide_table_is_cut_and_keeps_its_first_columns() -> None:
    """Every column is in one part, the first ones in each."""
    words = [f"W{number:030}" for number in range(9)]
    parts = by_width(Table(tuple(words), (tuple(words),), 2))
    assert len(parts) > 1
    assert all(part.header[:2] == ("W" + "0" * 30, "W" + "0" * 29 + "1") for part in parts)
    assert [cell for part in parts for cell in part.header[2:]] == words[2:]
    narrow = Table(("a", "b"), (("c", "d"),))
    assert by_width(narrow) == [narrow]


@pytest.mark.parametrize(("rows", "parts"), [(0, 1), (1, 1), (LONG, 1), (LONG + 5, 1), (2 * LONG, 2), (4 * LONG + 1, 5)])
def test_headings_come_again_in_long_tables(rows: int, parts: int) -> None:
    """And no part is a handful of rows."""
    found = by_length(Table(("a",), tuple((str(number),) for number in range(rows))))
    assert len(found) == parts
    assert [row for part in found for row in part.rows] == [(str(number),) for number in range(rows)]
    assert all(part.header == ("a",) for part in found)


def test_the_longest_word_counts() -> None:
    """Lines end at blanks and behind hyphens before a letter."""
    assert longest("aa bbbb", 10) == longest(("aa", Break(), Own("bbbb")), 10) == longest(Link(Strong("bbbb"), "https://x.y"), 10) * 10 / 9
    assert longest("a-bbbb", 10) == longest(Folder("bbbb", "x"), 10) < longest("a-1bbb", 10)
    assert longest((Mark("✓", "good"), Cite("x")), 10) == 20
    assert longest(Code("bbbb"), 10) == longest(Code("aa bbbb"), 5) + 6 or longest(Code("bbbb"), 10) > 0
    assert WIDTH == github.WIDTH


@pytest.fixture(scope="module")
def shown(browser: webdriver.Chrome, files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> webdriver.Chrome:
    """The Markdown as GitHub shows it."""
    folder: Path = tmp_path_factory.mktemp("github")
    for name in github.PICTURES:
        (folder / name).write_text(files[name], "utf-8")
    (folder / "report.html").write_text(github.page(files["REPORT.md"]), "utf-8")
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 1100, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    browser.get((folder / "report.html").as_uri())
    return browser


def test_every_table_fits_the_width_of_github(shown: webdriver.Chrome) -> None:
    """None has to be scrolled sideways, and the pictures are there."""
    script = "return [...document.querySelectorAll('table')].map(each => [each.scrollWidth, each.clientWidth, each.innerText.slice(0, 80)])"
    tables = shown.execute_script(script)
    assert len(tables) > 20
    assert [each for each in tables if each[0] > each[1]] == []
    assert shown.execute_script("return [...document.images].map(each => each.naturalWidth)") == [pictures.WIDTH] * 2
