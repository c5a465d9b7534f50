"""What attempts come to: answers become outcomes by one rule, and nothing else ever does."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix.probe.cases import Case, case_matches, cases_of, specs_of
from matrix.probe.errors import outcome_of
from matrix.probe.outcomes import Attempt, Tally, answer_in, answer_of, count_rows, failure_of, receiver, rows_of, summary, unsupported_row
from matrix.probe.run import without_traffic
from matrix.probe.vocabulary import EXTRA_ATTEMPTS, SENDERS
from tests.probe.rule import ERRORS, is_open, plain_rule

SPECS = specs_of("127.0.0.2")
TRIES = 8


def case_of(pattern: str) -> Case:
    found: Case = cases_of(SPECS, pattern)[0]
    return found


UDP = case_of("udp ipv4 default@specific bound ipv4 default@specific same")
TCP = case_of("tcp ipv4 default@wildcard bound ipv4 default@wildcard same")


def attempt_at(case: Case, bound: str | None = "", **received: tuple[int, int, int, int]) -> Attempt:
    """An attempt whose second bind gave that error, None for a port that was somebody else's, and who received what."""
    attempt = Attempt(case, 20000)
    attempt.lost = bound is None
    attempt.second = ["bind", bound] if bound else 0
    attempt.note_calls()
    for measure, numbers in received.items():
        attempt.received(measure.replace("_", "-"), *numbers)
    return attempt


def tally_of(*attempts: Attempt, repeat: int = 3) -> Tally:
    tally = Tally(repeat)
    for attempt in attempts:
        tally.take(attempt)
    return tally


def rows_by_measure(case: Case, tally: Tally) -> dict[str, tuple[str, str, int, int, str]]:
    return {row[9]: row[10:] for row in rows_of(case, tally)}


@pytest.mark.parametrize(
    ("sent", "refused", "first", "second", "word"),
    [
        (20, 0, 20, 0, "first"), (20, 0, 0, 20, "second"), (20, 0, 12, 8, "split"), (20, 0, 20, 20, "both"), (20, 0, 0, 0, "none"),
        (20, 20, 0, 0, "refused"), (20, 0, 19, 0, None), (20, 0, 12, 9, None), (20, 0, 40, 0, None), (20, 0, 20, 19, None),
        (20, 3, 0, 0, None), (20, 3, 17, 0, None), (1, 1, 0, 0, "refused"), (1, 0, 1, 1, "both"),
    ],
)  # fmt: skip
def test_a_receiver_is_named_only_where_all_that_was_sent_is_accounted_for(
    sent: int, refused: int, first: int, second: int, word: str | None
) -> None:
    """One lost datagram, and nothing is concluded."""
    assert receiver(sent, refused, first, second) == word


def test_lost_traffic_is_a_row_without_an_outcome() -> None:
    """NOT_RUN, with the numbers."""
    tally = tally_of(*[attempt_at(UDP, deliver_ipv4=(20, 0, 18, 0)) for _ in range(3)])
    assert rows_by_measure(UDP, tally)["deliver-ipv4"] == ("NOT_RUN", "", 0, 0, "of 20 sent, the two sockets received 18 and 0")


def test_counts_are_those_of_split_traffic_alone() -> None:
    """What one attempt gave to the first socket only is no part of how the others were split."""
    split, whole = (20, 0, 12, 8), (20, 0, 20, 0)
    tally = tally_of(*[attempt_at(UDP, deliver_ipv4=each) for each in (split, whole, *[split] * 6)])
    assert rows_by_measure(UDP, tally)["deliver-ipv4"] == ("split", "", 7, 8, "once first")
    assert count_rows(UDP, tally) == [(*UDP.columns, "deliver-ipv4", 140, 84, 56)]


def test_counts_are_of_the_attempts_that_the_row_has() -> None:
    """An attempt more, made for another measure of the case, counts in neither."""
    split = (20, 0, 12, 8)
    attempts = [attempt_at(UDP, deliver_ipv4=split) for _ in range(4)]
    attempts[0].failures["deliver-ipv6"] = "it failed"
    for each in attempts[1:]:
        each.received("deliver-ipv6", 20, 0, 20, 0)
    tally = tally_of(*attempts)
    assert rows_by_measure(UDP, tally)["deliver-ipv4"] == ("split", "", 3, 3, "")
    assert count_rows(UDP, tally) == [(*UDP.columns, "deliver-ipv4", 60, 36, 24)]


def test_there_are_no_counts_of_what_is_no_split() -> None:
    """Neither of one word nor of UNSTABLE, nor of a case whose second bind comes to a refusal."""
    whole, split = (20, 0, 20, 0), (20, 0, 12, 8)
    assert count_rows(UDP, tally_of(*[attempt_at(UDP, deliver_ipv4=whole) for _ in range(3)])) == []
    assert count_rows(UDP, tally_of(*[attempt_at(UDP, deliver_ipv4=each) for each in (split, whole, split, whole)])) == []
    refused = [attempt_at(UDP, "EADDRINUSE") for _ in range(7)]
    assert count_rows(UDP, tally_of(attempt_at(UDP, deliver_ipv4=split), *refused, repeat=1)) == []


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (0, ""), (["bind", "EADDRINUSE"], ""), (["listen", "EADDRINUSE"], ""), (["bind", "WSAEACCES"], ""),
        (["socket", "EMFILE"], "socket: EMFILE"), (["setsockopt", "EINVAL"], "setsockopt: EINVAL"),
        (["address", "EADDRNOTAVAIL"], "address: EADDRNOTAVAIL"), (["bind", "ENOBUFS"], "bind: ENOBUFS"),
        (["listen", "WSAENOBUFS"], "listen: WSAENOBUFS"), (["bind", "ENOMEM"], "bind: ENOMEM"), (["listen", "ENFILE"], "listen: ENFILE"),
    ],
)  # fmt: skip
def test_only_bind_and_listen_answer_and_never_with_what_we_lack(reply: object, failure: str) -> None:
    """A socket that can't be made, an option that can't be set, and files or memory that ran out are failures of ours."""
    assert failure_of(reply) == failure


def test_a_failing_call_is_asked_again_and_is_no_answer() -> None:
    """Of bind, of listen, and of the first socket's late listen."""
    attempt = Attempt(TCP, 20000)
    attempt.second, attempt.first_listen = ["listen", "ENOBUFS"], "ENOBUFS"
    attempt.note_calls()
    assert attempt.answers == {"bind": answer_of("")}
    assert attempt.failures == {"listen": "the second socket could not be had: listen: ENOBUFS", "first-listen": "listen: ENOBUFS"}
    other = Attempt(TCP, 20000)
    other.second, other.first_listen = ["socket", "EMFILE"], "EADDRINUSE"
    other.note_calls()
    assert (other.answers, list(other.failures)) == ({}, ["bind"])


def test_a_refusal_alone_makes_the_port_somebody_elses_and_a_failure_does_not() -> None:
    """What could not be asked is a reason, not a foreign holder."""
    held, failed, free = (Attempt(TCP, 20000) for _ in range(3))
    held.note_alone("bind", "it", ["bind", "EADDRINUSE"])
    failed.note_alone("bind", "it", ["socket", "EMFILE"])
    free.note_alone("bind", "it", 0)
    assert [(each.lost, each.failures) for each in (held, failed, free)] == [
        (True, {}), (False, {"bind": "it could not be had: socket: EMFILE"}), (False, {}),
    ]  # fmt: skip


def test_what_the_first_socket_reports_is_its_word_or_its_error() -> None:
    """And where it can't be asked, a failure."""
    silent, pending, unasked = (Attempt(UDP, 20000) for _ in range(3))
    for attempt, reply in ((silent, ""), (pending, "ECONNREFUSED"), (unasked, ["ENOBUFS"])):
        attempt.note_error(reply)
    assert (silent.answers, pending.answers) == ({"notice": answer_in("silent")}, {"notice": answer_in("ECONNREFUSED")})
    assert (unasked.answers, unasked.failures) == ({}, {"notice": "getsockopt: ENOBUFS"})


@pytest.mark.parametrize(
    ("answers", "row"),
    [
        ("SSS", ("SUCCESS", "", 3, 3, "")),
        ("SSSSS", ("SUCCESS", "", 3, 3, "")),
        ("IIISIIII", ("INUSE", "EADDRINUSE", 7, 8, "once SUCCESS")),
        ("SSSI", ("SUCCESS", "", 3, 4, "once INUSE")),
        ("SSI", None),
        ("SS", None),
        ("", None),
        ("SISI", ("UNSTABLE", "", 0, 4, "INUSE 2, SUCCESS 2")),
        ("SIA", ("UNSTABLE", "", 0, 3, "ACCESS 1, INUSE 1, SUCCESS 1")),
        ("SSSSSSII", ("UNSTABLE", "", 0, 8, "INUSE 2, SUCCESS 6")),
    ],
)
def test_one_dissent_is_named_and_two_are_unstable(answers: str, row: tuple[str, str, int, int, str] | None) -> None:
    """A word rests on as many answers as there are repeats, at least."""
    errors = {"S": "", "I": "EADDRINUSE", "A": "EACCES"}
    assert summary([answer_of(errors[each]) for each in answers], 3) == row


def test_a_detail_stands_before_the_dissent() -> None:
    """Neither hides the other."""
    refused, counts = answer_of("EPERM", "at setsockopt after bind"), answer_in("counts")
    assert summary([refused, refused, counts, refused], 3) == ("EPERM", "EPERM", 3, 4, "at setsockopt after bind, once counts")
    assert summary([counts, refused, counts, counts], 3) == ("counts", "", 3, 4, "once EPERM at setsockopt after bind")


def test_a_case_is_freed_only_where_its_bind_was_refused() -> None:
    """And has traffic only where it succeeded; where its bind is UNSTABLE it has whatever was seen."""
    case = case_of("tcp ipv4 default@wildcard accepted ipv4 default@wildcard same")

    def seen(*binds: str) -> dict[str, tuple[str, str, int, int, str]]:
        attempts = []
        for error in binds:
            attempt = attempt_at(case, error)
            if error:
                attempt.answers["freed"] = answer_of("")
            attempts.append(attempt)
        return rows_by_measure(case, tally_of(*attempts))

    taken = "EADDRINUSE"
    assert seen(*[""] * 7, taken) == {"bind": ("SUCCESS", "", 7, 8, "once INUSE"), "listen": ("SUCCESS", "", 3, 3, "")}
    assert seen(*[taken] * 7, "") == {"bind": ("INUSE", taken, 7, 8, "once SUCCESS"), "freed": ("SUCCESS", "", 3, 3, "")}
    assert seen("", taken, "", taken) == {
        "bind": ("UNSTABLE", "", 0, 4, "INUSE 2, SUCCESS 2"),
        "listen": ("NOT_RUN", "", 0, 0, "answered in 2 of 4 attempts: its bind did not succeed in the others"),
        "freed": ("NOT_RUN", "", 0, 0, "answered in 2 of 4 attempts: its bind succeeded in the others"),
    }


def test_what_is_omitted_stands_beside_what_was_measured() -> None:
    """With its reason, and only where the case has it."""
    attempts = [attempt_at(UDP, bound) for bound in ("", "", "")]
    for attempt in attempts:
        attempt.omitted.update({"deliver-ipv4": "no way there", "freed": "not of this case"})
    assert rows_by_measure(UDP, tally_of(*attempts)) == {
        "bind": ("SUCCESS", "", 3, 3, ""), "deliver-ipv4": ("NOT_RUN", "", 0, 0, "no way there"),
    }  # fmt: skip


def test_what_was_omitted_for_once_is_asked_again() -> None:
    """An answer beside an omission is too few; the reason is the omission's."""
    attempts = [attempt_at(UDP) for _ in range(3)]
    attempts[0].omitted["deliver-ipv4"] = "no way there"
    attempts[1].received("deliver-ipv4", 20, 0, 20, 0)
    tally = tally_of(*attempts)
    assert not tally.settled(TRIES)
    assert rows_by_measure(UDP, tally)["deliver-ipv4"] == ("NOT_RUN", "", 0, 0, "answered in 1 of 3 attempts: no way there")


def test_too_few_answers_beside_foreign_ports_say_so() -> None:
    """What was answered, of how many attempts, and how many ports were somebody else's."""
    tally = tally_of(attempt_at(UDP), attempt_at(UDP, None), attempt_at(UDP, "EADDRINUSE"), attempt_at(UDP, None))
    assert rows_by_measure(UDP, tally) == {
        "bind": ("NOT_RUN", "", 0, 0, "answered in 2 of 2 attempts (INUSE 1, SUCCESS 1): 2 ports were held by somebody else"),
    }  # fmt: skip


def test_a_spec_that_lacks_resources_is_not_run() -> None:
    """UNSUPPORTED is the system's word, and it refuses nothing where files ran out."""
    assert unsupported_row(TCP, "first", "socket", "EAFNOSUPPORT")[9:] == (
        "bind", "UNSUPPORTED", "EAFNOSUPPORT", 0, 0, "first socket alone: refused at socket",
    )  # fmt: skip
    assert unsupported_row(TCP, "second", "socket", "EMFILE")[9:] == ("bind", "NOT_RUN", "", 0, 0, "second socket alone: socket: EMFILE")


@settings(deadline=None, max_examples=400)
@given(st.lists(st.sampled_from([*ERRORS, "lost", "failed"]), min_size=40, max_size=40), st.integers(1, 6), st.integers(1, 12))
def test_any_sequence_of_answers_comes_to_what_the_plain_rule_says(script: list[str], repeat: int, tries: int) -> None:
    """Whatever comes, it ends within its bounds, rests on enough answers, and is asked on exactly where the rule is open."""
    tally, taken, attempts, lost = Tally(repeat), list[str](), 0, 0
    for word in script:
        attempt = Attempt(UDP, 20000)
        if word == "lost":
            attempt.lost, lost = True, lost + 1
        elif word == "failed":
            attempt.failures["bind"], attempts = "it failed", attempts + 1
        else:
            attempt.answers["bind"], attempts = answer_of(ERRORS[word]), attempts + 1
            taken.append(word)
        tally.take(attempt)
        decided = plain_rule(taken, repeat)
        over = attempts >= repeat + EXTRA_ATTEMPTS or lost >= tries
        assert tally.settled(tries) == (over or not is_open(decided))
        if tally.settled(tries):
            break
    assert attempts <= repeat + EXTRA_ATTEMPTS
    assert lost <= tries
    row = rows_by_measure(UDP, tally)["bind"]
    if decided is None:
        assert row[0] == "NOT_RUN"
        assert row[4]
    else:
        assert (row[0], row[2], row[3]) == decided
        assert ("once" in row[4]) == (row[2] == row[3] - 1)


def test_the_odds_that_a_split_is_mistaken_are_what_the_vocabulary_says() -> None:
    """Each source port goes to either socket with one chance in two."""
    attempt = 2 * 0.5**SENDERS
    assert attempt == 2**-19
    rows, repeat = 992, 3
    one_dissent = 1 - (1 - attempt) ** (rows * repeat)
    assert 1 / 177 < one_dissent < 1 / 176
    unstable = rows * math.comb(repeat + EXTRA_ATTEMPTS, 2) * attempt**2
    assert 1e-7 < unstable < 1.1e-7
    wrong = rows * 2 * (0.5**SENDERS) ** repeat
    assert 1.6e-15 < wrong < 1.8e-15


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("tcp ipv4 default@wildcard SO_REUSEADDR@specific", True),
        ("SO_REUSEADDR@* same", True),
        ("udp", False),
        ("SO_REUSEADDR@specific default@wildcard", False),
        ("udp, *@specific same", True),
        ("udp, udp ipv6", False),
        ("", False),
    ],
)
def test_patterns_name_words_in_order(pattern: str, matches: bool) -> None:
    """A case is found by the words that matter."""
    assert case_matches("tcp ipv4 default@wildcard bound ipv4 SO_REUSEADDR@specific same", pattern) is matches


@pytest.mark.parametrize(
    ("error", "outcome"),
    [("", "SUCCESS"), ("EADDRINUSE", "INUSE"), ("WSAEADDRINUSE", "INUSE"), ("WSAEACCES", "ACCESS"), ("EACCES", "ACCESS"), ("WSAEINVAL", "EINVAL"), ("EPERM", "EPERM")],
)  # fmt: skip
def test_outcomes_keep_the_documents_terms(error: str, outcome: str) -> None:
    """One word for one answer on every system."""
    assert outcome_of(error) == outcome


@pytest.mark.parametrize(
    ("protocol", "family", "measure", "withdrawn"),
    [
        ("udp", "ipv4", "deliver-ipv4", True), ("udp", "dual", "inherit-ipv4", True), ("udp", "ipv4", "deliver-ipv4-other", False),
        ("udp", "ipv4", "deliver-ipv6", False), ("tcp", "ipv4", "deliver-ipv4", False), ("udp", "ipv6", "notice", True),
        ("udp", "ipv4", "multicast-both", True), ("udp", "ipv6", "multicast-both", False), ("udp", "ipv4", "bind", False),
        ("udp", "ipv4", "late-option", False),
    ],
)  # fmt: skip
def test_traffic_to_a_destination_that_went_away_is_withdrawn(protocol: str, family: str, measure: str, withdrawn: bool) -> None:
    """All that was concluded from it: who received, what the first socket noticed, and its family's groups."""
    row = (protocol, family, "default", "wildcard", "bound", family, "default", "wildcard", "same", measure, "first", "", 3, 3, "")
    found = without_traffic(row, {("udp", "ipv4"): "it went away"})
    assert found == ((*row[:10], "NOT_RUN", "", 0, 0, "it went away") if withdrawn else row)
