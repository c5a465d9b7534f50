"""Who receives: while both sockets live, once the first has closed, and of a multicast group."""

from dataclasses import dataclass

import numpy as np

from matrix.findings.classes import Columns, columns_of, named
from matrix.findings.hijack import Hijacks, counted, hijacks
from matrix.findings.view import View
from matrix.vocabulary import COUNT_COLUMNS, WORDS, Account, Measure

PLAIN = ("wildcard", "specific")
PHASES = ("deliver-", "inherit-")
RELATIONS = ("same address", "first wildcard, second specific", "first specific, second wildcard")
Phase = tuple[tuple[str, tuple[str, ...]], ...]  # (receiver, the families that say so; none where all do)
Counted = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Pairs of options with the same receivers."""

    protocol: str
    addresses: str  # how the two addresses lie to each other
    options: tuple[tuple[str, str], ...]
    receivers: tuple[tuple[Phase, Phase], ...]  # of each column: while both live, and after the first closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How split traffic was split on one platform."""

    target: str
    name: str
    protocol: str
    splits: int
    sent: int
    first: int  # of those sent
    least: float  # the first one's share in a single split, in percent
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The chapter's findings."""

    columns: Columns
    deliveries: tuple[Delivery, ...]
    hijacks: Hijacks
    splits: tuple[Split, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Who receives a group's datagrams, by who has joined it."""

    measure: str
    family: str
    answers: tuple[Counted, ...]  # of each column


@dataclass(frozen=True, slots=True, kw_only=True)
class Multicast:
    """The chapter's findings."""

    columns: Columns
    memberships: tuple[Membership, ...]


def traffic(view: View) -> Traffic | None:
    """The chapter; None where no traffic was measured."""
    measures = [measure for measure in WORDS["measure"] if measure.startswith(PHASES)]
    asked = view.where(measure=measures, account=Account.SAME, first_address=PLAIN, second_address=PLAIN)
    asked = asked[view.equal(asked, "first_family", "second_family")]
    specific = view.holds(asked, "first_address", ["specific"]) | view.holds(asked, "second_address", ["specific"])
    elsewhere = [measure for measure in measures if measure.endswith("-other")]
    to_ipv4 = [measure for measure in measures if "ipv4" in measure]
    beside = view.holds(asked, "measure", elsewhere) | (view.holds(asked, "first_family", ["dual"]) & view.holds(asked, "measure", to_ipv4))
    asked = asked[~(specific & beside)]
    if not len(asked):
        return None
    columns = columns_of(view.outcome[asked], view.targets, view.hosts)
    gathered: dict[tuple[str, str, tuple[tuple[Phase, Phase], ...]], list[tuple[str, str]]] = {}
    receivers = [(column, view.answers(asked, column.target)) for column in columns.shown]
    phases = [measure.startswith(PHASES[1]) for measure in view.column(asked, "measure")]
    families = view.column(asked, "first_family")
    place = {int(question): number for number, question in enumerate(asked)}
    grouped = view.grouped(asked, ("protocol", "first_address", "second_address", "first_option", "second_option"))
    by_relation: dict[tuple[str, str, str, str], list[int]] = {}
    for (protocol, first, second, one, other), members in grouped:
        relation = RELATIONS[0] if first == second else f"first {first}, second {second}"
        by_relation.setdefault((protocol, relation, one, other), []).extend(place[int(member)] for member in members)
    for (protocol, relation, one, other), numbers in by_relation.items():
        words = tuple(
            (
                phase([(answers[n], families[n]) for n in numbers if not phases[n]]),
                phase([(answers[n], families[n]) for n in numbers if phases[n]]),
            )
            for _, answers in receivers
        )
        gathered.setdefault((protocol, relation, words), []).append((one, other))
    ordered = sorted(gathered.items(), key=lambda item: (item[0][0], RELATIONS.index(item[0][1])))
    deliveries = tuple(Delivery(protocol=protocol, addresses=relation, options=tuple(options), receivers=words)
                       for (protocol, relation, words), options in ordered)  # fmt: skip
    return Traffic(columns=columns, deliveries=deliveries, hijacks=hijacks(view), splits=splits(view))


def phase(answers: list[tuple[str, str]]) -> Phase:
    """Who received, and for which families where they differ."""
    found: dict[str, set[str]] = {}
    for receiver, family in answers:
        if receiver:
            found.setdefault(receiver, set()).add(family)
    if len(found) == 1:
        return ((next(iter(found)), ()),)
    return tuple(
        (receiver, tuple(family for family in WORDS["first_family"] if family in families)) for receiver, families in sorted(found.items())
    )


def splits(view: View) -> tuple[Split, ...]:
    """How `split` traffic was split: by platform and protocol, from counts.csv."""
    sent_column = COUNT_COLUMNS.index("sent")
    found = []
    for run in view.runs.good:
        for protocol in WORDS["protocol"]:
            numbers = np.array([[int(cell) for cell in row[sent_column:]] for row in run.counts if row[0] == protocol], np.int64).reshape(
                -1, 3
            )
            if len(numbers):
                share = 100 * numbers[:, 1] / numbers[:, 0]
                target = run.host.target
                found.append(Split(target=target, name=named([target], view.hosts), protocol=protocol, splits=len(numbers),
                                   sent=int(numbers[:, 0].sum()), first=int(numbers[:, 1].sum()),
                                   least=float(share.min()), most=float(share.max())))  # fmt: skip
    return tuple(found)


def multicast(view: View) -> Multicast | None:
    """Who receives a group's datagrams; None where it was not asked."""
    measures = (Measure.MULTICAST_BOTH, Measure.MULTICAST_FIRST, Measure.MULTICAST_SECOND)
    asked = view.where(measure=measures)
    if not len(asked):
        return None
    columns = columns_of(view.outcome[asked], view.targets, view.hosts)
    found = []
    for measure in measures:
        for (family,), members in view.grouped(asked[view.holds(asked, "measure", [measure])], ("first_family",)):
            answers = tuple(counted(view.answers(members, column.target)) for column in columns.shown)
            found.append(Membership(measure=str(measure), family=family, answers=answers))
    return Multicast(columns=columns, memberships=tuple(found))
