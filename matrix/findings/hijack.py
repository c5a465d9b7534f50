"""Who can take a socket's traffic: the port hijack that Microsoft's guide warns of, on every platform. What keeps it: `goals`.

Rule. A socket loses traffic where something that was sent to an address that it serves is received by a second one,
by that one alone, by both in turn, or by both at once. Which addresses a socket serves, the vocabulary says.
"""

from dataclasses import dataclass

import numpy as np

from matrix.findings.classes import named
from matrix.findings.view import ABSENT, Numbers, View
from matrix.vocabulary import SERVES, WORDS, Account, Measure, State

LOST = ("second", "split", "both")  # who receives what was the first socket's
DELIVER = "deliver-"
ASKED = (str(Account.SAME), str(Account.OTHER))
MAPPED = tuple(word for word in WORDS["first_address"] if word.startswith("mapped-"))
SERVING = {"tcp": str(State.LISTENING), "udp": str(State.BOUND)}

Holder = tuple[str, str, str]  # protocol, option, account


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Which second sockets take traffic from a holder."""

    protocol: str
    option: str
    account: str
    takers: tuple[str, ...]
    mapped_takers: tuple[str, ...]  # only where an address is an IPv4 address written as IPv6
    mapped_pairs: tuple[tuple[str, str], ...]  # and those addresses
    platforms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What first sockets had to report about themselves."""

    platforms: str
    answers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hijacks:
    """What the chapter on traffic shows of it."""

    losses: tuple[Loss, ...]
    notices: tuple[Notices, ...]


class Losses:
    """The questions whose answer can be a loss, and what each is about."""

    def __init__(self, view: View) -> None:
        measures = [measure for measure in WORDS["measure"] if measure.startswith(DELIVER)]
        asked = view.where(measure=measures, account=ASKED)
        columns = zip(view.column(asked, "measure"), view.column(asked, "first_family"), view.column(asked, "first_address"), strict=True)
        serves = [measure.removeprefix(DELIVER) in SERVES[family, address] for measure, family, address in columns]
        self.questions: Numbers = asked[np.array(serves, np.bool_)]
        self.ordinary = ~(view.holds(self.questions, "first_address", MAPPED) | view.holds(self.questions, "second_address", MAPPED))
        self.holders: list[Holder] = list(
            zip(*(view.column(self.questions, name) for name in ("protocol", "first_option", "account")), strict=True)
        )
        self.takers = view.column(self.questions, "second_option")

    def by_holder(self, view: View, target: str) -> dict[Holder, list[int]]:
        """The places of questions in which a holder loses on a platform."""
        found: dict[Holder, list[int]] = {}
        for place in np.flatnonzero(view.is_outcome(self.questions, target, LOST)).tolist():
            found.setdefault(self.holders[place], []).append(place)
        return found


def holders(view: View, target: str) -> list[Holder]:
    """The sockets that serve and were measured on a platform."""
    found: dict[Holder, None] = {}
    binds = view.where(measure=Measure.BIND, account=ASKED)
    serving = np.zeros(len(binds), np.bool_)
    for protocol, state in SERVING.items():
        serving |= view.holds(binds, "protocol", [protocol]) & view.holds(binds, "first_state", [state])
    measured = binds[serving & ~view.is_outcome(binds, target, ABSENT)]
    found.update(dict.fromkeys(zip(*(view.column(measured, name) for name in ("protocol", "first_option", "account")), strict=True)))
    return list(found)


def hijacks(view: View) -> Hijacks:
    """Which second sockets take traffic that the first would have got, by the first one's option."""
    losses = Losses(view)
    gathered: dict[tuple[str, str, str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]], list[str]] = {}
    first_addresses, second_addresses = (view.column(losses.questions, name) for name in ("first_address", "second_address"))
    for target in view.targets:
        lost = losses.by_holder(view, target)
        for holder in holders(view, target):
            places = lost.get(holder, [])
            usual = tuple(dict.fromkeys(losses.takers[place] for place in places if losses.ordinary[place]))
            rest = [place for place in places if losses.takers[place] not in usual]
            mapped = tuple(dict.fromkeys(losses.takers[place] for place in rest))
            pairs = tuple(dict.fromkeys((first_addresses[place], second_addresses[place]) for place in rest))
            gathered.setdefault((*holder, usual, mapped, pairs), []).append(target)
    return Hijacks(
        losses=tuple(
            Loss(protocol=protocol, option=option, account=account, takers=takers, mapped_takers=mapped, mapped_pairs=pairs,
                 platforms=named(targets, view.hosts))
            for (protocol, option, account, takers, mapped, pairs), targets in sorted(gathered.items())
        ),
        notices=notices(view),
    )  # fmt: skip


def notices(view: View) -> tuple[Notices, ...]:
    """What SO_ERROR of the first sockets answered, platforms with the same answers together."""
    questions = view.where(measure=Measure.NOTICE)
    gathered: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for target in view.targets:
        answers = counted(view.answers(questions, target))
        if answers:
            gathered.setdefault(answers, []).append(target)
    return tuple(Notices(platforms=named(targets, view.hosts), answers=answers) for answers, targets in gathered.items())


def counted(answers: list[str]) -> tuple[tuple[str, int], ...]:
    """(answer, how often), without blanks."""
    found: dict[str, int] = {}
    for answer in answers:
        if answer:
            found[answer] = found.get(answer, 0) + 1
    return tuple(sorted(found.items()))
