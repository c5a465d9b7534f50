"""Who receives, who can take it, how a split is split; and multicast."""

from matrix.findings.hijack import Hijacks, Loss
from matrix.findings.traffic import Delivery, Multicast, Phase, Split, Traffic
from matrix.report import definitions
from matrix.report.blocks import Block, Code, Heading, Inline, Own, codes, joined, paragraph, table
from matrix.report.words import counts, heads, omitted, percent
from matrix.vocabulary import SENDERS, Measure

MAX_SPLITS = 24  # lines of how splits were split
MEMBERS = {
    str(Measure.MULTICAST_BOTH): "both are members",
    str(Measure.MULTICAST_FIRST): "only the first",
    str(Measure.MULTICAST_SECOND): "only the second",
}


def traffic(found: Traffic) -> list[Block]:
    """Where both sockets live: who receives, on which platforms, and who does once the first has closed."""
    return [
        Heading(2, "Who receives"),
        paragraph(
            f"Wherever both sockets live and serve an address in common, {SENDERS} connections or datagrams from as many source ports went "
            "to each address that either serves. `first`, `second`: all of them to one; `split`: some to each; then `→`, who receives "
            "after the first has closed. "
            "IPv4, IPv6 and dual stack, which are named only where they answer differently; a blank cell: the two can't both live there."
        ),
        definitions.traffic(),
        *table(["protocol", "addresses", "options", *heads(found.columns)], map(delivery, found.deliveries), keys=3),
        *omitted(found.columns),
        *hijacks(found.hijacks),
        *splits(found.splits),
    ]


def delivery(each: Delivery) -> tuple[Inline, ...]:
    """One line: pairs of options with the same receivers."""
    relation = "the same address" if each.addresses == "same address" else each.addresses
    options = joined(((Code(first), Own(" then "), Code(second)) for first, second in each.options), "; ")
    return (each.protocol.upper(), relation, options, *(phases(*both) for both in each.receivers))


def phases(live: Phase, closed: Phase) -> Inline:
    """`second → second`: who received while both lived, and afterwards."""
    return (receivers(live), Own(" → "), receivers(closed)) if live or closed else ""


def receivers(found: Phase) -> Inline:
    """Who received, with the families where they differ."""
    return joined((receiver, Own(f" ({' and '.join(families)})")) if families else receiver for receiver, families in found)


def hijacks(found: Hijacks) -> list[Block]:
    """Which second sockets take traffic that the first would have got."""
    header = ["protocol", "the holder's option", "taken by the", "second sockets with", "between mapped addresses also", "platforms"]
    notices = joined(((each.platforms, Own(": "), counts(each.answers)) for each in found.notices), "; ")
    return [
        Heading(3, "Who can take it"),
        paragraph(
            "A socket loses what is sent to it, or a part of it, to a second one with one of these options: on the same "
            "address, on a specific address under its wildcard, or of another family. It is one other socket: only pairs were measured."
        ),
        *table(header, map(loss, found.losses)),
        paragraph(
            "What the first socket had to report about itself afterwards (`SO_ERROR`), in all of these cases: {}.",
            notices or Own("not asked"),
        ),
    ]


def loss(each: Loss) -> tuple[Inline, ...]:
    """One line: what takes traffic from a holder."""
    pairs = joined(f"{first} by {second}" for first, second in each.mapped_pairs)
    mapped: Inline = (codes(each.mapped_takers, ""), Own(" ("), pairs, Own(")")) if each.mapped_takers else ""
    return (
        each.protocol.upper(),
        Code(each.option),
        f"{each.account} account",
        codes(each.takers, "nothing"),
        mapped,
        each.platforms,
    )


def splits(found: tuple[Split, ...]) -> list[Block]:
    """How `split` traffic was split."""
    if not found:
        return []
    rows = [
        (each.name, each.protocol.upper(), f"{each.splits:,}", f"{each.sent:,}", percent(each.first, each.sent),
         f"{each.least:.0f} to {each.most:.0f} %")
        for each in found
    ]  # fmt: skip
    return [
        paragraph("**How a split is split.** The numbers differ from run to run by nature, so they are in `counts.csv`."),
        *table(["platform", "protocol", "splits", "sent", "to the first, of all", "to the first, least and most"], rows, MAX_SPLITS),
    ]


def multicast(found: Multicast) -> list[Block]:
    """Who receives a group's datagrams, by who has joined it."""
    rows = [(MEMBERS[each.measure], each.family, *map(counts, each.answers)) for each in found.memberships]
    return [
        Heading(2, "Multicast"),
        paragraph(
            "Two wildcard sockets on one port, and a group on one interface. On Linux a socket that never joined receives "
            "as well, unless `IP_MULTICAST_ALL` is cleared."
        ),
        definitions.multicast(),
        *table(["members", "family", *heads(found.columns)], rows, keys=2),
        *omitted(found.columns),
    ]
