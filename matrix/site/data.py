"""What the page's script works on, as one JSON object: `findings.packed`, and the vocabulary and hosts for readers."""

from typing import Any

from matrix.data.recipes import Recipe, load_recipes
from matrix.data.rules import rules
from matrix.findings import goals, packed, recipes
from matrix.findings.classes import STATED, release_of
from matrix.findings.criteria import SERVING, Check
from matrix.findings.links import link_to
from matrix.findings.platforms import Platform, platforms
from matrix.findings.sentences import Held, sentence_by_sentence
from matrix.findings.titles import SYSTEMS, VERSIONED, bounds
from matrix.findings.unmeasured import elsewhere
from matrix.findings.view import CURRENT, View
from matrix.probe import vocabulary as probe
from matrix.probe.afterclose import AFTER_CLOSE
from matrix.programs.cases import tables
from matrix.questions.grammar import grammar_data
from matrix.records import Source
from matrix.report.chapters import Report
from matrix.report.tabular import jsonable
from matrix.verdicts import GRAVEST, STYLES
from matrix.vocabulary import KEYS, SAME_KERNEL, SCHEMA, VOCABULARY, WINSOCK, WORDS

# The goals, and pairs of goals, that the page answers: those that people ask for together.
GOALS = (
    *(((goal,), protocol) for goal in goals.GOALS for protocol in ("tcp", "udp")), (("protect", "restart"), "tcp"),
    (("restart", "share"), "tcp"), (("protect", "dual-stack"), "tcp"), (("protect", "restart", "dual-stack"), "tcp"),
)  # fmt: skip


def site_data(report: Report) -> dict[str, Any]:
    """Everything that the script needs, as JSON has it."""
    view = report.view
    observed, claims = packed.observations(view), packed.claims(view)
    return {
        "about": about(view),
        "words": words(),
        "rules": rules(),
        "platforms": [platform(each) for each in platforms(view).measured],
        **jsonable(observed),
        "sources": {source.id: source_record(source) for source in (*view.claims.sources.values(), *view.evidence.sources.values())},
        "links": links(view),
        "claims": [claim(each) for each in claims.claims],
        "scopes": [[*scope, bounds(*scope[:3])] for scope in claims.scopes],
        "verdicts": claims.verdicts,
        "styles": {str(verdict): [style.symbol, style.colour, style.meaning] for verdict, style in STYLES.items()},
        "gravest": [str(verdict) for verdict in GRAVEST],
        "evidence": [evidence_record(each) for each in packed.evidence(view)],
        "guide": list(CURRENT),
        "grammar": grammar_data(),
        "goals": [advice_record(goals.advise(view, chosen, protocol)) for chosen, protocol in GOALS] if view.targets else [],
        "heard": heard_records(view),
        "recipes": recipe_records(view) if view.targets else [],
        "sentences": [sentence(each) for each in sentence_by_sentence(view)],
    }


def about(view: View) -> dict[str, Any]:
    """What this page is made of: the day of the newest run, and the probes that measured."""
    hosts = view.hosts.values()
    return {
        "measured": max((host.measured for host in hosts), default=""),
        "probes": [list(each) for each in sorted({(host.probe_version, host.probe_sha256) for host in hosts})],
        "windows_measured": bool(view.windows),
    }


def words() -> dict[str, Any]:
    """The vocabulary, as the probe declares it."""
    states = [*probe.LIVE_STATES, *((state.name, ("tcp",), state.meaning) for state in AFTER_CLOSE)]
    return {
        "keys": list(KEYS),
        "codes": {column: list(each) for column, each in WORDS.items()},
        "options": [[option.name, list(option.protocols)] for option in probe.OPTIONS],
        "addresses": [[each.family, each.name, each.literal, list(each.serves)] for each in probe.ADDRESSES],
        "live": [[state.name, list(state.protocols)] for state in probe.LIVE_STATES],
        "after": [[state.name, state.system_port] for state in AFTER_CLOSE],
        "states": {name: meaning for name, _, meaning in states},
        "accounts": {account.name: account.meaning for account in probe.ACCOUNTS},
        "measures": [[measure.name, measure.about, list(measure.answers), measure.meaning] for measure in probe.MEASURES],
        "destinations": [[to.name, to.literal] for to in probe.DESTINATIONS],
        "senders": probe.SENDERS,
        "extra": probe.EXTRA_ATTEMPTS,
        "releases": STATED,
        "schema": SCHEMA,
        "vocabulary": VOCABULARY,
        "not_measured": list(probe.NOT_MEASURED),
        "same_kernel": sorted(SAME_KERNEL),
        "winsock": sorted(WINSOCK),
        "systems": SYSTEMS,
        "versioned": VERSIONED,
        "programs": tables(),
    }


def platform(each: Platform) -> dict[str, Any]:
    """A run's host, as far as a reader asks for it."""
    host = each.host
    return {
        "target": host.target, "system": host.system, "version": host.version, "kernel": host.kernel, "name": host.name,
        "imitates": jsonable(host.imitates), "container": host.container, "machine": host.machine, "python": host.python,
        "account": host.account, "measured": host.measured, "repeat": host.repeat, "selection": host.selection,
        "options": list(host.options), "probe": [host.probe_version, host.probe_sha256], "stated": dict(host.stated),
        "older": each.older, "rows": each.rows, "release": release_of(host), "sha256": host.sha256, "folder": each.folder,
        "accounts": {name: str(account) or account.reason for name, account in host.accounts.items()},
    }  # fmt: skip


def claim(each: packed.PackedClaim) -> list[Any]:
    """A claim as the script has it: id, source, kind, section, number of its scope, patterns by what is expected, statement."""
    its = each.claim
    return [its.id, its.source, its.kind, its.section, each.scope, each.patterns, its.statement]


def source_record(source: Source) -> dict[str, str]:
    """A source as a reader asks for it."""
    return {"id": source.id, "kind": source.kind, "title": source.title, "publisher": source.publisher, "read": source.read,
            "revision": source.revision, "note": source.note, "link": link_to(source)}  # fmt: skip


def links(view: View) -> dict[str, dict[str, str]]:
    """source → section → the address that opens it there, where that is another than the source's own."""
    found: dict[str, dict[str, str]] = {}
    for each in view.claims.claims:
        source = view.claims.sources[each.source]
        link = link_to(source, each.section)
        if link != link_to(source):
            found.setdefault(each.source, {})[each.section] = link
    return found


def evidence_record(each: packed.PackedEvidence) -> dict[str, Any]:
    """A row of evidence."""
    its = each.known
    return {"rung": str(its.rung), "system": its.system, "versions": its.versions, "source": its.source, "section": its.section,
            "link": its.link, "date": its.date, "sure": its.sure, "why": its.why, "processes": its.processes,
            "unstated": list(its.unstated), "statement": its.statement, "outcome": its.outcome, "patterns": each.patterns}  # fmt: skip


def advice_record(advice: goals.Advice) -> dict[str, Any]:
    """What reaches some goals, by platforms that answer equally."""
    return {
        "goals": list(advice.goals), "protocol": advice.protocol,
        "answers": [
            {"platforms": each.platforms, "targets": list(each.targets), "complete": each.complete,
             "chosen": [candidate_record(one) for one in each.chosen]}
            for each in advice.answers
        ],
    }  # fmt: skip


def heard_records(view: View) -> list[dict[str, Any]]:
    """What others know of Windows, as long as there is no run of it: of each goal, and of each option by criteria."""
    found = []
    for protocol in SERVING if not view.windows else ():
        asked = [goals_of for goals_of, theirs in GOALS if theirs == protocol]
        answers = elsewhere(view, "windows", protocol, *asked)
        options = [
            [
                each.option,
                [
                    [
                        heard.criterion,
                        heard.known,
                        heard.against,
                        [list(rung) for rung in heard.rungs],
                        *(example.case for example in heard.examples[:1]),
                    ]
                    for heard in each.heard
                ],
            ]
            for each in answers[0].options
        ]
        meeting = {"+".join((*each.goals, protocol)): None if each.meeting is None else list(each.meeting) for each in answers}
        found.append({"system": "windows", "protocol": protocol, "options": options, "meeting": meeting})
    return found


def recipe_records(view: View) -> list[dict[str, Any]]:
    """What runtimes set by default, each with what it comes to by platforms that answer equally."""
    found: dict[Recipe, list[list[Any]]] = {}
    for each in recipes.judged(view, load_recipes(), SERVING):
        results = found.setdefault(each.recipe, [])
        if each.targets:
            results.append([list(each.targets), [check_record(check) for check in each.checks]])
    return [
        {"runtime": its.runtime, "call": its.call, "protocol": its.protocol, "systems": its.systems, "option": its.option, "link": its.link,
         "read": its.read, "note": its.note, "judged": results}
        for its, results in found.items()
    ]  # fmt: skip


def candidate_record(candidate: goals.Candidate) -> dict[str, Any]:
    """An option, how it is set, and its criteria."""
    return {"option": candidate.option, "way": candidate.way, "python": candidate.python, "c": candidate.c,
            "checks": [check_record(check) for check in candidate.checks]}  # fmt: skip


def check_record(check: Check) -> list[Any]:
    """criterion, required, met, cases, against, an example of what speaks against it."""
    return [check.criterion, check.required, check.met, check.cases, check.against, *check.examples[:1]]


def sentence(held: Held) -> dict[str, Any]:
    """A sentence of a document, and what each class of platforms says of it."""
    return {
        "name": held.name, "source": held.source, "section": held.section, "statement": held.statement,
        "answers": [[list(each.targets), each.relation, [list(verdict) for verdict in each.verdicts], list(each.reasons)[:3]]
                    for each in held.answers],
        "against": [[each.table, each.cells] for each in held.against],
    }  # fmt: skip
