"""What to believe: the sentences of Microsoft's pages, each with one word for every platform.

A sentence is judged by all its claims together, so that it is confirmed only where each of them was measured and agreed. One
that has two readings (see `records.Reading`) has a line for each, and counts by the fair one.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from matrix.data.claims import sentence_of
from matrix.findings.classes import Columns, columns_by, named
from matrix.findings.view import COLUMN, View
from matrix.records import Claim
from matrix.verdicts import Verdict
from matrix.vocabulary import ClaimKind, Relation

MICROSOFT = "Microsoft"
# What all the verdicts of a sentence come to. SO_FAR: agreed wherever it was measured, but a part of it was not. OVER: only refused
# where the sentence lets in. OPEN: the sentence promises nothing.
BELIEVED, SO_FAR, PARTLY, OVER, REFUTED, OPEN, UNKNOWN = "confirmed", "so-far", "partly", "over", "refuted", "left-open", "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """The claims of one sentence, or of one assertion."""

    id: str  # that of its claims, without the number at the end
    claims: tuple[Claim, ...]

    @property
    def name(self) -> str:
        """Its id without the source."""
        return self.id.rsplit("/", 1)[-1]

    @property
    def first(self) -> Claim:
        """The claim that has its words and its place."""
        return self.claims[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a sentence comes to on one platform."""

    word: str  # BELIEVED …
    compared: bool  # whether the platform promises nothing about the sentence's system
    observed: tuple[str, ...] = ()  # what was measured of a sentence that is left open


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """One reading of a sentence, and whether each column confirms it."""

    statement: str
    name: str
    source: str
    until: str  # the last version of the narrower reading; blank for a sentence as its words stand
    fair: bool  # whether it counts by this reading
    words: tuple[Word, ...]  # of each column


@dataclass(frozen=True, slots=True, kw_only=True)
class Beliefs:
    """The chapter's findings."""

    columns: Columns
    beliefs: tuple[Belief, ...]
    counts: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]  # (column, (word, how many sentences)), of those that are judged
    windows_measured: bool
    interfaces: tuple[tuple[str, str], ...]  # (what the second specific address is on, platforms)


def sentences_of(claims: Iterable[Claim]) -> list[Sentence]:
    """Claims gathered by their ids without the number at the end."""
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        found.setdefault(sentence_of(claim.id), []).append(claim)
    return [Sentence(id=key, claims=tuple(members)) for key, members in found.items()]


def microsofts(view: View) -> list[Sentence]:
    """The sentences of Microsoft's pages."""
    mine = {source.id for source in view.claims.sources.values() if source.publisher == MICROSOFT}
    return sentences_of(claim for claim in view.of_kind(ClaimKind.SENTENCE) if claim.source in mine)


def relation_to(view: View, claim: Claim, target: str, fair: bool) -> Relation | None:
    """What a run is to a claim, by its words or read fairly."""
    return view.judgement.fair_relation(claim, target) if fair else view.judgement.relation(claim, target)


def beliefs(view: View) -> Beliefs | None:
    """One record a reading: what Windows and its imitations confirm, and what the others do."""
    readings = [
        (sentence, until)
        for sentence in microsofts(view)
        for until in dict.fromkeys((sentence.first.fair_until, ""))  # the fair one first
    ]
    if not readings:
        return None
    words = {target: tuple(belief(view, sentence, target, bool(until)) for sentence, until in readings) for target in view.targets}
    columns = columns_by(words, view.hosts)
    found = tuple(
        Belief(
            statement=sentence.first.statement, name=sentence.name, source=sentence.first.source, until=until,
            fair=until == sentence.first.fair_until, words=tuple(words[column.target][number] for column in columns.shown),
        )
        for number, (sentence, until) in enumerate(readings)
    )  # fmt: skip
    judged = [(place, column) for place, column in enumerate(columns.shown) if column.target in view.held]
    counts = tuple((column.name, counted_words(each.words[place].word for each in found if each.fair)) for place, column in judged)
    roles = dict.fromkeys(host.other_specific for host in view.hosts.values())
    interfaces = tuple(
        (role, named([target for target, host in view.hosts.items() if host.other_specific == role], view.hosts)) for role in roles
    )
    return Beliefs(columns=columns, beliefs=found, counts=counts, windows_measured=bool(view.windows), interfaces=interfaces)


def counted_words(words: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """(word, how often), in their order."""
    counts = Counter(words)
    return tuple((word, counts[word]) for word in (BELIEVED, SO_FAR, PARTLY, OVER, REFUTED, OPEN, UNKNOWN) if counts[word])


def belief(view: View, sentence: Sentence, target: str, fair: bool = False) -> Word:
    """One word for all the verdicts of a sentence on one platform."""
    relations = {claim.id: relation_to(view, claim, target, fair) for claim in sentence.claims}
    about = [claim for claim in sentence.claims if relations[claim.id]]
    parts = [[each for each in view.judged(claim, target) if each.verdict != Verdict.UNOBSERVED] for claim in about]
    measured = [each for part in parts for each in part]
    compared = bool(about) and relations[about[0].id] == Relation.COMPARISON
    if not measured:
        return Word(word=UNKNOWN, compared=compared)
    verdicts = Counter(each.verdict for each in measured if each.verdict != Verdict.LEFT_OPEN)
    if not verdicts:
        return Word(word=OPEN, compared=compared, observed=tuple(sorted({each.observed for each in measured})))
    if set(verdicts) == {Verdict.AGREES}:
        return Word(word=BELIEVED if all(parts) else SO_FAR, compared=compared)
    if verdicts[Verdict.AGREES]:
        return Word(word=PARTLY, compared=compared)
    return Word(word=OVER if set(verdicts) == {Verdict.STRICTER} else REFUTED, compared=compared)


def measures_of(sentence: Sentence) -> tuple[str, ...]:
    """The measures that its claims name."""
    return tuple(dict.fromkeys(measure for claim in sentence.claims for measure in claim.pattern[COLUMN["measure"]].split("|")))
