"""Which options a server needs for what it wants: the smallest set that meets every criterion, by what was measured.

Rules.

- A goal is one way or several (WAYS), and a way is a list of criteria. Goals are combined: every criterion of each must be met.
- A criterion is asked of one option of the vocabulary on one platform. Where both sockets of a case are the server's own, both
  have that option. It is met where some case was measured and none speaks against it; without a case it is unknown, never met.
- The smallest set is that of the fewest calls of setsockopt; of several, the vocabulary's first comes first.
- Cases between IPv4 addresses written as IPv6 (::ffff:0.0.0.0) decide nothing: they are counted aside.
- A case has two sockets. So whatever is said here is said of one other socket, and not of two others together.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matrix.data.catalogue import MEASURES
from matrix.errors import UsageError
from matrix.findings.classes import named
from matrix.findings.view import ABSENT, Numbers, View
from matrix.probe.cases import case_id
from matrix.probe.vocabulary import OPTIONS
from matrix.vocabulary import CASE_COLUMNS, LIVE_NAMES, SERVES, WORDS, Account, Measure, Outcome, State

DELIVER = "deliver-"
SERVING = {"tcp": str(State.LISTENING), "udp": str(State.BOUND)}  # the state of a server's socket
# What a server's own connections leave behind when it ends; a client's port is another matter.
LEFT = tuple(state for state in WORDS["first_state"] if state not in LIVE_NAMES and not state.startswith("client"))
MAPPED = tuple(word for word in WORDS["first_address"] if word.startswith("mapped-"))
SETTINGS = {option.name: len(option.settings) for option in OPTIONS}  # calls of setsockopt
MAX_EXAMPLES = 3

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to reach a goal: how the server's sockets are made, and what must be so."""

    name: str  # blank where there is only one
    criteria: tuple[str, ...]
    families: tuple[str, ...] = WORDS["first_family"]
    addresses: tuple[str, ...] = WORDS["first_address"]


KEEPS, KEEPS_OTHER, RESTARTS, SHARES, ONE, TWO = CRITERIA = (
    "keeps-own", "keeps-other", "restarts", "shares", "one-socket", "two-sockets",
)  # fmt: skip
WAYS: dict[str, tuple[Way, ...]] = {
    "protect": (Way(name="", criteria=(KEEPS, KEEPS_OTHER)),),
    "restart": (Way(name="", criteria=(RESTARTS,)),),
    "share": (Way(name="", criteria=(SHARES, KEEPS_OTHER)),),
    "dual-stack": (
        Way(name="one socket, V6ONLY off", criteria=(ONE,), families=("dual",), addresses=("wildcard",)),
        Way(name="two sockets, V6ONLY on", criteria=(TWO,), families=("ipv4", "ipv6"), addresses=("wildcard",)),
    ),
}
GOALS = tuple(WAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One criterion for one option on one platform."""

    criterion: str
    required: bool
    met: bool | None  # None where nothing was measured
    cases: int  # measured
    against: int  # of them, those that speak against it
    aside: int  # the same between IPv4 addresses written as IPv6; not counted in `against`
    examples: tuple[str, ...]  # ids of the first cases against it


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An option, on each of the server's sockets, and how far it reaches the goals."""

    option: str
    way: str  # blank where there is only one
    settings: int  # calls of setsockopt that it takes
    meets: bool | None  # every required criterion; None where some is unknown and none fails
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What some platforms come to, which answer equally."""

    platforms: str
    targets: tuple[str, ...]
    chosen: tuple[Candidate, ...]  # the smallest that meets everything, in each way; where none does, those that lack least
    complete: bool  # whether the chosen ones meet everything
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The answer to some goals for one protocol."""

    goals: tuple[str, ...]
    protocol: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The cases of one criterion for one option. Arrays are [question] and [question, target]."""

    cases: npt.NDArray[np.intp]  # [target], how many were measured
    questions: Numbers
    against: Flags


def advise(view: View, goals: Sequence[str], protocol: str, targets: Iterable[str] = ()) -> Advice:
    """The smallest set of options for some goals, by platforms that answer equally. Without targets: all of them.

    Raises UsageError for a goal or protocol that is none, and for goals that exclude each other.
    """
    ways, chosen = ways_of(goals), tuple(targets) or view.targets
    if protocol not in SERVING:
        raise UsageError(f"no protocol is named {protocol!r}; there are {', '.join(SERVING)}")
    asked = Criteria(view, protocol)
    by_target = {target: candidates(asked, ways, target) for target in chosen}
    gathered: dict[tuple[Candidate, ...], list[str]] = {}
    for target, found in by_target.items():
        gathered.setdefault(found, []).append(target)
    return Advice(goals=tuple(goals), protocol=protocol,
                  answers=tuple(answer(found, members, view) for found, members in gathered.items()))  # fmt: skip


def ways_of(goals: Sequence[str]) -> tuple[Way, ...]:
    """The ways that reach all of some goals together."""
    unknown = [goal for goal in goals if goal not in WAYS]
    if unknown or not goals:
        raise UsageError(f"no goal is named {unknown[0]!r}; there are {', '.join(GOALS)}" if unknown else f"name a goal: {', '.join(GOALS)}")
    if {"protect", "share"} <= set(goals):
        raise UsageError("a port that is shared can't be kept from every other socket; `share` already asks that no other account gets in")
    found = (Way(name="", criteria=()),)
    for goal in dict.fromkeys(goals):
        found = tuple(
            Way(name=one.name or other.name, criteria=(*one.criteria, *(each for each in other.criteria if each not in one.criteria)),
                families=tuple(each for each in one.families if each in other.families),
                addresses=tuple(each for each in one.addresses if each in other.addresses))
            for one in found for other in WAYS[goal]
        )  # fmt: skip
    return found


def candidates(asked: "Criteria", ways: Sequence[Way], target: str) -> tuple[Candidate, ...]:
    """Every option that a platform has, in each way."""
    found = []
    for way in ways:
        shown = (*way.criteria, *(each for each in CRITERIA[:4] if each not in way.criteria))
        for option in WORDS["first_option"]:
            checks = tuple(asked.check(name, option, way, target, required=name in way.criteria) for name in shown)
            if not any(check.cases for check in checks):
                continue
            required = [check.met for check in checks if check.required]
            meets = False if False in required else None if None in required else True
            found.append(Candidate(option=option, way=way.name, settings=SETTINGS[option], meets=meets, checks=checks))
    return tuple(found)


def answer(found: tuple[Candidate, ...], members: Sequence[str], view: View) -> Answer:
    """The smallest that does, in each way; where none does, the smallest of each kind of those that lack the fewest criteria."""
    kinds: dict[tuple[str, tuple[str, ...]], list[Candidate]] = {}
    least = min(map(lack, found), default=(0, 0))
    for each in found:
        missing = tuple(check.criterion for check in each.checks if check.required and not check.met)
        if lack(each) == least:
            kinds.setdefault((each.way, missing), []).append(each)
    chosen = tuple(min(group, key=lambda each: each.settings) for group in kinds.values())
    return Answer(platforms=named(members, view.hosts), targets=tuple(members), chosen=chosen,
                  complete=bool(found) and least == (0, 0), candidates=found)  # fmt: skip


def lack(candidate: Candidate) -> tuple[int, int]:
    """How far a candidate is from its goals: criteria that fail, and that are unknown."""
    required = [check.met for check in candidate.checks if check.required]
    return required.count(False), required.count(None)


class Criteria:
    """The criteria of one protocol, each asked once for all platforms."""

    def __init__(self, view: View, protocol: str) -> None:
        self.view, self.protocol = view, protocol
        self.delivers = tuple(measure for measure in WORDS["measure"] if measure.startswith(DELIVER))
        self._found: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], Evidence] = {}

    def check(self, criterion: str, option: str, way: Way, target: str, *, required: bool) -> Check:
        """How a criterion comes out on one platform."""
        if criterion == RESTARTS and self.protocol == "udp":  # closed, it leaves nothing behind: every run's control udp-after-close
            return Check(criterion=criterion, required=required, met=True, cases=0, against=0, aside=0, examples=())
        evidence = self.evidence(criterion, option, way)
        number = self.view.number(target)
        places = evidence.questions[evidence.against[:, number]]
        mapped = self.view.holds(places, "first_address", MAPPED) | self.view.holds(places, "second_address", MAPPED)
        against, aside = (self.distinct_cases(places[chosen]) for chosen in (~mapped, mapped))
        measured = int(evidence.cases[number])
        met = None if not measured else not len(against)
        return Check(criterion=criterion, required=required, met=met, cases=measured, against=len(against), aside=len(aside),
                     examples=tuple(map(self.id_of, against[:MAX_EXAMPLES].tolist())))  # fmt: skip

    def evidence(self, criterion: str, option: str, way: Way) -> Evidence:
        """The cases of a criterion, on all platforms."""
        key = (criterion, option, way.families, way.addresses)
        if key not in self._found:
            self._found[key] = MEASURED_BY[criterion](self, option, way)
        return self._found[key]

    def distinct_cases(self, places: Numbers) -> Numbers:
        """One question for each case, in their order."""
        cases = self.view.judgement.observed.questions[places] // MEASURES
        _, first = np.unique(cases, return_index=True)
        return places[np.sort(first)]

    def id_of(self, question: int) -> str:
        """The id of a question's case."""
        return case_id([self.view.word(question, column) for column in CASE_COLUMNS])

    def answered(self, questions: Numbers, words: Iterable[str]) -> Flags:
        """[question, target] → whether it is one of these outcomes; a blank stands for no answer."""
        numbers = [place if word else -1 for place, word in enumerate(self.view.outcomes) if word in set(words)]
        found: Flags = np.isin(self.view.outcome[questions], numbers)
        return found

    def serving(self, option: str, way: Way, measure: Sequence[str] | str, account: Sequence[str] | str) -> Numbers:
        """Questions whose first socket is such a server's."""
        return self.view.where(protocol=self.protocol, first_option=option, first_state=SERVING[self.protocol], measure=measure,
                               account=account, first_family=way.families, first_address=way.addresses)  # fmt: skip

    def served(self, questions: Numbers) -> Numbers:
        """Of questions of deliver measures those whose destination the first socket serves."""
        columns = zip(*(self.view.column(questions, name) for name in ("measure", "first_family", "first_address")), strict=True)
        chosen = [measure.removeprefix(DELIVER) in SERVES[family, address] for measure, family, address in columns]
        return questions[np.array(chosen, np.bool_)]

    def own_twins(self, questions: Numbers, option: str, *, same_place: bool) -> Numbers:
        """Of questions those whose second socket has the option too, and the same family and address if so asked."""
        chosen = self.view.holds(questions, "second_option", [option])
        if same_place:
            chosen &= self.view.equal(questions, "first_address", "second_address")
            chosen &= self.view.equal(questions, "first_family", "second_family")
        return questions[chosen]

    def together(self, binds: Numbers, others: Sequence[tuple[Numbers, Sequence[str]]]) -> Evidence:
        """Binds that must succeed, and other questions with the answers that each must have where it has any."""
        measured = ~self.answered(binds, ABSENT)
        wrong = [measured & ~self.answered(binds, ["SUCCESS"])]
        wrong += [~self.answered(questions, [*ABSENT, *words]) for questions, words in others]
        return Evidence(measured.sum(axis=0), np.concatenate([binds, *(questions for questions, _ in others)]), np.concatenate(wrong))

    # One method a criterion

    def keeps(self, option: str, way: Way, accounts: Sequence[str]) -> Evidence:
        """Whatever is sent to an address that it serves reaches the server and nobody else, whoever bound second."""
        binds = self.serving(option, way, Measure.BIND, accounts)
        delivered = self.served(self.serving(option, way, self.delivers, accounts))
        cases = (~self.answered(binds, ABSENT)).sum(axis=0)
        return Evidence(cases, delivered, ~self.answered(delivered, [*ABSENT, "first"]))

    def keeps_own(self, option: str, way: Way) -> Evidence:
        """Its traffic is kept from a second socket of its own account."""
        return self.keeps(option, way, [Account.SAME])

    def keeps_other(self, option: str, way: Way) -> Evidence:
        """Its traffic is kept from a second socket of another account, its own being ours or an unprivileged one."""
        return self.keeps(option, way, [Account.OTHER, Account.OTHERS])

    def restarts(self, option: str, way: Way) -> Evidence:
        """It binds and listens again on its own port, whatever its connections left there; asked over IPv4."""
        about = {"protocol": self.protocol, "first_option": option, "first_state": LEFT, "account": Account.SAME}
        again = (self.own_twins(self.view.where(measure=measure, **about), option, same_place=True) for measure in ("bind", "listen"))
        binds, listens = again
        return self.together(binds, [(listens, ["SUCCESS"])])

    def shares(self, option: str, way: Way) -> Evidence:
        """Two of them live on one address, and what is sent there is split between them."""
        binds, listens, delivered = (
            self.own_twins(self.serving(option, way, measure, Account.SAME), option, same_place=True)
            for measure in (Measure.BIND, Measure.LISTEN, self.delivers)
        )
        return self.together(binds, [(listens, ["SUCCESS"]), (self.served(delivered), ["split"])])

    def one_socket(self, option: str, way: Way) -> Evidence:
        """A socket on :: with V6ONLY off can be had, and nothing was lost that was sent to it over IPv4 or IPv6."""
        binds = self.serving(option, way, Measure.BIND, Account.SAME)
        delivered = self.serving(option, way, self.delivers, Account.SAME)
        unsupported, lost = self.answered(binds, [Outcome.UNSUPPORTED]), self.answered(delivered, ["none", "refused"])
        measured = ~self.answered(binds, ["", Outcome.NOT_RUN])
        return Evidence(measured.sum(axis=0), np.concatenate([binds, delivered]), np.concatenate([unsupported, lost]))

    def two_sockets(self, option: str, way: Way) -> Evidence:
        """A socket on 0.0.0.0 and one on :: with V6ONLY on live side by side, in either order, and each receives its own."""
        binds, listens, delivered = (
            self.own_twins(self.serving(option, way, measure, Account.SAME), option, same_place=False)
            for measure in (Measure.BIND, Measure.LISTEN, (DELIVER + "ipv4", DELIVER + "ipv6"))
        )
        both = [each[self.view.holds(each, "second_address", ["wildcard"]) & self.view.holds(each, "second_family", way.families)
                     & ~self.view.equal(each, "first_family", "second_family")] for each in (binds, listens, delivered)]  # fmt: skip
        firsts = zip(self.view.column(both[2], "first_family"), self.view.column(both[2], "measure"), strict=True)
        own = np.array([measure == DELIVER + family for family, measure in firsts], np.bool_)
        return self.together(both[0], [(both[1], ["SUCCESS"]), (both[2][own], ["first"]), (both[2][~own], ["second"])])


MEASURED_BY: dict[str, Callable[["Criteria", str, Way], Evidence]] = {
    KEEPS: Criteria.keeps_own,
    KEEPS_OTHER: Criteria.keeps_other,
    RESTARTS: Criteria.restarts,
    SHARES: Criteria.shares,
    ONE: Criteria.one_socket,
    TWO: Criteria.two_sockets,
}
