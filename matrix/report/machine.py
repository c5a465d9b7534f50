"""The end of a first run: what this machine is, whether it answers like a published platform, and what a server's author should know."""

from matrix.findings.changes import Meeting, Way
from matrix.findings.criteria import KEEPS_OTHER, SHARES, Check
from matrix.findings.goals import Answer
from matrix.findings.machine import Holder, Machine
from matrix.findings.titles import release
from matrix.report.blocks import Block, Bullets, Code, Inline, Own, Paragraph, counted, joined, paragraph, prose
from matrix.report.words import setting

MAX_WAYS = 5
RECEIVERS = {
    "first": "the earlier one receives everything", "second": "the later one receives everything", "split": "they share what comes",
    "both": "both receive everything", "none": "nobody receives anything",
}  # fmt: skip


def machine(found: Machine) -> list[Block]:
    """All of it, in the order in which a reader wants it."""
    return [
        Paragraph((what(found), Own(" "), like(found.near, found.equal))),
        *([Bullets(tuple(map(departure, found.departures[:MAX_WAYS])))] if found.departures else []),
        *more_ways(len(found.departures) - MAX_WAYS),
        Bullets((*map(holder, found.holders), *twins(found.udp_twins), restart(found.restart, found.safe_restart), share(found.share))),
        paragraph("From one other socket at a time, as measured here; `bind-matrix advise` has the evidence."),
    ]


def what(found: Machine) -> Inline:
    """The machine, how much was measured, and what was not."""
    host = found.host
    where = (Own("in a container, "), host.container) if host.container else Own("no container")
    whole: Inline = Own("everything measured")
    if found.not_run:
        reason, count = found.not_run[0]
        whole = (Own(f"{count:,} of them not measured, because "), reason)
    system = release(host.system, host.version)
    name: Inline = (host.name, Own(", ")) if host.name != system else Own("")
    return prose("This machine: {} ({}{}), {} observations, {}.", system, name, where, f"{found.rows:,}", whole)


def like(near: Meeting | None, equal: int) -> Inline:
    """The nearest published platform."""
    if near is None:
        return Own("There is no published platform to compare it with.")
    counts = (f"{near.equal:,}", f"{near.questions:,}")
    if not equal:
        template = "Nearest of the published platforms is {}: the same in {} of the {} observations that both have. Otherwise in:"
        return prose(template, near.name, *counts)
    others = f" (and {counted(equal - 1, 'other')})" if equal > 1 else ""
    return prose("It answers like the published {}{} in all {} observations that both have.", near.name, Own(others), counts[1])


def departure(way: Way) -> Inline:
    """Where it answers otherwise than the nearest."""
    what = f"{way.protocol.upper()} {way.state}".strip()
    return prose("{}, {}: {} there, {} here ({})", what, way.measure, way.before, way.after, counted(way.questions, "observation"))


def more_ways(left: int) -> list[Block]:
    """What is said of the ways that are not listed."""
    return [paragraph("and in {}; `bind-matrix compare` shows all.", counted(left, "more way"))] if left > 0 else []


def holder(each: Holder) -> Inline:
    """Whether a server's traffic is its own."""
    name = "A TCP listener" if each.protocol == "tcp" else "A UDP socket"
    options = Own("without options") if each.option == "default" else (Own("with "), Code(each.option))
    return (Own(f"{name} "), options, Own(" "), kept(each.own, each.other), Own("."))


def kept(own: Check, other: Check) -> Inline:
    """From whom it is kept."""
    unknown = " (another account was not measured)" if other.met is None else ""
    if own.met is None:
        return Own("was not measured")
    if own.met and other.met:
        return Own("keeps its traffic from any one other socket, of its own and of another account")
    if own.met and other.met is None:
        return Own(f"keeps its traffic from any one other socket of its own account{unknown}")
    if own.met:
        return (Own("keeps its traffic from its own account's sockets, and can lose it to another account's with "), codes(other))
    whose = "another socket, another account's too," if other.met is False else "another socket of its own account"
    return (Own(f"can lose its traffic to {whose} with "), codes(own), Own(unknown))


def codes(check: Check) -> Inline:
    """The options that take traffic."""
    return joined(map(setting, check.takers), " or ")


def twins(receivers: tuple[tuple[str, int], ...]) -> list[Inline]:
    """Who receives where two UDP sockets share an address by SO_REUSEADDR."""
    if len(receivers) != 1:
        return []
    return [prose("Of two UDP sockets with `SO_REUSEADDR` on one address {}.", Own(RECEIVERS.get(receivers[0][0], receivers[0][0])))]


def restart(plain: Answer, safe: Answer) -> Inline:
    """What a TCP server needs to start again at once, and whether it then keeps its traffic."""
    if not plain.complete:
        return Own("No option lets a TCP server start again at once.")
    best = safe.chosen[0] if safe.complete else plain.chosen[0]
    needs = prose("with {} if the one before it had that, too", Code(best.option)) if best.settings else Own("without any option")
    fails = any(check.met is False for candidate in safe.chosen for check in candidate.checks if check.required)
    kept_too = "; its traffic stays its own" if safe.complete else "; but then another socket can take traffic" if fails else ""
    return prose("A TCP server starts again at once {}{}.", needs, Own(kept_too))


def share(each: Answer) -> Inline:
    """What shares a port."""
    sharing = [candidate for candidate in each.candidates if any(check.criterion == SHARES and check.met for check in candidate.checks)]
    if not sharing:
        return Own("No option lets two TCP servers share a port.")
    best = each.chosen[0] if each.complete else sharing[0]
    other = next(check for check in best.checks if check.criterion == KEEPS_OTHER)
    who = {True: "another account gets nothing", False: "another account can take a part, too", None: "another account was not measured"}
    return prose("Two TCP servers of one account share a port with {} on both; {}.", Code(best.option), Own(who[other.met]))
