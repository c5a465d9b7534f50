"""In short: what the documents say of each other, how far an imitation goes, and who can join a listener."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matrix.findings.classes import named
from matrix.findings.criteria import SERVING
from matrix.findings.goals import OVERVIEW, Line, overview
from matrix.findings.titles import release
from matrix.findings.unmeasured import elsewhere
from matrix.findings.view import COLUMN, CURRENT, WINDOWS, Numbers, View
from matrix.verdicts import Verdict
from matrix.vocabulary import ClaimKind

PLAIN = ("wildcard", "specific", "other-specific")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Whether any Windows was measured at all."""

    windows: tuple[str, ...]
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardLine:
    """What others say of a system without a run: the options that do for some goals."""

    goals: tuple[str, ...]
    protocol: str
    system: str
    options: tuple[str, ...] | None  # None where nothing is known


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSet:
    """What servers need before bind."""

    lines: tuple[Line, ...]
    heard: tuple[HeardLine, ...]  # of Windows, where no run is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A document that contradicts the guide's current table."""

    title: str
    cells: int
    of: int
    outdated: str  # the guide's older table that it repeats in every cell that both have; blank for none
    repeated: int  # in how many cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """How far platforms do what the current table says."""

    platforms: str
    what: str  # what the first of them is
    whole: int  # cells as documented in all situations
    partly: int
    stricter: int  # cells in which it refuses, somewhere at least, what the table lets in
    weaker: int  # in which it lets in what the table refuses
    wrong_error: int  # in which it refuses with another error
    cells: int
    departures: tuple[tuple[str, int, int], ...]  # (situation, departing, of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """With which options a TCP listener can be joined by a second one."""

    option: str
    same: tuple[str, ...]  # options of those that join on the same address
    overlapping: tuple[str, ...]
    platforms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InShort:
    """The chapter's findings."""

    guide: str  # title of the document whose current table the others are held against; blank without it
    conflicts: tuple[Conflict, ...]
    fidelity: tuple[Fidelity, ...]
    protection: tuple[Protection, ...]


def opening(view: View) -> Opening:
    """The first line."""
    return Opening(windows=view.windows, runs=len(view.hosts))


def in_short(view: View) -> InShort:
    """What a reader should take away."""
    guide = view.claims.sources.get(CURRENT[0])
    return InShort(
        guide=guide.title if guide else "",
        conflicts=tuple(conflicts(view)),
        fidelity=tuple(fidelity(view)),
        protection=tuple(protection(view)),
    )


def what_to_set(view: View) -> ToSet | None:
    """The smallest sets of options for what servers want; None where nothing was measured."""
    if not view.targets:
        return None
    protocols = tuple(SERVING)
    others = () if view.windows else tuple(each for protocol in protocols for each in elsewhere(view, WINDOWS, protocol, *OVERVIEW))
    heard = tuple(HeardLine(goals=each.goals, protocol=each.protocol, system=each.system, options=each.meeting) for each in others)
    return ToSet(lines=overview(view, protocols), heard=heard)


def who_can_join(view: View) -> tuple[Protection, ...] | None:
    """Which TCP listeners can be joined by a second one; None where none was measured."""
    return tuple(protection(view)) or None


def table_pairs(view: View) -> dict[tuple[tuple[str, str], tuple[str, str]], list[tuple[str, str]]]:
    """(table, table) → the pairs of their cells' claim ids that contradict each other."""
    found: dict[tuple[tuple[str, str], tuple[str, str]], list[tuple[str, str]]] = {}
    for pair in view.contradictions:
        if pair.a.kind == pair.b.kind == ClaimKind.CELL:
            tables = ((pair.a.source, pair.a.section), (pair.b.source, pair.b.section))
            ids = found.setdefault(tables, [])
            if (pair.a.id, pair.b.id) not in ids:
                ids.append((pair.a.id, pair.b.id))
    return dict(sorted(found.items()))


def conflicts(view: View) -> list[Conflict]:
    """How many cells of the guide's current table each other document contradicts."""
    cells = len(view.tables.get(CURRENT, ()))
    found = []
    for tables, ids in table_pairs(view).items():
        if CURRENT in tables:
            other = tables[1] if tables[0] == CURRENT else tables[0]
            outdated, repeated = repeated_table(view, other)
            title = view.claims.sources[other[0]].title
            found.append(Conflict(title=title, cells=len(ids), of=cells, outdated=outdated, repeated=repeated))
    return found


def repeated_table(view: View, table: tuple[str, str]) -> tuple[str, int]:
    """The older table of the guide that another page repeats in every cell: (section, cells); blank for none."""
    mine = {claim.pattern: claim.expected for claim in view.tables[table]}
    outdated = ((section, claims) for (source, section), claims in view.tables.items()
                if source == CURRENT[0] != table[0] and all(claim.until for claim in claims))  # fmt: skip
    for section, claims in outdated:
        if all(mine.get(claim.pattern) == claim.expected for claim in claims):
            return section, len(claims)
    return "", 0


def fidelity(view: View) -> list[Fidelity]:
    """Of each platform that the tables are held against: platforms with the same numbers share a record."""
    gathered: dict[tuple[tuple[int, ...], tuple[tuple[str, int, int], ...]], list[str]] = {}
    for target in view.held:
        whole = partly = cells = 0
        otherwise: Counter[Verdict] = Counter()
        bad: Counter[tuple[str, str]] = Counter()
        all_of: Counter[tuple[str, str]] = Counter()
        for claim in view.tables.get(CURRENT, ()):
            measured = [each for each in view.judged(claim, target) if each.verdict != Verdict.UNOBSERVED]
            if not measured:
                continue
            agreed = sum(each.verdict == Verdict.AGREES for each in measured)
            cells, whole, partly = cells + 1, whole + (agreed == len(measured)), partly + (0 < agreed < len(measured))
            otherwise.update({each.verdict for each in measured})
            for each in measured:
                situation = (each.question[COLUMN["protocol"]], each.question[COLUMN["first_state"]])
                all_of[situation] += 1
                bad[situation] += each.verdict != Verdict.AGREES
        if cells:
            departures = tuple(
                (f"{protocol.upper()} {state}", bad[protocol, state], count) for (protocol, state), count in sorted(all_of.items())
            )
            numbers = (whole, partly, *(otherwise[each] for each in (Verdict.STRICTER, Verdict.WEAKER, Verdict.WRONG_ERROR)), cells)
            gathered.setdefault((numbers, departures), []).append(target)
    return [
        Fidelity(platforms=named(targets, view.hosts), what=what_it_is(view, targets[0]), whole=whole, partly=partly, stricter=stricter,
                 weaker=weaker, wrong_error=wrong_error, cells=cells, departures=departures)
        for ((whole, partly, stricter, weaker, wrong_error, cells), departures), targets in gathered.items()
    ]  # fmt: skip


def what_it_is(view: View, target: str) -> str:
    """What a host is, for a reader who knows only its name."""
    host = view.hosts[target]
    if host.imitates:
        other = release(host.imitates.system, host.imitates.version)
        return f"an imitation of {other}, {host.name}"
    return host.name


def protection(view: View) -> list[Protection]:
    """Which TCP listeners can be joined by a second listener, on the very address or on one that overlaps it."""
    about = {"protocol": "tcp", "first_state": "listening", "account": "same", "first_family": "ipv4", "second_family": "ipv4"}
    binds, listens = view.where(measure="bind", **about), view.where(measure="listen", **about)
    same = view.equal(listens, "first_address", "second_address")
    overlap = ~same & (view.holds(listens, "first_address", ["wildcard"]) | view.holds(listens, "second_address", ["wildcard"]))
    gathered: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for target in view.targets:
        for option in options_of(view, binds, target):
            joined = view.holds(listens, "first_option", [option]) & view.is_outcome(listens, target, ["SUCCESS"])
            takers = tuple(tuple(dict.fromkeys(view.column(listens[joined & meets], "second_option"))) for meets in (same, overlap))
            gathered.setdefault((option, takers[0], takers[1]), []).append(target)
    return [
        Protection(option=option, same=same_takers, overlapping=overlapping, platforms=named(targets, view.hosts))
        for (option, same_takers, overlapping), targets in gathered.items()
    ]


def options_of(view: View, questions: Numbers, target: str) -> Sequence[str]:
    """The first sockets' options that a target was asked of."""
    present = view.outcome[questions, view.number(target)] >= 0
    return tuple(dict.fromkeys(view.column(questions[np.flatnonzero(present)], "first_option")))
