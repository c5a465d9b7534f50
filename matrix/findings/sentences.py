"""Sentence by sentence: what was measured of each, what exists where, and what published tests assert."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from matrix.data.claims import sentence_of
from matrix.findings.beliefs import MICROSOFT, measures_of, microsofts, relation_to, sentences_of
from matrix.findings.classes import Columns, columns_by, named
from matrix.findings.documents import unobserved_reasons
from matrix.findings.view import COLUMN, View
from matrix.records import Claim, Reading, Unmeasured
from matrix.verdicts import CONTRADICTIONS, GRAVEST, Verdict
from matrix.vocabulary import ClaimKind, Measure, Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was observed of one measure, and how often."""

    measure: str
    expected: str
    observed: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a sentence comes to on some platforms."""

    platforms: str
    relation: str  # a Relation; blank where the claim doesn't speak of them
    speaks_of: tuple[tuple[str, str, str], ...]  # (system, since, until), where it doesn't
    verdicts: tuple[tuple[str, int], ...]  # worst first
    seen: tuple[Seen, ...]
    reasons: tuple[str, ...]  # where nothing was measured
    missing: int = 0  # claims of the sentence that speak of these platforms, and of which nothing was measured there
    targets: tuple[str, ...] = ()  # the platforms, each by its run


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A table that contradicts a sentence, and in how many cells."""

    table: str
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fair:
    """The narrower reading of a sentence, by which it counts."""

    reading: Reading
    answers: tuple[Answer, ...]
    against: tuple[Against, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A sentence against every platform."""

    name: str
    source: str
    section: str
    statement: str
    patterns: int
    measures: tuple[str, ...]
    answers: tuple[Answer, ...]  # by its words
    against: tuple[Against, ...]
    fair: Fair | None  # None where it can be read in one way only


@dataclass(frozen=True, slots=True, kw_only=True)
class Exists:
    """A cell of the table of what exists where."""

    platform: str
    option: str  # blank for enhanced socket security
    expected: str
    answers: tuple[Answer, ...]  # of each column


@dataclass(frozen=True, slots=True, kw_only=True)
class Existence:
    """The chapter's findings."""

    columns: Columns
    cells: tuple[Exists, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A sentence of another system's document."""

    source: str
    section: str
    statement: str
    system: str
    answers: tuple[Answer, ...]  # of the platforms that it speaks of, and of their imitations


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuted:
    """An assertion that some platforms do not confirm."""

    platforms: str
    assertion: str
    section: str
    expected: str
    observed: tuple[str, ...]
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A published test suite."""

    source: str
    publisher: str
    assertions: int
    verdicts: tuple[tuple[str, int], ...]
    refuted: tuple[Refuted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """The chapter's findings."""

    suites: tuple[Suite, ...]
    # (claim of a document read fairly, what it expects, claim of a test, what it asserts)
    against: tuple[tuple[Claim, str, Claim, str], ...]


def answer(view: View, claims: Sequence[Claim], target: str, fair: bool = False) -> Answer:
    """What some claims of one sentence come to on a platform, by their words or read fairly; `platforms` is left blank."""
    relations = [relation for relation in (relation_to(view, claim, target, fair) for claim in claims) if relation]
    if not relations:
        ends = {(claim.system, claim.since, claim.last if fair else claim.until) for claim in claims}
        return Answer(platforms="", relation="", speaks_of=tuple(sorted(ends)), verdicts=(), seen=(), reasons=())
    about = [claim for claim in claims if relation_to(view, claim, target, fair)]
    parts = [[each for each in view.judged(claim, target) if each.verdict != Verdict.UNOBSERVED] for claim in about]
    measured = [each for part in parts for each in part]
    if not measured:
        reasons = tuple(sorted({reason for claim in about for reason in unobserved_reasons(view, claim, target)}))
        return Answer(platforms="", relation=str(relations[0]), speaks_of=(), verdicts=(), seen=(), reasons=reasons)
    seen = Counter((each.question[COLUMN["measure"]], each.expected, each.observed) for each in measured)
    return Answer(
        platforms="", relation=str(relations[0]), speaks_of=(), reasons=(),
        verdicts=counts_of(each.verdict for each in measured), missing=sum(not part for part in parts),
        seen=tuple(Seen(measure=measure, expected=expected, observed=outcome, count=count)
                   for (measure, expected, outcome), count in sorted(seen.items())),
    )  # fmt: skip


def counts_of(verdicts: Iterable[Verdict]) -> tuple[tuple[str, int], ...]:
    """(verdict, how often), worst first."""
    counts = Counter(verdicts)
    return tuple((str(verdict), counts[verdict]) for verdict in (*GRAVEST, Verdict.UNOBSERVED) if verdict in counts)


def by_answer(view: View, claims: Sequence[Claim], targets: Iterable[str], fair: bool = False) -> tuple[Answer, ...]:
    """What some claims come to: platforms with the same answer together."""
    gathered: dict[Answer, list[str]] = {}
    for target in targets:
        gathered.setdefault(answer(view, claims, target, fair), []).append(target)
    return tuple(replace(each, platforms=named(members, view.hosts), targets=tuple(members)) for each, members in gathered.items())


def sentence_by_sentence(view: View) -> tuple[Held, ...]:
    """Each sentence: its place, what was measured where, and the tables that contradict it; in its fair reading too."""
    against, fairly = tables_against(view, fair=False), tables_against(view, fair=True)
    found = []
    for sentence in microsofts(view):
        reading = view.claims.readings.get(sentence.id)
        answers = by_answer(view, sentence.claims, view.targets, fair=True) if reading else ()
        found.append(
            Held(
                name=sentence.name, source=sentence.first.source, section=sentence.first.section, statement=sentence.first.statement,
                patterns=len(sentence.claims), measures=measures_of(sentence), answers=by_answer(view, sentence.claims, view.targets),
                against=against.get(sentence.id, ()),
                fair=Fair(reading=reading, answers=answers, against=fairly.get(sentence.id, ())) if reading else None,
            )
        )  # fmt: skip
    return tuple(found)


def unmeasured(view: View) -> tuple[Unmeasured, ...] | None:
    """The sentences that no row can judge."""
    return view.claims.unmeasured or None


def tables_against(view: View, fair: bool) -> dict[str, tuple[Against, ...]]:
    """For each sentence that a documented table contradicts, by its words or read fairly: which, and in how many cells."""
    found: dict[str, dict[str, set[str]]] = {}
    for pair in view.contradictions:
        for sentence, cell in ((pair.a, pair.b), (pair.b, pair.a)):
            if sentence.kind == ClaimKind.SENTENCE and cell.kind == ClaimKind.CELL and (pair.fair or not fair):
                tables = found.setdefault(sentence_of(sentence.id), {})
                tables.setdefault(f"{cell.source}, {cell.section}", set()).add(cell.id)
    return {
        name: tuple(Against(table=table, cells=len(cells)) for table, cells in sorted(tables.items())) for name, tables in found.items()
    }


def existence(view: View) -> Existence | None:
    """The guide's table of platforms: each cell, and what each measured platform shows of it."""
    claims = view.of_kind(ClaimKind.AVAILABILITY)
    if not claims:
        return None
    answers = {target: tuple(answer(view, [claim], target) for claim in claims) for target in view.targets}
    columns = columns_by(answers, view.hosts)
    cells = tuple(
        Exists(platform=claim.section, option=claim.pattern[COLUMN["first_option"]] if claim.pattern[-1] == Measure.AVAILABLE else "",
               expected=claim.expected, answers=tuple(answers[column.target][number] for column in columns.shown))
        for number, claim in enumerate(claims)
    )  # fmt: skip
    return Existence(columns=columns, cells=cells)


def subjects(view: View, claims: Sequence[Claim]) -> list[str]:
    """The targets that some claims speak of, and those that promise to be like them."""
    spoken_of = (Relation.SUBJECT, Relation.IMITATION)
    return [target for target in view.targets if any(view.judgement.relation(claim, target) in spoken_of for claim in claims)]


def other_documents(view: View) -> tuple[Elsewhere, ...]:
    """What the other systems' own documents say, judged on those systems and their imitations."""
    theirs = {source.id for source in view.claims.sources.values() if source.publisher != MICROSOFT and not view.is_test(source.id)}
    return tuple(
        Elsewhere(source=sentence.first.source, section=sentence.first.section, statement=sentence.first.statement,
                  system=sentence.first.system, answers=by_answer(view, sentence.claims, subjects(view, sentence.claims)))
        for sentence in sentences_of(claim for claim in view.claims.claims if claim.source in theirs)
    )  # fmt: skip


def published_tests(view: View) -> Tests | None:
    """Published tests, apart from documents: what they assert, against the documents and against the runs."""
    by_source: dict[str, list[Claim]] = {}
    for claim in view.of_kind(ClaimKind.ASSERTION):
        by_source.setdefault(claim.source, []).append(claim)
    if not by_source:
        return None
    against: dict[tuple[str, str], tuple[Claim, str, Claim, str]] = {}
    for pair in view.contradictions:
        if pair.fair and (pair.a.kind == ClaimKind.ASSERTION) != (pair.b.kind == ClaimKind.ASSERTION):
            test, page = ((pair.a, pair.expected_a), (pair.b, pair.expected_b))[:: 1 if pair.a.kind == ClaimKind.ASSERTION else -1]
            against.setdefault((pair.a.id, pair.b.id), (*page, *test))
    suites = tuple(suite(view, source, claims) for source, claims in sorted(by_source.items()))
    return Tests(suites=suites, against=tuple(against.values()))


def suite(view: View, source: str, claims: Sequence[Claim]) -> Suite:
    """One suite on the systems that it speaks of and on their imitations."""
    verdicts: list[Verdict] = []
    gathered: dict[tuple[str, str, str, tuple[str, ...], int], list[str]] = {}
    for target in subjects(view, claims):
        for claim in claims:
            if view.judgement.relation(claim, target) not in (Relation.SUBJECT, Relation.IMITATION):
                continue
            judged = view.judged(claim, target)
            verdicts += [each.verdict for each in judged] or [Verdict.UNOBSERVED]
            departing: dict[str, list[str]] = {}
            for each in judged:
                if each.verdict in CONTRADICTIONS:
                    departing.setdefault(each.expected, []).append(each.observed)
            for expected, observed in departing.items():
                key = (claim.id.split("/", 1)[1], claim.section, expected, tuple(sorted(set(observed))), len(observed))
                gathered.setdefault(key, []).append(target)
    refuted = tuple(
        Refuted(
            platforms=named(targets, view.hosts), assertion=assertion, section=section, expected=expected, observed=observed, cases=cases
        )
        for (assertion, section, expected, observed, cases), targets in gathered.items()
    )
    return Suite(source=source, publisher=view.claims.sources[source].publisher, assertions=len(claims), verdicts=counts_of(verdicts),
                 refuted=refuted)  # fmt: skip
