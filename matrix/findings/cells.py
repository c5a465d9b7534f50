"""The guide's current table in each situation: every cell with all that is known of it, from measured down to documented.

The table says neither TCP nor UDP, neither bound nor listening, so that each of its 36 cells is asked in three situations.
A cell without a record of a higher rung rests on nothing but the document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from matrix.findings.rungs import RUNGS, Known, Question, Rung, against, known
from matrix.findings.view import COLUMN, View
from matrix.records import Claim
from matrix.verdicts import CONTRADICTIONS, GRAVEST, Verdict
from matrix.vocabulary import KEYS, WORDS, Account, ClaimKind, Measure, Outcome, Protocol, State

Spec = tuple[str, str]  # option, address
SINCE = "5.2"  # the first version that the table speaks of
# What the table's cells are asked of: the name, the protocol, and the first socket's state.
SITUATIONS = (
    ("TCP, first socket bound", str(Protocol.TCP), str(State.BOUND)),
    ("TCP, first socket listening", str(Protocol.TCP), str(State.LISTENING)),
    ("UDP", str(Protocol.UDP), str(State.BOUND)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one rung holds of a cell, against what the guide says."""

    rung: Rung
    verdict: Verdict  # the gravest
    outcomes: tuple[str, ...]  # each once
    agreeing: int  # records that agree with the guide
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of the guide's table in one situation."""

    first: Spec
    second: Spec
    documented: str
    guide: Known  # the cell itself, as a record
    rungs: tuple[Held, ...]  # strongest first; none where the cell rests on nothing but the document
    records: tuple[Known, ...]  # all but the documents'
    contradicting: tuple[Known, ...]  # cells of other documents that say otherwise

    @property
    def strongest(self) -> Rung:
        """The strongest rung that there is."""
        return self.rungs[0].rung if self.rungs else Rung.DOCUMENTED

    @property
    def gets_in(self) -> bool:
        """Whether the second socket binds, by the strongest rung: where its records differ, at least somewhere."""
        return Outcome.SUCCESS in (self.rungs[0].outcomes if self.rungs else (self.documented,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The guide's table in one situation."""

    situation: str
    specs: tuple[Spec, ...]  # of its rows, and of its columns
    cells: tuple[Cell, ...]  # row by row
    alone: int  # cells that rest on nothing but the document


def questions_of(claim: Claim, protocol: str, state: str, measure: str = Measure.BIND) -> list[Question]:
    """The questions of one cell in one situation: one for each family that both sockets have."""
    found = []
    for family in WORDS["first_family"]:
        words = dict(zip(KEYS, claim.pattern, strict=True))
        words |= {"protocol": protocol, "first_state": state, "first_family": family, "second_family": family, "measure": measure}
        words["account"] = words["account"] or str(Account.SAME)
        found.append(tuple(words[column] for column in KEYS))
    return found


def table(view: View, claims: Sequence[Claim], situation: str, protocol: str, state: str) -> Table:
    """The guide's table in one situation, each cell with all that is known of it."""
    asked = [question for claim in claims for question in questions_of(claim, protocol, state)]
    families = len(WORDS["first_family"])
    found = known(view, asked, since=SINCE)
    cells = tuple(
        cell(claim, [record for each in found[number * families : (number + 1) * families] for record in each])
        for number, claim in enumerate(claims)
    )
    specs = tuple(dict.fromkeys(each.first for each in cells))
    return Table(situation=situation, specs=specs, cells=cells, alone=sum(not each.rungs for each in cells))


def cell(claim: Claim, records: Sequence[Known]) -> Cell:
    """One cell: its families' records together, each second-hand one once."""
    first, second = ((claim.pattern[COLUMN[f"{end}_option"]], claim.pattern[COLUMN[f"{end}_address"]]) for end in ("first", "second"))
    guide = next(each for each in records if each.id == claim.id)
    higher = tuple(each for each in once(records) if each.rung != Rung.DOCUMENTED)
    ordered = sorted(higher, key=lambda each: RUNGS.index(each.rung))
    documents = tuple(each for each in once(records) if each.rung == Rung.DOCUMENTED and contradicts(claim.expected, each))
    return Cell(
        first=first, second=second, documented=claim.expected, guide=guide, records=tuple(ordered), contradicting=documents,
        rungs=tuple(held(claim.expected, rung, list(members)) for rung, members in groupby(ordered, lambda each: each.rung)),
    )  # fmt: skip


def once(records: Sequence[Known]) -> list[Known]:
    """Records without those that are the same for several families; what was measured stands for each."""
    found: list[Known] = []
    for each in records:
        if each.rung == Rung.MEASURED or each not in found:
            found.append(each)
    return found


def contradicts(expected: str, record: Known) -> bool:
    """Whether a document's table says otherwise; a refusal by any error contradicts no refusal, and what is left open nothing."""
    if record.kind == ClaimKind.SENTENCE:
        return False  # those are judged sentence by sentence
    return against(expected, record.outcome) in CONTRADICTIONS and against(record.outcome, expected) in CONTRADICTIONS


def held(expected: str, rung: Rung, records: Sequence[Known]) -> Held:
    """What the records of one rung come to."""
    verdicts = [against(expected, each.outcome) for each in records]
    return Held(rung=rung, verdict=min(verdicts, key=GRAVEST.index), outcomes=tuple(dict.fromkeys(each.outcome for each in records)),
                agreeing=verdicts.count(Verdict.AGREES), records=len(records))  # fmt: skip
