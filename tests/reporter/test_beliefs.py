"""What to believe: one word for all the parts of a sentence, by its fair reading, and never a failing mark for who promises nothing."""

import re
from pathlib import Path

from matrix.data.runs import find_runs, load_runs
from matrix.findings import beliefs
from matrix.findings.view import View
from matrix.report import believe
from matrix.report import sentences as sentence_chapter
from matrix.report.blocks import Own
from matrix.report.chapters import Report
from matrix.report.markdown import markdown
from matrix.report.words import DIFFERS_FROM, mark, verdict_counts
from matrix.verdicts import CONTRADICTIONS, STYLES, Verdict
from tests.made_runs import MadeRun, everything_is_refused, everything_succeeds


def test_a_sentence_is_believed_in_part_or_not_at_all(view: View) -> None:
    """One word for each column, and whether it is only compared: an imitation is, but with Windows 9x."""
    found = beliefs.beliefs(view)
    assert found is not None
    assert {each.word for one in found.beliefs for each in one.words} == {
        "confirmed", "so-far", "partly", "over", "refuted", "left-open", "unknown"}  # fmt: skip
    wine = next(n for n, column in enumerate(found.columns.shown) if "wine-8.0" in column.members)
    assert [each.name for each in found.beliefs if each.words[wine].compared] == ["exclusive-unsupported-on-9x"]


def sentence(view: View, name: str) -> beliefs.Sentence:
    """A sentence of the guide's."""
    return next(each for each in beliefs.microsofts(view) if each.id == f"microsoft-guide/says/{name}")


def test_a_combined_sentence_is_judged_by_all_its_parts(view: View, tmp_path: Path) -> None:
    """The refusals hold on the imaginary Linux and the exception does not; where a part was not measured, so far is all there is."""
    not_shareable = sentence(view, "not-shareable-by-default")
    assert beliefs.belief(view, not_shareable, "linux-6.1") == beliefs.Word(word="partly", compared=True)
    MadeRun(
        target="wine-open", system="wine", version="8.0", options=("default", "SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE"),
        rule=everything_succeeds, absent=("other", "other-first", "others"),
    ).write(tmp_path)  # fmt: skip
    open_run = View(claims=view.claims, runs=load_runs(find_runs([tmp_path])))
    assert beliefs.belief(open_run, not_shareable, "wine-open").word == "so-far"
    assert beliefs.belief(open_run, sentence(view, "reuseaddr-is-vulnerable"), "wine-open").word == "confirmed"  # one part


def test_what_is_left_open_is_neither_confirmed_nor_refuted(view: View) -> None:
    """By a steady receiver as little as by a changing one; what was measured stands beside it."""
    assert beliefs.belief(view, sentence(view, "reuseaddr-indeterminate"), "wine-8.0") == beliefs.Word(
        word="left-open", compared=False, observed=("second",)
    )


def test_a_sentence_counts_by_its_fair_reading(view: View, tmp_path: Path) -> None:
    """Both readings have a line; until XP it says nothing about later systems, and an XP can confirm or refute it."""
    found = beliefs.beliefs(view)
    assert found is not None
    forces = [each for each in found.beliefs if each.name == "reuseaddr-forces"]
    assert [(each.until, each.fair) for each in forces] == [("5.1", True), ("", False)]
    assert {word.word for word in forces[0].words} == {"unknown"}
    wine = next(dict(counts) for name, counts in found.counts if "Wine 8.0" in name)
    assert sum(wine.values()) == len(beliefs.microsofts(view)) == len(found.beliefs) - len(view.claims.readings)
    for name, version, rule in (("xp", "5.1.2600", everything_succeeds), ("xp-refusing", "5.1.2600", everything_is_refused)):
        MadeRun(target=f"windows-{name}", system="windows", version=version, options=("default", "SO_REUSEADDR"), rule=rule).write(tmp_path)
    windows = View(claims=view.claims, runs=load_runs(find_runs([tmp_path])))
    words = [beliefs.belief(windows, sentence(view, "reuseaddr-forces"), target, fair=True).word for target in windows.targets]
    assert words == ["confirmed", "over"]


def test_a_system_that_promises_nothing_is_never_drawn_as_failing(report: Report) -> None:
    """It differs, in brackets; only what is judged has the marks of verdicts that failed."""
    text = markdown([*believe.what_to_believe(report.findings["beliefs"]), *sentence_chapter.existence(report.findings["existence"])])
    failing = {STYLES[verdict].symbol for verdict in CONTRADICTIONS} - {STYLES[Verdict.STRICTER].symbol}
    bracketed = re.findall(r"\(([^()|]{1,3})[^()|]*\) \|", text)
    assert DIFFERS_FROM.symbol in bracketed
    assert not failing & set(bracketed)
    assert verdict_counts((("weaker", 2), ("wrong-error", 3), ("agrees", 1)), "comparison") == (
        Own("("), ((DIFFERS_FROM, Own(" 5 different")), Own(", "), (mark("agrees"), Own(" 1 the same"))), Own(")"))  # fmt: skip
