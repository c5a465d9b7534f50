"""What others know of the criteria on a system of which there is no run: by the ladder (`rungs`), never mixed with what was measured.

Over IPv4, on the wildcard and the loopback address: there documents and tests speak. A second socket that is let in on the same
address, or on loopback beside the wildcard, can take traffic, or part of it, from then on; one that is refused can't. One on
the wildcard beside loopback is not asked: on no run that there is did it receive anything. Of each case the strongest rung
counts; where its records disagree, one that lets the second socket in speaks against the option.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from matrix.findings.criteria import KEEPS, KEEPS_OTHER, LEFT, RESTARTS, SERVING
from matrix.findings.goals import ways_of
from matrix.findings.rungs import Known, Question, best, known
from matrix.findings.view import COLUMN, View
from matrix.probe.cases import case_id
from matrix.probe.vocabulary import OPTIONS
from matrix.vocabulary import Account, Measure, Outcome, systems_with

ADDRESSES = ("wildcard", "specific")
MAX_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A case that speaks against an option, and who says so."""

    case: str
    outcome: str
    rung: str
    source: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is known of one criterion for one option."""

    criterion: str
    asked: int  # cases of the vocabulary
    known: int  # of them, those of which anybody says something
    against: int
    rungs: tuple[tuple[str, int], ...]  # how many cases each rung decides
    examples: tuple[Against, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What is known of a system without a run, for one protocol."""

    system: str
    protocol: str
    goals: tuple[str, ...]
    options: "tuple[SecondHand, ...]"
    meeting: tuple[str, ...] | None  # the options against which nothing is said of the goals; None where that was not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondHand:
    """What is known of one option on a system without a run."""

    system: str
    option: str
    heard: tuple[Heard, ...]


def elsewhere(view: View, system: str, protocol: str, *goals: Sequence[str]) -> tuple[Elsewhere, ...]:
    """Every option of a system without a run, and which of them do for each of some sets of goals; what is known is looked up once."""
    found = second_hand(view, system, protocol)
    return tuple(
        Elsewhere(system=system, protocol=protocol, goals=tuple(each), options=found,
                  meeting=meeting(found, each, protocol) if each else None)
        for each in goals
    )  # fmt: skip


def second_hand(view: View, system: str, protocol: str) -> tuple[SecondHand, ...]:
    """Every option that the system can have; empty where nobody says anything of it."""
    spoken_of = options_of(view, system)
    options = [each.name for each in OPTIONS if each.name in spoken_of and system in systems_with(each.name) and protocol in each.protocols]
    found = []
    for option in options:
        heard = tuple(one(view, system, criterion, asked) for criterion, asked in questions(protocol, option, options).items())
        if any(each.known for each in heard):
            found.append(SecondHand(system=system, option=option, heard=heard))
    return tuple(found)


def options_of(view: View, system: str) -> set[str]:
    """The first sockets' options that somebody names for a system."""
    patterns = [claim.pattern for claim in view.claims.claims if system in claim.system.split("|")]
    patterns += [row.pattern for row in view.evidence.rows if row.system == system]
    return {word for pattern in patterns for word in pattern[COLUMN["first_option"]].split("|")}


def meeting(found: tuple[SecondHand, ...], goals: Sequence[str], protocol: str) -> tuple[str, ...] | None:
    """The options against which nothing is said of these goals; None where that is not asked of anybody."""
    wanted = {criterion for way in ways_of(goals) for criterion in way.criteria} - ({RESTARTS} if protocol == "udp" else set())
    if not found or not wanted <= {each.criterion for each in found[0].heard}:
        return None
    return tuple(each.option for each in found if all(
        heard.known and not heard.against for heard in each.heard if heard.criterion in wanted))  # fmt: skip


def questions(protocol: str, option: str, options: list[str]) -> dict[str, list[Question]]:
    """The binds that decide each criterion for one option."""

    def bind(first: str, state: str, second_option: str, second: str, account: str) -> Question:
        return (protocol, "ipv4", option, first, state, "ipv4", second_option, second, account, str(Measure.BIND))

    pairs = [(first, other, second) for first, other, second in product(ADDRESSES, options, ADDRESSES)
             if (first, second) != ("specific", "wildcard")]  # fmt: skip
    kept = {
        criterion: [bind(first, SERVING[protocol], other, second, account) for first, other, second in pairs]
        for criterion, account in ((KEEPS, str(Account.SAME)), (KEEPS_OTHER, str(Account.OTHER)))
    }
    again = [bind(address, state, option, address, str(Account.SAME)) for state in LEFT for address in ADDRESSES]
    return {**({RESTARTS: again} if protocol == "tcp" else {}), **kept}


def one(view: View, system: str, criterion: str, asked: list[Question]) -> Heard:
    """What is known of one criterion."""
    rungs: dict[str, int] = {}
    against: list[Against] = []
    for question, records in zip(asked, known(view, asked, system), strict=True):
        strongest = best(records)
        if strongest:
            rungs[str(strongest[0].rung)] = rungs.get(str(strongest[0].rung), 0) + 1
            against += [
                as_against(question, record) for record in strongest if (record.outcome == Outcome.SUCCESS) is (criterion != RESTARTS)
            ][:1]
    return Heard(criterion=criterion, asked=len(asked), known=sum(rungs.values()), against=len(against),
                 rungs=tuple(rungs.items()), examples=tuple(against[:MAX_SHOWN]))  # fmt: skip


def as_against(question: Question, record: Known) -> Against:
    """A record that speaks against an option."""
    return Against(case=str(case_id(question[:-1])), outcome=record.outcome, rung=str(record.rung), source=record.source, link=record.link)
