"""Answers that changed in the same way between two runs, described by what their cases have in common.

Rules. A shift is described so that the description is exact: every case that fits it, was measured in both runs, and had
one of the answers before, changed. Where no description does that, `of` says how many cases fit, and `questions` how many of them
changed. A description leaves out what doesn't matter: no options, accounts or addresses where all of them changed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from matrix.data.catalogue import MEASURES, Catalogue
from matrix.vocabulary import CALLS, SERVES, WORDS, Outcome

Numbers = npt.NDArray[np.int32]
SUCCESS = str(Outcome.SUCCESS)
MAX_BUT = 2  # pairs of options that are named as exceptions
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
class Shift:
    """Questions that are answered otherwise in the same way. An empty tuple of options means whatever they are."""

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
    firsts: tuple[str, ...]  # options of the first socket
    seconds: tuple[str, ...]
    options: tuple[tuple[str, str], ...]  # pairs of options, where the sides alone don't describe them
    options_but: tuple[tuple[str, str], ...]  # or all but these pairs
    accounts: tuple[str, ...]
    any_account: bool  # whether these are all whose sockets were measured there
    questions: int
    of: int  # cases that fit the description and were answered like `before`


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

    @property
    def relation(self) -> Relation | None:
        """How its addresses lie to each other; None for a fact of the host."""
        return relation(*self.pair) if self.pair[0][1] else None


Test = Callable[[Asked], bool]
K = TypeVar("K")


def relation(first: Address, second: Address) -> Relation:
    """How the second address lies to the first."""
    mine, other = (frozenset((*SERVES[address], *beyond(*address))) for address in (first, second))
    if mine == other:
        return Relation.SAME
    if other < mine:
        return Relation.NARROWER
    if other > mine:
        return Relation.WIDER
    return Relation.CROSSING if mine & other else Relation.APART


def beyond(family: str, address: str) -> tuple[str, ...]:
    """What a wildcard serves besides the destinations that are asked: every other address, as one imaginary destination a family."""
    if not address.endswith("wildcard"):
        return ()
    return {"ipv6": ("any other ipv6",), "dual": ("any other ipv6", "any other ipv4") if address == "wildcard" else ("any other ipv4",)}.get(
        family, ("any other ipv4",)
    )


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
    changed = [asked(question, before, after, outcomes, catalogue) for question in np.flatnonzero(both & (before != after)).tolist()]
    found: list[Shift] = []
    for key, members in gathered(changed, lambda each: group_of(each, kind_of(each.measure, each.before, each.after))).items():
        universe = [each for each in alike(key, members[0], before, after, both, outcomes, catalogue) if fits(key, each)]
        atoms = []
        for place, some in gathered(members, lambda each: (each.state, each.relation)).items():
            atoms += described(some, [each for each in universe if (each.state, each.relation) == place])
        found += merged(atoms, universe)
    order = list(Kind)
    return tuple(sorted(found, key=lambda each: (-each.questions, order.index(each.kind), each.measure, each.states, each.pairs)))


def asked(question: int, before: Numbers, after: Numbers, outcomes: Sequence[str], catalogue: Catalogue) -> Asked:
    """A question with its two answers."""
    protocol, family, option, address, state, other_family, other_option, other_address, account, measure = catalogue.question(question)
    return Asked(protocol, state, measure, ((family, address), (other_family, other_address)), (option, other_option), account,
                 outcomes[before[question]], outcomes[after[question]])  # fmt: skip


def group_of(each: Asked, kind: Kind) -> tuple[str, ...]:
    """What is described together: calls that were refused and succeed, whatever the error was."""
    words = (each.protocol, each.measure, str(kind))
    return words if kind in (Kind.ALLOWED, Kind.REFUSED) else (*words, each.before, each.after)


def fits(key: tuple[str, ...], each: Asked) -> bool:
    """Whether a question of the same protocol and measure had, before, an answer of this group."""
    match key[2]:
        case Kind.ALLOWED:
            return each.before != SUCCESS
        case Kind.REFUSED:
            return each.before == SUCCESS
        case _:
            return each.before == key[3]


def alike(key: tuple[str, ...], one: Asked, before: Numbers, after: Numbers, both: npt.NDArray[np.bool_], outcomes: Sequence[str],
          catalogue: Catalogue) -> list[Asked]:  # fmt: skip
    """Every question of a protocol and a measure that both runs measured."""
    same = both.reshape(-1, MEASURES)[:, WORDS["measure"].index(one.measure)]
    same = same & (catalogue.cases.codes[:, 0] == WORDS["protocol"].index(one.protocol)) if one.protocol else same
    places = np.flatnonzero(same) * MEASURES + WORDS["measure"].index(one.measure)
    return [asked(question, before, after, outcomes, catalogue) for question in places.tolist()]


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
    firsts, seconds = ({each.options[side] for each in changed} for side in (0, 1))
    both = {each.options for each in changed}
    but = {each.options for each in there} - both
    tests: list[tuple[Test, bool, bool, bool]] = [
        (lambda each: True, False, False, False),
        (lambda each: each.options[0] in firsts, True, False, False),
        (lambda each: each.options[1] in seconds, False, True, False),
        (lambda each: each.options[0] in firsts and each.options[1] in seconds, True, True, False),
        (lambda each: each.options in both, False, False, True),
    ]
    for test, by_first, by_second, by_both in tests:
        size = sum(map(test, there))
        if size == len(changed):
            break
    one = changed[0]
    few = by_both and len(but) <= MAX_BUT
    return Shift(
        kind=kind_of(one.measure, one.before, one.after), protocol=one.protocol, measure=one.measure,
        states=(one.state,) if one.state else (), before=ordered({each.before for each in changed}),
        after=ordered({each.after for each in changed}), pairs=tuple(sorted(pairs)), relations=(one.relation,) if one.relation else (),
        pairs_of=len({each.pair for each in universe}), any_address=False,
        firsts=in_order("first_option", firsts) if by_first else (), seconds=in_order("second_option", seconds) if by_second else (),
        options=tuple(sorted(both)) if by_both and not few else (), options_but=tuple(sorted(but)) if few else (), accounts=in_order("account", accounts), any_account=any_account, questions=len(changed), of=size,
    )  # fmt: skip


def ordered(words: Iterable[str]) -> tuple[str, ...]:
    """Each once, sorted."""
    return tuple(sorted(set(words)))


def in_order(column: str, words: set[str]) -> tuple[str, ...]:
    """Words of a column in the vocabulary's order."""
    return tuple(word for word in ("", *WORDS[column]) if word in words)


def merged(atoms: list[Shift], universe: list[Asked]) -> list[Shift]:
    """Descriptions that differ only in the state, then only in the addresses, made one."""
    words = attrgetter("firsts", "seconds", "options", "options_but", "accounts", "any_account")
    by_state = joined(atoms, lambda each: (*words(each), each.relations, each.pairs))
    found = []
    for whole in joined(by_state, lambda each: (*words(each), each.states, () if len(each.pairs) == each.pairs_of else each.pairs)):
        possible = {each.pair for each in universe if each.state in whole.states and each.account in whole.accounts}
        found.append(replace(whole, any_address=bool(whole.relations) and possible == set(whole.pairs)))
    return found


def joined(some: Iterable[Shift], key: Callable[[Shift], object]) -> list[Shift]:
    """Shifts with the same key as one."""
    found: dict[object, Shift] = {}
    for each in some:
        near = found.get(key(each))
        found[key(each)] = each if near is None else replace(
            near, states=tuple(word for word in WORDS["first_state"] if word in {*near.states, *each.states}),
            before=ordered((*near.before, *each.before)), after=ordered((*near.after, *each.after)), pairs=tuple(sorted({*near.pairs, *each.pairs})),
            relations=tuple(word for word in Relation if word in {*near.relations, *each.relations}),
            pairs_of=near.pairs_of + each.pairs_of if near.relations != each.relations else max(near.pairs_of, each.pairs_of),
            questions=near.questions + each.questions, of=near.of + each.of)  # fmt: skip
    return list(found.values())
