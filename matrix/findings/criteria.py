"""What a server may want of its options, as criteria over cases: each names the cases that it asks and those that speak against it.

Where both sockets of a case are the server's own, both have the option. Cases between IPv4 addresses written as IPv6
(::ffff:0.0.0.0) decide nothing: they are counted aside. To add a criterion, write its method and enter it in MEASURED_BY; the
words for it stand in `report/goals.py`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matrix.data.catalogue import MEASURES
from matrix.findings.view import ABSENT, Numbers, View
from matrix.probe.cases import case_id
from matrix.vocabulary import CASE_COLUMNS, LIVE_NAMES, SERVES, WORDS, Account, Measure, Outcome, State

DELIVER = "deliver-"
SERVING = {"tcp": str(State.LISTENING), "udp": str(State.BOUND)}  # the state of a server's socket
# What a server's own connections leave behind when it ends; a client's port is another matter.
LEFT = tuple(state for state in WORDS["first_state"] if state not in LIVE_NAMES and not state.startswith("client"))
MAPPED = tuple(word for word in WORDS["first_address"] if word.startswith("mapped-"))
MAX_EXAMPLES = 3

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to reach a goal: how the server's sockets are made, and what must be so."""

    name: str  # blank where there is only one
    criteria: tuple[str, ...]
    v6only: bool | None = None  # what must be set of it; None where its default will do
    families: tuple[str, ...] = WORDS["first_family"]
    addresses: tuple[str, ...] = WORDS["first_address"]


KEEPS, KEEPS_OTHER, RESTARTS, SHARES, ONE, TWO = CRITERIA = (
    "keeps-own", "keeps-other", "restarts", "shares", "one-socket", "two-sockets",
)  # fmt: skip


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
    takers: tuple[str, ...]  # the second sockets' options in the cases against it


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The cases of one criterion for one option. Arrays are [question] and [question, target]."""

    cases: npt.NDArray[np.intp]  # [target], how many were measured
    questions: Numbers
    against: Flags


class Criteria:
    """The criteria of one protocol, each asked once for all platforms."""

    def __init__(self, view: View, protocol: str) -> None:
        self.view, self.protocol = view, protocol
        self.delivers = tuple(measure for measure in WORDS["measure"] if measure.startswith(DELIVER))
        self._found: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], Evidence] = {}
        self._checks: dict[tuple[str, str, tuple[str, ...], tuple[str, ...], str], Check] = {}

    @classmethod
    def of(cls, view: View, protocol: str) -> "Criteria":
        """Those of a view: whoever asks for them shares what was found."""
        found: Criteria = view.kept.setdefault((cls, protocol), cls(view, protocol))
        return found

    def check(self, criterion: str, option: str, way: Way, target: str, *, required: bool) -> Check:
        """How a criterion comes out on one platform."""
        key = (criterion, option, way.families, way.addresses, target)
        if key not in self._checks:
            self._checks[key] = self.checked(criterion, option, way, target)
        return replace(self._checks[key], required=required)

    def checked(self, criterion: str, option: str, way: Way, target: str) -> Check:
        """The same, as if it were required."""
        if criterion == RESTARTS and self.protocol == "udp":  # closed, it leaves nothing behind: every run's control udp-after-close
            return Check(criterion=criterion, required=True, met=True, cases=0, against=0, aside=0, examples=(), takers=())
        evidence = self.evidence(criterion, option, way)
        number = self.view.number(target)
        places = evidence.questions[evidence.against[:, number]]
        mapped = self.view.holds(places, "first_address", MAPPED) | self.view.holds(places, "second_address", MAPPED)
        against, aside = (self.distinct_cases(places[chosen]) for chosen in (~mapped, mapped))
        measured = int(evidence.cases[number])
        met = None if not measured else not len(against)
        return Check(criterion=criterion, required=True, met=met, cases=measured, against=len(against), aside=len(aside),
                     examples=tuple(map(self.id_of, against[:MAX_EXAMPLES].tolist())),
                     takers=tuple(dict.fromkeys(self.view.column(against, "second_option"))))  # fmt: skip

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
        return str(case_id([self.view.word(question, column) for column in CASE_COLUMNS]))

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
