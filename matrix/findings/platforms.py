"""What was measured, what is missing, and what was left out."""

from collections import Counter
from dataclasses import dataclass

from matrix.findings.classes import named
from matrix.findings.links import link_to
from matrix.findings.view import View
from matrix.records import Host, Leg, Source
from matrix.vocabulary import VOCABULARY, ClaimKind, Outcome, Relation

MAX_REASONS = 3  # of one run that is left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One run: its host and how many rows it has."""

    host: Host
    rows: int
    folder: str  # of its files, as seen from the report; blank where that is not known
    older: bool  # asked with an older vocabulary than this program's


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """A row of the guide's own table of platforms."""

    cells: tuple[str, ...]  # platform, SO_REUSEADDR, SO_EXCLUSIVEADDRUSE, enhanced socket security
    runs: str  # the platforms that are such a Windows; blank for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    """The chapter's findings."""

    measured: tuple[Platform, ...]
    accepts_unknown_options: str  # platforms that let an option be set that nobody ever defined; blank for none
    documented: tuple[Documented, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """The result of each leg of a workflow."""

    legs: tuple[Leg, ...]
    absent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What is not in the report because it can't be believed."""

    runs: tuple[tuple[str, tuple[str, ...], int], ...]  # (folder, first faults, how many more)
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the claims come from."""

    sources: tuple[Source, ...]
    lines: dict[str, int]  # source → claims whose section names a line of it


def platforms(view: View) -> Platforms:
    """Every run, and the guide's list with the runs that belong to it."""
    measured = tuple(
        Platform(host=run.host, rows=len(run.lines), folder=view.folders.get(run.host.target, ""), older=run.host.vocabulary < VOCABULARY)
        for run in view.runs.good
    )
    available = view.where(measure="available")
    surprising = [target for target in view.targets if view.is_outcome(available, target, [Outcome.NOT_RUN]).any()]
    documented = tuple(Documented(cells=row, runs=named(runs_of(view, row[0]), view.hosts)) for row in view.claims.availability)
    return Platforms(measured=measured, accepts_unknown_options=named(surprising, view.hosts), documented=documented)


def runs_of(view: View, platform: str) -> tuple[str, ...]:
    """The Windows runs that a row of the guide's table of platforms speaks of, by the versions of its claims."""
    claims = [claim for claim in view.of_kind(ClaimKind.AVAILABILITY) if claim.section == platform]
    return tuple(
        target for target in view.windows if any(view.judgement.relation(claim, target) == Relation.SUBJECT for claim in claims)
    )  # fmt: skip


def legs(view: View) -> Legs | None:
    """The legs, where a workflow had any."""
    if not view.legs:
        return None
    return Legs(legs=view.legs, absent=sum(leg.state != "fresh" for leg in view.legs))


def left_out(view: View) -> LeftOut | None:
    """Runs that could not be reported, and faults in claims and evidence."""
    written = (*view.claims.faults, *view.statements.faults, *view.evidence.faults)
    if not view.runs.faulty and not written:
        return None
    runs = tuple(
        (each.folder.name, tuple(map(str, each.faults[:MAX_REASONS])), max(len(each.faults) - MAX_REASONS, 0)) for each in view.runs.faulty
    )
    return LeftOut(runs=runs, claims=tuple(map(str, written)))


def sources(view: View) -> Sources:
    """All sources, in the order of their file."""
    lines: Counter[str] = Counter()
    for claim in view.claims.claims:
        lines[claim.source] += "#L" in link_to(view.claims.sources[claim.source], claim.section)
    return Sources(sources=tuple(view.claims.sources.values()), lines=dict(lines))
