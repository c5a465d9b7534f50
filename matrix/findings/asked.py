"""Answers to a question in anybody's words: what happens by class of platforms, what is known of systems without a run, and
which of the documents hold.

A question's case may have several states or protocols; each is a case of its own, and platforms are in one class where they
answer equally to everything that is asked of it. What is shown of a second-hand kind comes from `rungs` and keeps its rung.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from matrix.findings.classes import columns_of
from matrix.findings.lookup import Statement, documents
from matrix.findings.named import platforms_named
from matrix.findings.rungs import Known, Rung, known
from matrix.findings.view import WINDOWS, Numbers, View
from matrix.platforms.targets import load_targets
from matrix.probe.cases import case_id
from matrix.questions.reader import ANY, Meaning
from matrix.vocabulary import CASE_COLUMNS, IMITATES, SAME_KERNEL, SERVES, WORDS, Measure

DELIVER, INHERIT = "deliver-", "inherit-"
CALLS = (str(Measure.BIND), str(Measure.LISTEN), str(Measure.FIRST_LISTEN))
# What is asked unless the question names measures: the calls, and who receives while both live.
USUAL = (*CALLS, *(word for word in WORDS["measure"] if word.startswith(DELIVER)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the platforms of a class answer to one measure."""

    measure: str
    outcome: str
    error: str  # as the system names it; blank for none
    agreed: int  # attempts that gave this answer, of the run with the fewest
    attempts: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfClass:
    """Platforms that answer equally."""

    targets: tuple[str, ...]
    name: str
    imitates: str  # the system that they imitate; blank for none
    replies: tuple[Reply, ...]  # empty where they don't have the case


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """A system that the question is about and that no run is of: what others know, strongest first."""

    system: str
    version: str  # asked for; blank for any
    records: tuple[tuple[str, Known], ...]  # (measure, record)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswer:
    """One case."""

    id: str
    words: tuple[str, ...]  # of CASE_COLUMNS
    served: tuple[str, ...]  # destinations that one of the sockets takes traffic for
    classes: tuple[OfClass, ...]
    unmeasured: tuple[Unmeasured, ...]
    documents: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a question about one pair of sockets."""

    meaning: Meaning
    cases: tuple[CaseAnswer, ...]
    absent: tuple[str, ...]  # expected systems without a run, that the question does not name


def answer(view: View, meaning: Meaning) -> Answer:
    """What is known of a question of kind `case`."""
    targets, systems = platforms_of(view, meaning)
    measures = tuple(dict.fromkeys((CALLS[0], *meaning.measures))) if meaning.measures else USUAL
    cases = tuple(one_case(view, words, measures, targets, systems) for words in cases_of(meaning))
    named = {system for system, _ in systems}
    asked_all = not meaning.platforms
    return Answer(meaning=meaning, cases=cases, absent=tuple(each for each in absent_systems(view) if asked_all and each not in named))


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
        targets = platforms_named(view, [f"{system} {version}".strip()]).targets
        found.update(dict.fromkeys(targets))
        imitated = IMITATES.get(system, "")
        if not targets:
            missing[system, version] = None
        if imitated and not any(host.system == imitated for host in view.hosts.values()):
            missing[imitated, ""] = None
        if system == WINDOWS and not targets:
            found.update((target, None) for target, host in view.hosts.items() if IMITATES.get(host.system) == WINDOWS)
    return tuple(target for target in view.targets if target in found), tuple(missing)


def absent_systems(view: View) -> tuple[str, ...]:
    """Systems that are expected and that no run is of."""
    measured = {host.system for host in view.hosts.values()}
    return tuple(dict.fromkeys(target.system for target in load_targets().values() if target.system not in measured))


def one_case(view: View, words: tuple[str, ...], measures: Sequence[str], targets: Sequence[str],
             systems: Iterable[tuple[str, str]]) -> CaseAnswer:  # fmt: skip
    """One case on the platforms, and on systems without a run."""
    questions = view.where(**dict(zip(CASE_COLUMNS, words, strict=True)), measure=measures)
    served = dict.fromkeys((*SERVES[words[1], words[3]], *SERVES[words[5], words[7]]))
    return CaseAnswer(
        id=case_id(words),
        words=words,
        served=tuple(served),
        classes=classes_of(view, questions, targets),
        unmeasured=tuple(unmeasured(view, words, measures, system, version) for system, version in systems),
        documents=documents(view, questions),
    )


def classes_of(view: View, questions: Numbers, targets: Sequence[str]) -> tuple[OfClass, ...]:
    """The platforms by what they answer, in the order of their first runs."""
    answers = view.outcome[questions][:, view.numbers(targets)]
    columns = columns_of(answers, targets, view.hosts, limit=max(len(targets), 1))
    return tuple(
        OfClass(targets=column.members, name=column.name, imitates=imitated(view, column.members),
                replies=tuple(replies(view, questions, column.members)))
        for column in columns.shown
    )  # fmt: skip


def imitated(view: View, targets: Sequence[str]) -> str:
    """The system that all of some platforms imitate; blank where one of them has that system's own kernel."""
    systems = {view.hosts[target].system for target in targets}
    found = {"" if system in SAME_KERNEL else IMITATES.get(system, "") for system in systems}
    return found.pop() if len(found) == 1 else ""


def replies(view: View, questions: Numbers, targets: Sequence[str]) -> Iterable[Reply]:
    """What platforms that answer equally answer, with the fewest attempts of them."""
    observed = view.judgement.observed
    catalogue = observed.catalogue
    for question in questions.tolist():
        lines = [int(observed.line[question, number]) for number in view.numbers(targets)]
        given = [catalogue.answers[catalogue.answer_of[line]] for line in lines if line >= 0]
        if given:
            least = min(given, key=lambda each: (int(each.attempts), int(each.agreed)))
            yield Reply(measure=view.word(question, "measure"), outcome=least.outcome, error=least.error, agreed=int(least.agreed),
                        attempts=int(least.attempts), detail=least.detail)  # fmt: skip


def unmeasured(view: View, words: tuple[str, ...], measures: Sequence[str], system: str, version: str) -> Unmeasured:
    """What others know of a case on a system without a run."""
    asked = [(*words, measure) for measure in measures]
    found = known(view, asked, system, version, version)
    records = [(measure, each) for measure, of_measure in zip(measures, found, strict=True) for each in of_measure]
    order = list(Rung)
    return Unmeasured(system=system, version=version, records=tuple(sorted(records, key=lambda each: order.index(each[1].rung))))
