"""An option that is set after bind: what a second socket meets, beside what it meets with the option in time, or never."""

from typing import Any

import pytest

from matrix.probe.attempts import TRIES
from matrix.probe.cases import cases_of, specs_of
from matrix.probe.lateoption import NO_COMPARISON, LateOption
from matrix.probe.outcomes import Attempt, Tally, answer_of
from tests.probe.fakes import AHelperThatAlwaysSucceeds, asker_with, case_named
from tests.probe.scripted import INUSE, AHelperThatFollowsAScript

LATE = "udp ipv4 SO_REUSEADDR@wildcard bound ipv4 SO_REUSEADDR@wildcard same"
SPECS = specs_of("127.0.0.2")


class AFirstHelperOfLateOptions(AHelperThatAlwaysSucceeds):
    """Its sockets meet these replies when they are opened, 0 once there are no more; they are closed before more are opened."""

    def __init__(self, opens: list[Any]) -> None:
        super().__init__(1)
        self.opens, self.held = opens, 0

    def send(self, *words: Any) -> None:
        super().send(*words)
        if words[0] == "open":
            assert not self.held
            self.held = len(self.reply)
            self.reply = [self.opens.pop(0) if self.opens else 0 for _ in self.reply]
        elif words[0] == "late":
            self.reply = [""] * (len(words[1]) // 2)
        elif words[0] == "close":
            self.held = 0


def late_option(helper: Any, never: str = INUSE, early: str = "", times: int = 3, opens: list[Any] | None = None) -> tuple[Any, ...]:
    """The row of one case, where the same bind came to these without the option and with it in time."""
    first = AFirstHelperOfLateOptions(opens or [])
    asker = asker_with(helper, first)
    case = case_named(asker, LATE)
    late = LateOption(asker, {}, 3)
    without = late.never_set(case)
    tallies = {case: Tally(3), without: Tally(3)}
    for one, error in ((case, early), (without, never)):
        for turn in range(times):
            attempt = Attempt(one, 20000)
            attempt.answers["bind"] = answer_of(error if error != "both" else ["", INUSE][turn % 2])
            tallies[one].take(attempt)
    late = LateOption(asker, tallies, 3)
    late.cases = lambda: [case]  # type: ignore[method-assign]
    (row,) = late.rows()
    return tuple(row[10:])


@pytest.mark.parametrize(
    ("script", "never", "early", "row"),
    [
        (["INUSE"] * 3, INUSE, "", ("ignored", "", 3, 3, "")),
        (["SUCCESS"] * 3, INUSE, "", ("counts", "", 3, 3, "")),
        (["INUSE"] * 3, INUSE, INUSE, ("indistinct", "", 3, 3, "")),
        (["ACCESS"] * 3, INUSE, "", ("neither", "", 3, 3, "")),
        (["SUCCESS", *["INUSE"] * 7], INUSE, "", ("ignored", "", 7, 8, "once counts")),
        (["SUCCESS", "INUSE"] * 2, INUSE, "", ("UNSTABLE", "", 0, 4, "counts 2, ignored 2")),
        (["lost", "failed", *["SUCCESS"] * 3], INUSE, "", ("counts", "", 3, 3, "")),
        (["failed"] * 8, INUSE, "", ("NOT_RUN", "", 0, 0, "the second socket could not be had: socket: EMFILE")),
    ],
)
def test_a_late_option_is_answered_by_the_same_rule(script: list[str], never: str, early: str, row: tuple[Any, ...]) -> None:
    """Dissents, foreign ports and failures included."""
    assert late_option(AHelperOfLateOptions(script), never, early) == row


class AHelperOfLateOptions(AHelperThatFollowsAScript):
    """Its question is an `alone` of one socket, and a refusal is asked once more."""

    def __init__(self, script: list[str]) -> None:
        super().__init__(script)
        self.refused = False

    def send(self, *words: Any) -> None:
        AHelperThatAlwaysSucceeds.send(self, *words)
        if words[0] == "alone" and len(words[2]) == 3:
            if self.refused:
                self.refused, self.reply = False, [["bind", INUSE] if self.lost else 0]
            else:
                self.reply = [self.word()]
                self.refused = bool(self.reply[0]) and self.reply[0][0] == "bind"


@pytest.mark.parametrize(
    ("opens", "row"),
    [
        ([["bind", INUSE], ["socket", "EMFILE"]], ("counts", "", 3, 3, "")),
        ([["bind", INUSE]] * TRIES, ("NOT_RUN", "", 0, 0, f"{TRIES} ports were held by somebody else")),
        ([["socket", "EMFILE"]] * 8, ("NOT_RUN", "", 0, 0, "the first socket could not be had: socket: EMFILE")),
    ],
)
def test_a_late_option_needs_a_first_socket(opens: list[Any], row: tuple[Any, ...]) -> None:
    """Where there is none, it is asked again, and then NOT_RUN with the reason."""

    class AHelperWithoutEnd(AHelperOfLateOptions):
        """Asked of nothing where no first socket is held."""

        def send(self, *words: Any) -> None:
            super().send(*words)
            if words[0] == "alone" and not words[2]:
                self.reply = []

    found = late_option(AHelperWithoutEnd(["SUCCESS"] * 3), opens=list(opens))
    assert found[:4] == row[:4]
    assert found[4] == row[4] or "ports were tried" in found[4]


def test_a_late_option_is_asked_of_every_bound_case_that_has_one() -> None:
    """Plain IPv4, our own account, wildcard and specific address; for the second socket any option, for the first at least one."""
    asked = LateOption(asker_with(AHelperThatAlwaysSucceeds(2)), {}, 3)
    cases = asked.cases()
    expected = [
        case.identity()
        for case in cases_of(SPECS)
        if case.state == "bound" and case.account == "same" and {case.columns[1], case.columns[5]} == {"ipv4"}
        if "other-specific" not in case.columns and SPECS[case.first].settings
    ]
    assert sorted(case.identity() for case in cases) == sorted(expected)
    assert all(asked.never_set(case).columns[2] == "default" for case in cases)


def test_a_late_option_is_asked_only_where_a_protocol_has_it() -> None:
    """Some system's option may be of one protocol alone, for either socket."""
    asker = asker_with(AHelperThatAlwaysSucceeds(2))
    for spec in asker.specs:
        if spec.option == "SO_REUSEADDR":
            spec.protocols = ("tcp",)
    cases = LateOption(asker, {}, 3).cases()
    assert {case.protocol for case in cases if "SO_REUSEADDR" in (case.columns[2], case.columns[6])} == {"tcp"}
    assert {case.protocol for case in cases if case.columns[2] == "SO_REUSEPORT"} == {"tcp", "udp"}


@pytest.mark.parametrize("side", ["never", "early"])
def test_a_late_option_is_not_compared_with_what_is_unstable(side: str) -> None:
    """Or was never measured: NOT_RUN."""
    never, early = {"never": ("both", ""), "early": (INUSE, "both")}[side]
    assert late_option(AHelperOfLateOptions([]), never, early, times=4) == ("NOT_RUN", "", 0, 0, NO_COMPARISON)
    assert late_option(AHelperOfLateOptions([]), times=2) == ("NOT_RUN", "", 0, 0, NO_COMPARISON)
