"""Which options a server needs for what it wants: the smallest set that meets every criterion, by what was measured.

Rules.

- A goal is one way or several (WAYS), and a way is a list of criteria. Goals are combined: every criterion of each must be met.
- A criterion (`criteria`) is asked of one option of the vocabulary on one platform. It is met where some case was measured and none
  speaks against it; without a case it is unknown, never met.
- The smallest set is that of the fewest calls of setsockopt; of several, the vocabulary's first comes first.
- A case has two sockets. So whatever is said here is said of one other socket, and not of two others together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matrix.errors import UsageError
from matrix.findings.classes import named
from matrix.findings.criteria import CRITERIA, KEEPS, KEEPS_OTHER, ONE, RESTARTS, SERVING, SHARES, TWO, Check, Criteria, Way
from matrix.findings.view import View
from matrix.probe.vocabulary import OPTIONS
from matrix.programs.settings import c_lines, python_lines
from matrix.vocabulary import WORDS

SETTINGS = {option.name: len(option.settings) for option in OPTIONS}  # calls of setsockopt


WAYS: dict[str, tuple[Way, ...]] = {
    "protect": (Way(name="", criteria=(KEEPS, KEEPS_OTHER)),),
    "restart": (Way(name="", criteria=(RESTARTS,)),),
    "share": (Way(name="", criteria=(SHARES, KEEPS_OTHER)),),
    "dual-stack": (
        Way(name="one socket, V6ONLY off", criteria=(ONE,), v6only=False, families=("dual",), addresses=("wildcard",)),
        Way(name="two sockets, V6ONLY on", criteria=(TWO,), v6only=True, families=("ipv4", "ipv6"), addresses=("wildcard",)),
    ),
}
GOALS = tuple(WAYS)
OVERVIEW = (("protect",), ("restart",), ("restart", "protect"), ("share",), ("dual-stack",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An option, on each of the server's sockets, and how far it reaches the goals."""

    option: str
    way: str  # blank where there is only one
    settings: int  # calls of setsockopt that it takes
    meets: bool | None  # every required criterion; None where some is unknown and none fails
    checks: tuple[Check, ...]
    python: tuple[str, ...]  # the lines before bind; of a socket over IPv6 where V6ONLY is among them
    c: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What some platforms come to, which answer equally."""

    platforms: str
    targets: tuple[str, ...]
    chosen: tuple[Candidate, ...]  # the smallest that meets everything, in each way; where none does, those that lack least
    complete: bool  # whether the chosen ones meet everything
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The answer to some goals for one protocol."""

    goals: tuple[str, ...]
    protocol: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The answer to some goals in short, for platforms with the same one."""

    goals: tuple[str, ...]
    protocol: str
    platforms: str
    complete: bool
    options: tuple[tuple[str, str], ...]  # (way, option) of the smallest that do; empty where none does
    missing: tuple[str, ...]  # criteria that the nearest options don't meet
    known: bool  # False where what is missing was not measured


def advise(view: View, goals: Sequence[str], protocol: str, targets: Iterable[str] = ()) -> Advice:
    """The smallest set of options for some goals, by platforms that answer equally. Without targets: all of them.

    Raises UsageError for a goal or protocol that is none, and for goals that exclude each other.
    """
    ways, chosen = ways_of(goals), tuple(targets) or view.targets
    if protocol not in SERVING:
        raise UsageError(f"no protocol is named {protocol!r}; there are {', '.join(SERVING)}")
    asked = Criteria.of(view, protocol)
    by_target = {target: candidates(asked, ways, target) for target in chosen}
    gathered: dict[tuple[Candidate, ...], list[str]] = {}
    for target, found in by_target.items():
        gathered.setdefault(found, []).append(target)
    return Advice(goals=tuple(goals), protocol=protocol,
                  answers=tuple(answer(found, members, view) for found, members in gathered.items()))  # fmt: skip


def overview(view: View, protocols: Sequence[str], targets: Iterable[str] = ()) -> tuple[Line, ...]:
    """The answers to each goal, and to the two that most servers have together."""
    chosen = tuple(targets)
    every = [advise(view, goals, protocol, chosen) for goals in OVERVIEW for protocol in protocols]
    return tuple(line for each in every for line in in_short(view, each))


def in_short(view: View, found: Advice) -> tuple[Line, ...]:
    """An answer without its evidence, platforms that need the same together."""
    gathered: dict[tuple[bool, tuple[tuple[str, str], ...], tuple[str, ...], bool], list[str]] = {}
    for each in found.answers:
        options = tuple((candidate.way, candidate.option) for candidate in each.chosen) if each.complete else ()
        missing = [check for candidate in each.chosen for check in candidate.checks if check.required and not check.met]
        key = (each.complete, options, tuple(dict.fromkeys(check.criterion for check in missing)),
               any(check.met is False for check in missing))  # fmt: skip
        gathered.setdefault(key, []).extend(each.targets)
    return tuple(
        Line(goals=found.goals, protocol=found.protocol, platforms=named(members, view.hosts), complete=complete, options=options,
             missing=missing, known=complete or fails)
        for (complete, options, missing, fails), members in gathered.items()
    )  # fmt: skip


def ways_of(goals: Sequence[str]) -> tuple[Way, ...]:
    """The ways that reach all of some goals together."""
    unknown = [goal for goal in goals if goal not in WAYS]
    if unknown:
        raise UsageError(f"no goal is named {unknown[0]!r}; there are {', '.join(GOALS)}")
    if {"protect", "share"} <= set(goals):
        raise UsageError("a port that is shared can't be kept from every other socket; `share` already asks that no other account gets in")
    found: tuple[Way, ...] = (Way(name="", criteria=()),)
    for goal in dict.fromkeys(goals):
        found = tuple(
            Way(name=one.name or other.name, v6only=other.v6only if one.v6only is None else one.v6only,
                criteria=(*one.criteria, *(each for each in other.criteria if each not in one.criteria)),
                families=tuple(each for each in one.families if each in other.families),
                addresses=tuple(each for each in one.addresses if each in other.addresses))
            for one in found for other in WAYS[goal]
        )  # fmt: skip
    return found


def candidates(asked: "Criteria", ways: Sequence[Way], target: str) -> tuple[Candidate, ...]:
    """Every option that a platform has, in each way."""
    found = []
    for way in ways:
        shown = (*way.criteria, *(each for each in CRITERIA[:4] if each not in way.criteria))
        for option in WORDS["first_option"]:
            checks = tuple(asked.check(name, option, way, target, required=name in way.criteria) for name in shown)
            if not any(check.cases for check in checks):
                continue
            required = [check.met for check in checks if check.required]
            meets = False if False in required else None if None in required else True
            found.append(Candidate(option=option, way=way.name, settings=SETTINGS[option], meets=meets, checks=checks,
                                   python=python_lines(option, way.v6only), c=c_lines(option, way.v6only)))  # fmt: skip
    return tuple(found)


def answer(found: tuple[Candidate, ...], members: Sequence[str], view: View) -> Answer:
    """The smallest that does, in each way; where none does, the smallest of each kind of those that lack the fewest criteria."""
    kinds: dict[tuple[str, tuple[str, ...]], list[Candidate]] = {}
    least = min(map(lack, found), default=(0, 0))
    for each in found:
        missing = tuple(check.criterion for check in each.checks if check.required and not check.met)
        if lack(each) == least:
            kinds.setdefault((each.way, missing), []).append(each)
    chosen = tuple(min(group, key=lambda each: each.settings) for group in kinds.values())
    return Answer(platforms=named(members, view.hosts), targets=tuple(members), chosen=chosen,
                  complete=bool(found) and least == (0, 0), candidates=found)  # fmt: skip


def lack(candidate: Candidate) -> tuple[int, int]:
    """How far a candidate is from its goals: criteria that fail, and that are unknown."""
    required = [check.met for check in candidate.checks if check.required]
    return required.count(False), required.count(None)
