"""Says in few words where each outcome holds.

A documented cell says neither TCP nor UDP, neither bound nor listening, and no family: it is measured in
up to nine *situations*, (protocol, state) × family. When they don't all answer alike, the report says
which do: "SUCCESS for TCP bound and UDP". Combinations that were not measured are passed over.
"""

from collections.abc import Mapping

Situation = tuple[str, str, str]  # protocol, state of the first socket, family or pair of families

KIND_WORDS = (
    (frozenset({("tcp", "bound"), ("tcp", "listening"), ("udp", "bound")}), ""),
    (frozenset({("tcp", "bound"), ("tcp", "listening")}), "TCP"),
    (frozenset({("tcp", "bound"), ("udp", "bound")}), "bound sockets"),
    (frozenset({("tcp", "listening"), ("udp", "bound")}), "TCP listening, UDP"),
    (frozenset({("tcp", "bound")}), "TCP bound"),
    (frozenset({("tcp", "listening")}), "TCP listening"),
    (frozenset({("udp", "bound")}), "UDP"),
)
FAMILY_WORDS = {"ipv4": "IPv4", "ipv6": "IPv6", "dual": "dual stack"}


def where_each(outcomes: Mapping[Situation, str]) -> list[tuple[str, str]]:
    """(outcome, where) for each outcome, the most widespread first; `where` is blank if it's the only one."""
    holders: dict[str, set[Situation]] = {}
    for situation, outcome in outcomes.items():
        holders.setdefault(outcome, set()).add(situation)
    order = sorted(holders, key=lambda outcome: (-len(holders[outcome]), outcome))
    return [(outcome, where(holders[outcome], set(outcomes))) for outcome in order]


def where(held: set[Situation], measured: set[Situation]) -> str:
    """A phrase for a subset of the measured situations; blank for all of them."""
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
    raise ValueError(f"unknown kinds of socket: {sorted(kinds)}")


def family_order(family: str) -> tuple[int, str]:
    """IPv4, IPv6, dual stack, then pairs of families."""
    known = list(FAMILY_WORDS)
    return (known.index(family) if family in known else len(known), family)
