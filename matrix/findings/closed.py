"""Ports after a close: which second sockets can have them; and the facts of each host."""

from dataclasses import dataclass

from matrix.findings.classes import Columns, columns_of
from matrix.findings.hijack import counted
from matrix.findings.traffic import Counted
from matrix.findings.view import Numbers, View
from matrix.vocabulary import HOST_MEASURES, LIVE_NAMES, WORDS, Account, Measure, Outcome

STATES = tuple(state for state in WORDS["first_state"] if state not in LIVE_NAMES)
NOTHING = frozenset(("", str(Outcome.UNSUPPORTED)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Able:
    """The second sockets that can bind a port, by their option."""

    every: bool  # whatever the option
    always: tuple[str, ...]  # options that can, whatever the address
    sometimes: tuple[str, ...]  # options that can where the address allows it
    measured: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterState:
    """What can have a port in one state, for first sockets with some options."""

    state: str
    options: tuple[str, ...]
    able: tuple[Able, ...]  # of each column


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """What a bind answers once the state was ended."""

    state: str
    answers: tuple[Counted, ...]  # of each column


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterClose:
    """The chapter's findings."""

    columns: Columns
    states: tuple[AfterState, ...]
    freed: tuple[Freed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFact:
    """One fact of each host."""

    measure: str
    protocol: str
    options: tuple[str, ...]
    other_account: bool
    answers: tuple[Counted, ...]  # of each column; a single answer counts 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """The chapter's findings."""

    columns: Columns
    facts: tuple[HostFact, ...]


def after_close(view: View) -> AfterClose | None:
    """Which second sockets can have a port after a close, by state and the first one's option."""
    binds = view.where(measure=Measure.BIND, account=Account.SAME, first_state=STATES)
    if not len(binds):
        return None
    freed = view.where(measure=Measure.FREED, account=Account.SAME)
    columns = columns_of(view.outcome[list(binds) + list(freed)], view.targets, view.hosts)
    states = []
    for state in STATES:
        gathered: dict[tuple[Able, ...], list[str]] = {}
        for (option,), members in view.grouped(binds[view.holds(binds, "first_state", [state])], ("first_option",)):
            gathered.setdefault(tuple(able(view, members, column.target) for column in columns.shown), []).append(option)
        states += [AfterState(state=state, options=tuple(options), able=answers) for answers, options in gathered.items()]
    ends = tuple(
        Freed(state=state, answers=tuple(counted(view.answers(members, column.target)) for column in columns.shown))
        for (state,), members in view.grouped(freed, ("first_state",))
    )
    return AfterClose(columns=columns, states=tuple(states), freed=ends)


def able(view: View, questions: Numbers, target: str) -> Able:
    """The second options that can bind, of those that this platform has."""
    tried: dict[str, list[bool]] = {}
    for option, answer in zip(view.column(questions, "second_option"), view.answers(questions, target), strict=True):
        if answer not in NOTHING:
            tried.setdefault(option, []).append(answer == "SUCCESS")
    always = tuple(option for option, successes in tried.items() if all(successes))
    sometimes = tuple(option for option, successes in tried.items() if any(successes) and not all(successes))
    return Able(every=bool(tried) and len(always) == len(tried), always=always, sometimes=sometimes, measured=bool(tried))


def host_facts(view: View) -> HostFacts:
    """Options and their defaults, what can't be set together, late options, the range of port 0, linger."""
    asked = view.where(measure=HOST_MEASURES)
    late = view.where(measure=Measure.LATE_OPTION)
    columns = columns_of(view.outcome[list(asked) + list(late)], view.targets, view.hosts)
    found = []
    for (measure, protocol, first, second, account), members in view.grouped(
        asked, ("measure", "protocol", "first_option", "second_option", "account")
    ):
        answers = tuple(counted(view.answers(members, column.target)) for column in columns.shown)
        if any(answer not in NOTHING for each in answers for answer, _ in each):
            options = tuple(option for option in (first, second) if option)
            found.append(
                HostFact(measure=measure, protocol=protocol, options=options, other_account=account != Account.SAME, answers=answers)
            )
    for (protocol, option), members in view.grouped(late, ("protocol", "first_option")):
        answers = tuple(counted(view.answers(members, column.target)) for column in columns.shown)
        found.append(HostFact(measure=str(Measure.LATE_OPTION), protocol=protocol, options=(option,), other_account=False, answers=answers))
    return HostFacts(columns=columns, facts=tuple(found))
