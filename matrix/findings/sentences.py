"""What the documents say in sentences, what exists where, and what published tests assert."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matrix.findings.classes import Columns, columns_by, named
from matrix.findings.documents import unobserved_reasons
from matrix.findings.view import COLUMN, View
from matrix.judge import Judged
from matrix.records import Claim
from matrix.verdicts import GRAVEST, Verdict
from matrix.vocabulary import ClaimKind, Measure, Relation

MICROSOFT = "Microsoft"
BELIEVED, REFUTED, PARTLY, UNKNOWN = "confirmed", "refuted", "partly", "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """The claims of one sentence, or of one assertion."""

    name: str  # its id without the source
    claims: tuple[Claim, ...]

    @property
    def first(self) -> Claim:
        """The claim that has its words and its place."""
        return self.claims[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """A sentence, and whether each column confirms it."""

    statement: str
    name: str
    words: tuple[tuple[str, bool], ...]  # of each column: BELIEVED …, and whether the platform is only compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Beliefs:
    """The chapter's findings."""

    columns: Columns
    beliefs: tuple[Belief, ...]
    windows_measured: bool


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A table that contradicts a sentence, and in how many cells."""

    table: str
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A sentence against every platform."""

    name: str
    source: str
    section: str
    statement: str
    patterns: int
    measures: tuple[str, ...]
    answers: tuple[Answer, ...]
    against: tuple[Against, ...]


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
    against: tuple[tuple[Claim, str, Claim, str], ...]  # (claim of a document, what it expects, claim of a test, what it asserts)


def sentences_of(claims: Iterable[Claim]) -> list[Sentence]:
    """Claims gathered by their ids without the number at the end."""
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.id.rsplit("/", 1)[0], []).append(claim)
    return [Sentence(name=key.rsplit("/", 1)[-1], claims=tuple(members)) for key, members in found.items()]


def microsofts(view: View) -> list[Sentence]:
    """The sentences of Microsoft's pages."""
    mine = {source.id for source in view.claims.sources.values() if source.publisher == MICROSOFT}
    return sentences_of(claim for claim in view.of_kind(ClaimKind.SENTENCE) if claim.source in mine)


def judged_of(view: View, claims: Iterable[Claim], target: str) -> list[Judged]:
    """The observations of a target that some claims speak of."""
    return [each for claim in claims for each in view.judged(claim, target)]


def beliefs(view: View) -> Beliefs | None:
    """One record a sentence: what Windows and its imitations confirm, and what the others do."""
    sentences = microsofts(view)
    if not sentences:
        return None
    words = {target: tuple(belief(view, sentence, target) for sentence in sentences) for target in view.targets}
    columns = columns_by(words, view.hosts)
    found = tuple(
        Belief(
            statement=sentence.first.statement, name=sentence.name, words=tuple(words[column.target][number] for column in columns.shown)
        )
        for number, sentence in enumerate(sentences)
    )
    return Beliefs(columns=columns, beliefs=found, windows_measured=bool(view.windows))


def belief(view: View, sentence: Sentence, target: str) -> tuple[str, bool]:
    """One word for all the verdicts of a sentence on one platform, and whether it is only compared."""
    measured = [each.verdict for each in judged_of(view, sentence.claims, target) if each.verdict != Verdict.UNOBSERVED]
    if not measured:
        return UNKNOWN, False
    agreed = sum(verdict == Verdict.AGREES for verdict in measured)
    relation = next(filter(None, (view.judgement.relation(claim, target) for claim in sentence.claims)))
    return BELIEVED if agreed == len(measured) else PARTLY if agreed else REFUTED, relation == Relation.COMPARISON


def answer(view: View, claims: Sequence[Claim], target: str) -> Answer:
    """What some claims of one sentence come to on a platform; `platforms` is left blank."""
    relations = [relation for relation in (view.judgement.relation(claim, target) for claim in claims) if relation]
    if not relations:
        speaks_of = tuple(sorted({(" or ".join(claim.system.split("|")), claim.since, claim.until) for claim in claims}))
        return Answer(platforms="", relation="", speaks_of=speaks_of, verdicts=(), seen=(), reasons=())
    measured = [each for each in judged_of(view, claims, target) if each.verdict != Verdict.UNOBSERVED]
    if not measured:
        about = [claim for claim in claims if view.judgement.relation(claim, target)]
        reasons = tuple(sorted({reason for claim in about for reason in unobserved_reasons(view, claim, target)}))
        return Answer(platforms="", relation=str(relations[0]), speaks_of=(), verdicts=(), seen=(), reasons=reasons)
    seen = Counter((each.question[COLUMN["measure"]], each.expected, each.observed) for each in measured)
    return Answer(
        platforms="", relation=str(relations[0]), speaks_of=(), reasons=(),
        verdicts=counts_of(each.verdict for each in measured),
        seen=tuple(Seen(measure=measure, expected=expected, observed=outcome, count=count)
                   for (measure, expected, outcome), count in sorted(seen.items())),
    )  # fmt: skip


def counts_of(verdicts: Iterable[Verdict]) -> tuple[tuple[str, int], ...]:
    """(verdict, how often), worst first."""
    counts = Counter(verdicts)
    return tuple((str(verdict), counts[verdict]) for verdict in (*GRAVEST, Verdict.UNOBSERVED) if verdict in counts)


def by_answer(view: View, claims: Sequence[Claim], targets: Iterable[str]) -> tuple[Answer, ...]:
    """What some claims come to: platforms with the same answer together."""
    gathered: dict[Answer, list[str]] = {}
    for target in targets:
        gathered.setdefault(answer(view, claims, target), []).append(target)
    return tuple(with_platforms(each, named(members, view.hosts)) for each, members in gathered.items())


def with_platforms(each: Answer, platforms: str) -> Answer:
    """The same answer, of these platforms."""
    return Answer(platforms=platforms, relation=each.relation, speaks_of=each.speaks_of, verdicts=each.verdicts, seen=each.seen,
                  reasons=each.reasons)  # fmt: skip


def sentence_by_sentence(view: View) -> tuple[Held, ...]:
    """Each sentence: its place, what was measured where, and the tables that contradict it."""
    against = tables_against(view)
    return tuple(
        Held(
            name=sentence.name, source=sentence.first.source, section=sentence.first.section, statement=sentence.first.statement,
            patterns=len(sentence.claims),
            measures=tuple(dict.fromkeys(measure for claim in sentence.claims for measure in claim.pattern[COLUMN["measure"]].split("|"))),
            answers=by_answer(view, sentence.claims, view.targets),
            against=against.get(sentence.first.id.rsplit("/", 1)[0], ()),
        )
        for sentence in microsofts(view)
    )  # fmt: skip


def tables_against(view: View) -> dict[str, tuple[Against, ...]]:
    """For each sentence that a documented table contradicts: which, and in how many cells."""
    found: dict[str, dict[str, set[str]]] = {}
    for pair in view.contradictions:
        for sentence, cell in ((pair.a, pair.b), (pair.b, pair.a)):
            if sentence.kind == ClaimKind.SENTENCE and cell.kind == ClaimKind.CELL:
                tables = found.setdefault(sentence.id.rsplit("/", 1)[0], {})
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
        if (pair.a.kind == ClaimKind.ASSERTION) != (pair.b.kind == ClaimKind.ASSERTION):
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
                if each.verdict not in (Verdict.AGREES, Verdict.UNOBSERVED):
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
