"""Sockets, systems and what changed between two runs, as sentences are made of them."""

from collections.abc import Iterable

from matrix.findings.shifts import Having, Kind, Relation, Shift
from matrix.report.blocks import Code, Inline, Own, counted, joined, prose
from matrix.vocabulary import LITERALS, LIVE_NAMES, WORDS, Measure, Option
from matrix.vocabulary import MEANINGS as MEASURES

MAX_LISTED = 4  # platforms, classes of them or versions in one sentence; of more their range
MAX_PAIRS = 3  # of addresses or options that are all named
RELATIONS = {
    Relation.SAME: "the same address twice",
    Relation.NARROWER: "a second address under the first",
    Relation.WIDER: "a second address over the first",
    Relation.APART: "two addresses that don't overlap",
    Relation.CROSSING: "two addresses that overlap in part",
}
LIE = {
    Relation.SAME: "that serve the same",
    Relation.NARROWER: "of which the second lies under the first",
    Relation.WIDER: "of which the second lies over the first",
    Relation.APART: "that don't overlap",
    Relation.CROSSING: "that overlap in part",
}
OWNERS = {
    "same": "both belong to one account", "other": "the second belongs to another account",
    "other-first": "the first belongs to another account",
    "others": "they belong to two other accounts",
}  # fmt: skip
CALL_WORDS: dict[str, Inline] = {
    str(Measure.BIND): prose("the second `bind`"), str(Measure.LISTEN): prose("the second `listen`"),
    str(Measure.FIRST_LISTEN): prose("the first one's `listen`"),
}  # fmt: skip


def between(numbers: Iterable[int]) -> str:
    """`8`, or `8 to 10`."""
    every = list(numbers)
    least, most = min(every), max(every)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def listed(words: Iterable[Inline], last: str = "and") -> Inline:
    """`a, b and c`."""
    every = list(words)
    return (joined(every[:-1]), Own(f" {last} "), every[-1]) if len(every) > 1 else joined(every)


def option(name: str) -> Inline:
    """An option in a sentence."""
    return Own("no option") if name == Option.DEFAULT else Code(name)


def address_pair(pair: tuple[tuple[str, str], tuple[str, str]]) -> Inline:
    """`0.0.0.0 then 127.0.0.1`."""
    return (address(pair[0]), Own(" then "), address(pair[1]))


def address(of: tuple[str, str]) -> Inline:
    """An address as it is passed to bind; V6ONLY is named where it is on."""
    literal = LITERALS[of]
    if not literal:
        return Own("another local address")
    return (Code(literal), Own(" (V6ONLY)")) if of[0] == "ipv6" else Code(literal)


def addresses(each: Shift) -> Inline:
    """Which addresses the two sockets have."""
    if each.any_address:
        return Own("whatever the addresses")
    if len(each.pairs) == each.pairs_of and len(each.pairs) > 1:
        kinds = listed((Own(RELATIONS[relation]) for relation in each.relations), "or")
        return (kinds, Own(" (as "), address_pair(example(each)), Own(")"))
    if len(each.pairs) <= MAX_PAIRS:
        return joined(map(address_pair, each.pairs), ", or ")
    kinds = listed((Own(LIE[relation]) for relation in each.relations), "or")
    return prose(
        "{} of the {} pairs of addresses {} ({}, say)", str(len(each.pairs)), str(each.pairs_of), kinds, address_pair(example(each))
    )


def example(each: Shift) -> tuple[tuple[str, str], tuple[str, str]]:
    """The pair of addresses that a reader knows best."""
    families, names = WORDS["first_family"], WORDS["first_address"]
    return min(each.pairs, key=lambda pair: sorted((families.index(family), names.index(name)) for family, name in pair)[::-1])


def state_of(each: Shift) -> Inline:
    """What the first socket is doing; nothing for UDP, where it can only be bound."""
    if each.protocol == "udp":
        return ()
    live = [state for state in each.states if state in LIVE_NAMES]
    left = [Code(state) for state in each.states if state not in LIVE_NAMES]
    words: list[Inline] = [Own(f"the first one {' or '.join(live)}")] if live else []
    words += [(Own("the first one's connection in state "), listed(left, "or"))] if left else []
    return (Own(", "), joined(words, ", or ")) if words else ()


def having_phrase(each: Having) -> Inline:
    """A condition: `both have SO_REUSEADDR`."""
    parts: list[Inline] = []
    if each.both:
        parts.append(Own("neither has an option") if each.both == Option.DEFAULT else (Own("both have "), Code(each.both)))
    else:
        sides = (("the first", each.firsts), ("the second", each.seconds))
        parts += [prose("{} has {}", side, listed(map(option, names), "or")) for side, names in sides if names]
    if each.accounts:
        parts.append(listed((Own(OWNERS[account]) for account in each.accounts), "or"))
    return joined(parts, " and ")


def options_phrase(each: Shift) -> Inline:
    """Which options and accounts matter."""
    unless = (Own(", unless "), joined(map(having_phrase, each.unless), ", or ")) if each.unless else ()
    whose = () if each.any_account else (Own(" and "), listed((Own(OWNERS[account]) for account in each.accounts), "or"))
    if each.options:
        named = ((option(first), Own(" then "), option(second)) for first, second in each.options)
        some = f" with {len(each.options)} pairs of options"
        return (Own(some) if len(each.options) > MAX_PAIRS else (Own(" with "), listed(named, "or")), whose)
    if each.having != Having():
        return (Own(" if "), having_phrase(each.having), whose, unless)
    return (Own(", whatever the options"), unless) if each.any_account else (Own(" if "), *whose[1:], unless)


def shift_sentence(each: Shift) -> Inline:
    """One change as a sentence, with as many questions as changed."""
    before, after = (listed(map(Code, words), "or") for words in (each.before, each.after))
    if not each.states:
        about = Code(each.measure)
        return prose("{} {}, {}: {} instead of {}.", each.protocol.upper(), about, MEASURES[each.measure], after, before)
    call, options = CALL_WORDS.get(each.measure, MEASURES[each.measure]), options_phrase(each)
    verbs: dict[Kind, Inline] = {
        Kind.ALLOWED: prose("{} **now succeeds**{}; it was refused with {}", call, options, before),
        Kind.REFUSED: prose("{} **is now refused** with {}{}; it succeeded", call, after, options),
        Kind.ERROR: prose("{} is refused with {} **instead of** {}{}", call, after, before, options),
        Kind.ANSWER: prose("{}: {} **instead of** {}{}", call, after, before, options),
    }
    size = counted(each.questions, "question") if each.questions == each.of else f"{each.questions:,} of {each.of:,} such questions"
    return prose("{}, {}{}: {} ({}).", each.protocol.upper(), addresses(each), state_of(each), verbs[each.kind], size)
