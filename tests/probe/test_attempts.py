"""How often a case is attempted: a dissent is asked again, within bounds, and what somebody else does is no outcome."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix.probe.attempts import TRIES, Asker
from matrix.probe.cases import cases_of, specs_of
from matrix.probe.outcomes import rows_of
from matrix.probe.ports import BLOCK
from matrix.probe.vocabulary import EXTRA_ATTEMPTS
from tests.conftest import ROOT, rows, run_probe
from tests.networks import own_network
from tests.probe.fakes import (
    AHelperThatAlwaysSucceeds,
    AHelperThatAnswersBy,
    AHelperWhosePortsAreAlwaysTaken,
    ALeaseOfAnyPorts,
    asker_with,
    measured_by,
)
from tests.probe.rule import ERRORS, is_open, plain_rule
from tests.probe.scripted import AHelperThatFollowsAScript

UDP = "udp ipv4 default@wildcard bound ipv4 default@wildcard same"
ONE = "tcp ipv4 default@wildcard bound ipv4 default@wildcard same"
AFTER = "tcp ipv4 default@wildcard accepted ipv4 default@wildcard same"
INUSE = "EADDRINUSE"
SPECS = specs_of("127.0.0.2")
(PLAIN,) = [case for case in cases_of(SPECS, ONE) if case.identity() == ONE]


def outcome_of(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(row[10:14])


@pytest.mark.parametrize(
    ("answers", "row"),
    [
        ([INUSE] * 3, ("INUSE", INUSE, 3, 3, "")),
        ([INUSE, "", *[INUSE] * 6], ("INUSE", INUSE, 7, 8, "once SUCCESS")),
        (["", *[INUSE] * 7], ("INUSE", INUSE, 7, 8, "once SUCCESS")),
        (["", INUSE, "", "EACCES"], ("UNSTABLE", "", 0, 4, "ACCESS 1, INUSE 1, SUCCESS 2")),
        (["", INUSE, "", INUSE], ("UNSTABLE", "", 0, 4, "INUSE 2, SUCCESS 2")),
        ([*[""] * 2, INUSE, *[""] * 4, INUSE], ("UNSTABLE", "", 0, 8, "INUSE 2, SUCCESS 6")),
    ],
)
def test_one_dissent_is_asked_again_and_named_and_two_are_unstable(answers: list[str], row: tuple[Any, ...]) -> None:
    """Every answer of the script is used, and none more is asked for."""
    helper = AHelperThatAnswersBy(answers)
    case, tally = measured_by(asker_with(helper), UDP)
    (found,) = rows_of(case, tally)
    assert found[9:] == ("bind", *row)
    assert helper.outcomes == []


def test_a_dissent_after_a_close_is_asked_again() -> None:
    """The same rule, where the second socket meets what is left of a connection: it is asked before, then, and at the end."""

    def seen(script: list[str]) -> dict[str, tuple[Any, ...]]:
        case, tally = measured_by(asker_with(AHelperThatFollowsAScript(script, 1, 3)), AFTER)
        return {row[9]: row[10:] for row in rows_of(case, tally)}

    assert seen(["SUCCESS", *["INUSE"] * 7]) == {"bind": ("INUSE", INUSE, 7, 8, "once SUCCESS"), "freed": ("SUCCESS", "", 3, 3, "")}
    assert seen([*["INUSE", "SUCCESS"] * 3]) == {
        "bind": ("UNSTABLE", "", 0, 6, "INUSE 3, SUCCESS 3"), "freed": ("SUCCESS", "", 3, 3, ""), "listen": ("SUCCESS", "", 3, 3, ""),
    }  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from([*ERRORS, *ERRORS, "lost", "failed"]), min_size=30, max_size=30), st.integers(1, 5))
def test_attempts_end_within_their_bounds_whatever_they_meet(script: list[str], repeat: int) -> None:
    """An attempt for each answer or failure up to repeats and extras, one for each foreign port up to its bound, and the plain rule's row."""
    helper = AHelperThatFollowsAScript(script)
    asker = Asker(AHelperThatAlwaysSucceeds(1), helper, ALeaseOfAnyPorts(), SPECS)
    tally = asker.measure([PLAIN], repeat, lambda number: None)[PLAIN]
    used = script[: helper.attempts]
    answers = [word for word in used if word in ERRORS]
    assert len(used) - used.count("lost") <= repeat + EXTRA_ATTEMPTS
    assert used.count("lost") <= TRIES
    for number in range(1, len(used)):
        before = [word for word in used[:number] if word in ERRORS]
        assert is_open(plain_rule(before, repeat)) or listen_is_open(before, repeat)
    decided = plain_rule(answers, repeat)
    row = rows_of(PLAIN, tally)[0]
    assert outcome_of(row) == (("NOT_RUN", "", 0, 0) if decided is None else (decided[0], ERRORS.get(decided[0], ""), *decided[1:]))


def listen_is_open(binds: list[str], repeat: int) -> bool:
    """Whether bind is known, but not how the `listen`s of those that succeeded go on."""
    decided = plain_rule(binds, repeat)
    return decided is not None and decided[0] in ("SUCCESS", "UNSTABLE") and 0 < binds.count("SUCCESS") < repeat


def test_a_case_without_a_free_port_is_not_run() -> None:
    """A refusal that the second socket meets even alone is nobody's answer."""
    case, tally = measured_by(asker_with(AHelperWhosePortsAreAlwaysTaken(2)), ONE)
    (row,) = rows_of(case, tally)
    assert row[9:] == ("bind", "NOT_RUN", "", 0, 0, f"{TRIES} ports were tried, and all were held by somebody else")


def test_a_first_socket_that_cannot_be_had_leaves_the_second_unasked() -> None:
    """Neither a foreign port nor a failure of ours is the second socket's answer."""
    for word, reason in (("lost", f"{TRIES} ports were tried"), ("failed", "the first socket could not be had: socket: EMFILE")):
        second = AHelperThatAlwaysSucceeds(2)
        case, tally = measured_by(asker_with(second, AHelperThatFollowsAScript([word] * 30)), ONE)
        (row,) = rows_of(case, tally)
        assert row[9:14] == ("bind", "NOT_RUN", "", 0, 0)
        assert row[14].startswith(reason)


def test_a_batch_gives_each_case_its_own_answer() -> None:
    """However many of it were lost on the way: places in the helpers and attempts stay together."""

    class AHelperThatLosesEveryThird(AHelperThatAlwaysSucceeds):
        """Refuses every third first socket, on another port each time."""

        turn = 0

        def send(self, *words: Any) -> None:
            super().send(*words)
            if words[0] == "open":
                self.reply = [["bind", INUSE] if (place + self.turn) % 3 == 0 else 0 for place in range(len(self.reply))]
                self.turn += 1

    class AHelperThatRefusesTheDefault(AHelperThatAlwaysSucceeds):
        """Refuses sockets without an option, by the number of their spec."""

        def send(self, *words: Any) -> None:
            super().send(*words)
            if words[0] == "open":
                self.reply = [["bind", INUSE] if SPECS[spec].option == "default" else 0 for spec in words[2][::3]]

    asker = Asker(AHelperThatLosesEveryThird(1), AHelperThatRefusesTheDefault(2), ALeaseOfAnyPorts(), SPECS, batch=7)
    cases = [case for case in cases_of(SPECS) if case.protocol == "udp" and case.account == "same"][:60]
    tallies = asker.measure(cases, 3, lambda number: None)
    for case in cases:
        expected = ("INUSE", INUSE, 3, 3) if SPECS[case.second].option == "default" else ("SUCCESS", "", 3, 3)
        assert outcome_of(rows_of(case, tallies[case])[0]) == expected


RESTLESS = """
import random, socket, sys, time
starts, block, number, seconds = [int(each) for each in sys.argv[1].split(",")], *[int(each) for each in sys.argv[2:]]
held, end = [], time.monotonic() + seconds
print("ready", flush=True)
while time.monotonic() < end:
    made = socket.socket(socket.AF_INET, random.choice([socket.SOCK_STREAM, socket.SOCK_DGRAM]))
    try:
        made.bind(("127.0.0.1", random.choice(starts) + random.randrange(1, block)))
        held.append(made)
    except OSError:
        made.close()
    if len(held) > number:
        held.pop(random.randrange(len(held))).close()
    time.sleep(0.0005)
"""


def beside_restless_programs(folder: Path, within: list[str], number: int, *words: str) -> list[dict[str, str]]:
    """The rows of a run beside a program that binds and releases ports of the probe's blocks on the loopback address."""
    asked = [*within, sys.executable, "-c", "from matrix.probe.ports import Ports; print(*sum(Ports.here().groups, []), sep=',')"]
    starts = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    other = subprocess.Popen([*within, sys.executable, "-c", RESTLESS, starts, str(BLOCK), str(number), "60"], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        done = run_probe(folder, *words, within=within)
        assert done.returncode == 0, done.stderr
        assert other.poll() is None
    finally:
        other.kill()
        other.communicate()
    return rows(folder)


def outcomes(found: list[dict[str, str]]) -> dict[tuple[str, ...], str]:
    return {tuple(row.values())[:10]: row["outcome"] for row in found}


def test_ports_that_come_and_go_beside_make_no_row_unstable(tmp_path: Path) -> None:
    """A part of the run, beside 400 sockets of another program."""
    only = "--only", "tcp ipv4 default@* ipv4 same"
    with own_network() as within:
        assert run_probe(tmp_path / "alone", *only, within=within).returncode == 0
        alone = outcomes(rows(tmp_path / "alone"))
        assert "UNSTABLE" not in alone.values()
        assert outcomes(beside_restless_programs(tmp_path / "beside", within, 400, *only)) == alone


@pytest.mark.long
def test_a_whole_run_beside_ports_that_come_and_go_is_the_same(tmp_path: Path) -> None:
    """Beside 800 of them, all cases and accounts."""
    with own_network() as within:
        assert run_probe(tmp_path / "alone", within=within).returncode == 0
        assert outcomes(beside_restless_programs(tmp_path / "beside", within, 800)) == outcomes(rows(tmp_path / "alone"))
