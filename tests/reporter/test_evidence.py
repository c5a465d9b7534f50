"""Second-hand evidence: loaded strictly, entered once, kept apart from what was measured, and put right by a run."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from matrix.data.claims import load_claims
from matrix.data.evidence import EvidenceBook, load_evidence
from matrix.data.runs import find_runs, load_runs
from matrix.data.statements import load_statements
from matrix.findings.cells import SITUATIONS, Cell
from matrix.findings.rungs import PLACING, Known, Rung, against, as_claim, known, unplaced
from matrix.findings.secondhand import refuted
from matrix.findings.view import CURRENT, View
from matrix.findings.windows import Windows, windows
from matrix.judge import patterns_of
from matrix.report.chapters import CHAPTERS, compose
from matrix.site.files import rendered
from matrix.verdicts import Verdict, verdict_of
from matrix.vocabulary import HOST_MEASURES
from tests.made_runs import MadeRun, everything_succeeds
from tests.reporter.github import spelled_out
from tests.reporter.test_evidence_files import folder

WINDOWS_11: dict[str, Any] = {"target": "windows-11-made", "system": "windows", "version": "10.0.26100", "selection": "ipv4 * ipv4 * same",
                              "options": ("default", "SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE")}  # fmt: skip


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
