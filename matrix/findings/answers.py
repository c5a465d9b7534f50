"""What is known of Windows, for somebody who asks: can another process take my port, by which options, on which address, what
protects, what of another account, and what remains unknown.

Each answer is drawn from the guide's table in its three situations, cell by cell from the strongest rung that there is, and
names on how many cells it rests by rung. Situations that agree are answered together.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matrix.data.sources import DOCUMENT
from matrix.findings.cells import SINCE, SITUATIONS, Cell, Spec, Table, questions_of
from matrix.findings.rungs import RUNGS, Known, Rung, best, known
from matrix.findings.view import COLUMN, CURRENT, DIFFERENT, WINDOWS, View
from matrix.vocabulary import RECEIVERS, Address, Measure, Option, Outcome

Pair = tuple[str, str]  # the first socket's, the second's
WILDCARD, SPECIFIC = str(Address.WILDCARD), str(Address.SPECIFIC)
DELIVERS = (str(Measure.DELIVER_IPV4), str(Measure.DELIVER_IPV6))
BESIDE = ((WILDCARD, SPECIFIC), (SPECIFIC, WILDCARD))


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """With which option a second socket gets in beside a first one, and on which pairs of addresses."""

    first: str
    second: str
    addresses: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Who gets in, in situations that agree."""

    situations: tuple[str, ...]
    same_address: tuple[Way, ...]
    over_default: tuple[Way, ...]  # over a first socket without options
    beside: tuple[tuple[str, str, int, int], ...]  # (first address, second address, cells that get in, cells)
    protected: tuple[Spec, ...]  # first sockets beside which nothing gets in
    protected_address: tuple[Spec, ...]  # those on whose very address nothing gets in
    support: tuple[tuple[Rung, int], ...]  # cells by their strongest rung


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivers:
    """Who receives where a second socket got in, by the strongest rung that speaks of it."""

    protocol: str
    beside: tuple[tuple[str, int], ...]  # (address of the receiver, records), where one has the wildcard and one a specific address
    shared: tuple[tuple[str, int], ...]  # (receiver, records), where both have one address
    rungs: tuple[tuple[Rung, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoAccounts:
    """The guide's table for two accounts beside the one for one account."""

    cells: int
    refused_instead: int  # cells in which one account's second socket gets in and another's doesn't
    rungs: tuple[tuple[Rung, int], ...]  # the different account's cells by their strongest rung


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is known, by question."""

    takings: tuple[Taking, ...]
    receivers: tuple[Receivers, ...]
    accounts: TwoAccounts
    unknown: tuple[tuple[str, int, int], ...]  # (situation, cells that rest on nothing but the document, cells)
    evidence: int  # rows of evidence on Windows that are no document's
    versionless: int  # those that name no version


def answers(view: View, tables: Sequence[Table]) -> Answers:
    """All of them."""
    rows = [row for row in view.evidence.rows if row.system == WINDOWS and view.evidence.sources[row.source].kind != DOCUMENT]
    return Answers(
        takings=takings(tables),
        receivers=tuple(receivers(view, protocol) for protocol in dict.fromkeys(each[1] for each in SITUATIONS)),
        accounts=two_accounts(view),
        unknown=tuple((each.situation, each.alone, len(each.cells)) for each in tables),
        evidence=len(rows),
        versionless=sum(not row.since and not row.until for row in rows),
    )


def takings(tables: Sequence[Table]) -> tuple[Taking, ...]:
    """Who gets in; situations with the same answer are answered together, and their cells counted together."""
    gathered: dict[tuple[bool, ...], list[Table]] = {}
    for each in tables:
        gathered.setdefault(tuple(cell.gets_in for cell in each.cells), []).append(each)
    return tuple(taking(members) for members in gathered.values())


def taking(tables: Sequence[Table]) -> Taking:
    """What some tables answer that agree."""
    cells, specs = tables[0].cells, tables[0].specs
    joined = [cell for cell in cells if cell.gets_in]
    beside = []
    for pair in BESIDE:
        both = [cell for cell in cells if (cell.first[1], cell.second[1]) == pair]
        beside.append((*pair, sum(cell.gets_in for cell in both), len(both)))
    return Taking(
        situations=tuple(each.situation for each in tables), beside=tuple(beside),
        same_address=ways(cell for cell in joined if cell.first[1] == cell.second[1]),
        over_default=ways(cell for cell in joined if cell.first[0] == Option.DEFAULT),
        protected=tuple(spec for spec in specs if not any(cell.first == spec for cell in joined)),
        protected_address=tuple(spec for spec in specs if not any(cell.first == spec and cell.second[1] == spec[1] for cell in joined)),
        support=by_rung(cell.strongest for each in tables for cell in each.cells),
    )  # fmt: skip


def ways(cells: Iterable[Cell]) -> tuple[Way, ...]:
    """Cells by the two options."""
    found: dict[Pair, list[Pair]] = {}
    for cell in cells:
        found.setdefault((cell.first[0], cell.second[0]), []).append((cell.first[1], cell.second[1]))
    return tuple(Way(first=first, second=second, addresses=tuple(addresses)) for (first, second), addresses in found.items())


def by_rung(rungs: Iterable[Rung]) -> tuple[tuple[Rung, int], ...]:
    """How many of each rung, strongest first."""
    counts = Counter(rungs)
    return tuple((rung, counts[rung]) for rung in RUNGS if rung in counts)


def receivers(view: View, protocol: str) -> Receivers:
    """Who receives what both sockets of a cell serve while both live; each record is counted once, of whatever it is."""
    claims = view.tables.get(CURRENT, ())
    states = dict.fromkeys(each[2] for each in SITUATIONS if each[1] == protocol)
    asked = [(claim, question) for claim in claims for state in states for measure in DELIVERS
             for question in questions_of(claim, protocol, state, measure)]  # fmt: skip
    found: dict[tuple[Pair, str, str, tuple[str, ...]], Known] = {}
    for (claim, _), records in zip(asked, known(view, [question for _, question in asked], since=SINCE), strict=True):
        addresses = claim.pattern[COLUMN["first_address"]], claim.pattern[COLUMN["second_address"]]
        for record in best([each for each in records if each.outcome in RECEIVERS and each.rung != Rung.DOCUMENTED]):
            found[addresses, record.id, record.outcome, record.platforms] = record
    beside: Counter[str] = Counter()
    shared: Counter[str] = Counter()
    for (addresses, *_), record in found.items():
        if addresses[0] == addresses[1]:
            shared[record.outcome] += 1
        else:
            beside[dict(zip(("first", "second"), addresses, strict=True)).get(record.outcome, record.outcome)] += 1
    return Receivers(protocol=protocol, beside=ranked(beside), shared=ranked(shared),
                     rungs=by_rung(record.rung for record in found.values()))  # fmt: skip


def ranked(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Counts, the largest first."""
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def two_accounts(view: View) -> TwoAccounts:
    """What the guide says of another account's second socket, and on which rung that stands."""
    same = {claim.pattern[1:8]: claim.expected for claim in view.tables.get(CURRENT, ())}
    different = view.tables.get(DIFFERENT, [])
    refused = sum(
        claim.expected != Outcome.SUCCESS and same.get(claim.pattern[1:8]) == Outcome.SUCCESS for claim in different
    )  # fmt: skip
    asked = [
        (number, question) for number, claim in enumerate(different) for _, protocol, state in SITUATIONS
        for question in questions_of(claim, protocol, state)
    ]  # fmt: skip
    found: list[list[Rung]] = [[] for _ in different]
    for (number, _), records in zip(asked, known(view, [question for _, question in asked], since=SINCE), strict=True):
        found[number] += (record.rung for record in records)
    rungs = [min(each, key=RUNGS.index) for each in found]
    return TwoAccounts(cells=len(different), refused_instead=refused, rungs=by_rung(rungs))
