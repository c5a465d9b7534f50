"""Facts of the host, as rows beside the cases: options, the system's own ports, what close does while it lingers."""

import select
import struct
import sys
import time
from typing import Any

import pytest

from matrix.probe import facts
from matrix.probe.facts import DRAWS, Lingering, ephemeral_row, option_rows
from matrix.probe.outcomes import answer_in
from matrix.probe.vocabulary import SINGLE_OPTIONS
from tests.probe.fakes import AHelperInThisProcess

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what Linux does")


def outcomes(rows: list[tuple[Any, ...]]) -> dict[tuple[str, str, str, str], str]:
    """By measure, protocol, first and second option."""
    return {(row[9], row[0], row[2], row[6]): row[10] for row in rows}


def test_options_of_the_host_are_what_its_socket_calls_say() -> None:
    """SO_REUSEADDR is everywhere and off; the others are there where their system is."""
    found = outcomes(option_rows([("same", AHelperInThisProcess())]))
    assert found["available", "tcp", "SO_REUSEADDR", ""] == "SUCCESS"
    assert found["default", "udp", "SO_REUSEADDR", ""] == "off"
    assert found["available", "tcp", "SO_EXCLUSIVEADDRUSE", ""] == ("SUCCESS" if sys.platform == "win32" else "UNSUPPORTED")
    assert found["available", "tcp", "SO_REUSEPORT", ""] == ("UNSUPPORTED" if sys.platform == "win32" else "SUCCESS")


@on_linux
def test_linux_has_so_reuseport_off_and_beside_so_reuseaddr() -> None:
    """As its manual says."""
    found = outcomes(option_rows([("same", AHelperInThisProcess())]))
    assert found["default", "udp", "SO_REUSEPORT", ""] == "off"
    assert found["together", "tcp", "SO_REUSEADDR", "SO_REUSEPORT"] == "SUCCESS"


class AHelperWithOptions:
    """Answers `option` and `together` with the next of its replies."""

    def __init__(self, option: list[Any], together: list[Any] | None = None) -> None:
        self.replies = {"option": option, "together": together or [""] * 1000}

    def ask(self, *words: Any) -> Any:
        replies = self.replies[words[0]]
        return replies.pop(0) if len(replies) > 1 else replies[0]


def about_one_option(*replies: Any) -> dict[str, tuple[str, str]]:
    """{measure: (outcome, detail)} of SO_REUSEADDR for TCP, whose helper answers so; the last answer is that of all others."""
    option = next(option for option in SINGLE_OPTIONS if option.name == "SO_REUSEADDR")
    return {row[9]: (row[10], row[14]) for row in facts.option_facts(AHelperWithOptions(list(replies)), "tcp", option, "same")}


ABSENT = [None, "ENOPROTOOPT"]  # of the option that nobody ever defined


@pytest.mark.parametrize(
    ("replies", "found"),
    [
        (([0, ""], ABSENT), {"available": ("SUCCESS", ""), "default": ("off", "")}),
        (([1, ""], ABSENT), {"available": ("SUCCESS", ""), "default": ("on", "")}),
        ((ABSENT, ABSENT), {"available": ("ENOPROTOOPT", "")}),
        (([0, "EPERM"], ABSENT), {"available": ("EPERM", ""), "default": ("off", "")}),
        (([None, ["EMFILE"]], [0, ""], ABSENT), {"available": ("SUCCESS", ""), "default": ("off", "")}),
        (([None, ["EMFILE"]],), {"available": ("NOT_RUN", "socket: EMFILE"), "default": ("NOT_RUN", "socket: EMFILE")}),
        (([0, "ENOBUFS"],), {"available": ("NOT_RUN", "setsockopt: ENOBUFS"), "default": ("off", "")}),
        (([0, ""], [None, ["EMFILE"]]), {"available": ("NOT_RUN", "socket: EMFILE"), "default": ("off", "")}),
        (([None, ""], [None, ""], [None, ""], ABSENT), {"available": ("SUCCESS", ""), "default": ("NOT_RUN", "getsockopt gave nothing")}),
        (([0, ""], [0, ""]), {"available": ("NOT_RUN", "any option number can be set here, so that success says nothing"), "default": ("off", "")}),
    ],
)  # fmt: skip
def test_an_option_is_available_only_where_that_says_something(replies: Any, found: dict[str, tuple[str, str]]) -> None:
    """What fails for want of a socket or of memory is asked again, and then NOT_RUN."""
    assert about_one_option(*replies) == found


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ([""], "SUCCESS"),
        (["EINVAL"], "EINVAL"),
        ([["EMFILE"], ["EMFILE"], ""], "SUCCESS"),
        ([["EMFILE"]], "NOT_RUN"),
        (["ENOBUFS"], "NOT_RUN"),
    ],
)
def test_two_options_are_together_where_a_socket_takes_both(replies: list[Any], outcome: str) -> None:
    """Asked again where there is no socket."""
    assert facts.together(AHelperWithOptions([], replies), 1, []).outcome == outcome


@pytest.mark.parametrize(
    ("drawn", "outcome", "detail"),
    [
        ([[40000] * DRAWS], "below-49152", "200 ports drawn"),
        ([[50000] * DRAWS], "above-49151", "200 ports drawn"),
        ([[49151, *[49152] * (DRAWS - 1)]], "both-sides", "200 ports drawn"),
        ([[40000], [40000] * DRAWS], "below-49152", "200 ports drawn"),
        ([[50000] * 199, [50000] * 199, [50000] * 199], "NOT_RUN", "of 200 ports that were asked for, the system gave 199"),
        ([[], [], []], "NOT_RUN", "of 200 ports that were asked for, the system gave 0"),
        ([OSError(24, "x"), OSError(24, "x"), OSError(24, "x")], "NOT_RUN", "socket: EMFILE"),
        ([OSError(24, "x"), [50000] * DRAWS], "above-49151", "200 ports drawn"),
    ],
)  # fmt: skip
def test_the_systems_ports_lie_where_all_draws_say(monkeypatch: pytest.MonkeyPatch, drawn: list[Any], outcome: str, detail: str) -> None:
    """One at a time where the range is too small for more at once; too few draws are no answer."""

    def draw(kind: int, draws: int, at_once: int) -> list[int]:
        ports: Any = drawn.pop(0)
        if isinstance(ports, OSError):
            raise ports
        return list(ports)

    monkeypatch.setattr(facts, "drawn_ports", draw)
    row = ephemeral_row("tcp")
    assert row[12:14] == ((0, 0) if outcome == "NOT_RUN" else (1, 1))
    assert (row[10], row[14]) == (outcome, detail)
    assert drawn == []


class AConnectionThatCloses:
    """A stand-in whose close takes so long, by a clock that it turns."""

    def __init__(self, clock: list[float], takes: float, fails: OSError | None = None) -> None:
        self.clock, self.takes, self.fails, self.closed = clock, takes, fails, 0

    def close(self) -> None:
        self.clock[0] += self.takes
        self.takes, self.closed = 0, self.closed + 1
        if self.fails and self.closed == 1:
            raise self.fails

    def setblocking(self, blocking: bool) -> None:
        """It has no buffer."""

    def setsockopt(self, *words: Any) -> None:
        """It takes any."""


@pytest.mark.parametrize(
    ("takes", "fails", "outcome"),
    [
        ((1.0, 1.0, 1.0), None, "blocks"), ((0.0, 0.0, 0.0), None, "returns"), ((1.0, 1.0, 0.0), None, "NOT_RUN"),
        ((0.0, 1.0, 0.0), None, "NOT_RUN"), ((1.0, 1.0, 1.0), BlockingIOError(), "blocks"),
        ((1.0, 0.0, 0.0, 1.0, 1.0, 1.0), None, "blocks"),
    ],
)  # fmt: skip
def test_close_blocks_or_returns_where_three_tries_agree(
    monkeypatch: pytest.MonkeyPatch, takes: tuple[float, ...], fails: OSError | None, outcome: str
) -> None:
    """Where they don't, three more are made, a few times over; before each the connection is filled, left alone, and filled again."""
    clock, left = [0.0], list(takes) * (3 if outcome == "NOT_RUN" else 1)
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    events: list[str] = []
    monkeypatch.setattr(facts, "fill_up", lambda connected: events.append("filled"))
    monkeypatch.setattr(time, "sleep", lambda seconds: events.append(f"left alone for {seconds:g} s"))
    monkeypatch.setattr(
        facts, "connected_pair", lambda: (AConnectionThatCloses(clock, 0), AConnectionThatCloses(clock, left.pop(0), fails))
    )
    monkeypatch.setattr(facts, "loss_by_reset", lambda: answer_in("left out"))
    lingering = Lingering()
    lingering.run()
    assert lingering.answers["linger-close"].outcome == outcome
    assert left == []
    assert events == ["filled", "left alone for 0.3 s", "filled"] * len(takes) * (3 if outcome == "NOT_RUN" else 1)


class AConnectionWhoseLingerIsSeen:
    """A stand-in that notes for how long it is made to linger before it is closed, and receives nothing more."""

    def __init__(self, events: list[str]) -> None:
        self.events = events

    def setsockopt(self, level: int, option: int, value: bytes) -> None:
        seconds = struct.unpack("ii" if len(value) == 8 else "hh", value)[1]
        self.events.append(f"lingers {seconds}")

    def close(self) -> None:
        self.events.append("is closed")

    def recv(self, size: int) -> bytes:
        return b""

    def sendall(self, data: bytes) -> None:
        """To nobody."""

    def setblocking(self, blocking: bool) -> None:
        """It never blocks."""

    def settimeout(self, seconds: float) -> None:
        self.events.append(f"waits {seconds:g}")


def test_close_lingers_for_a_second_and_a_reset_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both before the close that is looked at; and nothing is waited for without an end."""
    events: list[str] = []
    monkeypatch.setattr(facts, "fill_up", lambda connected: None)
    monkeypatch.setattr(select, "select", lambda *words: (words[0], [], []))
    seen: list[str] = []
    monkeypatch.setattr(facts, "connected_pair", lambda: (AConnectionWhoseLingerIsSeen(events), AConnectionWhoseLingerIsSeen(seen)))
    facts.close_that_lingers()
    assert seen[:2] == ["lingers 1", "is closed"]
    seen.clear()
    events.clear()
    facts.loss_by_reset()
    assert seen[:2] == ["lingers 0", "is closed"]
    assert events[0] == "waits 3"


def test_data_that_never_arrived_cannot_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing was received, and nothing of it is an answer."""
    monkeypatch.setattr(facts, "connected_pair", lambda: (AConnectionWhoseLingerIsSeen([]), AConnectionWhoseLingerIsSeen([])))
    monkeypatch.setattr(select, "select", lambda *words: ([], [], []))
    assert facts.loss_by_reset() == facts.not_asked("what was sent did not arrive within 3 seconds")


def test_a_close_that_fails_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it fails because the time to linger is over."""
    clock = [0.0]
    monkeypatch.setattr(facts, "fill_up", lambda connected: None)
    monkeypatch.setattr(
        facts, "connected_pair", lambda: (AConnectionThatCloses(clock, 0), AConnectionThatCloses(clock, 0, OSError(5, "x")))
    )
    with pytest.raises(OSError, match="x"):
        facts.close_that_lingers()


@pytest.mark.parametrize(
    ("parts", "number"),
    [([b"x" * 600, b"x" * 400, b""], 1000), ([b"x" * 600, ConnectionResetError()], 600), ([ConnectionAbortedError()], 0), ([OSError(5, "x")], None), ([TimeoutError()], None)],
)  # fmt: skip
def test_what_can_still_be_read_is_known_only_at_a_true_end(parts: list[Any], number: int | None) -> None:
    """Closed or reset; every other error, and silence, leave it open."""

    class AConnectionThatIsRead:
        """Gives its parts."""

        def recv(self, size: int) -> bytes:
            part = parts.pop(0)
            if isinstance(part, OSError):
                raise part
            assert isinstance(part, bytes)
            return part

    if number is None:
        with pytest.raises((OSError, TimeoutError)):
            facts.read_to_the_end(AConnectionThatIsRead())
    else:
        assert facts.read_to_the_end(AConnectionThatIsRead()) == number
