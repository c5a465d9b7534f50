"""A false outcome is the worst fault: what the harness can't do is NOT_RUN with its reason, wherever it fails."""

import errno
import socket
import sys

import pytest

from matrix.probe.addresses import can_be_bound
from matrix.probe.attempts import STILL_WAITING
from matrix.probe.multicast import find_interface
from matrix.probe.vocabulary import MEASURE_NAMES
from tests.probe.injection import ASKER, ENDING, ERRORS, HELPER, Faults, Question, Rows, injected

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the questions are chosen for what Linux answers")

CALLS = ("socket", "setsockopt", "bind of a sender", "sendto", "connect", "accept", "recv", "getsockopt")
# Where the call is made for this measure, so that the row is NOT_RUN when it fails there ...
PLACES = {"H": HELPER, "A": ASKER, "E": ENDING}
# ... or why it can't spoil the measure.
REASONS = {
    "t": "the call belongs to traffic, and this is asked without any",
    "b": "then `bind` is NOT_RUN already, and the case has no other row",
    "d": "datagrams are not connected, accepted or asked for an error of a sender",
    "c": "connections have no sender of their own, and nothing is read from them",
    "n": "no option is set here but the one that resets what is done with",
    "u": "an IPv6 sender leaves its port to the system",
    "s": "the state needs no such call",
    "e": "what is ended is there already; without SO_LINGER its peer ends it first, and the port is free as well",
    "r": "it is read before an option is set, or not read at all",
    "f": "the question consists of other calls",
}
LIVE, CLOSED = "%s SO_REUSEPORT@wildcard %s %s SO_REUSEPORT@wildcard same", "tcp ipv4 default@%s %s ipv4 default@%s same"
TCP = Question("tcp " + LIVE % ("dual", "listening", "dual"))
LATER = Question("tcp " + LIVE % ("ipv4", "bound", "ipv4"))
UDP = Question("udp " + LIVE % ("ipv4", "bound", "ipv4"))
UDP6 = Question("udp " + LIVE % ("dual", "bound", "dual"))
ACCEPTED = Question(CLOSED % ("wildcard", "accepted", "wildcard"))
TIME_WAIT = Question(CLOSED % ("wildcard", "time-wait", "wildcard"))
RESET = Question(CLOSED % ("wildcard", "reset", "wildcard"))
UNSENT = Question(CLOSED % ("wildcard", "unsent", "wildcard"))
CLIENT = Question(CLOSED % ("specific", "client", "specific"))
SYSTEM_PORT = Question(CLOSED % ("specific", "client-ephemeral", "specific"))
LATE = Question(late="udp " + LIVE % ("ipv4", "bound", "ipv4"))
OPTIONS, EPHEMERAL = Question(fact="options"), Question(fact="ephemeral")
LINGER_CLOSE, LINGER_LOSS = Question(fact="linger-close"), Question(fact="linger-loss")

#    (question, measures)                                         socket
#                                                                   setsockopt
#                                                                     bind of a sender
#                                                                       sendto
#                                                                         connect
#                                                                           accept
#                                                                             recv
#                                                                               getsockopt
TABLE = (
    (TCP, ("bind",),                                               "H H t t t t t t"),
    (TCP, ("listen",),                                             "b b t t t t t t"),
    (LATER, ("bind",),                                             "H H t t t t t t"),
    (LATER, ("listen", "first-listen"),                            "b b t t t t t t"),
    (TCP, ("deliver-ipv4", "deliver-ipv4-other", "deliver-ipv6"),  "A n c c A H c A"),
    (TCP, ("inherit-ipv4", "inherit-ipv4-other", "inherit-ipv6"),  "A n c c A H c A"),
    (TCP, ("notice",),                                             "A n c c A H c H"),
    (UDP, ("bind",),                                               "H H t t t t t t"),
    (UDP, ("deliver-ipv4", "deliver-ipv4-other"),                  "A n A A d d H d"),
    (UDP, ("inherit-ipv4", "inherit-ipv4-other"),                  "A n A A d d H d"),
    (UDP, ("notice",),                                             "A n A A d d H H"),
    (UDP, ("multicast-first", "multicast-both", "multicast-second"),   "A A A A d d H d"),
    (UDP6, ("deliver-ipv6", "inherit-ipv6"),                       "A n A A d d H d"),
    (UDP6, ("multicast-first", "multicast-both", "multicast-second"),  "A A u A d d H d"),
    (ACCEPTED, ("bind",),                                          "H s s s H H s s"),
    (ACCEPTED, ("freed",),                                         "E e e e e e e e"),
    (TIME_WAIT, ("bind",),                                         "H s H s H H H s"),
    (TIME_WAIT, ("freed",),                                        "E E e e E e e e"),
    (RESET, ("bind",),                                             "H H s s H H s s"),
    (UNSENT, ("bind",),                                            "H H s H H H s s"),
    (UNSENT, ("freed",),                                           "E e e e e e e e"),
    (CLIENT, ("bind",),                                            "H s H s H H s s"),
    (CLIENT, ("freed",),                                           "E E e e e e e e"),
    (SYSTEM_PORT, ("bind",),                                       "H s H s H H s s"),
    (SYSTEM_PORT, ("freed",),                                      "E E e e e e e e"),
    (LATE, ("late-option",),                                       "H H t t t t t t"),
    (OPTIONS, ("available", "together"),                           "H H f f f f f r"),
    (OPTIONS, ("default",),                                        "H r f f f f f H"),
    (EPHEMERAL, ("ephemeral",),                                    "A f A f f f f f"),
    (LINGER_CLOSE, ("linger-close",),                              "A A A A A A f f"),
    (LINGER_LOSS, ("linger-loss",),                                "A A A A A A A f"),
)  # fmt: skip
QUESTIONS = {question.identity or question.fact or "late-option": question for question, _, _ in TABLE}
FOREVER = 1 << 30
# Reasons that name no error: what the system was asked for was not there at all, or nothing ended.
NAMELESS = (STILL_WAITING, "getsockopt gave nothing", "of 200 ports that were asked for, the system gave 0")


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    if not can_be_bound(socket.AF_INET6, "::1") or not can_be_bound(socket.AF_INET, "127.0.0.2") or find_interface("ipv6")[0] is None:
        pytest.skip("this machine lacks 127.0.0.2, ::1, or an interface that brings IPv6 groups back")
    return injected(monkeypatch)


SOUND: dict[str, tuple[Rows, dict[tuple[str, str], int]]] = {}


def without_faults(faults: Faults, name: str) -> tuple[Rows, dict[tuple[str, str], int]]:
    """The rows of a question where nothing fails, and how often each call is made at each place; asked once."""
    if name not in SOUND:
        SOUND[name] = QUESTIONS[name].ask(faults), dict(faults.counts)
    return SOUND[name]


def cells(question: Question, call: str) -> dict[str, str]:
    """What the table says of this question's measures and a call: a letter each."""
    column = CALLS.index(call)
    return {measure: letters.split()[column] for asked, measures, letters in TABLE if asked is question for measure in measures}


def false_outcomes(found: Rows, sound: Rows) -> dict[str, object]:
    """Rows with an outcome that they don't have without a fault."""
    return {measure: row for measure, row in found.items() if row[0] != "NOT_RUN" and row[:2] != sound.get(measure, ("", ""))[:2]}


def test_the_table_is_whole() -> None:
    """It has every measure, and a letter of known meaning for each call."""
    assert {measure for _, measures, _ in TABLE for measure in measures} == set(MEASURE_NAMES)
    for _, _, letters in TABLE:
        assert len(letters.split()) == len(CALLS)
        assert set(letters.split()) <= {*PLACES, *REASONS}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_call_that_always_fails_is_never_an_outcome(faults: Faults, name: str, call: str) -> None:
    """NOT_RUN with its reason where the table has a place; where it has none, the fault changes nothing of the asker's."""
    question, letters = QUESTIONS[name], cells(QUESTIONS[name], call)
    sound, counts = without_faults(faults, name)
    assert set(letters) <= set(sound)
    assert all(row[0] != "NOT_RUN" for row in sound.values())
    assert {PLACES[letter] for letter in letters.values() if letter in PLACES} <= {place for place, called in counts if called == call}
    for place in [place for place in PLACES.values() if (place, call) in counts]:
        found = question.ask(faults, (place, call))
        assert not false_outcomes(found, sound), place
        for measure, letter in letters.items():
            if PLACES.get(letter) == place:
                assert found[measure][0] == "NOT_RUN", (place, measure)
                assert errno.errorcode[ERRORS[call]] in found[measure][4] or found[measure][4] in NAMELESS
                assert call in found[measure][4] or not measure.startswith(("deliver", "inherit"))
            elif letter in REASONS and place == ASKER:
                assert found[measure] == sound[measure], (place, measure)
            elif letter in REASONS:
                assert found.get(measure) == sound[measure] or found["bind"][0] == "NOT_RUN" or letter == "n", (place, measure)


def turns(number: int, most: int) -> list[int]:
    """Up to so many turns of a call that is made so often, spread evenly, the first and the last among them; of one, the middle."""
    if most == 1:
        return [number // 2]
    return sorted({round(turn * (number - 1) / max(1, min(number, most) - 1)) for turn in range(min(number, most))})


def once_at_each(faults: Faults, name: str, most: int) -> None:
    """Let every call of every place fail once, at so many of its turns."""
    sound, counts = without_faults(faults, name)
    assert counts
    for (place, call), number in sorted(counts.items()):
        for turn in turns(number, most):
            assert QUESTIONS[name].ask(faults, (place, call, turn, 1)) == sound, (place, call, turn)


@pytest.mark.parametrize("name", [name for name in QUESTIONS if not name.startswith("linger")])
def test_a_call_that_fails_once_is_made_up_for(faults: Faults, name: str) -> None:
    """The row is measured after all, with its full repeats."""
    once_at_each(faults, name, 1)


@pytest.mark.long
@pytest.mark.parametrize("name", QUESTIONS)
def test_whichever_call_fails_once_is_made_up_for(faults: Faults, name: str) -> None:
    """At every turn, or at a dozen of them."""
    once_at_each(faults, name, 2 if name == "linger-close" else 12)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in QUESTIONS if not name.startswith("linger")])
def test_whenever_a_call_begins_to_fail_it_is_no_outcome(faults: Faults, name: str) -> None:
    """What was answered before stays as it was, what comes after is NOT_RUN."""
    sound, counts = without_faults(faults, name)
    for (place, call), number in sorted(counts.items()):
        for turn in turns(number, 8):
            assert not false_outcomes(QUESTIONS[name].ask(faults, (place, call, turn, FOREVER)), sound), (place, call, turn)


def test_every_call_that_a_question_makes_is_known(faults: Faults) -> None:
    """Whatever the harness calls can be made to fail; `bind`, `listen` and `getsockname` besides the table's."""
    QUESTIONS["ephemeral"].ask(faults)
    QUESTIONS["tcp ipv4 default@wildcard time-wait ipv4 default@wildcard same"].ask(faults)
    assert {call for _, call in faults.counts} <= set(ERRORS)
    assert set(CALLS) < set(ERRORS)
