"""The report says what the findings say, in every format; foreign text stays text; a golden file shows all of it."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
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
from matrix.report import blocks, markdown, summary, tabular, terminal
from matrix.report.blocks import (
    Block,
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
    anchor,
    codes,
    counted,
    joined,
    plain_text,
    prose,
)
from matrix.report.chapters import CHAPTERS, PARTS, Chapter, Part, Report, compose
from matrix.report.tabular import VERDICT_COLUMNS, guarded
from matrix.site import html
from matrix.site.files import FORMATS, rendered
from matrix.verdicts import STYLES
from tests.conftest import ROOT
from tests.made_runs import MadeRun, set_fact
from tests.reporter.conftest import PART, listeners_protect_their_loopback
from tests.reporter.github import PICTURES

GOLDEN = Path(__file__).parent / "golden"
CLAIMS_OF_THE_GOLDEN_FILE = Path(__file__).parent / "claims"
STYLE = (ROOT / "matrix" / "site" / "style.css").read_text("utf-8")
RENDER = MarkdownIt("commonmark", {"html": True}).enable("table")


@pytest.fixture(scope="module")
def files(report: Report) -> dict[str, str]:
    return rendered(report)


@pytest.mark.parametrize("name", FORMATS)
def test_a_small_report_is_the_golden_one(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, of a few claims on three small runs. UPDATE_GOLDEN=1 writes it anew; look at what changed before you commit it."""
    monkeypatch.setattr(html, "VERSION", "of a day")
    part = "ipv4 * ipv4"
    for made in (
        MadeRun(target="linux-6.1", options=("default", "SO_REUSEADDR"), selection=part),
        MadeRun(
            target="linux-6.2", version="6.2", options=("default", "SO_REUSEADDR"), selection=part, rule=listeners_protect_their_loopback
        ),
        MadeRun(
            target="wine-8.0",
            system="wine",
            version="8.0",
            options=("default", "SO_REUSEADDR"),
            selection=part,
            absent=("other", "other-first", "others"),
        ),
    ):
        made.write(tmp_path)
    view = View(claims=load_claims(CLAIMS_OF_THE_GOLDEN_FILE), runs=load_runs(find_runs([tmp_path])))
    assert (view.claims.faults, view.runs.faulty) == ((), ())
    text = rendered(compose(view))[name]
    if name == "index.html":  # its script is another golden file, matrix/site/page.js, and the same on every page
        script = (ROOT / "matrix" / "site" / "page.js").read_text("utf-8")
        assert text.count(script) == text.count(html.policy_hash(script)) == 1
        text = text.replace(script, "").replace(html.policy_hash(script), "")
    path = GOLDEN / name
    if "UPDATE_GOLDEN" in os.environ:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    assert text == path.read_text("utf-8")


def test_the_same_runs_give_the_same_bytes_whatever_the_order_of_hashes(results: Path) -> None:
    """No clock, no order of sets."""
    code = (
        "import sys, hashlib; from pathlib import Path; from matrix.data.claims import load_claims; from matrix.data.runs import find_runs, load_runs; "
        "from matrix.findings.view import View; from matrix.report.chapters import compose; from matrix.site.files import rendered; "
        "view = View(claims=load_claims(), runs=load_runs(find_runs([Path(sys.argv[1])]))); "
        "print(hashlib.sha256(''.join(rendered(compose(view)).values()).encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(results)],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_every_chapter_is_in_markdown_and_on_the_page(report: Report, files: dict[str, str]) -> None:
    """With the same headings and names to link to, in the report's order."""
    headings = [each for each in report.blocks if isinstance(each, Heading)]
    assert [each.text for each in headings if each.level == 2] == [part.title for part in PARTS if part.title]
    for each in headings:
        assert f"{'#' * each.level} {markdown.inline(each.text)}\n" in files["REPORT.md"]
        assert f'<h{each.level} id="{anchor(each.text)}">' in files["index.html"]
    names = re.findall(r'id="([^"]*)"', files["index.html"])
    assert len(names) == len(set(names))
    assert set(re.findall(r'href="#([^"]*)"', files["index.html"])) <= set(names)


def test_the_report_is_rendered_as_it_is_meant(files: dict[str, str]) -> None:
    """Every fold closed, every table a table."""
    text = files["REPORT.md"]
    assert text.count("<details>") == text.count("</details>") > 10
    page = RENDER.render(text)
    assert page.count("<table>") == len(re.findall(r"(?m)^\|---", text)) > 15
    assert "|---" not in page


def test_the_page_asks_for_nothing(files: dict[str, str]) -> None:
    """No script but its own and no request leaves it; links lead to places in it or to a source; each verdict has its colour."""
    page = files["index.html"]
    script = (ROOT / "matrix" / "site" / "page.js").read_text("utf-8")
    assert f"content=\"default-src 'none'; style-src '{html.policy_hash(STYLE)}'; script-src '{html.policy_hash(script)}'; " in page
    assert re.findall(r"<script.*?>", page) == ['<script type="application/json" id="page-data">', "<script>"]
    assert page.count("</script") == 2
    assert not re.findall(
        r"\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import|eval|Function|innerHTML)\s*\(|\.innerHTML", script
    )
    assert not re.findall(r'(?:src="|href="(?!#|https?://))', page)
    for style in STYLES.values():
        if style.colour != "none":
            assert f".{style.colour} {{" in page
            assert f'<span class="{style.colour}">' in page


def test_the_first_line_says_whether_windows_was_measured(files: dict[str, str], tmp_path: Path) -> None:
    """No imitation counts."""
    assert files["REPORT.md"].startswith("**No Windows has been measured yet.**")
    assert json.loads(files["report.json"])["windows_measured"] is False
    MadeRun(target="windows-11", system="windows", version="10.0.26100", options=("default",)).write(tmp_path)
    found = rendered(compose(View(claims=load_claims(), runs=load_runs(find_runs([tmp_path])))))
    assert found["REPORT.md"].startswith("**Measured on 1 Windows:** `windows-11`.")
    assert json.loads(found["report.json"])["windows_measured"] is True


def test_no_runs_at_all_still_give_a_report() -> None:
    """The documents' contradictions need no measurement."""
    text = rendered(compose(View(claims=load_claims(), runs=load_runs([]))))["REPORT.md"]
    assert "in 12 of 36 cells" in text
    assert "nothing that it speaks of was measured" in text


def test_verdicts_csv_has_each_distinct_verdict_once_with_its_runs(view: View, files: dict[str, str]) -> None:
    """Spelled out by run it is every verdict."""
    header, *rows = csv.reader(io.StringIO(files["verdicts.csv"]))
    assert tuple(header) == VERDICT_COLUMNS
    assert len({tuple(row[:-1]) for row in rows}) == len(rows)
    spelled = sorted((row[0], run, row[4], *row[5:19]) for row in rows for run in row[-1].split())
    wanted = []
    for claim in view.claims.claims:
        for target in view.targets:
            relation = view.judgement.relation(claim, target)
            if relation:
                judged = view.judged(claim, target)
                wanted += [
                    (claim.id, target, str(relation), *each.question, each.expected, each.observed, each.error, str(each.verdict))
                    for each in judged
                ]
                if not judged:
                    wanted.append(
                        (
                            claim.id,
                            target,
                            str(relation),
                            *next(tuple(row[5:19]) for row in rows if row[0] == claim.id and target in row[-1].split()),
                        )
                    )
    assert spelled == sorted(wanted)


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\n+1", "\x1b@x"])
def test_no_cell_is_a_formula_whatever_stands_before_it(cell: str) -> None:
    """Blanks and what becomes one are not enough to hide it."""
    assert guarded(cell).startswith("'")
    assert guarded("a=1") == "a=1"


def test_report_json_has_the_findings_of_every_chapter(report: Report, files: dict[str, str]) -> None:
    """As JSON has them."""
    found = json.loads(files["report.json"])
    assert set(found["findings"]) == {chapter.name for chapter in CHAPTERS}
    assert found["findings"]["versions"][0]["releases"][1] == {"target": "linux-6.2", "version": "6.2"}
    assert found["observations"] == {run.host.target: len(run.lines) for run in report.view.runs.good}
    assert tabular.jsonable({"a": (1, 2.5, True, None)}) == {"a": [1, 2.5, True, None]}


def test_an_older_run_is_said_to_be_older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the table of platforms."""
    MadeRun(target="linux-part", selection=PART).write(tmp_path)
    for module in ("matrix.data.host", "matrix.data.whole", "matrix.findings.platforms"):
        monkeypatch.setattr(f"{module}.VOCABULARY", 2)
    text = rendered(compose(View(claims=load_claims(), runs=load_runs(find_runs([tmp_path])))))["REPORT.md"]
    assert "(asked with the older vocabulary 1)" in text
    assert "(only `tcp ipv4 bound ipv4 same`)" in text


# Foreign text

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


# Blocks


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
    assert "2 more rows are not shown here" in markdown.markdown(long)
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


# How many places it takes


def shout(report: Report) -> str:
    return "!".join(report.findings)


def test_a_new_chapter_takes_one_place(view: View) -> None:
    """Its entry: it is in the Markdown, on the page, in the JSON and in the contents."""
    chapter = Chapter("birds", lambda view: ("a swallow",), lambda found: [Heading(2, "Birds"), Paragraph(found[0])])
    part = Part("", lambda findings: (), (chapter,))
    files = rendered(compose(view, (*PARTS[:2], replace(part, title="Fowl"))))
    assert "[Fowl](#fowl)" in files["REPORT.md"]
    assert "## Fowl\n\n### Birds\n\na swallow" in files["REPORT.md"]
    assert '<h3 id="birds">Birds</h3>\n<p>a swallow</p>' in files["index.html"]
    assert json.loads(files["report.json"])["findings"]["birds"] == ["a swallow"]


def test_a_new_format_takes_one_place(report: Report) -> None:
    """Its entry: it is written beside the others."""
    files = rendered(report, {**FORMATS, "SHOUT.txt": shout})
    assert list(files) == [*FORMATS, "SHOUT.txt", *PICTURES]
    assert files["SHOUT.txt"].startswith("opening!glance!advice")
