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
from markdown_it import MarkdownIt

from matrix.data.claims import load_claims
from matrix.data.runs import find_runs, load_runs
from matrix.findings.view import View
from matrix.report import markdown, tabular
from matrix.report.blocks import (
    Heading,
    Paragraph,
    anchor,
)
from matrix.report.chapters import CHAPTERS, PARTS, Chapter, Part, Report, compose
from matrix.report.tabular import VERDICT_COLUMNS
from matrix.site import html
from matrix.site.files import FORMATS, rendered
from matrix.verdicts import STYLES
from tests.conftest import ROOT
from tests.made_runs import MadeRun
from tests.reporter.conftest import PART, hashes, listeners_protect_their_loopback, report_elsewhere
from tests.reporter.github import PICTURES

GOLDEN = Path(__file__).parent / "golden"
CLAIMS_OF_THE_GOLDEN_FILE = Path(__file__).parent / "claims"
STYLE = (ROOT / "matrix" / "site" / "style.css").read_text("utf-8")
RENDER = MarkdownIt("commonmark", {"html": True}).enable("table")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of a report of a few claims on three small runs; its day and version are made up."""
    folder = tmp_path_factory.mktemp("small")
    part: dict[str, Any] = {"selection": "ipv4 * ipv4", "options": ("default", "SO_REUSEADDR")}
    MadeRun(target="linux-6.1", **part).write(folder)
    MadeRun(target="linux-6.2", version="6.2", rule=listeners_protect_their_loopback, **part).write(folder)
    MadeRun(target="wine-8.0", system="wine", version="8.0", absent=("other", "other-first", "others"), **part).write(folder)
    view = View(claims=load_claims(CLAIMS_OF_THE_GOLDEN_FILE), runs=load_runs(find_runs([folder])))
    assert (view.claims.faults, view.runs.faulty) == ((), ())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html, "VERSION", "of a day")
        return rendered(compose(view))


@pytest.mark.parametrize("name", FORMATS)
def test_a_small_report_is_the_golden_one(small: dict[str, str], name: str) -> None:
    """Byte for byte. UPDATE_GOLDEN=1 writes it anew; look at what changed before you commit it."""
    text = small[name]
    if name == "index.html":  # its script is another golden file, matrix/site/page.js, and the same on every page
        script = (ROOT / "matrix" / "site" / "page.js").read_text("utf-8")
        assert text.count(script) == text.count(html.policy_hash(script)) == 1
        text = text.replace(script, "").replace(html.policy_hash(script), "")
    path = GOLDEN / name
    if "UPDATE_GOLDEN" in os.environ:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    assert text == path.read_text("utf-8")


def test_the_same_runs_give_the_same_bytes_whatever_the_order_of_hashes(results: Path, files: dict[str, str]) -> None:
    """No clock, no order of sets: in another process, which hashes otherwise."""
    assert hash("bind") != hash_elsewhere(), "this process must have a random seed, or another one than the other"
    assert report_elsewhere(results, "with", seed="1")[1] == hashes(files)


def hash_elsewhere() -> int:
    """The hash of a word in a process with the seed 1."""
    command = [sys.executable, "-c", "print(hash('bind'))"]
    return int(subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": "1"}, capture_output=True, text=True, check=True).stdout)


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
