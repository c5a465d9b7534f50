"""What others say of a system of which there is no run, summed up: one saying for all sources of a rung that say the same.

A saying keeps its rung, the versions that its sources name, and every record that it was made of. Sayings of the same sources are
one, with several parts. Of a system of which nobody speaks in the cases that are asked, `sentences` has what its own documents
say of the matter: sentences on the options that the question names, and those that no case can judge.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matrix.contradictions import versions_overlap
from matrix.data.sources import DOCUMENT
from matrix.findings.named import CLIENTS, SERVER, range_of
from matrix.findings.rungs import Known, Rung, known
from matrix.findings.titles import WINDOWS as WINDOWS_NAMES
from matrix.findings.view import COLUMN, WINDOWS, View
from matrix.platforms.targets import load_targets
from matrix.vocabulary import LITERALS, SERVES, ClaimKind, Option, version_key

BY_DESTINATION = ("deliver-", "inherit-", "multicast-")  # measures of which there is one for each destination
MAX_SENTENCES = 3
# Both sockets on one address: the other address, of which documents and tests speak as well.
OTHER_ADDRESS = {("wildcard", "wildcard"): "specific", ("specific", "specific"): "wildcard"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that is said."""

    measures: tuple[str, ...]  # one, or several that differ in the destination
    outcome: str
    cases: tuple[int, ...]  # places among the cases that are asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What all of some sources of one rung say."""

    rung: str
    parts: tuple[Part, ...]
    ranges: tuple[tuple[str, str], ...]  # (first, last) versions that they name; blank for no bound; empty where none names any
    sources: tuple[str, ...]  # `publisher: title, place`, each once
    records: tuple[Known, ...]  # the surest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of a system's own documents, near what is asked."""

    source: str  # the document's title
    section: str
    sentence: str
    remark: str  # why no case can judge it; blank where cases do


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """A system that the question is about and that no run is of: what others know, strongest first."""

    system: str
    version: str  # asked for; blank for any
    reaches: tuple[str, ...]  # how it will be reached, by `targets.toml`; empty for a system that is not expected
    sayings: tuple[Saying, ...]
    near: tuple[Saying, ...]  # where nobody says anything of the cases: of the same on the other address, both sockets on one
    near_address: str  # that address; blank without
    sentences: tuple[Sentence, ...]  # where nobody says anything of the cases


def unmeasured(view: View, cases: Sequence[tuple[str, ...]], measures: Sequence[str], system: str, version: str) -> Unmeasured:
    """What others know of some cases on a system without a run. `cases`: the cells of CASE_COLUMNS of each."""
    sayings = sayings_of(view, cases, measures, system, version)
    near: tuple[Saying, ...] = ()
    near_address = ""
    if not sayings and len(cases) == 1 and (cases[0][3], cases[0][7]) in OTHER_ADDRESS:
        words, address = cases[0], OTHER_ADDRESS[cases[0][3], cases[0][7]]
        near = sayings_of(view, [(*words[:3], address, *words[4:7], address, *words[8:])], measures, system, version)
        near_address = LITERALS[words[1], address] if near else ""
    return Unmeasured(system=system, version=version, reaches=reaches(system, version), sayings=sayings,
                      near=near, near_address=near_address, sentences=() if sayings else sentences(view, cases, system))  # fmt: skip


def sayings_of(view: View, cases: Sequence[tuple[str, ...]], measures: Sequence[str], system: str, version: str) -> tuple[Saying, ...]:
    """What anybody says of some cases."""
    asked = [(place, measure) for place in range(len(cases)) for measure in measures if is_served(cases[place], measure)]
    records = known(view, [(*cases[place], measure) for place, measure in asked], system, *range_of(system, version))
    return summed_up(view, [(*about, each) for about, of_question in zip(asked, records, strict=True) for each in of_question])


def reaches(system: str, version: str) -> tuple[str, ...]:
    """How a system will be reached, by `targets.toml`; of one version only what is sure to be that version."""
    targets = [target for target in load_targets().values() if target.system == system]
    if version:
        here = range_of(system, version)
        targets = [each for each in targets if each.version and versions_overlap(each.version, each.version, *here)]
    if system == WINDOWS and version in CLIENTS:  # whose range has builds of servers, too
        targets = [each for each in targets if SERVER not in WINDOWS_NAMES.get(each.version, "")]
    return tuple(dict.fromkeys(target.reach for target in targets))


def speak(view: View, cases: Sequence[tuple[str, ...]], measures: Sequence[str], systems: Iterable[str]) -> tuple[str, ...]:
    """The systems among some of which anybody says anything in the cases that are asked."""
    asked = [(*words, measure) for words in cases for measure in measures if is_served(words, measure)]
    return tuple(system for system in systems if any(known(view, asked, system)))


def is_served(words: Sequence[str], measure: str) -> bool:
    """Whether a measure concerns no destination, or one that either socket takes traffic for. `words`: the cells of CASE_COLUMNS."""
    kind, _, destination = measure.partition("-")
    served = (*SERVES[words[1], words[3]], *SERVES[words[5], words[7]])
    return kind not in ("deliver", "inherit") or destination in served


def summed_up(view: View, records: Iterable[tuple[int, str, Known]]) -> tuple[Saying, ...]:
    """Records, each with the place of its case and its measure, as sayings: by rung, and in the order of the measures."""
    things: dict[tuple[Rung, str, str], list[tuple[int, str, Known]]] = {}
    for each in records:
        _, measure, record = each
        kind = next((start for start in BY_DESTINATION if measure.startswith(start)), measure)
        things.setdefault((record.rung, kind, record.outcome), []).append(each)
    gathered: dict[tuple[Rung, tuple[str, ...]], tuple[list[Part], dict[str, Known]]] = {}
    for (rung, _, outcome), members in things.items():
        part = Part(measures=tuple(dict.fromkeys(measure for _, measure, _ in members)), outcome=outcome,
                    cases=tuple(dict.fromkeys(place for place, _, _ in members)))  # fmt: skip
        places = tuple(sorted({(place_of(view, record)) for _, _, record in members}))
        parts, of_places = gathered.setdefault((rung, places), ([], {}))
        parts.append(part)
        of_places.update((record.id, record) for _, _, record in members)
    order = list(Rung)
    found = [saying(view, rung, parts, tuple(of_places.values())) for (rung, _), (parts, of_places) in gathered.items()]
    return tuple(sorted(found, key=lambda each: order.index(Rung(each.rung))))


def saying(view: View, rung: Rung, parts: Sequence[Part], records: tuple[Known, ...]) -> Saying:
    """What some records of one rung say."""
    return Saying(rung=str(rung), parts=tuple(parts), ranges=widest(dict.fromkeys(bounds_of(view, record) for record in records)),
                  sources=tuple(dict.fromkeys(place_of(view, record) for record in records)), records=records)  # fmt: skip


def place_of(view: View, record: Known) -> str:
    """`publisher: title, place`, the place only of a document."""
    source = view.claims.sources.get(record.source) or view.evidence.sources[record.source]
    section = f", {record.section}" if source.kind == DOCUMENT and record.section else ""
    return f"{source.publisher}: {source.title}{section}"


def bounds_of(view: View, record: Known) -> tuple[str, str]:
    """The versions that a record's claim, or its row of evidence, names."""
    each = view.claims_by_id.get(record.id) or view.evidence_by_id[record.id]
    return each.since, each.until


def widest(ranges: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Ranges of versions, those that overlap as one, the oldest first; one without bounds says nothing. ("", "") of several means all."""
    found: list[tuple[str, str]] = []
    for since, until in sorted((each for each in ranges if any(each)), key=lambda each: (bool(each[0]), version_key(each[0]))):
        before = found[-1] if found else None
        if before and (not before[1] or not since or version_key(since) <= version_key(before[1])):
            last = "" if not (before[1] and until) else max(before[1], until, key=version_key)
            found[-1] = (before[0], last)
        else:
            found.append((since, until))
    return tuple(found)


def sentences(view: View, cases: Sequence[tuple[str, ...]], system: str) -> tuple[Sentence, ...]:
    """What the system's own documents say near the cases: on an option that they name, then what no case can judge."""
    named = {words[COLUMN[column]] for words in cases for column in ("first_option", "second_option")} - {str(Option.DEFAULT)}
    families = {words[COLUMN[column]] for words in cases for column in ("first_family", "second_family")}
    found = []
    for claim in view.claims.claims:
        options = {option for column in ("first_option", "second_option") for option in claim.pattern[COLUMN[column]].split("|")}
        source = view.claims.sources[claim.source]
        if system in claim.system.split("|") and claim.kind == ClaimKind.SENTENCE and source.kind == DOCUMENT and options & named:
            found.append(Sentence(source=source.title, section=claim.section, sentence=claim.statement, remark=""))
    for each in view.claims.unmeasured if system != WINDOWS else ():  # of Windows' documents none of these is on families
        source = view.claims.sources[each.source]
        if system in each.system.split("|") and source.kind == DOCUMENT and families != {"ipv4"}:
            found.append(Sentence(source=source.title, section=each.section, sentence=each.sentence, remark=each.reason))
    return tuple(dict.fromkeys(found))[:MAX_SENTENCES]
