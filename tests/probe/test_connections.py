"""Connections to one attempt's port: how many are made, and when it is known who receives them."""

import pytest

from matrix.probe.cases import cases_of, specs_of
from matrix.probe.delivery import WAVE, Connecting
from matrix.probe.outcomes import Attempt, answer_in
from matrix.probe.vocabulary import SENDERS

CASE = cases_of(specs_of("127.0.0.2"), "tcp ipv4 default@wildcard listening ipv4 default@specific same")[0]


def connecting(connected: int = 0, refused: int = 0, first: int = 0, second: int = 0, sources: int | None = None) -> Connecting:
    made = Connecting(Attempt(CASE, 20000))
    made.connected, made.refused, made.first, made.second = connected, refused, first, second
    made.sources = set(range(connected if sources is None else sources))
    return made


@pytest.mark.parametrize(
    ("made", "stalled", "failed", "wanted"),
    [
        ((0, 0), False, "", 1), ((1, 0), False, "", WAVE), ((17, 0), False, "", 3), ((SENDERS, 0), False, "", 0),
        ((0, 1), False, "", WAVE), ((0, WAVE), False, "", WAVE), ((0, WAVE + 1), False, "", 0), ((3, 1), False, "", 0),
        ((1, 0), True, "", WAVE), ((5, 0), True, "", 0), ((1, 0), False, "x", 0),
    ],
)  # fmt: skip
def test_connections_come_one_then_in_waves_until_all_is_known(made: tuple[int, int], stalled: bool, failed: str, wanted: int) -> None:
    """Never more at once than the smallest backlog takes, and no more once it is clear what the rest would do."""
    one = connecting(*made)
    one.stalled, one.failed = stalled, failed
    assert one.wanted() == wanted


@pytest.mark.parametrize(
    ("made", "answer", "failure"),
    [
        ((20, 0, 20, 0), "first", None), ((20, 0, 0, 20), "second", None), ((20, 0, 12, 8), "split", None), ((5, 0, 0, 0), "none", None),
        ((0, 5, 0, 0), "refused", None),
        ((19, 1, 19, 0), None, "of 20 connections, 1 were refused"),
        ((20, 0, 19, 0), None, "of 20 sent, the two sockets received 19 and 0"),
        ((20, 0, 20, 0, 19), None, "20 connections came from only 19 source ports"),
        ((20, 0, 0, 20, 1), None, "20 connections came from only 1 source ports"),
        ((20, 0, 12, 8, 4), "split", None),
    ],
)  # fmt: skip
def test_one_receiver_is_believed_only_of_as_many_source_ports_as_connections(
    made: tuple[int, ...], answer: str | None, failure: str | None
) -> None:
    """A port that came twice is one hash, and one chance in two; what was split was split by however few."""
    one = connecting(*made)
    one.note("deliver-ipv4")
    assert one.attempt.answers == ({"deliver-ipv4": answer_in(answer)} if answer else {})
    assert one.attempt.failures == ({"deliver-ipv4": failure} if failure else {})
    assert set(one.attempt.counts) == ({"deliver-ipv4"} if answer == "split" else set())


def test_a_failure_is_the_answer_of_no_connection() -> None:
    """Whatever else came of the others."""
    one = connecting(20, 0, 20, 0)
    one.failed = "accept: EMFILE"
    one.note("deliver-ipv4")
    assert (one.attempt.answers, one.attempt.failures) == ({}, {"deliver-ipv4": "accept: EMFILE"})
