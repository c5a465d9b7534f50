"""Foreign text stays text: whatever a run, a claim or a name says, no output takes it for more."""

import csv
import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from matrix.data.claims import CLAIMS, load_claims
from matrix.data.runs import find_runs, load_runs
from matrix.findings.platforms import Legs
from matrix.findings.view import View
from matrix.records import Leg
from matrix.report import markdown, summary, tabular, terminal
from matrix.report.blocks import (
    Block,
    Bullets,
    Code,
    Contents,
    Fold,
    Heading,
    Paragraph,
    Strong,
    Table,
    plain_text,
)
from matrix.report.chapters import compose
from matrix.report.tabular import guarded
from matrix.site import html
from matrix.site.files import rendered
from tests.made_runs import MadeRun, set_fact
from tests.reporter.conftest import PART

RENDER = MarkdownIt("commonmark", {"html": True}).enable("table")


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\n+1", "\x1b@x"])
def test_no_cell_is_a_formula_whatever_stands_before_it(cell: str) -> None:
    """Blanks and what becomes one are not enough to hide it."""
    assert guarded(cell).startswith("'")
    assert guarded("a=1") == "a=1"


HOSTILE = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "| `x` |", "![a](http://b)", "[a](javascript:x)", "::error::boo", "##[add-path]/x", "=cmd()", "+1", "-1", "@SUM(1)",
           "a\nb", "\x1b[31mred", "\u202eevil", "``", "`", "@someone", "#1", "~~x~~", "**b**", "_b_", "* x", "1. x", "1) x", "> x", "- x", "+ x", "http://x.y", "www.x.y", "&lt;", "\\", ":smile:", "|", "a\\|b")  # fmt: skip


def shown(text: str) -> str:
    """What a reader sees of a text: what is not printable is a blank."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def unescaped(page: str) -> str:
    import html as library

    return " ".join(library.unescape(re.sub(r"<br>", " ", page)).split())


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("wrapped", [lambda text: text, Code, Strong, lambda text: ("x ", text)], ids=["text", "code", "strong", "within"])
def test_foreign_text_is_shown_as_itself(text: str, wrapped: Any) -> None:
    """In a cell, a paragraph, a list, a heading and a fold, in Markdown and on the page: no markup comes of it."""
    content = wrapped(text)
    places: list[Block] = [
        Table((content,), ((content,),)),
        Paragraph(content),
        Bullets((content,)),
        Heading(2, content),
        Fold(content, (Paragraph(content),)),
        Contents((content,)),
    ]
    wanted = shown(plain_text(content))
    for place in places:
        for page in (RENDER.render(markdown.markdown([place])), html.block(place)):
            tags = set(re.findall(r"<\s*([a-z0-9]+)", page))
            assert tags <= {
                "table",
                "thead",
                "tbody",
                "tr",
                "th",
                "td",
                "p",
                "ul",
                "li",
                "h2",
                "details",
                "summary",
                "code",
                "strong",
                "b",
                "div",
                "a",
            }
            assert not re.search(r'href="(?!#)', page)
            words = "".join(unescaped(re.sub(r"<[^>]*>", "", page)).split())
            assert wanted.replace(" ", "") in words


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_shown_as_itself_in_a_paragraph(text: str) -> None:
    """In Markdown as GitHub reads it, and on the page."""
    wanted = shown(text)
    for page in (RENDER.render(markdown.markdown([Paragraph(("x", text))])), html.block(Paragraph(("x", text)))):
        assert unescaped(re.sub(r"</?p>", "", page)) == shown("x" + text) if wanted else True


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_one_harmless_line_of_a_terminal_and_one_harmless_cell(text: str) -> None:
    """No control character, no workflow command, no formula."""
    line = terminal.line(text)
    assert line.isprintable() or not line
    assert "##[" not in line
    assert not line.lstrip().startswith("::")
    assert not guarded(text).startswith(tabular.FORMULA)
    assert guarded(text).isprintable() or not guarded(text)


def test_hostile_text_in_every_input_reaches_no_output_as_more_than_text(tmp_path: Path) -> None:
    """Folder names, cells, host.json, legs, claims and sources: through all of them into every file, and into the summary."""
    results, claims = tmp_path / "results", tmp_path / "claims"
    claims.mkdir()
    evil = "<script>alert(1)</script> =cmd() ![a](http://b) ##[x] | `x"
    (claims / "sources.toml").write_text(
        "\n".join(["[made]", 'kind = "document"', *(f'{name} = "{evil}"' for name in ("title", "publisher", "repository", "path", "revision", "read", "note"))]), "utf-8")  # fmt: skip
    header = (CLAIMS / "microsoft-kernel.csv").read_text("utf-8").splitlines()[0]
    row = ["made/x/1", "made", "sentence", evil, "windows", "", "", "", "", "", "", "", "same", "", "", "", "bind", "INUSE", "=" + evil]
    (claims / "made.csv").write_text(f"{header}\n" + ",".join(f'"{cell}"' for cell in row) + "\n", "utf-8")
    (claims / "availability.csv").write_text(evil, "utf-8")
    MadeRun(target="wine-8.0", system="wine", version="8.0", options=("default",)).write(results)
    name = "x|<img src=x onerror=alert(1)>`::x" if sys.platform != "win32" else "x![a](b)` =cmd() &lt;img&gt;"
    bad = MadeRun(target="linux-part", selection=PART).write(results, name)
    data = (bad / "observations.csv").read_text("utf-8").replace("tcp,", f'"{evil}",', 1).replace("default", "\x1b[31m", 1)
    (bad / "observations.csv").write_text(data, "utf-8")
    set_fact(bad, "name", evil)
    legs = (Leg(target="a", state="kept", shown="2026-01-01", reason=evil),)
    view = View(claims=load_claims(claims), runs=load_runs(find_runs([results])), legs=legs)
    assert len(view.claims.claims) == len(view.runs.good) == len(view.runs.faulty) == 1
    files = rendered(compose(view))
    files["summary"] = summary.job_summary(Legs(legs=legs, absent=1), [])
    for text in files.values():
        assert "\x1b" not in text
    own = "\n".join(
        line for line in files["REPORT.md"].splitlines() if not line.startswith('<picture><source media="(prefers-color-scheme: dark)"')
    )
    assert own.count("\n") == files["REPORT.md"].count("\n") - 2  # one picture, and the end
    for name in files:
        assert not name.endswith(".svg") or not re.findall(r"<(?:script|image|a|foreignObject)\b|href|\bon\w+=", files[name])
    for page in (files["index.html"], RENDER.render(own), RENDER.render(files["summary"])):
        assert not re.findall(r"<(?:script(?!>| type=\"application/json\" id=\"page-data\">)|img)|href=\"(?!#)", page)
        assert page.count("<script") in (0, 2)
        assert "alert(1)" in page
    assert not [cell for row in csv.reader(io.StringIO(files["verdicts.csv"])) for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert files["report.json"].isascii()
    assert [line for line in files["REPORT.md"].splitlines() if line.startswith(("::", "="))] == []
