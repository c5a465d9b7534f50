"""Who receives: everything that was sent is accounted for, from as many source ports as the odds need."""

import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from matrix.probe import delivery
from matrix.probe.attempts import Asker
from matrix.probe.cases import cases_of, specs_of
from matrix.probe.client import Client
from matrix.probe.controls import unreachable
from matrix.probe.delivery import Connecting, Delivery, destinations_of, multicast_family
from matrix.probe.link import HelperLost
from matrix.probe.multicast import Group
from matrix.probe.outcomes import Attempt, answer_in, count_rows, rows_of
from matrix.probe.vocabulary import MULTICAST_SENDERS, SENDERS
from tests.probe.fakes import AHelperInThisProcess, real_lease

SPECS = specs_of("127.0.0.2")
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what Linux does")


def spec_named(label: str) -> Any:
    return next(spec for spec in SPECS if spec.label() == label)


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ("ipv4 default@wildcard", "ipv4 default@specific", ("ipv4", "ipv4-other")),
        ("dual default@wildcard", "ipv4 default@specific", ("ipv4", "ipv4-other", "ipv6")),
        ("dual default@specific", "ipv6 default@wildcard", ("ipv6",)),
        ("ipv4 default@specific", "ipv4 default@other-specific", ()),
        ("ipv6 default@specific", "dual default@mapped-specific", ()),
        ("ipv4 default@specific", "dual default@mapped-wildcard", ("ipv4", "ipv4-other")),
    ],
)
def test_traffic_goes_where_two_sockets_meet(first: str, second: str, names: tuple[str, ...]) -> None:
    """To every address that either serves, where there is one that both do."""
    assert destinations_of(spec_named(first), spec_named(second)) == names


@pytest.mark.parametrize(
    ("first", "second", "family"),
    [
        ("ipv4 default@wildcard", "ipv4 default@wildcard", "ipv4"),
        ("ipv6 default@wildcard", "ipv6 default@wildcard", "ipv6"),
        ("dual default@wildcard", "dual default@wildcard", "ipv6"),
        ("dual default@wildcard", "ipv6 default@wildcard", ""),
        ("ipv4 default@wildcard", "ipv4 default@specific", ""),
    ],
)
def test_groups_are_for_two_wildcards_of_one_family(first: str, second: str, family: str) -> None:
    """Only those can join the same one."""
    assert multicast_family(spec_named(first), spec_named(second)) == family


# Datagrams


class AHelperThatReceivesByTurns:
    """Replies to `received` with the next of its numbers, and then with nothing."""

    def __init__(self, role: str, *numbers: int) -> None:
        self.role, self.numbers, self.count = role, list(numbers), 0

    def send(self, *words: Any) -> None:
        self.count = len(words[1])

    def receive(self, timeout: float | None = None) -> Any:
        return [self.numbers.pop(0) if self.numbers else 0] * self.count

    def ask(self, *words: Any, timeout: float | None = None) -> Any:
        return [""] * (len(words[1]) // 4)


class AClientThatOnlyCounts:
    """Sends nothing, and gives tokens."""

    def token(self) -> str:
        return "token"

    def datagrams(self, name: str, ports: list[int], token: str, number: int = SENDERS) -> dict[int, str]:
        return {}


def received_by(first: AHelperThatReceivesByTurns, second: AHelperThatReceivesByTurns, measure: str) -> Attempt:
    """One attempt whose traffic two such helpers receive."""
    case = cases_of(SPECS, "udp ipv4 SO_REUSEADDR@wildcard bound ipv4 SO_REUSEADDR@wildcard same")[0]
    attempt = Attempt(case, 20000)
    attempt.places = (0, 0)  # type: ignore[assignment]  # untyped, it begins with none
    asked = Delivery(first, second, AClientThatOnlyCounts(), SPECS, {"ipv4": 0}, {})
    if measure == "deliver-ipv4":
        asked.send_datagrams("ipv4", measure, [attempt])
    else:
        group = Group("ipv4", 0, 0)
        group.send = lambda data, port, number: None  # type: ignore[method-assign]
        asked.send_to_groups(measure, [attempt], {attempt: group}, {})
    return attempt


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "PAUSE", 0.0)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ([20], [], "first"), ([0, 5, 15], [], "first"), ([0] * 30 + [20], [], "first"), ([10, 0, 2], [8], "split"), ([20], [20], "both"), ([], [], "none"),
        ([20, 20], [], None), ([19], [], None), ([12], [9], None), ([20], [0, 20], "both"),
    ],
)  # fmt: skip
def test_datagrams_are_counted_until_all_are_in_and_once_more(first: list[int], second: list[int], answer: str | None) -> None:
    """However late they come; and one that came twice is found by the last look."""
    attempt = received_by(AHelperThatReceivesByTurns("first", *first), AHelperThatReceivesByTurns("second", *second), "deliver-ipv4")
    assert attempt.answers == ({"deliver-ipv4": answer_in(answer)} if answer else {})
    assert bool(attempt.failures) is (answer is None)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ([4], [4], "both"), ([4], [], "first"), ([0] * 30 + [4], [0] * 31 + [4], "both"), ([2, 0, 2], [0, 0, 4], "both"), ([], [], "none"),
        ([3], [], None), ([4, 0, 4], [], None),
    ],
)  # fmt: skip
def test_a_groups_datagrams_are_waited_for(first: list[int], second: list[int], answer: str | None) -> None:
    """Until something came and two looks in a row bring no more: nothing is `none` because it was late."""
    assert MULTICAST_SENDERS == 4
    attempt = received_by(AHelperThatReceivesByTurns("first", *first), AHelperThatReceivesByTurns("second", *second), "multicast-both")
    assert attempt.answers == ({"multicast-both": answer_in(answer)} if answer else {})
    assert bool(attempt.failures) is (answer is None)


def test_each_helper_is_asked_about_its_own_place() -> None:
    """The same attempt's two sockets lie at different places among those that their helpers hold."""

    class AHelperThatNotesPlaces(AHelperThatReceivesByTurns):
        """Notes which sockets it is asked about."""

        def __init__(self, role: str) -> None:
            super().__init__(role)
            self.places: dict[str, set[int]] = {}

        def send(self, *words: Any) -> None:
            super().send(*words)
            self.places.setdefault(words[0], set()).update(words[1])

        def ask(self, *words: Any, timeout: float | None = None) -> Any:
            places = words[1][::4] if words[0] == "member" else words[1]
            self.places.setdefault(words[0], set()).update(places)
            return [""] * len(places)

    first, second = AHelperThatNotesPlaces("first"), AHelperThatNotesPlaces("second")
    asked = Delivery(first, second, AClientThatOnlyCounts(), SPECS, {"ipv4": 0}, {})
    for protocol, state in (("udp", "bound"), ("tcp", "listening")):
        case = cases_of(SPECS, f"{protocol} ipv4 SO_REUSEADDR@wildcard {state} ipv4 SO_REUSEADDR@wildcard same")[0]
        attempt = Attempt(case, 20000)
        attempt.places = (3, 5)  # type: ignore[assignment]  # untyped, it begins with none
        if protocol == "udp":
            asked.send_datagrams("ipv4", "deliver-ipv4", [attempt])
            asked.ask_notice("udp", [(attempt, ("ipv4",))])
            for place in (0, 1):
                asked.change_members([attempt], {attempt: Group("ipv4", 0, 0)}, place, True, {})
        else:
            made = Connecting(attempt)
            asked.take([made], {made: 1})
    assert first.places == {asked_for: {3} for asked_for in ("received", "accepted", "errors", "member")}
    assert second.places == {asked_for: {5} for asked_for in ("received", "accepted", "member")}


def test_a_group_that_cannot_be_joined_or_left_says_which() -> None:
    """The first reason is kept for all that is asked of the group afterwards."""

    class AHelperOutsideEveryGroup(AHelperThatReceivesByTurns):
        """Can neither join nor leave."""

        def ask(self, *words: Any, timeout: float | None = None) -> Any:
            return ["ENODEV"]

    case = cases_of(SPECS, "udp ipv4 SO_REUSEADDR@wildcard bound ipv4 SO_REUSEADDR@wildcard same")[0]
    asked = Delivery(AHelperOutsideEveryGroup("first"), AHelperOutsideEveryGroup("second"), AClientThatOnlyCounts(), SPECS, {"ipv4": 0}, {})
    for joining, verb in ((True, "join"), (False, "leave")):
        attempt, failed = Attempt(case, 20000), dict[Any, str]()
        asked.change_members([attempt], {attempt: Group("ipv4", 0, 0)}, 0, joining, failed)
        assert failed == {attempt: f"setsockopt to {verb} a group: ENODEV"}
        failed[attempt] = "earlier"
        asked.change_members([attempt], {attempt: Group("ipv4", 0, 0)}, 0, joining, failed)
        assert failed == {attempt: "earlier"}


def test_a_helper_that_forgets_a_socket_is_lost() -> None:
    """A reply for fewer sockets than were asked about is no reply."""

    class AHelperThatForgetsOne(AHelperThatReceivesByTurns):
        """Leaves the last one out."""

        def receive(self, timeout: float | None = None) -> Any:
            return super().receive()[:-1]

    with pytest.raises(HelperLost, match="second"):
        received_by(AHelperThatReceivesByTurns("first"), AHelperThatForgetsOne("second"), "deliver-ipv4")


# Both ends


@pytest.fixture
def asker() -> Iterator[Asker]:
    """Two real helpers in this process, which send and receive."""
    lease = real_lease()
    helpers = [AHelperInThisProcess(role) for role in ("first", "second")]
    yield Asker(helpers[0], helpers[1], lease, SPECS, Client("127.0.0.2"), {"ipv4": 0, "ipv6": None})
    for helper in helpers:
        helper.stop()
    lease.release()


def measured_rows(asker: Asker, pattern: str) -> tuple[dict[str, tuple[Any, ...]], list[tuple[Any, ...]]]:
    (case,) = [case for case in cases_of(SPECS, pattern) if case.identity() == pattern]
    tally = asker.measure([case], 3, lambda number: None)[case]
    return {row[9]: row[10:] for row in rows_of(case, tally)}, count_rows(case, tally)


@on_linux
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_the_counts_of_a_split_add_up(asker: Asker, protocol: str) -> None:
    """As many source ports as there are senders in each attempt, some for either socket."""
    state = {"tcp": "listening", "udp": "bound"}[protocol]
    rows, counts = measured_rows(asker, f"{protocol} ipv4 SO_REUSEPORT@wildcard {state} ipv4 SO_REUSEPORT@wildcard same")
    assert (
        [row[9] for row in counts]
        == [measure for measure, row in rows.items() if row[0] == "split"]
        == ["deliver-ipv4", "deliver-ipv4-other"]
    )
    for row in counts:
        sent, first, second = row[10:]
        assert sent == first + second
        assert sent % SENDERS == 0
        assert sent >= 3 * SENDERS
        assert 0 < first < sent


@on_linux
def test_a_machine_with_few_open_files_connects_in_smaller_groups(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never more at once than there is room for, and the answers are the same."""
    cases = [case for case in cases_of(SPECS, "tcp ipv4 SO_REUSEPORT@* listening ipv4 SO_REUSEPORT@* same") if case.account == "same"]
    client = asker.delivery.client
    client.slots, at_once = 8, list[int]()
    real = client.connections

    def counted(name: str, ports: list[int]) -> Any:
        at_once.append(len(ports))
        return real(name, ports)

    monkeypatch.setattr(client, "connections", counted)
    tallies = asker.measure(cases, 1, lambda number: None)
    assert max(at_once) <= 8
    assert {row[10] for case in cases for row in rows_of(case, tallies[case]) if row[9].startswith("deliver")} == {
        "first",
        "second",
        "split",
    }


@on_linux
def test_what_cannot_be_reached_alone_is_not_asked_of_two(asker: Asker) -> None:
    """The measure is NOT_RUN with the reason, `notice` as well where it is all there was."""
    reason = "a socket alone does not receive there: sendto: EPERM"
    asker.delivery.unreachable = {("udp", "ipv4"): reason}
    rows, _ = measured_rows(asker, "udp ipv4 SO_REUSEPORT@specific bound ipv4 SO_REUSEPORT@specific same")
    assert {measure: row[0] for measure, row in rows.items()} == {
        "bind": "SUCCESS", "deliver-ipv4": "NOT_RUN", "inherit-ipv4": "NOT_RUN", "notice": "NOT_RUN",
    }  # fmt: skip
    assert rows["deliver-ipv4"][4] == reason
    rows, _ = measured_rows(asker, "udp ipv4 SO_REUSEPORT@wildcard bound ipv4 SO_REUSEPORT@wildcard same")
    assert (rows["deliver-ipv4"][0], rows["deliver-ipv4-other"][0], rows["notice"][0]) == ("NOT_RUN", "split", "silent")


@on_linux
def test_each_destination_is_tried_alone_first(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """One from which only half of what was sent arrives can't be reached, nor can one that this machine hasn't got."""
    client = asker.delivery.client
    assert unreachable(asker, client) == {}
    real = client.datagrams

    def half(name: str, ports: list[int], token: str, number: int = SENDERS) -> Any:
        return real(name, ports, token, number // 2 if name == "ipv4" else number)

    monkeypatch.setattr(client, "datagrams", half)
    monkeypatch.setattr("matrix.probe.controls.PAUSE", 0.0)
    client.places["ipv4-other"] = (socket.AF_INET, None)
    alone = "a socket alone does not receive there: "
    assert unreachable(asker, client) == {
        ("udp", "ipv4"): alone + "1 of 2 arrived",
        ("udp", "ipv4-other"): alone + "this machine has no such address",
        ("tcp", "ipv4-other"): alone + "this machine has no such address",
    }
