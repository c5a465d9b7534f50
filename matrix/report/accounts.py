"""Two accounts: the guide's second and third tables side by side, and what another account can take from you."""

from matrix.findings.accounts import Accounts, Beside, Effect, Had
from matrix.report.blocks import Block, Bullets, Code, Fold, Heading, Inline, Own, Strong, codes, joined, paragraph, prose, table
from matrix.report.words import heads, omitted, parts
from matrix.report.words import spec as socket_spec
from matrix.vocabulary import DIFFERENT_ACCOUNTS, WORDS, Account

MAX_FOLDS = 3
MAX_EFFECTS = 30  # classes of platforms whose changes are counted
MAX_CHANGES = 12  # rows of one fold
MEANINGS = {
    str(Account.OTHER): "ours first, then another account's",
    str(Account.OTHER_FIRST): "another account's first, then ours",
    str(Account.OTHERS): "two unprivileged accounts, neither ours",
}


def two_accounts(found: Accounts) -> list[Block]:
    """Which accounts there were, the two tables, and what can be taken."""
    return [
        Heading(2, "Two accounts"),
        paragraph(
            "Each pair of sockets was also made by two accounts. Every helper process says who it really is, and what is not two "
            "accounts is not measured."
        ),
        *table(["platform", "our account", "the others", "result"], map(had, found.had)),
        *side_by_side(found),
        *changed(found),
        *joinable(found),
    ]


def had(each: Had) -> tuple[Inline, ...]:
    """The accounts of some platforms."""
    others = joined((what, Own(" by "), Code(method)) for what, method in each.others)
    return (
        each.platforms,
        each.own,
        others if each.others else Own("—"),
        joined(each.reasons, "; ") if each.reasons else Own("measured"),
    )


def side_by_side(found: Accounts) -> list[Block]:
    """The guide's tables for the same account and for different ones, cell by cell, with what was observed."""
    if not found.tables:
        return []
    differing = [each for each in found.tables if each.same != each.different]
    header: list[Inline] = ["first socket", "second socket", "same account", "different accounts",
              *((name, Own(f", {which}")) for name in heads(found.columns) for which in ("same", "different"))]  # fmt: skip
    number = len(found.tables)
    return [
        Heading(3, "What the guide says"),
        paragraph(
            "Its tables for Windows Server 2003 and later, side by side. They differ in {} of {} cells:", str(len(differing)), str(number)
        ),
        *table(header, map(beside, differing), keys=4),
        Fold(
            prose("**All {} cells** as documented, those that differ in bold", str(number)),
            tuple(table(header[:4], (beside(each)[:4] for each in found.tables), keys=4)),
        ),
        *omitted(found.columns),
    ]


def beside(each: Beside) -> tuple[Inline, ...]:
    """One cell for one account and for two."""
    different: Inline = each.different if each.same == each.different else Strong(each.different)
    observed = [parts(answer) if answer else Own("not measured") for pair in each.answers for answer in pair]
    return (socket_spec(*each.first), socket_spec(*each.second), each.same, different, *observed)


def changed(found: Accounts) -> list[Block]:
    """What the account changes on each platform, by protocol, state and options."""
    header = ["protocol", "first socket's state", "first option", "second option", *WORDS["account"], "cases"]
    folds: list[Block] = []
    changing = [effect for effect in found.effects if effect.changes]
    for effect in changing[:MAX_FOLDS]:
        rows: list[tuple[Inline, ...]] = [
            (each.protocol.upper(), each.state, Code(each.first_option), Code(each.second_option), *each.outcomes, f"{each.cases:,}")
            for each in effect.changes
        ]
        folds.append(Fold(prose("**{}**: every difference, by options", effect.platforms), tuple(table(header, rows, MAX_CHANGES, keys=4))))
    if len(changing) > MAX_FOLDS:
        folds.append(paragraph("The differences of {} more classes of platforms are in `report.json`.", str(len(changing) - MAX_FOLDS)))
    meanings = joined((Code(account), Own(f" is {meaning}")) for account, meaning in MEANINGS.items())
    nothing = [nothing_changed(effect) for effect in found.effects if not effect.changed]
    counted = [
        (effect.platforms, f"{effect.changed:,} of {effect.cases:,}", *(f"{count:,}" for _, count in effect.by_account))
        for effect in found.effects if effect.changed
    ]  # fmt: skip
    header = ["platforms", "cases that the account changes", *DIFFERENT_ACCOUNTS]
    how_often = table(header, counted, MAX_EFFECTS) if counted else []
    bullets = [Bullets(tuple(nothing))] if nothing else []
    return [Heading(3, "What the account changes"), *bullets, *how_often, paragraph("{}.", meanings), *folds]


def nothing_changed(effect: Effect) -> Inline:
    """Where the account changes nothing, or was not asked, in a sentence."""
    if not effect.cases:
        return prose("{}: not measured with two accounts.", effect.platforms)
    words = "{}: **the account changes nothing** in {} cases; what the same account can take, another can."
    return prose(words, effect.platforms, f"{effect.cases:,}")


def joinable(found: Accounts) -> list[Block]:
    """What another account can join."""
    if not found.joinable:
        return []
    rows = [
        (each.protocol.upper(), each.state, Code(each.option), codes(each.takers, "nothing"), each.platforms) for each in found.joinable
    ]
    return [
        Heading(3, "What another account can take"),
        paragraph("The very address that a socket holds, by one other socket, whichever of the two is ours."),
        *table(["protocol", "the holder", "with option", "can be joined by another account's", "platforms"], rows, keys=3),
    ]
