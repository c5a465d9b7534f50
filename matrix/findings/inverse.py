"""The inverse of a question: which sockets live beside each other, which are refused and with what, on which platforms.

A pair **lives** where the second socket is bound and, for TCP, both listen. It is **bound only** where its bind succeeds and a
listen is refused. Everything else is refused, or not measured. Where a question names measures, pairs are listed by what they answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from matrix.findings.asked import CALLS, absent_systems, cases_of, imitations, platforms_of
from matrix.findings.classes import named
from matrix.findings.named import range_of
from matrix.findings.rungs import Rung, best, known
from matrix.findings.sayings import Unmeasured, speak, unmeasured
from matrix.findings.since import lines, notes_on
from matrix.findings.titles import alternatives
from matrix.findings.view import WINDOWS, View
from matrix.probe.vocabulary import OPTIONS, SO_REUSEADDR
from matrix.questions.reader import REFUSED, Meaning
from matrix.questions.settled import ANY
from matrix.records import Note
from matrix.vocabulary import CASE_COLUMNS, NOT_MEASURED, WORDS, Outcome

LIVE, BOUND_ONLY = "live", "bound-only"
# Options that Windows doesn't define, of which documents may say what they say of any: no program can set them there.
NOT_ON_WINDOWS = frozenset(
    option.name for option in OPTIONS
    if not all(setting == SO_REUSEADDR or "win32" in dict(setting.numbers) for setting in option.settings)
)  # fmt: skip
LAST = ("indistinct", "neither")  # answers that tell a reader least: a screen that is full leaves them out first
RECEIVERS = frozenset(("first", "second", "split", "both"))  # wanted words that are about who receives
RECEIVING = tuple(word for word in WORDS["measure"] if word.startswith(("deliver-", "multicast-")))
Pair = tuple[str, str]  # options of the first and of the second socket


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Pairs that come to the same: `result` is LIVE, BOUND_ONLY, an error's name, or what a measure answers."""

    protocol: str
    states: tuple[str, ...]
    measures: tuple[str, ...]  # empty for the calls
    result: str
    firsts: tuple[str, ...]  # options of the first socket, each with each of `seconds`
    seconds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Platforms on which all pairs come to the same, or what others know of a system without a run."""

    name: str
    targets: tuple[str, ...]  # empty for what is second-hand
    rung: str  # of what is second-hand; `measured` otherwise
    imitates: tuple[tuple[str, str], ...]  # (system, the system that it imitates) of imitations among them
    lacks: tuple[str, ...]  # options that the question names and that these platforms do not define
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Pairs that come to something else on the next version that was measured."""

    before: str  # the last version that was measured to answer so
    after: str  # the first that was measured to answer otherwise
    was: str
    now: Kind
    notes: tuple[Note, ...]  # commits that may be behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The measured versions of one system, oldest first, and what changed among them."""

    system: str
    versions: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer to an inverse question."""

    meaning: Meaning
    sides: tuple[Side, ...]
    versions: tuple[Versions, ...]
    unmeasured: tuple[Unmeasured, ...]  # systems that the question is about, without a run
    absent: tuple[str, ...]
    spoken_of: tuple[str, ...]  # those of `absent` of which documents, tests or reports say something in these cases


def find(view: View, meaning: Meaning) -> Found:
    """What a question of kind `find` asks."""
    targets, systems = platforms_of(view, meaning)
    cases = cases_of(meaning)
    by_kinds: dict[tuple[Kind, ...], list[str]] = {}
    measures = meaning.measures or (RECEIVING if meaning.wanted in RECEIVERS else ())
    # Where no second socket gets in, nothing was sent: then the calls are the answer.
    by_target = {target: tuple(of_target(view, cases, measures, target)) or tuple(of_target(view, cases, (), target)) for target in targets}
    for target, given in by_target.items():
        by_kinds.setdefault(kinds(given, meaning.wanted), []).append(target)
    sides = [
        Side(name=named(members, view.hosts), targets=tuple(members), rung=str(Rung.MEASURED), imitates=imitations(view, members),
             lacks=() if each else lacking(view, meaning, members), kinds=each)
        for each, members in by_kinds.items()
    ]  # fmt: skip
    for system, version in systems:
        sides += second_hand(view, cases, system, version, meaning)
    absent = absent_systems(view, meaning, systems)
    return Found(
        meaning=meaning,
        sides=tuple(sides),
        versions=versions(view, by_target, meaning.wanted),
        unmeasured=tuple(unmeasured(view, cases, CALLS[:1], system, version) for system, version in systems),
        absent=absent,
        spoken_of=speak(view, cases, CALLS[:1], absent),
    )


def bind_of(result: str) -> str:
    """What a result of the calls says of the bind."""
    return str(Outcome.SUCCESS) if result in (LIVE, BOUND_ONLY) else result


def lacking(view: View, meaning: Meaning, targets: Sequence[str]) -> tuple[str, ...]:
    """The options that a question names and that none of some platforms define."""
    named_options = dict.fromkeys(socket.option for socket in (meaning.first, meaning.second) if socket and socket.option != ANY)
    return tuple(option for option in named_options if not any(option in view.hosts[target].options for target in targets))


def versions(view: View, by_target: dict[str, "tuple[Result, ...]"], wanted: str) -> tuple[Versions, ...]:
    """What changed from version to version, as far as what it was, or what it became, is wanted."""
    tables = {target: {(words, measure): result for words, measure, result in given} for target, given in by_target.items()}
    asked = list(dict.fromkeys(question for table in tables.values() for question in table))
    found = []
    for line in lines(view, tuple(by_target), [lambda target, question=each: tables[target].get(question) for each in asked]):  # type: ignore[misc]
        changes = []
        for step in line.steps:
            if is_wanted(step.was, wanted) or is_wanted(step.now, wanted):
                binds = bind_of(step.was), bind_of(step.now)
                notes = notes_on(view, line.system, step, binds, [asked[place][0] for place in step.about])
                changes += [
                    Change(before=step.before, after=step.after, was=step.was, now=kind, notes=notes)
                    for kind in kinds([(*asked[place], step.now) for place in step.about], "")
                ]
        found.append(Versions(system=line.system, versions=line.versions, changes=tuple(changes)))
    return tuple(found)


Result = tuple[tuple[str, ...], str, str]  # cells of CASE_COLUMNS, measure (blank for the calls), result


def of_target(view: View, cases: Sequence[tuple[str, ...]], measures: Sequence[str], target: str) -> Iterable[Result]:
    """What each case comes to on a platform; cases that it doesn't have are left out."""
    asked = measures or CALLS
    table = answers_of(view, asked, target)
    for words in cases:
        given = {measure: table[words, measure] for measure in asked if (words, measure) in table}
        if measures:
            for measure, (outcome, error) in given.items():
                yield words, measure, error or outcome
        elif given.get("bind", ("", ""))[0] not in ("", *NOT_MEASURED):
            yield words, "", of_calls(given)


def answers_of(view: View, measures: Sequence[str], target: str) -> dict[tuple[tuple[str, ...], str], tuple[str, str]]:
    """(cells of a case, measure) → (outcome, error) of everything that a platform was asked of some measures."""
    questions = view.where(measure=measures)
    observed = view.judgement.observed
    catalogue = observed.catalogue
    found = {}
    lines = observed.line[questions, view.number(target)].tolist()
    columns = list(zip(*(view.column(questions, name) for name in (*CASE_COLUMNS, "measure")), strict=True))
    for cells, line in zip(columns, lines, strict=True):
        if line >= 0:
            given = catalogue.answers[catalogue.answer_of[line]]
            found[tuple(cells[:-1]), cells[-1]] = (given.outcome, given.error)
    return found


def of_calls(given: dict[str, tuple[str, str]]) -> str:
    """LIVE, BOUND_ONLY, or the error of the bind, as the system names it."""
    outcome, error = given["bind"]
    if outcome != Outcome.SUCCESS:
        return error or outcome
    listens = [given[measure][0] for measure in CALLS[1:] if measure in given]
    return LIVE if all(each == Outcome.SUCCESS for each in listens) else BOUND_ONLY


def kinds(results: Iterable[Result], wanted: str) -> tuple[Kind, ...]:
    """Results as products of options, as far as they are wanted; those that differ in measures or states alone are one."""
    by_result: dict[tuple[str, str, str, str], dict[str, dict[str, None]]] = {}
    for words, measure, result in results:
        if is_wanted(result, wanted):
            of_first = by_result.setdefault((words[0], words[4], measure, result), {}).setdefault(words[2], {})
            of_first[words[6]] = None
    found: dict[Kind, None] = {}
    for (protocol, state, measure, result), firsts in by_result.items():
        by_seconds: dict[tuple[str, ...], list[str]] = {}
        for first, seconds in firsts.items():
            by_seconds.setdefault(tuple(seconds), []).append(first)
        found.update((Kind(protocol=protocol, states=(state,), measures=(measure,) if measure else (), result=result, firsts=tuple(each),
                           seconds=seconds), None) for seconds, each in by_seconds.items())  # fmt: skip
    by_measure: dict[Kind, list[str]] = {}
    for kind in found:
        by_measure.setdefault(replace(kind, measures=()), []).extend(kind.measures)
    by_state: dict[Kind, list[str]] = {}
    for kind, measures in by_measure.items():
        by_state.setdefault(replace(kind, measures=tuple(measures), states=()), []).extend(kind.states)
    found_kinds = [replace(kind, states=tuple(states)) for kind, states in by_state.items()]
    return tuple(sorted(found_kinds, key=lambda kind: kind.result in LAST))


def is_wanted(result: str, wanted: str) -> bool:
    """Whether a result, or one of its alternatives, is one that was asked for; without a word, all are."""
    return not wanted or any(fits(each, wanted) for each in alternatives(result))


def fits(result: str, wanted: str) -> bool:
    """Whether one result is what was asked for."""
    bound = result in (LIVE, BOUND_ONLY)
    plain = result.removeprefix("WSA")
    refused = plain.startswith("E") or result in ("INUSE", "ACCESS", REFUSED)
    return (
        result == wanted
        or (wanted == "SUCCESS" and bound)
        or (wanted == REFUSED and not bound and refused)
        or {"EADDRINUSE": "INUSE", "EACCES": "ACCESS"}.get(plain, plain) == wanted
    )


def second_hand(view: View, cases: Sequence[tuple[str, ...]], system: str, version: str, meaning: Meaning) -> list[Side]:
    """What others know of the second socket's bind on a system without a run, the strongest rung of each pair.

    Also where who receives is asked: a socket that can't bind receives nothing.
    """
    if not all(measure == CALLS[0] or measure in RECEIVING for measure in meaning.measures):
        return []
    wanted = str(Outcome.SUCCESS) if meaning.wanted in (LIVE, *RECEIVERS) else meaning.wanted
    by_rung: dict[Rung, list[Result]] = {}
    lacking = NOT_ON_WINDOWS if system == WINDOWS else frozenset[str]()
    cases = [words for words in cases if not lacking & {words[2], words[6]}]
    for words, records in zip(cases, known(view, [(*words, CALLS[0]) for words in cases], system, *range_of(system, version)), strict=True):
        strongest = best(records)
        if strongest:
            by_rung.setdefault(strongest[0].rung, []).append((words, "", "|".join(dict.fromkeys(each.outcome for each in strongest))))
    return [
        Side(name=system, targets=(), rung=str(rung), imitates=(), lacks=(), kinds=shown)
        for rung in Rung
        if (shown := kinds(by_rung.get(rung, []), wanted))
    ]
