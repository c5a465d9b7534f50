"""Blocks as HTML: what a page needs beyond the words, in folds, tables and drawings."""

import pytest

from matrix.report.blocks import Code, Fold, Own, Paragraph, Picture, Strong, Table
from matrix.report.blocks import Link as WebLink
from matrix.site import html

LINK = WebLink(Code("guide"), "https://example.org/a")


def test_what_opens_a_fold_holds_no_link() -> None:
    """The links stand first in what it opens, each once."""
    shown = html.block(Fold((Strong((Own("12 cells: "), LINK)), Own(" and "), LINK), (Paragraph("inside"),)))
    assert "<summary><b>12 cells: <code>guide</code></b> and <code>guide</code></summary>" in shown
    assert shown.count('<a href="https://example.org/a"><code>guide</code></a>') == 1
    assert html.block(Fold("plain", (Paragraph("inside"),))) == "<details>\n<summary>plain</summary>\n<p>inside</p>\n</details>"


def test_a_column_without_a_name_has_no_empty_head() -> None:
    """A long table keeps its head in sight."""
    short = html.block(Table(("", "a"), (("x", "y"),)))
    assert '<tr><td></td><th scope="col">a</th></tr>' in short
    assert 'class="wide"' in short
    assert 'class="wide tall"' in html.block(Table(("a",), (("x",),) * (html.LONG + 1)))


def test_a_drawing_has_both_schemes_colours() -> None:
    """Where they differ in more than colour, there is no saying which is right."""
    light = '<svg><text fill="#000000" stroke="#111111">fill=&quot;#000000&quot;</text></svg>'
    drawn = html.picture(Picture(name="x", alt="", light=light, dark=light.replace('fill="#000000"', 'fill="#ffffff"')))
    assert '<text fill="light-dark(#000000,#ffffff)" stroke="light-dark(#111111,#111111)">fill=&quot;#000000&quot;</text>' in drawn
    with pytest.raises(ValueError, match="light and dark show different things"):
        html.picture(Picture(name="x", alt="", light=light, dark=light.replace("quot", "apos")))
