"""Findings: classes of runs, where answers hold, what changed, what is looked up."""

from collections.abc import Iterable
from dataclasses import FrozenInstanceError, is_dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matrix.data.claims import load_claims
from matrix.data.runs import Loader, Run, find_runs, load_runs
from matrix.errors import UsageError
from matrix.findings import accounts, changes, hijack, lookup, platforms, sockets, summary, traffic
from matrix.findings import versions as find_versions
from matrix.findings.classes import MAX_COLUMNS, columns_by, columns_of, named, spans
from matrix.findings.places import Part, judged_parts, parts_of, where, where_each
from matrix.findings.shifts import Kind
from matrix.findings.titles import SYSTEMS
from matrix.findings.view import ABSENT, View
from matrix.records import Host, Leg
from matrix.report import versions
from matrix.report.blocks import Break, Own, joined, plain_text
from matrix.report.chapters import CHAPTERS, Report
from matrix.report.markdown import markdown
from matrix.report.platforms import platform as platform_row
from matrix.vocabulary import KEYS, WORDS, ClaimKind
from matrix.vocabulary import SYSTEMS as KNOWN_SYSTEMS
from tests.made_runs import MadeRun, everything_is_refused, everything_succeeds, reuse_decides
from tests.reporter.conftest import PART
from tests.reporter.test_judge import host as a_host

KINDS = (("tcp", "bound"), ("tcp", "listening"), ("udp", "bound"))
EVERY = {(p, s, f, "same") for p, s in KINDS for f in ("ipv4", "ipv6", "dual")}
ACCOUNTS = {(*each[:3], account) for each in EVERY for account in ("same", "other", "other-first", "others")}


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (EVERY, ""),
        ({each for each in EVERY if each[0] == "udp"}, "UDP"),
        ({each for each in EVERY if each[:2] == ("tcp", "bound")}, "TCP bound"),
        ({each for each in EVERY if each[0] == "tcp"}, "TCP"),
        ({each for each in EVERY if each[1] == "bound"}, "bound sockets"),
        ({each for each in EVERY if each[2] == "ipv4"}, "IPv4"),
        ({each for each in EVERY if each[0] == "udp" and each[2] != "dual"}, "UDP IPv4 and IPv6"),
        ({each for each in EVERY if each[0] == "udp" or each[2] == "ipv4"}, "UDP; TCP IPv4"),
    ],
)
def test_a_place_is_named_as_shortly_as_it_is_still_clear(held: set[Any], words: str) -> None:
    """Of all situations that were measured."""
    assert where(held, EVERY) == words


def test_families_come_in_their_order_and_pairs_of_them_last() -> None:
    """Whatever the alphabet says."""
    every = {("udp", "bound", family, "same") for family in ("ipv4", "dual", "ipv6 then dual", "dual then ipv4", "ipv6")}
    held = {each for each in every if each[2] != "ipv6"}
    assert where(held, every) == "IPv4 and dual stack and dual then ipv4 and ipv6 then dual"


@pytest.mark.parametrize(
    ("accounts_held", "words"),
    [
        ({"same"}, "the same account"),
        ({"other", "other-first", "others"}, "different accounts"),
        ({"others"}, "two other accounts"),
        ({"other", "others"}, "another account's second socket and two other accounts"),
        ({"same", "other", "other-first", "others"}, ""),
    ],
)
def test_accounts_are_named_where_they_differ(accounts_held: set[str], words: str) -> None:
    """Together where they answer equally."""
    assert where({each for each in ACCOUNTS if each[3] in accounts_held}, ACCOUNTS) == words


def test_outcomes_come_with_their_places_the_most_widespread_first() -> None:
    """And a verdict where a claim speaks of them."""
    outcomes = {each: "INUSE" if each[0] == "udp" else "SUCCESS" for each in EVERY}
    assert where_each(outcomes) == [("SUCCESS", "TCP"), ("INUSE", "UDP")]
    assert parts_of(outcomes) == (Part("SUCCESS", "TCP"), Part("INUSE", "UDP"))
    assert judged_parts(dict.fromkeys(EVERY, ("agrees", "INUSE"))) == (Part("INUSE", "", "agrees"),)


def hosts(*named_so: tuple[str, str, str]) -> dict[str, Host]:
    return {target: a_host(system, version, target) for target, system, version in named_so}


LINUXES = hosts(
    *((f"linux-{version}", "linux", version) for version in ("5.10", "6.1", "6.12", "6.18", "7.2")), ("wine-8.0", "wine", "8.0")
)


@pytest.mark.parametrize(
    ("members", "name"),
    [
        (["linux-6.1"], "Linux 6.1"),
        (["linux-5.10", "linux-6.12", "linux-6.18", "linux-7.2"], "Linux 5.10, 6.12 to 7.2"),
        (["linux-6.12", "linux-6.18"], "Linux 6.12 and 6.18"),
        (["linux-5.10", "linux-6.18"], "Linux 5.10, 6.18"),
        (["linux-7.2", "linux-5.10", "linux-6.1", "linux-6.18", "linux-6.12"], "Linux 5.10 to 7.2"),
        (["linux-6.1", "wine-8.0"], "Linux 6.1, Wine 8.0"),
        (["linux-6.1", "linux-6.12", "wine-8.0"], "Linux 6.1 and 6.12, Wine 8.0"),
    ],
)
def test_members_of_a_class_are_named_by_system_and_version(members: list[str], name: str) -> None:
    """As people write them; a range spans only versions that were measured and are members."""
    assert named(members, LINUXES) == name


def test_a_runs_own_name_follows_where_the_version_does_not_tell_it_from_others() -> None:
    """Of two runs of one version that are not of one class, of runs without a version, and of a machine with a name of its own."""
    some = hosts(
        ("win-x86", "windows", "10.0"), ("win-x64", "windows", "10.0"), ("win-10.1", "windows", "10.1"), ("macos-15", "darwin", "24.6.0")
    )
    assert named(["win-x86", "win-10.1"], some) == "Windows 10.1, Windows 10.0 (win-x86)"
    assert named(["win-x86", "win-x64"], some) == "Windows 10.0"
    assert named(["macos-15"], some) == "macOS with Darwin 24.6.0 (macos-15)"
    many = hosts(*((f"gvisor-{n}", "gvisor", "") for n in range(5)))
    assert named(list(many), many) == "every gVisor (5)"
    assert named(["gvisor-0", "gvisor-1"], many) == "gVisor (gvisor-0, gvisor-1)"
    four = dict(list(many.items())[:4])
    assert named(list(four), four) == "gVisor (gvisor-0, gvisor-1, gvisor-2, gvisor-3)"
    assert spans([], ["1"]) == []


def test_every_system_of_the_probe_has_a_name_for_people() -> None:
    """The only table of them; the vocabulary knows no other system."""
    assert set(SYSTEMS) == set(KNOWN_SYSTEMS)


def test_runs_that_answer_equally_share_a_column() -> None:
    """And only they."""
    answers = np.array([[1, 1, 2, 1, 1, 3], [1, 1, 1, 1, 1, 1]])
    columns = columns_of(answers, list(LINUXES), LINUXES)
    assert [(column.name, column.target) for column in columns.shown] == [
        ("Linux 5.10 and 6.1, 6.18 and 7.2", "linux-5.10"),
        ("Linux 6.12", "linux-6.12"),
        ("Wine 8.0", "wine-8.0"),
    ]
    assert columns.omitted == ()


def test_of_many_classes_the_largest_of_each_system_are_shown_and_the_others_described() -> None:
    """By the nearest that is shown; none is left out without being named."""
    answers = np.array([[1, 1, 2, 3, 4, 5], [0, 0, 0, 0, 9, 9]])
    columns = columns_of(answers, list(LINUXES), LINUXES, limit=2)
    assert columns.names == ("Linux 5.10 and 6.1", "Wine 8.0")
    assert [(each.name, each.nearest, each.differences, each.questions) for each in columns.omitted] == [
        ("Linux 6.12", "Linux 5.10 and 6.1", 1, 2), ("Linux 6.18", "Linux 5.10 and 6.1", 1, 2), ("Linux 7.2", "Wine 8.0", 1, 2)]  # fmt: skip
    assert columns_by({}, LINUXES).shown == ()
    many = hosts(*((f"linux-{n}", "linux", f"{n}") for n in range(50)))
    found = columns_of(np.arange(50)[None, :], list(many), many)
    assert (len(found.shown), len(found.omitted)) == (MAX_COLUMNS, 50 - MAX_COLUMNS)


def test_a_view_finds_questions_by_their_words(view: View) -> None:
    """In the vocabulary's order, with what each target answers."""
    found = view.where(measure="bind", protocol="udp", account=["same", "others"])
    cells = list(zip(*(view.column(found, column) for column in KEYS), strict=True))
    assert {(row[0], row[8], row[9]) for row in cells} == {("udp", "same", "bind"), ("udp", "others", "bind")}
    order = [tuple(WORDS[column].index(word) for column, word in zip(KEYS, row, strict=True)) for row in cells]
    assert order == sorted(order)
    assert set(view.answers(found, "wine-8.0")) <= {"", "SUCCESS", "ACCESS", "INUSE", "NOT_RUN"}
    groups = dict(view.grouped(found, ("account", "first_family")))
    assert list(groups) == list(product(("same", "others"), ("ipv4", "ipv6", "dual")))
    assert sum(map(len, groups.values())) == len(found)


def test_every_finding_is_a_frozen_record(report: Report) -> None:
    """Nobody who shows one can change it, and it holds no markup."""

    def records(value: Any) -> Iterable[Any]:
        if is_dataclass(value):
            yield value
            for name in getattr(value, "__dataclass_fields__", {}):
                yield from records(getattr(value, name))
        elif isinstance(value, list | tuple):
            for each in value:
                yield from records(each)

    seen = list(records(list(report.findings.values())))
    assert len({type(each) for each in seen}) > 40
    for kind in {type(each): each for each in seen}.values():
        name = next(iter(kind.__dataclass_fields__))
        with pytest.raises((FrozenInstanceError, TypeError)):
            setattr(kind, name, None)


def test_a_listener_is_joined_where_the_stack_lets_it(view: View) -> None:
    """The imaginary stack shares a listener's address under SO_REUSEPORT alone."""
    found = {(each.option, each.platforms): (each.same, each.overlapping) for each in summary.protection(view)}
    assert found["SO_REUSEADDR", "Linux 6.1 and 6.2, Wine 8.0"] == ((), ())
    assert found["SO_REUSEPORT", "gVisor (gvisor-1)"] == (("SO_REUSEPORT",), ("SO_REUSEPORT",))


def test_how_far_an_imitation_goes_is_counted(view: View) -> None:
    """Cells in all, some and no situations add up, and so do the departures."""
    (found,) = summary.fidelity(view)
    assert (found.platforms, found.what) == ("Wine 8.0", "an imitation of Windows 6.1.7601, Wine 8.0")
    assert found.cells == 36
    assert 0 < found.whole + found.partly <= 36
    assert [situation for situation, _, _ in found.departures] == ["TCP bound", "TCP listening", "UDP bound"]


def test_what_the_documents_contradict_each_other_in_needs_no_run() -> None:
    """Before anything is measured."""
    alone = View(claims=load_claims(), runs=load_runs([]))
    assert [(each.cells, each.of) for each in summary.conflicts(alone)] == [(1, 36), (12, 36)]
    assert [find(alone) for find in (accounts.two_accounts, sockets.porting, sockets.across, traffic.traffic)] == [None] * 4


def test_an_account_that_could_not_be_had_is_named_with_the_reason(view: View) -> None:
    """And changes nothing; what it changes elsewhere is counted."""
    found = accounts.two_accounts(view)
    assert found is not None
    wine = next(each for each in found.had if each.platforms == "Wine 8.0")
    assert wine.reasons == ("no other account could be had, it says",)
    effects = {each.platforms: each for each in found.effects}
    assert (effects["Wine 8.0"].cases, effects["Wine 8.0"].changes) == (0, ())
    later = effects["Linux 6.2"]
    assert (later.changed, dict(later.by_account)["other"], dict(later.by_account)["others"]) == (later.changed, later.changed, 0)
    assert sum(each.cases for each in later.changes) == later.changed > 0
    assert effects["Linux 6.1"].changed == 0


def test_who_takes_traffic(view: View) -> None:
    """The last UDP socket with SO_REUSEADDR takes everything; a TCP listener keeps it."""
    losses = {(each.protocol, each.option, each.account): each.takers for each in hijack.hijacks(view).losses if "Linux" in each.platforms}
    assert losses["udp", "SO_REUSEADDR", "same"] == ("SO_REUSEADDR",)
    assert losses["tcp", "SO_REUSEADDR", "same"] == ()


def test_how_a_split_was_split_is_counted_from_the_runs_counts(view: View) -> None:
    """By platform and protocol."""
    found = {(each.target, each.protocol): each for each in traffic.splits(view)}
    assert set(found) == {("gvisor-1", "tcp"), ("gvisor-1", "udp")}
    each = found["gvisor-1", "udp"]
    assert (each.first / each.sent, round(each.least), round(each.most)) == (31 / 60, 52, 52)


def test_versions_of_one_system_are_compared_in_their_order(view: View) -> None:
    """Grouped by what the cases have in common; other systems are no versions of it."""
    (line,) = find_versions.versions(view)
    (step,) = line.steps
    assert (line.system, step.before.target, step.after.target) == ("linux", "linux-6.1", "linux-6.2")
    found = [each.shift for each in step.changes]
    assert {(each.protocol, *each.states, each.measure, each.kind, *each.after, each.accounts) for each in found} == {
        ("tcp", "listening", "bind", Kind.ERROR, "ACCESS", ("other",)),
        ("tcp", "listening", "bind", Kind.REFUSED, "ACCESS", ("other",)),
    }
    assert sum(each.questions for each in found) == step.changed
    assert 0 < step.changed < step.questions


def test_made_up_versions_are_ordered_as_numbers(tmp_path: Path) -> None:
    """6.9 is before 6.10, and of two runs of one version the first stands for both."""
    for target, version in (("linux-a", "6.10"), ("linux-b", "6.9"), ("linux-c", "6.9")):
        MadeRun(
            target=target, version=version, options=("default",), rule=everything_succeeds if target == "linux-a" else reuse_decides
        ).write(tmp_path)
    (line,) = find_versions.versions(View(claims=load_claims(), runs=load_runs(find_runs([tmp_path]))))
    (step,) = line.steps
    assert (step.before.target, step.after.target) == ("linux-b", "linux-a")
    assert {word for each in step.changes for word in each.shift.after} == {"SUCCESS"}


def load_pair(tmp_path: Path, *made: MadeRun) -> tuple[list[Run], Loader]:
    loader = Loader()
    found = [loader.load(each.write(tmp_path / str(number))) for number, each in enumerate(made)]
    assert all(isinstance(each, Run) for each in found)
    return found, loader  # type: ignore[return-value]  # each is a Run


def test_a_drift_names_every_change_and_what_is_gone(tmp_path: Path) -> None:
    """Facts of the host first; never a net count."""
    part = "udp ipv4 default@wildcard bound ipv4 default@wildcard same"
    (old, new), loader = load_pair(
        tmp_path,
        MadeRun(target="linux-x", selection=part, rule=everything_succeeds),
        MadeRun(target="linux-x", version="6.3", selection=part, rule=everything_is_refused),
    )
    found = changes.drift(old, new, loader.catalogue)
    assert ("version", "6.1", "6.3") in found.facts
    words = {(each.question[-1], each.before, each.after) for each in found.changes}
    assert ("bind", "SUCCESS", "ACCESS") in words
    assert ("notice", "silent", "absent") in words
    assert len(words) == len(old.lines)
    same = changes.drift(old, old, loader.catalogue)
    assert (same.facts, same.changes, same.rows) == ((), (), len(old.lines))


def test_a_run_is_held_beside_the_published_ones_and_never_beside_itself(tmp_path: Path) -> None:
    """The nearest first, with the ways in which it departs."""
    made = [
        MadeRun(target="linux-x", options=("default",)),
        MadeRun(target="linux-near", options=("default", "SO_REUSEADDR")),
        MadeRun(target="linux-far", options=("default",), rule=everything_succeeds),
    ]
    runs, loader = load_pair(tmp_path, *made)
    found = changes.beside(runs[0], [runs[2], runs[1], runs[0]], loader.catalogue)
    assert [each.target for each in found.meetings] == ["linux-near", "linux-far"]
    assert (found.meetings[0].equal, found.ways) == (found.meetings[0].questions, ())
    far = changes.beside(runs[0], [runs[2]], loader.catalogue)
    assert {(way.before, way.after) for way in far.ways} == {("SUCCESS", "INUSE")}
    assert sum(way.questions for way in far.ways) == far.meetings[0].questions - far.meetings[0].equal
    back = changes.beside(runs[2], [runs[0]], loader.catalogue)
    assert {(way.before, way.after, way.questions) for way in back.ways} == {(way.after, way.before, way.questions) for way in far.ways}
    assert changes.beside(runs[0], [runs[0]], loader.catalogue).meetings == ()


CASE = "tcp ipv4 default@wildcard listening ipv4 SO_REUSEADDR@specific same"


@pytest.mark.parametrize(
    ("pattern", "number"),
    [(CASE, 1), ("tcp default@wildcard listening SO_REUSEADDR@specific same ipv4", 0), ("udp ipv4 bound ipv4 others", 108), ("default@specific time-wait default@specific same", 1),
     ("tcp ipv4 *@wildcard listening ipv4 *@specific same", 12)],
)  # fmt: skip
def test_a_pattern_matches_what_the_probes_own_words_match(view: View, pattern: str, number: int) -> None:
    """Word by word, in order, as shell globs."""
    from matrix.probe.cases import case_id, case_matches

    found = {tuple(view.word(int(question), column) for column in KEYS[:9]) for question in lookup.matching(view.codes, pattern)}
    every = {tuple(view.word(int(question), column) for column in KEYS[:9]) for question in view.where(measure="bind")}
    assert found == {case for case in every if case_matches(case_id(case), pattern)}
    assert len(found) == number


@pytest.mark.parametrize(
    ("question", "words"),
    [(("tcp", "ipv4", "default", "wildcard", "bound", "ipv4", "default", "specific", "same", "bind"), "tcp ipv4 default@wildcard bound ipv4 default@specific same bind"),
     (("udp", "", "SO_REUSEADDR", "", "", "", "", "", "other", "available"), "udp SO_REUSEADDR other available"), (("tcp", "", "", "", "", "", "", "", "same", "ephemeral"), "tcp same ephemeral")],
)  # fmt: skip
def test_a_question_is_named_by_the_words_that_it_has(question: tuple[str, ...], words: str) -> None:
    """A fact of the host has few."""
    assert lookup.host_words(question) == words


def test_a_case_is_explained_on_every_platform_beside_the_documents(view: View) -> None:
    """Platforms with one answer together, however many classes there are."""
    (words,) = lookup.matched(view, CASE)
    (case,) = lookup.every_measure(view, words)
    assert case.id == CASE
    answers = {member: case.measures[0].answers[n] for n, column in enumerate(case.columns.shown) for member in column.members}
    assert answers == {"gvisor-1": "", "linux-6.1": "INUSE", "linux-6.2": "INUSE", "wine-8.0": "INUSE"}
    guide = next(each for each in case.documents if each.section == "Windows Server 2003 and later, same account")
    assert (guide.expected, set(guide.verdicts)) == (
        "SUCCESS",
        {("Linux 6.1 and 6.2", "stricter", "comparison"), ("Wine 8.0", "stricter", "imitation")},
    )


@pytest.mark.parametrize(
    ("pattern", "problem"), [("no such case", "no case matches 'no such case'"), ("tcp", "cases match 'tcp', more than 60; add words")]
)
def test_a_pattern_that_cannot_be_explained_is_named(view: View, pattern: str, problem: str) -> None:
    """Nothing found, or too much."""
    with pytest.raises(UsageError, match=problem):
        lookup.matched(view, pattern)


def test_a_system_with_anothers_own_kernel_is_never_called_an_imitation(tmp_path: Path) -> None:
    """User-mode Linux is Linux' own kernel, built for user space; gVisor imitates it."""
    same = {"imitates": {"system": "linux", "version": "6.1"}}
    MadeRun(target="uml-6.1", system="user-mode-linux", selection=PART, changed=same).write(tmp_path)
    MadeRun(target="gvisor-1", system="gvisor", version="", selection=PART).write(tmp_path)
    found = platforms.platforms(View(claims=load_claims(), runs=load_runs(find_runs([tmp_path]))))
    gvisor, uml = (plain_text(platform_row(each)[1]) for each in found.measured)
    assert (gvisor, uml) == ("gVisor, imitates Linux 4.4.0", "user-mode Linux, runs the kernel of Linux 6.1")


def test_a_windows_belongs_to_its_row_of_the_guides_platforms(tmp_path: Path) -> None:
    """By version; an imitation belongs to none."""
    for version in ("5.1.2600", "6.0.6002", "10.0.26100"):
        MadeRun(target=f"windows-{version}", system="windows", version=version, options=("default",)).write(tmp_path)
    MadeRun(target="wine-8.0", system="wine", version="8.0", options=("default",)).write(tmp_path)
    found = platforms.platforms(View(claims=load_claims(), runs=load_runs(find_runs([tmp_path]))))
    rows = {each.cells[0]: each.runs for each in found.documented}
    assert {name: runs for name, runs in rows.items() if runs} == {
        "Windows XP": "Windows 5.1.2600", "Windows Vista": "Windows 6.0.6002", "Windows Server 2008": "Windows 6.0.6002", "Windows 7 and newer": "Windows 10.0.26100"}  # fmt: skip


def test_legs_that_sent_nothing_are_counted(view: View) -> None:
    """Where a workflow had any."""
    assert platforms.legs(view) is None
    some = (
        Leg(target="a", state="fresh", shown="2026-01-01", reason=""),
        Leg(target="b", state="kept", shown="2026-01-01", reason="x"),
        Leg(target="c", state="missing", shown="", reason="y"),
    )
    found = platforms.legs(View(claims=view.claims, runs=view.runs, legs=some))
    assert found is not None
    assert found.absent == 2


def test_every_chapter_finds_something_in_these_runs(report: Report) -> None:
    """So that the tests see all of them; legs and what was left out have tests of their own."""
    assert {name for name, found in report.findings.items() if not found} == {"legs", "left_out"}
    assert list(report.findings) == [chapter.name for chapter in CHAPTERS]
    assert {"", "NOT_RUN", "UNSUPPORTED"} == ABSENT
    assert {claim.kind for claim in report.view.cells} == {ClaimKind.CELL}


def test_what_many_cases_have_in_common_is_counted_where_it_is_too_much_to_name(tmp_path: Path) -> None:
    """Three are named, more are a number; the nearest one's share is a percentage."""
    assert versions.few(("a", "b", "c")) == joined(("a", "b", "c"), Break())
    assert versions.few(("a", "b", "c", "d")) == Own("4 of them")
    made = [MadeRun(target="linux-x", options=("default",)), MadeRun(target="linux-far", options=("default",), rule=everything_succeeds)]
    runs, loader = load_pair(tmp_path, *made)
    found = changes.beside(runs[0], [runs[1]], loader.catalogue)
    near = found.meetings[0]
    assert f"| {near.questions - near.equal:,} | {100 * near.equal / near.questions:.1f} % |" in markdown(versions.comparison(found))
