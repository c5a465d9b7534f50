"""What was not typed of a question about two sockets: states, options, addresses and accounts. The rules are those of `reader.py`."""

from matrix.questions.grammar import Grammar
from matrix.questions.sockets import Draft, Shared
from matrix.vocabulary import LIVE_NAMES, SERVES, WORDS

ANY = "*"
BOUND_MEASURES = ("late-option", "first-listen")  # and multicast: asked of a first socket that is bound
AFTER_CLOSE = tuple(state for state in WORDS["first_state"] if state not in LIVE_NAMES)
# Whose the first and the second socket are: the word for the pair. A blank is the other one of the two.
OWNERS = {
    ("", "other"): "other", ("own", "other"): "other", ("own", ""): "other",
    ("", "own"): "other-first", ("other", "own"): "other-first", ("other", ""): "other-first",
    ("other", "other"): "others", ("own", "own"): "same",
}  # fmt: skip


def settled_states(typed: tuple[str, ...], protocols: tuple[str, ...], measures: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """The states that are asked, and whether they are assumed."""
    if protocols == ("udp",):
        return ("bound",), not typed
    if typed:
        return typed, False
    only_bound = any(measure in BOUND_MEASURES or measure.startswith("multicast-") for measure in measures)
    return (("bound",) if only_bound else ("listening", "bound") if "udp" in protocols else ("listening",)), True


def settled_options(first: Draft, second: Draft, twin: bool, inverse: bool, restarted: bool, assumed: set[str]) -> tuple[str, str]:
    """The options of both sockets."""
    if twin or restarted:
        if restarted and not twin:
            assumed.add("second-option")
        if not inverse and not first.option and not second.option:
            assumed |= {"first-option", "second-option"}
        usual = ANY if inverse else "default"
        return first.option or second.option or usual, second.option or first.option or usual
    if inverse:
        return first.option or ANY, second.option or ANY
    if not first.option:
        assumed.add("first-option")
    if not second.option:
        assumed.add("second-option")
    one = first.option or "default"
    return one, second.option or ("default" if second.described else one)


def settled_places(
    first: Draft, second: Draft, twin: bool, closed: bool, ephemeral: bool, assumed: set[str], words: Grammar
) -> list[tuple[str, str]]:
    """(family, address) of both sockets."""
    drafts = (first, second)
    literals = [words.literals.get(draft.literal) for draft in drafts]
    addresses = [literal.address if literal else draft.address for draft, literal in zip(drafts, literals, strict=True)]
    typed = [draft.family for draft in drafts]
    for here, other in ((0, 1), (1, 0)):
        literal, beside = literals[here], literals[other]
        if literal and typed[here] and typed[here] not in literal.families:
            if beside and not typed[other] and typed[here] in beside.families:
                typed[other] = typed[here]
            typed[here] = ""
    known = [family or (literal.families[0] if literal else "") for family, literal in zip(typed, literals, strict=True)]
    known = ["dual" if address.startswith("mapped-") else family for family, address in zip(known, addresses, strict=True)]
    families = [known[0] or known[1] or "ipv4", known[1] or known[0] or "ipv4"]
    for place, name in enumerate(("first-address", "second-address")):
        if not addresses[place] and not (twin and addresses[1 - place]):
            assumed.add(name)
    if any(literal and literal.families[0] == "dual" and len(literal.families) > 1 and not family
           for literal, family in zip(literals, typed, strict=True)):  # fmt: skip
        assumed.add("v6only")
    chosen = [addresses[0] or addresses[1] or "wildcard", addresses[1] or addresses[0] or "wildcard"]
    if closed:
        families = ["ipv4", "ipv4"]
        chosen = ["wildcard" if address.endswith("wildcard") else "specific" for address in chosen]
    if ephemeral:
        chosen = ["specific", chosen[1] if addresses[1] else "wildcard"]
    return [settled_place(family, address) for family, address in zip(families, chosen, strict=True)]


def settled_place(family: str, address: str) -> tuple[str, str]:
    """A family and an address that go together: another family has no second address, and no mapped ones."""
    if (family, address) in SERVES:
        return family, address
    return family, "wildcard" if address.endswith("wildcard") else "specific"


def settled_account(typed: list[str], sockets: Shared, assumed: set[str]) -> str:
    """Whose the sockets are."""
    if typed:
        return typed[0]
    first, second = sockets.first.owner, sockets.second.owner
    if not first and not second:
        assumed.add("account")
        return "same"
    if first and not second and not sockets.separated:
        first, second = "", first
    return OWNERS[first, second]
