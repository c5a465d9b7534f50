"""What a machine that was just measured comes to: whether it answers like a published platform, and what its servers should know."""

from dataclasses import dataclass

from matrix.findings.changes import Meeting, Way, beside
from matrix.findings.criteria import KEEPS, KEEPS_OTHER, Check, Criteria
from matrix.findings.criteria import Way as AnyWay
from matrix.findings.goals import Answer, advise
from matrix.findings.hijack import counted
from matrix.findings.view import View
from matrix.records import Host
from matrix.vocabulary import Account, Measure, Outcome

ANY = AnyWay(name="", criteria=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whether a server's traffic is kept from one other socket."""

    protocol: str
    option: str
    own: Check
    other: Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the end of a first run says."""

    host: Host
    rows: int
    not_run: tuple[tuple[str, int], ...]  # (reason, rows)
    near: Meeting | None  # the published platform that is nearest; of several that answer the same, one of its own system
    equal: int  # published platforms that answer the same in all that both have
    departures: tuple[Way, ...]  # from the nearest, the largest first
    holders: tuple[Holder, ...]
    restart: Answer  # of a TCP server
    safe_restart: Answer  # the same, and kept from everybody
    share: Answer
    udp_twins: tuple[tuple[str, int], ...]  # who receives where two UDP sockets with SO_REUSEADDR have one address: (receiver, cases)


def machine(view: View, target: str) -> Machine:
    """One run of a view, beside all others in it."""
    run = next(each for each in view.runs.good if each.host.target == target)
    asked = {protocol: Criteria.of(view, protocol) for protocol in ("tcp", "udp")}
    kept = (("tcp", "default"), ("udp", "default"), ("udp", "SO_REUSEADDR"))
    goals = (("restart",), ("restart", "protect"), ("share",))
    restart, safe, share = (advise(view, each, "tcp", [target]).answers[0] for each in goals)
    comparison = beside(run, view.runs.good, view.runs.catalogue)
    equal = [each for each in comparison.meetings if each.questions and each.equal == each.questions]
    near = (
        min(equal, key=lambda each: view.hosts[each.target].system != run.host.system) if equal else next(iter(comparison.meetings), None)
    )
    return Machine(
        host=run.host,
        rows=len(run.lines),
        not_run=reasons(view, target),
        near=near,
        equal=len(equal),
        departures=tuple(sorted(comparison.ways, key=lambda each: -each.questions)),
        holders=tuple(
            Holder(protocol=protocol, option=option, own=asked[protocol].check(KEEPS, option, ANY, target, required=True),
                   other=asked[protocol].check(KEEPS_OTHER, option, ANY, target, required=True))
            for protocol, option in kept
        ),
        restart=restart, safe_restart=safe, share=share, udp_twins=udp_twins(view, target),
    )  # fmt: skip


def reasons(view: View, target: str) -> tuple[tuple[str, int], ...]:
    """Why rows of a run were not measured, the most frequent first."""
    run = next(each for each in view.runs.good if each.host.target == target)
    answers = view.runs.catalogue.answers
    found = [answers[number] for number in view.runs.catalogue.answer_of[run.lines].tolist()]
    counts = counted([each.detail for each in found if each.outcome == Outcome.NOT_RUN])
    return tuple(sorted(counts, key=lambda item: -item[1]))


def udp_twins(view: View, target: str) -> tuple[tuple[str, int], ...]:
    """Who receives what is sent to the address that two UDP sockets with SO_REUSEADDR have bound."""
    measures = [measure for measure in Measure if measure.startswith("deliver-")]
    asked = view.where(measure=measures, protocol="udp", first_option="SO_REUSEADDR", second_option="SO_REUSEADDR", account=Account.SAME)
    twins = asked[view.equal(asked, "first_family", "second_family") & view.equal(asked, "first_address", "second_address")]
    return counted(view.answers(twins, target))
