"""The report says what the frames say, can be regenerated, and survives hostile data."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from matrix.claims import load_claims
from matrix.report import render
from matrix.report.condense import where, where_each
from matrix.report.markdown import safe, table
from matrix.report.view import View
from matrix.runs import find_runs, load_runs
from tests.conftest import ROOT

RESULTS = ROOT / "results"


@pytest.fixture(scope="module")
def published() -> dict[str, str]:
    """The report of the results that ship with the project."""
    return render(View(claims=load_claims(), runs=load_runs(find_runs([RESULTS]))))


def test_the_published_report_is_the_one_of_the_published_runs(published: dict[str, str]) -> None:
    """Regenerated, byte for byte; `nox -s publish` writes it anew."""
    assert (RESULTS / "README.md").read_text("utf-8") == published["REPORT.md"]


def test_the_first_line_says_whether_windows_was_measured(published: dict[str, str]) -> None:
    """No imitation counts."""
    systems = {json.loads(path.read_text("utf-8"))["system"] for path in RESULTS.glob("*/host.json")}
    first = published["REPORT.md"].splitlines()[0]
    assert first.startswith("**Measured on" if "windows" in systems else "**No Windows has been measured yet.**")
    assert json.loads(published["report.json"])["windows_measured"] is ("windows" in systems)


def test_the_report_can_be_read_on_github(published: dict[str, str]) -> None:
    """Below the 512 KB that GitHub still renders, every fold closed, every table rendered as one."""
    text = published["REPORT.md"]
    assert len(text.encode()) < 500_000
    assert text.count("<details>") == text.count("</details>") > 10
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert html.count("<table>") == len(re.findall(r"(?m)^\|:---", text)) > 15
    assert "|:---" not in html


def test_every_platform_and_every_row_of_the_availability_table_is_shown(published: dict[str, str]) -> None:
    """Measured or not."""
    text = published["REPORT.md"]
    for path in RESULTS.glob("*/"):
        assert f"| `{path.name}` |" in text
    assert text.count("**no run yet**") == 10


def test_wine_is_never_counted_as_windows(published: dict[str, str]) -> None:
    """It is an imitation, in a column of its own."""
    standings = {(row["target"], row["standing"]) for row in json.loads(published["report.json"])["verdicts"]}
    assert ("wine-8.0", "imitation") in standings
    systems = {path.parent.name: json.loads(path.read_text("utf-8"))["system"] for path in RESULTS.glob("*/host.json")}
    subjects = {target for target, standing in standings if standing == "subject"}
    assert subjects >= {"gvisor-20240729.0", "linux-6.18.44"}
    assert {systems[target] for target in subjects}.isdisjoint({"wine", "user-mode-linux"})


def test_the_page_asks_for_nothing(published: dict[str, str]) -> None:
    """No script and no request leaves it; links lead to places in it."""
    assert "default-src 'none'" in published["index.html"]
    assert "<script" not in published["index.html"]
    assert not re.findall(r'(?:src="|href="[^#])', published["index.html"])


HOSTILE = "<script>alert(1)</script> | `x` ![a](http://b) ::error::boo =cmd() ../../etc"
# Windows has no | < > in names; a folder that is called so can't come from there.
HOSTILE_NAME = "x|<img src=x onerror=alert(1)>`" if sys.platform != "win32" else "x![a](b)` =cmd() &lt;img&gt;"


def test_hostile_data_changes_nothing_but_its_own_line(tmp_path: Path, published: dict[str, str]) -> None:
    """Markdown, HTML, workflow commands, formulas and path names stay text."""
    shutil.copytree(RESULTS, tmp_path / "results")
    bad = tmp_path / "results" / "wine-8.0"
    data = (bad / "observations.csv").read_text("utf-8").replace("tcp,", f'"{HOSTILE}",', 1)
    (bad / "observations.csv").write_text(data, "utf-8", newline="\n")
    evil = bad.rename(tmp_path / "results" / HOSTILE_NAME)
    view = View(claims=load_claims(), runs=load_runs(find_runs([tmp_path / "results"])))
    files = render(view)
    assert {run.host.target for run in view.runs.good} == {path.parent.name for path in RESULTS.glob("*/host.json")} - {"wine-8.0"}
    assert view.runs.faulty[0].folder == evil
    left_out = files["REPORT.md"].split("## Left out")[1].split("\n## ")[0]
    assert "unknown protocol" in left_out
    assert "<script" not in files["REPORT.md"]
    assert "<img" not in files["index.html"]
    assert "<script" not in files["index.html"]
    assert "](http" not in files["index.html"].replace("![a](http://b)", "")
    assert not [line for line in files["REPORT.md"].splitlines() if line.startswith(("::", "="))]


def test_no_runs_at_all_still_give_a_report() -> None:
    """The documents' contradictions need no measurement."""
    text = render(View(claims=load_claims(), runs=load_runs([])))["REPORT.md"]
    assert "in 12 of 36 cells" in text


@pytest.mark.parametrize("text", ["3.10", "a|b", "*b*", "<b>", "::x", "[a](b)", "`", "a\nb", "@someone", "\u202e"])
def test_foreign_text_renders_as_itself(text: str) -> None:
    """Whatever it holds, in a table cell as well."""
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(table(["x"], [[safe(text)]]))
    shown = re.findall(r"<td[^>]*>(.*?)</td>", html, re.DOTALL)
    printable = "".join(char if char.isprintable() else " " for char in text).strip()
    assert [cell.replace("&lt;", "<").replace("&gt;", ">") for cell in shown] == [printable]


KINDS = (("tcp", "bound"), ("tcp", "listening"), ("udp", "bound"))
EVERY = {(p, s, f, "same") for p, s in KINDS for f in ("ipv4", "ipv6", "dual")}


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (EVERY, ""),
        ({each for each in EVERY if each[0] == "udp"}, "UDP"),
        ({each for each in EVERY if each[:2] == ("tcp", "bound")}, "TCP bound"),
        ({each for each in EVERY if each[1] == "bound"}, "bound sockets"),
        ({each for each in EVERY if each[2] == "ipv4"}, "IPv4"),
        ({each for each in EVERY if each[0] == "tcp" and each[2] != "ipv4"}, "TCP IPv6 and dual stack"),
        ({("udp", "bound", "ipv6", "same")}, "UDP IPv6"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_where_an_outcome_holds_is_said_in_few_words(held: set[tuple[str, str, str, str]], words: str) -> None:
    """TCP or UDP, bound or listening, which family."""
    assert where(held, EVERY) == words


def test_accounts_are_named_only_where_they_answer_differently() -> None:
    """All alike: none is named. Otherwise those that are alike share a phrase."""
    others = ("other", "other-first", "others")
    both = {(*each[:3], account) for each in EVERY for account in ("same", *others)}
    udp = {each for each in both if each[0] == "udp"}
    assert where(udp, both) == "UDP"
    assert where({each for each in both if each[3] == "same"}, both) == "the same account"
    assert where({each for each in udp if each[3] != "same"}, both) == "UDP, different accounts"


def test_every_sentence_and_availability_cell_is_told_of_every_platform(published: dict[str, str]) -> None:
    """A verdict, or a reason why not; never a gap."""
    text = published["REPORT.md"]
    by_sentence = text.split("## Sentence by sentence")[1].split("\n## ")[0]
    sections = by_sentence.split("\n### ")[1:]
    assert len(sections) == 28
    for section in sections:
        for path in RESULTS.glob("*/"):
            (line,) = [line for line in section.splitlines() if line.startswith(f"| `{path.name}` |")]
            assert all(cell.strip() for cell in line.strip("|").split("|")), line
    cells = text.split("## What exists where")[1].split("\n## ")[0]
    lines = [line for line in cells.splitlines() if line.startswith("| Windows")]
    assert len(lines) == 30
    assert all(cell.strip() for line in lines for cell in line.strip("|").split("|"))


def test_outcomes_are_told_most_widespread_first() -> None:
    """And with where."""
    outcomes = {each: "INUSE" if each[0] == "udp" else "SUCCESS" for each in EVERY}
    assert where_each(outcomes) == [("SUCCESS", "TCP"), ("INUSE", "UDP")]
