"""Blocks, of which chapters are made: links, sentences of ours, tables, and a terminal's way to show them."""

import re

import pytest

from matrix.report import blocks, markdown, terminal
from matrix.report.blocks import (
    Break,
    Bullets,
    Code,
    Contents,
    Fold,
    Heading,
    Link,
    Mark,
    Own,
    Paragraph,
    Strong,
    Table,
    codes,
    counted,
    joined,
    plain_text,
    prose,
)
from matrix.site import html
from tests.reporter.test_foreign_text import RENDER, unescaped


@pytest.mark.parametrize(
    ("url", "address"),
    [("https://example.org/a/b.c#L12", "https://example.org/a/b.c#L12"), ("http://x.y/a_(b)?c=d&e=%20", "http://x.y/a_%28b%29?c=d&e=%20"),
     ('https://x.y/"><script>|`', "https://x.y/%22%3E%3Cscript%3E%7C%60"), ("https://x.y/a b\n)[c", "https://x.y/a%20b%0A%29%5Bc")],
)  # fmt: skip
def test_a_link_leads_there_in_every_place(url: str, address: str) -> None:
    """In a cell, a paragraph, a list and a fold, in Markdown and on the page; its text is text."""
    content = (Own("see "), Link("a|b_c_]", url), Own("."))
    for place in (Table(("x",), ((content,),)), Paragraph(content), Bullets((content,)), Fold(content, ())):
        for page in (RENDER.render(markdown.markdown([place])), html.block(place)):
            links = [unescaped(found) for found in re.findall(r'<a href="([^"]*)">', page)]
            assert links == [address]
            assert "see a|b_c_]." in unescaped(re.sub(r"<[^>]*>", "", page))
    assert terminal.block(Paragraph(Link("here", "https://x.y/z"))) == "here <https://x.y/z>"
    assert terminal.block(Table(("x",), ((Link("here", "https://x.y/z"),),))).endswith("\nhere")
    assert plain_text(Link("here", "https://x.y/z")) == "here"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "", "//x.y", "#here", " https://x.y", "ftp://x.y"])
def test_a_link_leads_to_the_web_alone(url: str) -> None:
    """Neither a script nor a file, whoever wrote the address."""
    with pytest.raises(ValueError, match="no address of the web"):
        Link("here", url)


def test_our_own_sentences_have_code_emphasis_and_places() -> None:
    """And a value is never read for markup."""
    assert prose("a `b` **c {}** {}", "`x`", Code("y")) == (Own("a "), Code("b"), Own(" "), Strong((Own("c "), "`x`")), Own(" "), Code("y"))
    with pytest.raises(ValueError, match="too few places"):
        prose("{}", "a", "b")
    with pytest.raises(IndexError):
        prose("{} {}", "a")


def test_parts_are_joined_with_words_of_ours() -> None:
    """Commas, or a new line."""
    assert joined(["a", "b"]) == ("a", Own(", "), "b")
    assert joined(["a", "b"], Break()) == ("a", Break(), "b")
    assert joined([]) == ()
    assert codes(["a", "a", "b"], "none") == (Code("a"), Own(", "), Code("b"))
    assert codes([], "none") == Own("none")
    assert plain_text((Own("a"), Break(), Mark("✓", "good"), Strong("b"))) == "a ✓b"
    assert (counted(1, "cell"), counted(1200, "cell")) == ("1 cell", "1,200 cells")


def test_a_table_that_is_too_long_says_how_many_rows_are_not_shown() -> None:
    """And one without rows says so."""
    long = blocks.table(["x"], [[str(number)] for number in range(5)], limit=3)
    assert len(long) == 2
    assert "2 more rows in `report.json`." in markdown.markdown(long)
    assert len(blocks.table(["x"], [["1"]] * 3, limit=3)) == 1
    for write in (markdown.block, terminal.block, html.block):
        assert "Nothing to show." in write(Table(("x",), ()))


def test_a_terminal_leaves_numbers_alone_and_wraps_what_is_too_wide() -> None:
    """3.10 is a version."""
    assert terminal.grid(["a"], [["3.10"]]).splitlines()[-1] == "3.10"
    wide = terminal.grid(["a", "b", "c"], [["word " * 20, "word " * 20, "x"]])
    assert terminal.WIDTH - 10 < max(map(len, wide.splitlines())) <= terminal.WIDTH
    narrow = terminal.grid(["the first", "SO_REUSEADDR+SO_REUSEPORT"], [["word " * 20, "SO_REUSEADDR+SO_REUSEPORT"]], width=50)
    assert max(map(len, narrow.splitlines())) <= 50
    assert narrow.count("SO_REUSEADDR+SO_REUSEPORT") == 2  # no word is broken
    text = terminal.terminal([Heading(2, "h"), Fold("t", (Paragraph("p"),)), Contents(()), Bullets(("i",))])
    assert text == "h\n\nt\n\np\n\n- i\n"
