"""`advise`: the smallest set of options that meets a server's goals, by what was measured."""

import ast
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from matrix.data.claims import load_claims
from matrix.data.evidence import load_evidence
from matrix.data.runs import find_runs, load_runs
from matrix.errors import UsageError
from matrix.findings.criteria import CRITERIA
from matrix.findings.goals import GOALS, WAYS, Answer, advise, lack, overview
from matrix.findings.named import platforms_named
from matrix.findings.unmeasured import elsewhere
from matrix.findings.view import View
from matrix.programs.settings import IN_PYTHON, c_lines, python_lines
from matrix.report import goals as shown
from matrix.report.terminal import terminal
from matrix.vocabulary import WORDS
from tests.made_runs import MadeRun, everything_is_refused, everything_succeeds
from tests.reporter.conftest import PART

EVERY = ("default", "SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEADDR+SO_REUSEPORT")


def answers(view: View, *goals: str, protocol: str = "tcp") -> dict[str, Answer]:
    """The answer of each target."""
    return {target: each for each in advise(view, goals, protocol).answers for target in each.targets}


def options(each: Answer) -> list[str]:
    """The chosen options."""
    return [candidate.option for candidate in each.chosen]


def view_of(folder: Path, **about: Any) -> View:
    """A view of one made run."""
    MadeRun(**about).write(folder)
    return View(claims=load_claims(), runs=load_runs(find_runs([folder])))


@pytest.mark.parametrize(
    ("goals", "protocol", "complete", "chosen"),
    [
        (["protect"], "tcp", True, ["default"]),
        (["restart"], "tcp", True, ["SO_REUSEADDR"]),
        (["protect", "restart"], "tcp", True, ["SO_REUSEADDR"]),
        (["restart", "protect"], "tcp", True, ["SO_REUSEADDR"]),
        (["protect"], "udp", True, ["default"]),
        (["restart", "protect"], "udp", True, ["default"]),
        (["share"], "tcp", False, ["default"]),
    ],
)
def test_the_smallest_set_that_meets_every_goal_is_chosen(
    view: View, goals: list[str], protocol: str, complete: bool, chosen: list[str]
) -> None:
    """The imaginary Linux: a listener is kept even with SO_REUSEADDR, a UDP socket only without."""
    each = answers(view, *goals, protocol=protocol)["linux-6.1"]
    assert (each.complete, options(each)) == (complete, chosen)


def test_a_udp_socket_leaves_nothing_behind(view: View) -> None:
    """So that starting again needs no option: the control udp-after-close of every run."""
    for each in answers(view, "restart", protocol="udp").values():
        assert (each.complete, options(each)) == (True, ["default"])


def test_what_was_not_measured_is_unknown_and_never_met(view: View) -> None:
    """Wine was measured with one account."""
    each = answers(view, "protect")["wine-8.0"]
    assert not each.complete
    assert {check.met for candidate in each.chosen for check in candidate.checks if check.criterion == "keeps-other"} == {None}
    text = terminal(shown.advice(advise(view, ["protect"], "tcp", ["wine-8.0"])))
    assert "Not known in full: no option (kept from other accounts: not measured)." in text


def test_cases_against_an_option_are_counted_and_named(view: View) -> None:
    """A case counts once, whatever the number of its destinations, and its id can be looked up."""
    each = answers(view, "protect", protocol="udp")["linux-6.1"]
    checks = {(candidate.option, check.criterion): check for candidate in each.candidates for check in candidate.checks}
    taken = checks["SO_REUSEADDR", "keeps-own"]
    assert taken.met is False
    assert 0 < taken.against < taken.cases
    assert taken.examples[0] == "udp ipv4 SO_REUSEADDR@wildcard bound ipv4 SO_REUSEADDR@wildcard same"
    cases = view.where(measure="bind", protocol="udp", first_option="SO_REUSEADDR", first_state="bound", account="same")
    assert taken.cases == sum(answer not in ("", "NOT_RUN", "UNSUPPORTED") for answer in view.answers(cases, "linux-6.1"))


def test_addresses_written_as_ipv6_decide_nothing_but_are_counted(tmp_path: Path) -> None:
    """A stack that protects all but ::ffff:127.0.0.1."""

    def mapped_only(case: Any, first: Any, second: Any) -> str:
        return "" if first.address.startswith("mapped") else "EADDRINUSE"

    view = view_of(tmp_path, rule=mapped_only)
    each = answers(view, "protect")["linux-6.1"]
    check = each.chosen[0].checks[0]
    assert (each.complete, check.met, check.against) == (True, True, 0)
    assert check.aside > 0
    assert "* but not between IPv4 addresses written as IPv6" in terminal(shown.advice(advise(view, ["protect"], "tcp")))


@pytest.mark.parametrize(("rule", "complete"), [(everything_succeeds, False), (everything_is_refused, True)])
def test_a_stack_that_protects_nothing_is_not_advised(tmp_path: Path, rule: Any, complete: bool) -> None:
    """And one that lets nobody in meets the goal without an option."""
    each = answers(view_of(tmp_path, rule=rule), "protect")["linux-6.1"]
    assert each.complete is complete


def test_sharing_asks_that_both_receive_and_that_no_other_account_does(tmp_path: Path) -> None:
    """Where other accounts get in as well, no option does."""

    def open_to_all(case: Any, first: Any, second: Any) -> str:
        return "" if "SO_REUSEPORT" in first.option and "SO_REUSEPORT" in second.option else "EADDRINUSE"

    def own_account_only(case: Any, first: Any, second: Any) -> str:
        return open_to_all(case, first, second) if case.account == "same" else "EACCES"

    kept = answers(view_of(tmp_path / "one", options=EVERY, rule=own_account_only), "share")["linux-6.1"]
    assert (kept.complete, options(kept)) == (True, ["SO_REUSEPORT"])
    loose = answers(view_of(tmp_path / "two", options=EVERY, rule=open_to_all), "share")["linux-6.1"]
    assert not loose.complete
    assert "SO_REUSEPORT" in options(loose)


def test_dual_stack_is_reached_by_one_socket_or_by_two(tmp_path: Path) -> None:
    """Two need that neither keeps the other out."""
    each = answers(view_of(tmp_path / "one"), "dual-stack")["linux-6.1"]
    assert {(candidate.way, candidate.option) for candidate in each.chosen} == {
        ("one socket, V6ONLY off", "default"), ("two sockets, V6ONLY on", "default")}  # fmt: skip
    assert each.chosen[0].python[0] == "s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)"
    refused = answers(view_of(tmp_path / "two", rule=everything_is_refused), "dual-stack")["linux-6.1"]
    assert [candidate.way for candidate in refused.chosen] == ["one socket, V6ONLY off"]


def test_goals_that_exclude_each_other_and_unknown_ones_are_refused(view: View) -> None:
    """With the words that there are."""
    with pytest.raises(UsageError, match="shared can't be kept"):
        advise(view, ["share", "protect"], "tcp")
    with pytest.raises(UsageError, match="no goal is named 'fast'; there are protect, restart, share, dual-stack"):
        advise(view, ["fast"], "tcp")
    with pytest.raises(UsageError, match="no protocol is named 'sctp'"):
        advise(view, ["protect"], "sctp")


def test_every_run_is_in_exactly_one_answer_and_the_overview_agrees(view: View) -> None:
    """Of each goal and protocol; the overview names the options of the answers."""
    lines = overview(view, ["tcp", "udp"])
    for protocol in WORDS["protocol"]:
        for goals in {each.goals for each in lines}:
            found = advise(view, goals, protocol).answers
            assert sorted(target for each in found for target in each.targets) == sorted(view.targets)
            of_lines = [each for each in lines if (each.goals, each.protocol) == (goals, protocol)]
            assert {each.options for each in of_lines} == {
                tuple((candidate.way, candidate.option) for candidate in each.chosen) if each.complete else () for each in found}  # fmt: skip


def test_the_tables_of_goals_and_of_words_are_whole() -> None:
    """Each goal has ways, each way criteria, and each of them words."""
    assert set(shown.GOALS) == set(GOALS)
    assert set(shown.CRITERIA) == set(CRITERIA) >= {name for ways in WAYS.values() for way in ways for name in way.criteria}


def test_nothing_chosen_lacks_more_than_another(view: View) -> None:
    """For every goal, and every platform."""
    for goal in GOALS:
        for each in advise(view, [goal], "udp").answers:
            assert {lack(candidate) for candidate in each.chosen} == {min(map(lack, each.candidates))}


@pytest.mark.parametrize("option", WORDS["first_option"])
def test_the_lines_of_code_are_python_and_c(option: str) -> None:
    """Python's parse, and those of this system set what they name."""
    for line in python_lines(option, False):
        ast.parse(line)
    if set(option.split("+")) <= {"SO_REUSEADDR", "SO_REUSEPORT"} and sys.platform == "linux":
        with socket.socket(socket.AF_INET6) as s:  # a machine without IPv6 has the option all the same
            exec("\n".join(python_lines(option, True)), {"s": s, "socket": socket})
            assert all(s.getsockopt(socket.SOL_SOCKET, getattr(socket, name)) for name in option.split("+"))
            assert s.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1
    assert len(python_lines(option)) == len(c_lines(option)) == (0 if option == "default" else option.count("+") + 1)
    assert all(line.endswith("sizeof on);") for line in c_lines(option))


def test_names_that_python_lacks_are_numbers() -> None:
    """With the name beside them."""
    assert python_lines("SO_REUSEPORT_LB") == ("s.setsockopt(socket.SOL_SOCKET, 0x10000, 1)  # SO_REUSEPORT_LB",)
    assert python_lines("SO_EXCLUSIVEADDRUSE") == ("s.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)",)
    assert all(hasattr(socket, name) for name in IN_PYTHON if name != "SO_EXCLUSIVEADDRUSE") or sys.platform == "win32"


@pytest.mark.parametrize(
    ("word", "targets"),
    [
        ("linux", ("linux-6.1", "linux-6.2")),
        ("Linux 6.1", ("linux-6.1",)),
        ("linux-6", ("linux-6.1", "linux-6.2")),
        ("gvisor-1", ("gvisor-1",)),
        ("WINE", ("wine-8.0",)),
        ("windows", ()),
        ("windows 10", ()),
        ("macOS", ()),
    ],
)
def test_platforms_are_found_by_the_names_that_people_write(view: View, word: str, targets: tuple[str, ...]) -> None:
    """A known system without a run is no error, and no run is taken for it."""
    assert platforms_named(view, [word]).targets == targets


def test_a_windows_for_people_is_found_by_any_of_its_builds(tmp_path: Path) -> None:
    """And no server for it; a server by its own."""
    for target, build, name in (("windows-10", "19045", "Windows 10 Pro"), ("windows-11-arm", "26200", "Windows 10 Pro"),
                                ("windows-2022", "20348", "Windows Server 2022"), ("windows-2025", "26100", "Windows Server 2025")):  # fmt: skip
        MadeRun(
            target=target, system="windows", version=f"10.0.{build}", options=("default",), selection=PART, changed={"name": name}
        ).write(tmp_path)
    view = View(claims=load_claims(), runs=load_runs(find_runs([tmp_path])))
    found = {
        word: platforms_named(view, [word]).targets
        for word in ("windows 10", "windows 11", "windows server 2022", "windows 2025", "windows 7")
    }
    assert found == {"windows 10": ("windows-10",), "windows 11": ("windows-11-arm",), "windows server 2022": ("windows-2022",),
                     "windows 2025": ("windows-2025",), "windows 7": ()}  # fmt: skip


def test_a_system_without_a_run_is_named_and_an_unknown_one_refused(view: View) -> None:
    """With those that there are."""
    assert platforms_named(view, ["windows", "wine"]).absent == ("windows",)
    assert platforms_named(view, []).targets == view.targets
    with pytest.raises(UsageError, match="no platform is named 'plan9'; there are gvisor, linux, wine, gvisor-1"):
        platforms_named(view, ["plan9"])


def test_a_system_without_a_run_is_answered_by_others_and_never_as_measured(view: View) -> None:
    """Windows: what documents and published tests say, each with its rung and its link; the measured answer doesn't speak of it."""
    (found,) = elsewhere(shipped(view), "windows", "tcp", ["protect"])
    assert found.meeting == ("SO_EXCLUSIVEADDRUSE",)
    heard = {(option.option, each.criterion): each for option in found.options for each in option.heard}
    default = heard["default", "keeps-other"]
    assert (default.against > 0, dict(default.rungs).keys() <= {"asserted", "reported", "documented"}) == (True, True)
    assert default.examples[0].link.startswith("https://")
    assert "measured" not in {rung for each in heard.values() for rung, _ in each.rungs}
    text = terminal(shown.second_hand(found))
    assert "Windows, TCP: not measured" in text
    assert "By these, SO_EXCLUSIVEADDRUSE does: nothing that is known speaks against it." in " ".join(text.split())


def test_a_goal_of_which_nobody_speaks_and_a_system_of_which_nobody_does(view: View) -> None:
    """No answer is made up."""
    assert elsewhere(shipped(view), "windows", "tcp", ["share"])[0].meeting is None
    (nothing,) = elsewhere(shipped(view), "reactos", "tcp", ["protect"])
    assert (nothing.options, nothing.meeting) == ((), None)
    assert "nobody else's evidence speaks of this" in terminal(shown.second_hand(nothing))


def shipped(view: View) -> View:
    """The made runs beside the claims and the evidence that ship."""
    return View(claims=load_claims(), runs=view.runs, evidence=load_evidence())
