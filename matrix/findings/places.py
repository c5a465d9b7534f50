"""Where each outcome holds, in few words.

A documented cell says neither TCP nor UDP, neither bound nor listening, no family, and some say nothing of
accounts: it is measured in several *situations*, (protocol, state) × family × account. When they don't
all answer equally, the report says which do: "SUCCESS for TCP bound and UDP". Combinations that were not
measured are passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Situation = tuple[str, str, str, str]  # protocol, state of the first socket, family or pair of families, account
Plain = tuple[str, str, str]  # the same without the account

KIND_WORDS = (
    (frozenset({("tcp", "bound"), ("tcp", "listening"), ("udp", "bound")}), ""),
    (frozenset({("tcp", "bound"), ("tcp", "listening")}), "TCP"),
    (frozenset({("tcp", "bound"), ("udp", "bound")}), "bound sockets"),
    (frozenset({("tcp", "listening"), ("udp", "bound")}), "TCP listening, UDP"),
    (frozenset({("tcp", "bound")}), "TCP bound"),
    (frozenset({("tcp", "listening")}), "TCP listening"),
    (frozenset({("udp", "bound")}), "UDP"),
)
ACCOUNT_WORDS = (
    (frozenset({"same"}), "the same account"),
    (frozenset({"other", "other-first", "others"}), "different accounts"),
    (frozenset({"other"}), "another account's second socket"),
    (frozenset({"other-first"}), "another account's first socket"),
    (frozenset({"others"}), "two other accounts"),
)
FAMILY_WORDS = {"ipv4": "IPv4", "ipv6": "IPv6", "dual": "dual stack"}


def where_each(outcomes: Mapping[Situation, Any]) -> list[tuple[Any, str]]:
    """(outcome, where) for each outcome, the most widespread first; `where` is blank if it's the only one."""
    holders: dict[Any, set[Situation]] = {}
    for situation, outcome in outcomes.items():
        holders.setdefault(outcome, set()).add(situation)
    order = sorted(holders, key=lambda outcome: (-len(holders[outcome]), outcome))
    return [(outcome, where(holders[outcome], set(outcomes))) for outcome in order]


def where(held: set[Situation], measured: set[Situation]) -> str:
    """A phrase for a subset of the measured situations; blank for all of them.

    Accounts that answer equally share a phrase, and where all do, none is named.
    """
    if held == measured:
        return ""
    agreeing: dict[tuple[frozenset[Plain], frozenset[Plain]], set[str]] = {}
    for account in sorted({situation[3] for situation in measured}):
        mine = frozenset(situation[:3] for situation in held if situation[3] == account)
        possible = frozenset(situation[:3] for situation in measured if situation[3] == account)
        agreeing.setdefault((mine, possible), set()).add(account)
    phrases = []
    for (mine, possible), accounts in agreeing.items():
        if mine:
            words = [] if len(agreeing) == 1 else [account_words(accounts)]
            phrases.append(", ".join(part for part in (plainly(set(mine), set(possible)), *words) if part))
    return "; ".join(phrases)


def account_words(accounts: set[str]) -> str:
    """Whose sockets, as shortly as it is still clear."""
    for known, words in ACCOUNT_WORDS:
        if accounts == known:
            return words
    return " and ".join(words for known, words in ACCOUNT_WORDS if len(known) == 1 and known <= accounts)


def plainly(held: set[Plain], measured: set[Plain]) -> str:
    """A phrase for a subset of the situations of one account; blank for all of them."""
    if held == measured:
        return ""
    every_kind = {situation[:2] for situation in measured}
    every_family = {situation[2] for situation in measured}
    by_families: dict[frozenset[str], set[tuple[str, str]]] = {}
    for kind in sorted(every_kind):
        families = frozenset(family for protocol, state, family in held if (protocol, state) == kind)
        possible = frozenset(family for protocol, state, family in measured if (protocol, state) == kind)
        if families:
            key = frozenset(every_family) if families == possible else families
            by_families.setdefault(key, set()).add(kind)
    phrases = []
    for families, kinds in sorted(by_families.items(), key=lambda item: (-len(item[0]), sorted(item[1]))):
        words = [kind_words(kinds, every_kind)]
        if families != every_family:
            words.append(" and ".join(FAMILY_WORDS.get(family, family) for family in sorted(families, key=family_order)))
        phrases.append(" ".join(word for word in words if word))
    return "; ".join(phrases)


def kind_words(kinds: set[tuple[str, str]], every: set[tuple[str, str]]) -> str:
    """TCP or UDP, bound or listening, as shortly as it is still clear."""
    if kinds == every:
        return ""
    for known, words in KIND_WORDS:
        if kinds == known:
            return words
    return ", ".join(" ".join((protocol.upper(), state)) for protocol, state in sorted(kinds))


def family_order(family: str) -> tuple[int, str]:
    """IPv4, IPv6, dual stack, then pairs of families."""
    known = list(FAMILY_WORDS)
    return (known.index(family) if family in known else len(known), family)


@dataclass(frozen=True, slots=True)
class Part:
    """One answer of several situations, and where it holds."""

    outcome: str
    place: str  # blank where it is the only one
    verdict: str = ""  # a Verdict, where a claim speaks of it


def parts_of(outcomes: Mapping[Situation, str]) -> tuple[Part, ...]:
    """The answers and where each holds, the most widespread first."""
    return tuple(Part(outcome, place) for outcome, place in where_each(outcomes))


def judged_parts(outcomes: Mapping[Situation, tuple[str, str]]) -> tuple[Part, ...]:
    """The same of (verdict, outcome)."""
    return tuple(Part(outcome, place, verdict) for (verdict, outcome), place in where_each(outcomes))
