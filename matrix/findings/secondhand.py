"""Second-hand evidence beside the guide's table: what it says of everything else, and where a run shows that it was wrong."""

from collections.abc import Collection
from dataclasses import dataclass

from matrix.findings.classes import named
from matrix.findings.rungs import Known, as_claim, as_known, is_placed
from matrix.findings.view import WINDOWS, View
from matrix.judge import Pattern, meetings, patterns_of
from matrix.verdicts import Verdict, verdict_of
from matrix.vocabulary import NOT_MEASURED, within


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one address of one source says: its rows together."""

    title: str  # of the source
    records: tuple[Known, ...]
    note: str  # on the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuted:
    """A row of evidence that no run of its system and version confirms."""

    record: Known
    measured: tuple[tuple[str, str], ...]  # (outcome, platforms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Evidence on one system."""

    system: str
    pages: tuple[Page, ...]
    refuted: tuple[Refuted, ...]


def pages(view: View, system: str, omitted: Collection[str] = ()) -> tuple[Page, ...]:
    """The evidence on a system by the address at which it is read, without rows that are shown already."""
    found: dict[tuple[str, str, str], list[Known]] = {}
    for row in view.evidence.rows:
        if row.system == system and row.id not in omitted:
            found.setdefault((row.source, row.link, row.section), []).append(as_known(view, row))
    return tuple(
        Page(title=view.evidence.sources[source].title, note=view.evidence.sources[source].note, records=tuple(records))
        for (source, _, _), records in sorted(found.items())
    )  # fmt: skip


def elsewhere(view: View) -> tuple[Elsewhere, ...] | None:
    """The evidence on every system but Windows; None where there is none."""
    systems = dict.fromkeys(row.system for row in view.evidence.rows if row.system != WINDOWS)
    if not systems:
        return None
    return tuple(Elsewhere(system=system, pages=pages(view, system), refuted=refuted(view, system)) for system in sorted(systems))


def refuted(view: View, system: str) -> tuple[Refuted, ...]:
    """Rows that were measured since on their own system and version, in every case that they may be about, and answered otherwise."""
    rows = [row for row in view.evidence.rows if row.system == system and is_placed(row)]
    targets = [target for target, host in view.hosts.items() if host.system == system]
    if not rows or not targets:
        return ()
    patterns = [Pattern(number, words, outcome) for number, row in enumerate(rows) for words, outcome in patterns_of(as_claim(row))]
    seen: list[dict[str, list[str]]] = [{} for _ in rows]
    for number, question in zip(*(each.tolist() for each in meetings(patterns, view.codes)), strict=True):
        row = patterns[number].claim
        for target in targets:
            outcome = view.outcomes[view.outcome[question, view.number(target)]]
            if outcome and outcome not in NOT_MEASURED and within(view.hosts[target].version, rows[row].since, rows[row].until):
                members = seen[row].setdefault(outcome, [])
                if target not in members:
                    members.append(target)
    return tuple(
        Refuted(record=as_known(view, row), measured=tuple((outcome, named(members, view.hosts)) for outcome, members in outcomes.items()))
        for row, outcomes in zip(rows, seen, strict=True)
        if outcomes and all(verdict_of(row.outcome, outcome) != Verdict.AGREES for outcome in outcomes)
    )  # fmt: skip
