"""Second-hand evidence: loaded strictly, entered once, kept apart from what was measured, and put right by a run."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from matrix.data.claims import CLAIMS, load_claims
from matrix.data.evidence import EVIDENCE, EvidenceBook, load_evidence
from matrix.data.runs import find_runs, load_runs
from matrix.data.statements import load_statements
from matrix.errors import MatrixError
from matrix.findings.cells import SITUATIONS, Cell
from matrix.findings.rungs import PLACING, Known, Rung, against, as_claim, known, unplaced
from matrix.findings.secondhand import refuted
from matrix.findings.view import CURRENT, View
from matrix.findings.windows import Windows, windows
from matrix.judge import patterns_of
from matrix.report.chapters import CHAPTERS, compose
from matrix.site.files import rendered
from matrix.verdicts import Verdict, verdict_of
from matrix.vocabulary import EVIDENCE_COLUMNS, HOST_MEASURES, KEYS, ClaimKind
from tests.made_runs import MadeRun, everything_succeeds
from tests.reporter.github import spelled_out

WINDOWS_11: dict[str, Any] = {"target": "windows-11-made", "system": "windows", "version": "10.0.26100", "selection": "ipv4 * ipv4 * same",
                              "options": ("default", "SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE")}  # fmt: skip


@pytest.fixture(scope="module")
def book() -> EvidenceBook:
    return load_evidence()


def view_of(*folders: Path, evidence: EvidenceBook | None = None) -> View:
    claims = load_claims()
    return View(claims=claims, runs=load_runs(find_runs(list(folders)) if folders else []), evidence=evidence or load_evidence(),
                statements=load_statements(claims))  # fmt: skip


@pytest.fixture(scope="module")
def unmeasured() -> View:
    """All evidence and claims, and no run at all."""
    return view_of()


def chapter(view: View) -> Windows:
    found = windows(view)
    assert found
    return found


def cells(view: View) -> Iterator[tuple[str, Cell]]:
    return ((table.situation, cell) for table in chapter(view).tables for cell in table.cells)


# What ships


def test_the_evidence_that_ships_has_no_fault_and_every_rung(book: EvidenceBook) -> None:
    """Every source has rows, and no id is also a claims' source."""
    assert book.faults == ()
    assert {source.kind for source in book.sources.values()} == {"test", "report", "document"}
    assert {row.source for row in book.rows} == set(book.sources)
    assert not set(book.sources) & set(load_claims().sources)


def test_every_row_opens_its_source(book: EvidenceBook) -> None:
    """An address of the web; of a test, the file at a commit and the line wherever one is known."""
    for row in book.rows:
        assert re.fullmatch(r"https?://[^\s/]+/\S+", row.link), row.id
        if book.sources[row.source].kind == "test":
            assert re.fullmatch(r"https://github\.com/[^/]+/[^/]+/blob/[0-9a-f]{40}/[^#]+(#L\d+)?", row.link), row.id
            assert ("#L" in row.link) == bool(re.match(r"\S+:\d+", row.section)), row.id


def test_nothing_is_entered_twice(book: EvidenceBook) -> None:
    """No two rows of one source say the same, and none repeats what an assertion of the claims holds of that system."""
    same = Counter((row.source, row.system, row.since, row.until, row.pattern, row.outcome, row.statement) for row in book.rows)
    assert [each for each, count in same.items() if count > 1] == []
    held: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for claim in load_claims().claims:
        if claim.kind == ClaimKind.ASSERTION:
            for words, expected in patterns_of(claim):
                for system in claim.system.split("|"):
                    held.setdefault((system, words), set()).add(expected)
    tests = [row for row in book.rows if book.sources[row.source].kind == "test"]
    assert len(tests) > 30
    assert [row.id for row in tests if all((row.system, words) in held for words, _ in patterns_of(as_claim(row)))] == []


def test_evidence_has_the_columns_of_claims_patterns() -> None:
    """In their order."""
    start = EVIDENCE_COLUMNS.index(KEYS[0])
    assert EVIDENCE_COLUMNS[start : start + len(KEYS)] == KEYS


@pytest.mark.parametrize("path", sorted(EVIDENCE.glob("*.csv")), ids=lambda path: path.stem)
def test_evidence_is_plain_files(path: Path) -> None:
    """UTF-8 and LF, ending in a newline."""
    data = path.read_bytes()
    data.decode("utf-8")
    assert b"\r" not in data
    assert data.endswith(b"\n")


# The loader

GOOD = {
    "id": "made/one", "source": "made", "section": "description", "system": "windows", "since": "10.0", "until": "10.0.26100", "protocol": "tcp",
    "first_family": "ipv4", "first_option": "default", "first_address": "specific", "first_state": "listening", "second_family": "same",
    "second_option": "default", "second_address": "specific", "account": "same", "measure": "bind", "outcome": "INUSE", "statement": "It fails.",
    "versions": "10", "date": "2026-11-25", "processes": "two", "method": "report", "sure": "low", "why": "One sentence.",
    "link": "https://example.org/issue/1", "revision": "opened 2026-11-25",
}  # fmt: skip
SOURCE = """[made]
kind = "report"
title = "A report"
publisher = "Somebody"
repository = "some/body"
path = "issues/1"
revision = "opened 2026-11-25"
read = "2026-11-25"
"""
TEST = {"source": SOURCE.replace('"report"', '"test"').replace("issues/1", "a/b.c, a/d.c")}
COMMIT = "0123456789abcdef0123456789abcdef01234567"
OF_TEST = {
    "method": "test",
    "revision": COMMIT,
    "section": "a/b.c:12 a_test",
    "link": f"https://github.com/some/body/blob/{COMMIT}/a/b.c#L12",
}


def folder(tmp_path: Path, *rows: dict[str, str], source: str = SOURCE) -> Path:
    lines = [",".join(f'"{cell}"' if "," in cell else cell for cell in (GOOD | row).values()) for row in rows or ({},)]
    (tmp_path / "made.csv").write_text("\n".join([",".join(EVIDENCE_COLUMNS), *lines, ""]), "utf-8", newline="\n")
    (tmp_path / "sources.toml").write_text(source, "utf-8")
    return tmp_path


def faults(path: Path) -> str:
    return "\n".join(map(str, load_evidence(path).faults))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"id": "other/one"}, "not an id: 'other/one' — use letters"),
        ({"id": "made/two words"}, "not an id: 'made/two words'"),
        ({"id": "made/one"}, "the id is used already in "),
        ({"source": "else"}, "the source is not the one that the file is named for: 'else' — write made"),
        ({"system": "plan9"}, "unknown system: 'plan9'"),
        ({"system": "windows|linux"}, "unknown system: 'windows|linux'"),
        ({"since": "ten"}, "since is not a dotted number: 'ten'"),
        ({"since": "11.0"}, "the range of versions is empty: '11.0 to 10.0.26100'"),
        ({"protocol": "sctp"}, "unknown protocol: 'sctp'"),
        ({"first_family": "same"}, "unknown first_family: 'same'"),
        ({"second_option": "SO_ANY"}, "unknown second_option: 'SO_ANY'"),
        ({"account": "root"}, "unknown account: 'root'"),
        ({"measure": ""}, "measure is blank"),
        ({"measure": "connect"}, "unknown measure: 'connect'"),
        ({"first_family": "ipv6", "first_address": "other-specific"}, "no such address of the first socket: 'ipv6 other-specific'"),
        ({"second_address": "mapped-wildcard"}, "no such address of the second socket: 'ipv4 mapped-wildcard'"),
        ({"protocol": "udp"}, "a UDP socket has no such state: 'listening' — write bound"),
        ({"outcome": "MAYBE"}, "not an outcome of bind: 'MAYBE' — use SUCCESS, INUSE, ACCESS, REFUSED"),
        ({"outcome": "CHECK"}, "not an outcome of bind: 'CHECK'"),
        ({"outcome": "UNSTABLE"}, "not an outcome of bind: 'UNSTABLE'"),
        ({"outcome": "NOT_RUN"}, "not an outcome of bind: 'NOT_RUN'"),
        ({"outcome": "first"}, "not an outcome of bind: 'first'"),
        ({"measure": "deliver-ipv4"}, "not an outcome of deliver-ipv4: 'INUSE' — use first, second, split"),
        ({"statement": ""}, "statement is blank"),
        ({"versions": ""}, "versions is blank"),
        ({"why": ""}, "why is blank"),
        ({"section": ""}, "section is blank"),
        ({"revision": ""}, "revision is blank"),
        ({"processes": "many"}, "unknown processes: 'many' — use one, two, not stated"),
        ({"method": "rumour"}, "unknown method: 'rumour'"),
        ({"method": "test"}, "not a way in which a report is got: 'test'"),
        ({"sure": "quite"}, "unknown sure: 'quite' — use high, medium, low"),
        ({"date": "yesterday"}, "date is no day: 'yesterday'"),
        ({"date": "2026-02-30"}, "date is no day: '2026-02-30'"),
        ({"link": ""}, "not an address of the web"),
        ({"link": "javascript:alert(1)"}, "not an address of the web: 'javascript:alert(1)'"),
        ({"link": "https://x.y/a b"}, "not an address of the web: 'https://x.y/a b'"),
        ({"link": "https://x.y/<script>"}, "not an address of the web"),
        ({"statement": "\x1b[31m"}, "column statement holds a control character"),
    ],
)  # fmt: skip
def test_a_spoiled_row_is_named_and_left_out(tmp_path: Path, row: dict[str, str], expected: str) -> None:
    """With file, row, value and what to do, and the good ones are kept."""
    path = folder(tmp_path, {}, {"id": "made/two"} | row)
    found = load_evidence(path)
    assert expected in "\n".join(map(str, found.faults))
    assert "made.csv, row 3" in str(found.faults[0])
    assert [each.id for each in found.rows] == ["made/one"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, ""),
        ({"section": "a/b.c a_test", "link": f"https://github.com/some/body/blob/{COMMIT}/a/b.c"}, ""),
        ({"section": "a/x.c:12 a_test"}, "the section names no file of the source: 'a/x.c:12 a_test' — write it as a/b.c, a/d.c:123"),
        ({"link": f"https://github.com/some/body/blob/{COMMIT}/a/b.c#L13"}, "the link does not open the section at the revision"),
        ({"link": f"https://github.com/some/body/blob/{COMMIT}/a/b.c"}, "the link does not open the section at the revision"),
        ({"link": "https://github.com/some/body/blob/main/a/b.c#L12"}, f"write https://github.com/some/body/blob/{COMMIT}/a/b.c#L12"),
        ({"method": "report"}, "not a way in which a test is got: 'report'"),
    ],
)  # fmt: skip
def test_a_row_of_a_test_opens_its_line(tmp_path: Path, row: dict[str, str], expected: str) -> None:
    """At the revision that was read."""
    found = faults(folder(tmp_path, OF_TEST | row, source=TEST["source"]))
    assert expected in found
    assert bool(found) == bool(expected)


@pytest.mark.parametrize(
    "row",
    [{"outcome": "EINVAL"}, {"outcome": "REFUSED"}, {"measure": "deliver-ipv4|deliver-ipv6", "outcome": "first"}, {"first_state": ""},
     {"account": ""}, {"date": ""}, {"since": "", "until": ""}, {"first_option": "default|SO_REUSEADDR"}],
)  # fmt: skip
def test_what_a_source_leaves_open_may_be_blank(tmp_path: Path, row: dict[str, str]) -> None:
    """Or several words, and a refusal may be without its error."""
    assert faults(folder(tmp_path, row)) == ""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('kind = "report"', 'kind = "rumour"', "kind rumour"),
        ('revision = "opened 2026-11-25"\n', "", "'revision'"),
        ("[made]", "[made", "not valid TOML"),
        ("[made]", '["../etc"]', "not the table of a source: '../etc'"),
    ],
)
def test_a_spoiled_source_of_evidence_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """As one of claims is."""
    assert expected in faults(folder(tmp_path, source=SOURCE.replace(old, new)))


def test_a_file_without_a_source_is_named(tmp_path: Path) -> None:
    """Nothing lies there unread."""
    path = folder(tmp_path)
    (path / "stray.csv").write_text("x\n", "utf-8")
    assert "stray.csv: a file of no source: 'stray' — describe it as [stray] in sources.toml" in faults(path)


def test_no_evidence_folder_is_an_error(tmp_path: Path) -> None:
    """Named, with what to do."""
    with pytest.raises(MatrixError, match="no such folder of evidence"):
        load_evidence(tmp_path / "nowhere")


# The ladder


def test_every_one_of_the_108_cells_has_a_rung_or_nothing_but_the_document(unmeasured: View) -> None:
    """Three situations of 36 cells; what stands behind each is no document, and no run where there is none."""
    every = list(cells(unmeasured))
    assert Counter(situation for situation, _ in every) == {name: 36 for name, _, _ in SITUATIONS}
    for _, cell in every:
        assert cell.guide.rung == Rung.DOCUMENTED
        assert cell.strongest in ((Rung.ASSERTED, Rung.REPORTED) if cell.records else (Rung.DOCUMENTED,))
        assert all(record.link.startswith("https://") for record in cell.records)
    alone = sum(cell.strongest == Rung.DOCUMENTED for _, cell in every)
    assert alone == sum(count for _, count, _ in chapter(unmeasured).answers.unknown)
    text = rendered(compose(unmeasured))["REPORT.md"]
    assert text.count("document only") == alone
    assert f"{alone} of 108 cells rest on nothing but the document" in text


def test_every_row_is_in_the_report_with_its_link(unmeasured: View) -> None:
    """On Windows and elsewhere."""
    text = spelled_out(rendered(compose(unmeasured))["REPORT.md"])
    assert [row.id for row in unmeasured.evidence.rows if f"]({row.link})" not in text] == []


def test_a_row_takes_a_place_only_if_it_says_which_sockets(unmeasured: View) -> None:
    """Both options and both addresses; what can't be placed is never given for a case."""
    for record in unplaced(unmeasured):
        assert set(record.unstated) & set(PLACING), record.id
    waiting = {record.id for record in unplaced(unmeasured)}
    assert waiting
    questions = [tuple(pattern) for row in unmeasured.evidence.rows for pattern, _ in patterns_of(as_claim(row))
                 if all(pattern) and pattern[-1] not in HOST_MEASURES]  # fmt: skip
    given = {record.id for records in known(unmeasured, questions) for record in records}
    assert not waiting & given
    assert given


def test_records_come_strongest_first_and_within_the_versions_that_are_asked(tmp_path: Path) -> None:
    """What speaks of none of them is left out; what names none stays."""
    MadeRun(**WINDOWS_11).write(tmp_path)
    evidence = load_evidence(
        folder(tmp_path, {}, {"id": "made/old", "since": "5.1", "until": "5.1"}, {"id": "made/any", "since": "", "until": ""})
    )
    view = view_of(tmp_path / "windows-11-made", evidence=evidence)
    question = ("tcp", "ipv4", "default", "specific", "listening", "ipv4", "default", "specific", "same", "bind")
    (records,) = known(view, [question], since="10.0")
    order = [list(Rung).index(each.rung) for each in records]
    assert order == sorted(order)
    assert {each.rung for each in records} == set(Rung)
    reported = [each.id for each in records if each.rung == Rung.REPORTED]
    assert reported == ["made/any", "made/one"]
    assert records[0].platforms == ("windows-11-made",)
    assert "microsoft-guide/xp" not in " ".join(each.id for each in records)
    (older,) = known(view, [question], until="5.1")
    assert [each.id for each in older if each.rung == Rung.REPORTED] == ["made/any", "made/old"]
    assert known(view, [question], system="openbsd") == [()] or all(
        each.system == "openbsd" for each in known(view, [question], system="openbsd")[0]
    )


@pytest.mark.parametrize(
    ("expected", "outcome", "verdict"),
    [("INUSE", "REFUSED", Verdict.AGREES), ("INUSE|ACCESS", "REFUSED", Verdict.AGREES), ("SUCCESS", "REFUSED", Verdict.STRICTER),
     ("INUSE", "ACCESS", Verdict.WRONG_ERROR), ("ACCESS", "SUCCESS", Verdict.WEAKER), ("first", "second", Verdict.DIFFERS)],
)  # fmt: skip
def test_a_refusal_without_its_error_confirms_any_refusal(expected: str, outcome: str, verdict: Verdict) -> None:
    """All else is judged as observations are."""
    assert against(expected, outcome) == verdict


def test_an_imitation_is_never_measured_as_windows(tmp_path: Path) -> None:
    """However many runs of Wine there are."""
    made = WINDOWS_11 | {"target": "wine-10.0", "system": "wine", "version": "10.0"}
    view = view_of(MadeRun(**made).write(tmp_path))
    assert chapter(view).measured == ()
    assert all(cell.strongest != Rung.MEASURED for _, cell in cells(view))
    assert "**No Windows has been measured by this probe.**" in rendered(compose(view))["REPORT.md"]


# A run that departs


@pytest.fixture(scope="module")
def departing(tmp_path_factory: pytest.TempPathFactory) -> View:
    """A Windows on which every second socket gets in, which no document, test or report says."""
    return view_of(MadeRun(**WINDOWS_11, rule=everything_succeeds).write(tmp_path_factory.mktemp("departing")))


def test_a_run_takes_the_first_rung_by_itself(departing: View) -> None:
    """In every cell, whatever stood there before; the lower rungs stay beside it."""
    for _, cell in cells(departing):
        assert cell.rungs[0].rung == Rung.MEASURED
        assert cell.rungs[0].outcomes == ("SUCCESS",)
        assert cell.gets_in
    found = chapter(departing)
    assert found.measured == ("windows-11-made",)
    assert [each.support for each in found.answers.takings] == [((Rung.MEASURED, 108),)]
    assert found.answers.takings[0].protected == ()
    assert sum(count for _, count, _ in found.answers.unknown) == 0


def test_the_report_says_where_documents_and_evidence_were_wrong(departing: View) -> None:
    """Each with its source, beside what was measured."""
    found = chapter(departing)
    measured = [each for each in found.disagreements if each.other.rung == Rung.MEASURED]
    refused = [claim for claim in departing.tables[CURRENT] if claim.expected != "SUCCESS"]
    assert {each.guide.id for each in measured} == {claim.id for claim in refused}
    wrong = {each.record.id for each in found.refuted}
    assert "trio-notes/default-wildcard/default-wildcard" in wrong
    assert "trio-tests/rebind/windows-reuse-over-listener" in wrong
    assert "trio-notes/default-wildcard/default-specific" not in wrong  # it says SUCCESS
    assert "wsl-1549/specific-then-wildcard/bind" not in wrong  # of another version
    text = spelled_out(rendered(compose(departing))["REPORT.md"])
    assert "Measured on `windows-11-made`." in text
    assert "### Where the evidence was wrong" in text
    chapter_text = text[text.index("### Where the evidence was wrong") :].split("\n## ")[0]
    for row in departing.evidence.rows:
        if row.id in wrong:
            assert f"]({row.link})" in chapter_text
    assert "measured ▼ SUCCESS" in text


def test_evidence_is_wrong_only_if_no_case_that_it_may_be_about_confirms_it(tmp_path: Path) -> None:
    """A source that doesn't say which family is confirmed by any."""
    open_row = {"first_family": "", "since": "", "until": "", "outcome": "SUCCESS"}
    evidence = load_evidence(folder(tmp_path, open_row, open_row | {"id": "made/two", "first_family": "ipv6"}))

    def only_ipv4_succeeds(case: Any, first: Any, second: Any) -> str:
        return "" if first.family == "ipv4" else "WSAEACCES"

    run = MadeRun(**WINDOWS_11 | {"selection": "tcp * listening * same"}, rule=only_ipv4_succeeds).write(tmp_path)
    found = refuted(view_of(run, evidence=evidence), "windows")
    assert [(each.record.id, each.measured) for each in found] == [("made/two", (("ACCESS", "Windows 10.0.26100 (windows-11-made)"),))]
    assert verdict_of("SUCCESS", "ACCESS") == Verdict.STRICTER


# Kept apart


def test_evidence_never_enters_a_count_of_what_was_measured(departing: View) -> None:
    """With it and without it every other chapter and every other file is the same."""
    bare = View(claims=departing.claims, runs=departing.runs, statements=departing.statements)
    with_it, without = rendered(compose(departing)), rendered(compose(bare))
    assert with_it["verdicts.csv"] == without["verdicts.csv"]
    assert with_it["merged.csv"] == without["merged.csv"]
    ours, theirs = (json.loads(each["report.json"]) for each in (with_it, without))
    assert {key: value for key, value in ours.items() if key != "findings"} == {
        key: value for key, value in theirs.items() if key != "findings"
    }
    differing = {name for name in ours["findings"] if ours["findings"][name] != theirs["findings"][name]}
    assert differing == {"windows", "elsewhere"}
    assert "windows" in {each.name for each in CHAPTERS}


def test_a_record_that_is_second_hand_names_no_platform(departing: View) -> None:
    """And one that was measured names no source."""
    records: list[Known] = [record for _, cell in cells(departing) for record in cell.records]
    assert all(bool(record.platforms) == (record.rung == Rung.MEASURED) != bool(record.source) for record in records)


# The guide's statements


def test_each_of_the_guides_39_statements_has_what_judges_it_or_a_reason() -> None:
    """And what it names exists."""
    found = load_statements(load_claims())
    assert found.faults == ()
    assert len(found.rows) == 39
    assert all(each.judged or each.reason for each in found.rows)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("It fails.,microsoft-guide/says/nothing,", "row 2: no sentence or table of the claims: 'microsoft-guide/says/nothing'"),
        ("It fails.,,", "row 2: nothing judges the statement, without a reason: 'It fails.'"),
        (",microsoft-guide/xp,", "row 2: nothing judges the statement"),
        ("It fails.,microsoft-guide/xp", "row 2: 2 cells where 3 belong"),
    ],
)
def test_a_spoiled_statement_is_named(tmp_path: Path, row: str, expected: str) -> None:
    """And left out."""
    path = tmp_path / "statements.csv"
    path.write_text(f"statement,judged,reason\n{row}\nIt works.,microsoft-guide/xp,\n", "utf-8", newline="\n")
    found = load_statements(load_claims(), path)
    assert expected in str(found.faults[0])
    assert [each.text for each in found.rows] == ["It works."]


def test_a_folder_of_claims_may_be_without_the_list(tmp_path: Path) -> None:
    """It is the guide's alone."""
    assert load_statements(load_claims(), tmp_path / "none.csv").rows == ()
    assert (CLAIMS / "statements.csv").is_file()
