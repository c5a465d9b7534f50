"""Answers to a question in anybody's words: what happens by class of platforms, since which version, what is known of systems without
a run, and which of the documents hold.

A question may be about several cases: states, protocols, or all that a pattern of ids matches. Platforms are in one class where
they answer equally to everything that is asked, and of a class the cases with one result are together. What is second-hand comes from
`sayings` and keeps its rung.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from matrix.findings.classes import columns_of
from matrix.findings.lookup import Statement, documents, matched
from matrix.findings.named import runs_of
from matrix.findings.sayings import Unmeasured, is_served, speak, unmeasured
from matrix.findings.since import Line, lines, notes_on
from matrix.findings.view import WINDOWS, Numbers, View
from matrix.platforms.targets import load_targets
from matrix.probe.cases import case_id
from matrix.questions.reader import Meaning
from matrix.questions.settled import ANY
from matrix.vocabulary import CASE_COLUMNS, IMITATES, NOT_MEASURED, SAME_KERNEL, WORDS, Account, Measure

DELIVER = "deliver-"
CALLS = (str(Measure.BIND), str(Measure.LISTEN), str(Measure.FIRST_LISTEN))
# What is asked unless the question names measures: the calls, and who receives while both live.
USUAL = (*CALLS, *(word for word in WORDS["measure"] if word.startswith(DELIVER)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What platforms answer to one measure."""

    measure: str
    outcome: str
    error: str  # as the system names it; blank for none
    agreed: int  # attempts that gave this answer, where the fewest did
    attempts: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Cases that come to the same on some platforms."""

    cases: tuple[int, ...]  # their places in the answer
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfClass:
    """Platforms that answer equally."""

    targets: tuple[str, ...]
    name: str
    imitates: tuple[tuple[str, str], ...]  # (system, the system that it imitates) of imitations among them
    results: tuple[Result, ...]  # of the cases that they have
    lacks: tuple[str, ...]  # why they lack the others: options that the system does not define, or `account`; may be empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case that is asked."""

    id: str
    words: tuple[str, ...]  # of CASE_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a question about pairs of sockets."""

    meaning: Meaning
    cases: tuple[Case, ...]
    classes: tuple[OfClass, ...]
    versions: tuple[Line[tuple[Reply, ...]], ...]  # of systems that were measured in several
    unmeasured: tuple[Unmeasured, ...]
    documents: tuple[Statement, ...]
    absent: tuple[str, ...]  # expected systems without a run, that the question does not name
    spoken_of: tuple[str, ...]  # those of them of which documents, tests or reports say something in these cases


def answer(view: View, meaning: Meaning) -> Answer:
    """What is known of a question of kind `case` or `pattern`. Raises UsageError for a pattern that matches none, or too many."""
    asked = matched(view, meaning.text) if meaning.kind == "pattern" else cases_of(meaning)
    targets, systems = platforms_of(view, meaning)
    measures = tuple(dict.fromkeys((CALLS[0], *meaning.measures))) if meaning.measures else USUAL
    questions = [questions_of(view, words, measures) for words in asked]
    absent = absent_systems(view, meaning, systems)
    return Answer(
        meaning=meaning,
        cases=tuple(Case(id=case_id(words), words=words) for words in asked),
        classes=classes_of(view, asked, questions, targets),
        versions=tuple(with_notes(view, each, asked) for each in lines(view, targets, [replier(view, each) for each in questions])),
        unmeasured=tuple(unmeasured(view, asked, measures, system, version) for system, version in systems),
        documents=documents(view, joined(questions), targets) if targets else (),
        absent=absent,
        spoken_of=speak(view, asked, measures, absent),
    )


def cases_of(meaning: Meaning) -> tuple[tuple[str, ...], ...]:
    """The cells of CASE_COLUMNS of each case that a question is about; options that are any are spelled out."""
    first, second = meaning.first, meaning.second
    if not first or not second:
        return ()
    options = WORDS["first_option"]
    return tuple(
        (protocol, first.family, one, first.address, state, second.family, other, second.address, meaning.account)
        for protocol, state in product(meaning.protocols, meaning.states)
        if not (protocol == "udp" and state != "bound") and not (protocol == "tcp" and state == "bound" and "listening" in meaning.states)
        for one in ([first.option] if first.option != ANY else options)
        for other in ([second.option] if second.option != ANY else options)
    )


def platforms_of(view: View, meaning: Meaning) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The runs that a question is about, and the systems without one: those that it names, or Windows where it names none.

    Who asks about an imitation hears of the system that it imitates, too.
    """
    if not meaning.platforms:
        return view.targets, () if view.windows else ((WINDOWS, ""),)
    found: dict[str, None] = {}
    missing: dict[tuple[str, str], None] = {}
    for system, version in meaning.platforms:
        targets = runs_of(view, system, "" if meaning.versions else version)
        found.update(dict.fromkeys(targets))
        imitated = IMITATES.get(system, "")
        if not targets:
            missing[system, version] = None
        if imitated and not any(host.system == imitated for host in view.hosts.values()):
            missing[imitated, ""] = None
        if system == WINDOWS and not targets:
            found.update((target, None) for target, host in view.hosts.items() if IMITATES.get(host.system) == WINDOWS)
    return tuple(target for target in view.targets if target in found), tuple(missing)


def absent_systems(view: View, meaning: Meaning, systems: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Systems that are expected and that no run is of; none where the question names platforms, nor those that it is about."""
    known = {host.system for host in view.hosts.values()} | {system for system, _ in systems}
    return () if meaning.platforms else tuple(dict.fromkeys(
        target.system for target in load_targets().values() if target.system not in known))  # fmt: skip


def questions_of(view: View, words: tuple[str, ...], measures: Sequence[str]) -> Numbers:
    """What is asked of one case, without destinations that neither socket serves."""
    served = [measure for measure in measures if is_served(words, measure)]
    return view.where(**dict(zip(CASE_COLUMNS, words, strict=True)), measure=served)


def joined(questions: Sequence[Numbers]) -> Numbers:
    """The questions of several cases."""
    found: Numbers = np.concatenate(questions) if questions else np.zeros(0, np.intp)
    return found


def classes_of(view: View, cases: Sequence[tuple[str, ...]], questions: Sequence[Numbers], targets: Sequence[str]) -> tuple[OfClass, ...]:
    """The platforms by what they answer, in the order of their first runs."""
    columns = columns_of(view.outcome[joined(questions)][:, view.numbers(targets)], targets, view.hosts, limit=max(len(targets), 1))
    return tuple(
        OfClass(targets=column.members, name=column.name, imitates=imitations(view, column.members),
                results=(found := results(view, questions, column.members)),
                lacks=lacks(view, cases, column.target) if sum(len(each.cases) for each in found) < len(cases) else ())
        for column in columns.shown
    )  # fmt: skip


def imitations(view: View, targets: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(system, the system that it imitates) of the imitations among some platforms; what has that system's own kernel is none."""
    systems = dict.fromkeys(view.hosts[target].system for target in targets)
    return tuple((system, IMITATES[system]) for system in systems if system in IMITATES and system not in SAME_KERNEL)


def lacks(view: View, cases: Sequence[tuple[str, ...]], target: str) -> tuple[str, ...]:
    """Why a platform lacks some cases: options that its system does not define, or other accounts, which could not be had."""
    host = view.hosts[target]
    options = dict.fromkeys(option for words in cases for option in (words[2], words[6]) if option not in host.options)
    return tuple(options) or (("account",) if any(words[8] != Account.SAME for words in cases) and not host.accounts else ())


def results(view: View, questions: Sequence[Numbers], targets: Sequence[str]) -> tuple[Result, ...]:
    """What platforms that answer equally come to, cases with the same result together."""
    gathered: dict[tuple[Reply, ...], tuple[list[int], list[tuple[Reply, ...]]]] = {}
    for place, of_case in enumerate(questions):
        given = replies(view, of_case, targets)
        if given:
            places, all_given = gathered.setdefault(without_attempts(given), ([], []))
            places.append(place)
            all_given.append(given)
    return tuple(
        Result(cases=tuple(places), replies=tuple(min(same, key=least) for same in zip(*all_given, strict=True)))
        for places, all_given in gathered.values()
    )


def replies(view: View, questions: Numbers, targets: Sequence[str]) -> tuple[Reply, ...]:
    """What platforms that answer equally answer, with the fewest attempts of them; empty where they don't have the case."""
    observed = view.judgement.observed
    catalogue = observed.catalogue
    found = []
    for question in questions.tolist():
        lines_of = [int(observed.line[question, number]) for number in view.numbers(targets)]
        given = [catalogue.answers[catalogue.answer_of[line]] for line in lines_of if line >= 0]
        same = [Reply(measure=view.word(question, "measure"), outcome=each.outcome, error=each.error, agreed=int(each.agreed),
                      attempts=int(each.attempts), detail=each.detail) for each in given]  # fmt: skip
        found += [min(same, key=least)] if same else []
    return tuple(found)


def with_notes(view: View, line: Line[tuple[Reply, ...]], cases: Sequence[tuple[str, ...]]) -> Line[tuple[Reply, ...]]:
    """The same with the commits that may be behind each change of a bind."""
    steps = []
    for step in line.steps:
        binds = bind_of(step.was), bind_of(step.now)
        steps.append(replace(step, notes=notes_on(view, line.system, step, binds, [cases[place] for place in step.about])))
    return replace(line, steps=tuple(steps))


def bind_of(given: Sequence[Reply]) -> str:
    """The outcome of the bind among replies; blank where it is not among them."""
    return next((each.outcome for each in given if each.measure == Measure.BIND), "")


def least(reply: Reply) -> tuple[int, int]:
    """The order of replies by how few attempts they rest on: where some disagreed, those first."""
    return reply.agreed - reply.attempts, reply.attempts


def without_attempts(given: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """Replies by what they say alone."""
    return tuple(replace(each, agreed=0, attempts=0, detail="") for each in given)


def replier(view: View, questions: Numbers) -> Callable[[str], tuple[Reply, ...] | None]:
    """What a target replies to questions, for comparison; None where it lacks them, or they were not measured there."""

    def reply(target: str) -> tuple[Reply, ...] | None:
        given = without_attempts(replies(view, questions, [target]))
        return given if given and not any(each.outcome in NOT_MEASURED for each in given) else None

    return reply
