"""Answers that changed in the same way between two runs, described by what their cases have in common.

Rules. A shift is described so that the description is exact: every case that fits it, was measured in both runs, and had
one of the answers before, changed. Where no description does that, `of` says how many cases fit, and `questions` how many of them
changed. A description leaves out what doesn't matter: no options, accounts or addresses where all of them changed. It may have
exceptions: at most MAX_UNLESS conditions under which nothing changed.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from matrix.data.catalogue import MEASURES, Catalogue
from matrix.vocabulary import CALLS, SERVES, WORDS, Outcome

Numbers = npt.NDArray[np.int32]
SUCCESS = str(Outcome.SUCCESS)
MAX_UNLESS = 2  # exceptions
Address = tuple[str, str]  # family, address


class Kind(StrEnum):
    """What became of an answer."""

    ALLOWED = "allowed"  # a call that was refused succeeds
    REFUSED = "refused"  # a call that succeeded is refused
    ERROR = "error"  # it is refused as before, with another error
    ANSWER = "answer"  # any other measure


class Relation(StrEnum):
    """How the second address lies to the first, by what the two serve."""

    SAME = "same"
    NARROWER = "narrower"
    WIDER = "wider"
    APART = "apart"
    CROSSING = "crossing"  # both serve something that the other doesn't


@dataclass(frozen=True, slots=True, kw_only=True)
class Having:
    """A condition on the two options, and on the accounts. An empty tuple means whatever they are."""

    firsts: tuple[str, ...] = ()  # options of the first socket
    seconds: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    both: str = ""  # the only option of both, or the one setting that all of these options and no others there have

    def holds(self, each: "Asked") -> bool:
        """Whether a question meets it."""
        return (
            (not self.firsts or each.options[0] in self.firsts)
            and (not self.seconds or each.options[1] in self.seconds)
            and (not self.accounts or each.account in self.accounts)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Questions that are answered otherwise in the same way."""

    kind: Kind
    protocol: str
    measure: str
    states: tuple[str, ...]  # of the first socket; empty for a fact of the host
    before: tuple[str, ...]
    after: tuple[str, ...]
    pairs: tuple[tuple[Address, Address], ...]  # the addresses
    relations: tuple[Relation, ...]  # how these addresses lie to each other; empty for a fact of the host
    pairs_of: int  # as many pairs of addresses lie so to each other there
    any_address: bool  # whether all pairs of addresses changed, however they lie
    having: Having
    unless: tuple[Having, ...]
    options: tuple[tuple[str, str], ...]  # pairs of options, where no condition describes them
    accounts: tuple[str, ...]
    any_account: bool  # whether these are all whose sockets were measured there
    questions: int
    of: int  # cases that fit the description and were answered like `before`
    numbers: tuple[int, ...]  # of the questions, in the catalogue; empty in what is shown


class Asked(NamedTuple):
    """A question that both runs measured, and its two answers."""

    protocol: str
    state: str
    measure: str
    pair: tuple[Address, Address]
    options: tuple[str, str]
    account: str
    before: str
    after: str
    number: int

    @property
    def relation(self) -> Relation | None:
        """How its addresses lie to each other; None for a fact of the host."""
        return relation(*self.pair) if self.pair[0][1] else None


K = TypeVar("K")


@cache
def relation(first: Address, second: Address) -> Relation:
    """How the second address lies to the first."""
    mine, other = (frozenset((*SERVES[address], *elsewhere(*address))) for address in (first, second))
    if mine == other:
        return Relation.SAME
    if other < mine:
        return Relation.NARROWER
    if other > mine:
        return Relation.WIDER
    return Relation.CROSSING if mine & other else Relation.APART


def elsewhere(family: str, address: str) -> tuple[str, ...]:
    """What a wildcard serves besides the destinations that are asked: every other address, as one imaginary destination a family."""
    if not address.endswith("wildcard"):
        return ()
    return {
        "ipv6": ("any other ipv6",),
        "dual": ("any other ipv6", "any other ipv4") if address == "wildcard" else ("any other ipv4",),
    }.get(family, ("any other ipv4",))


def kind_of(measure: str, before: str, after: str) -> Kind:
    """What became of an answer."""
    if measure not in CALLS:
        return Kind.ANSWER
    if after == SUCCESS:
        return Kind.ALLOWED
    return Kind.REFUSED if before == SUCCESS else Kind.ERROR


def shifts(before: Numbers, after: Numbers, outcomes: Sequence[str], catalogue: Catalogue) -> tuple[Shift, ...]:
    """What changed, the most cases first. Arguments: by question the number of an outcome, -1 where it was not measured."""
    both = (before >= 0) & (after >= 0)
    changed = asked(np.flatnonzero(both & (before != after)), before, after, outcomes, catalogue)
    found: list[Shift] = []
    everything: dict[tuple[str, str], dict[str, list[Asked]]] = {}
    for key, members in gathered(changed, lambda each: group_of(each, kind_of(each.measure, each.before, each.after))).items():
        about = members[0].protocol, members[0].measure
        if about not in everything:
            everything[about] = gathered(comparable(members[0], before, after, both, outcomes, catalogue), attrgetter("before"))
        universe = [each for answer, some in everything[about].items() if fits(key, answer) for each in some]
        places = gathered(universe, lambda each: (each.state, each.relation))
        atoms = []
        for place, some in gathered(members, lambda each: (each.state, each.relation)).items():
            atoms += described(some, places.get(place, []))
        found += merged(atoms, universe)
    order = list(Kind)
    return tuple(sorted(found, key=lambda each: (-each.questions, order.index(each.kind), each.measure, each.states, each.pairs)))


def asked(questions: npt.NDArray[np.intp], before: Numbers, after: Numbers, outcomes: Sequence[str], catalogue: Catalogue) -> list[Asked]:
    """Questions with their two answers."""
    was, now = before[questions].tolist(), after[questions].tolist()
    return [Asked(*parts(catalogue.question(number)), outcomes[old], outcomes[new], number)
            for number, old, new in zip(questions.tolist(), was, now, strict=True)]  # fmt: skip


@cache
def parts(words: tuple[str, ...]) -> tuple[str, str, str, tuple[Address, Address], tuple[str, str], str]:
    """The words of a question as `Asked` has them: made once, because one question is asked of many pairs of versions."""
    protocol, family, option, address, state, other_family, other_option, other_address, account, measure = words
    return protocol, state, measure, ((family, address), (other_family, other_address)), (option, other_option), account


def group_of(each: Asked, kind: Kind) -> tuple[str, ...]:
    """What is described together: calls that were refused and succeed, whatever the error was."""
    words = (each.protocol, each.measure, str(kind))
    return words if kind in (Kind.ALLOWED, Kind.REFUSED) else (*words, each.before, each.after)


def fits(key: tuple[str, ...], before: str) -> bool:
    """Whether a question of the same protocol and measure with this answer, before, belongs beside this group."""
    match key[2]:
        case Kind.ALLOWED:
            return before != SUCCESS
        case Kind.REFUSED:
            return before == SUCCESS
        case _:
            return before == key[3]


def comparable(one: Asked, before: Numbers, after: Numbers, both: npt.NDArray[np.bool_], outcomes: Sequence[str],
               catalogue: Catalogue) -> list[Asked]:  # fmt: skip
    """Every question of one's protocol and measure that both runs measured."""
    same = both.reshape(-1, MEASURES)[:, WORDS["measure"].index(one.measure)]
    same = same & (catalogue.cases.codes[:, 0] == WORDS["protocol"].index(one.protocol)) if one.protocol else same
    places = np.flatnonzero(same) * MEASURES + WORDS["measure"].index(one.measure)
    return asked(places, before, after, outcomes, catalogue)


def gathered(members: Iterable[Asked], key: Callable[[Asked], K]) -> dict[K, list[Asked]]:
    """Questions by a key, in the order of their first."""
    found: dict[K, list[Asked]] = {}
    for each in members:
        found.setdefault(key(each), []).append(each)
    return found


def described(changed: list[Asked], universe: list[Asked]) -> list[Shift]:
    """Exact descriptions of changed questions of one state and one relation: one for all, or one for pairs of addresses that agree."""
    whole = description(changed, universe)
    if whole.questions == whole.of:
        return [whole]
    by_pair = gathered(changed, lambda each: each.pair)
    parts: dict[frozenset[tuple[tuple[str, str], str]], list[Asked]] = {}
    for members in by_pair.values():
        parts.setdefault(frozenset((each.options, each.account) for each in members), []).extend(members)
    return [description(members, universe) for members in parts.values()]


def description(changed: list[Asked], universe: list[Asked]) -> Shift:
    """The shortest description of changed questions that is exact, or the nearest to it."""
    pairs, accounts = {each.pair for each in changed}, {each.account for each in changed}
    there = [each for each in universe if each.pair in pairs]
    any_account = {each.account for each in there} == accounts
    there = [each for each in there if each.account in accounts]
    having, unless, fitting = condition(changed, there)
    both = {each.options for each in changed}
    listed = not unless and len(fitting) != len(changed)
    if listed:
        fitting = [each for each in there if each.options in both]
    one = changed[0]
    return Shift(
        kind=kind_of(one.measure, one.before, one.after), protocol=one.protocol, measure=one.measure,
        states=(one.state,) if one.state else (), before=ordered(each.before for each in changed),
        after=ordered(each.after for each in changed), pairs=tuple(sorted(pairs)), relations=(one.relation,) if one.relation else (),
        pairs_of=len({each.pair for each in universe}), any_address=False, having=Having() if listed else having, unless=unless,
        options=tuple(sorted(both)) if listed else (), accounts=in_order("account", accounts), any_account=any_account,
        questions=len(changed), of=len(fitting), numbers=tuple(each.number for each in changed),
    )  # fmt: skip


def condition(changed: list[Asked], there: list[Asked]) -> tuple[Having, tuple[Having, ...], list[Asked]]:
    """The shortest condition that holds for the changed ones alone, its exceptions, and what fits both."""
    firsts, seconds = sides(changed)
    present = sides(there)
    narrow = Having(firsts=() if firsts == present[0] else firsts, seconds=() if seconds == present[1] else seconds)
    possible = (Having(), Having(firsts=firsts), Having(seconds=seconds), narrow)
    numbers = {each.number for each in changed}
    for most, tried in ((0, possible), (MAX_UNLESS, (narrow, *possible))):
        for having in tried:
            fitting = [each for each in there if having.holds(each)]
            rest = [each for each in fitting if each.number not in numbers]
            unless = exceptions(rest, fitting) if most else ()
            if len(unless) <= most and covered(rest, unless):
                return common(having, there), tuple(common(each, there) for each in unless), changed
    return Having(), (), there


def sides(some: list[Asked]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The options of the first sockets, and of the second ones."""
    return in_order("first_option", {each.options[0] for each in some}), in_order("second_option", {each.options[1] for each in some})


def exceptions(rest: list[Asked], fitting: list[Asked]) -> tuple[Having, ...]:
    """Conditions under which nothing changed: products of options, for accounts that go together."""
    accounts: dict[tuple[str, str], set[str]] = {}
    for each in rest:
        accounts.setdefault(each.options, set()).add(each.account)
    every = {each.account for each in fitting}
    found = []
    for whose in sorted({frozenset(names) for names in accounts.values()}, key=lambda names: (-len(names), sorted(names))):
        options = [pair for pair, names in accounts.items() if names == whose]
        one = Having(
            firsts=in_order("first_option", {first for first, _ in options}),
            seconds=in_order("second_option", {second for _, second in options}),
            accounts=() if whose == every else in_order("account", whose),
        )
        left = {each.number for each in rest}
        if all(each.number in left for each in fitting if one.holds(each)):
            found.append(one)
    return tuple(found)


def covered(rest: list[Asked], unless: Sequence[Having]) -> bool:
    """Whether some condition holds for each question."""
    return all(any(having.holds(each) for having in unless) for each in rest)


def common(having: Having, there: list[Asked]) -> Having:
    """The same condition, with the setting that both options have in common where just these options have it."""
    if not having.firsts or having.firsts != having.seconds:
        return having
    if len(having.firsts) == 1:
        return replace(having, both=having.firsts[0])
    present = {option for each in there for option in each.options}
    for setting in having.firsts[0].split("+"):
        if {option for option in present if setting in option.split("+")} == set(having.firsts):
            return replace(having, both=setting)
    return having


def ordered(words: Iterable[str]) -> tuple[str, ...]:
    """Each once, sorted."""
    return tuple(sorted(set(words)))


def in_order(column: str, words: AbstractSet[str]) -> tuple[str, ...]:
    """Words of a column in the vocabulary's order."""
    return tuple(word for word in ("", *WORDS[column]) if word in words)


def merged(atoms: list[Shift], universe: list[Asked]) -> list[Shift]:
    """Descriptions that differ only in the state, then only in the addresses, made one."""
    words = attrgetter("having", "unless", "options", "accounts", "any_account")
    by_state = joined(atoms, lambda each: (*words(each), each.relations, each.pairs))
    found = []
    there: dict[tuple[str, str], set[tuple[Address, Address]]] = {}
    for each in universe:
        there.setdefault((each.state, each.account), set()).add(each.pair)
    for whole in joined(by_state, lambda each: (*words(each), each.states, () if len(each.pairs) == each.pairs_of else each.pairs)):
        own = (pairs for (state, account), pairs in there.items() if state in whole.states and account in whole.accounts)
        possible = set[tuple[Address, Address]]().union(*own)
        found.append(replace(whole, any_address=bool(whole.relations) and possible == set(whole.pairs)))
    return found


def joined(some: Iterable[Shift], key: Callable[[Shift], object]) -> list[Shift]:
    """Shifts with the same key as one."""
    found: dict[object, Shift] = {}
    for each in some:
        near = found.get(key(each))
        found[key(each)] = each if near is None else together(near, each)
    return list(found.values())


def together(one: Shift, other: Shift) -> Shift:
    """Two shifts as one."""
    as_many = max(one.pairs_of, other.pairs_of) if one.relations == other.relations else one.pairs_of + other.pairs_of
    return replace(
        one, states=in_order("first_state", {*one.states, *other.states}), pairs=tuple(sorted({*one.pairs, *other.pairs})),
        relations=tuple(word for word in Relation if word in {*one.relations, *other.relations}), pairs_of=as_many,
        questions=one.questions + other.questions, of=one.of + other.of, numbers=(*one.numbers, *other.numbers),
        before=ordered((*one.before, *other.before)), after=ordered((*one.after, *other.after)),
    )  # fmt: skip
