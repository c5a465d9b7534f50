"""At a glance: which second socket gets in, and what becomes of the traffic, for the pairs of options that people ask about.

Rules. Both sockets are IPv4 and one account's. A TCP socket gets in where its bind and its listen succeed over a listener, a UDP socket
where its bind succeeds. Who then receives is what was sent to 127.0.0.1, which both serve.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from matrix.findings.classes import Columns, columns_by, named
from matrix.findings.documents import specs
from matrix.findings.view import CURRENT, View
from matrix.probe.cases import case_id
from matrix.records import Host
from matrix.vocabulary import Account, Expected, Measure, State

PAIRS = (
    ("default", "default"),
    ("default", "SO_REUSEADDR"),
    ("SO_REUSEADDR", "SO_REUSEADDR"),
    ("SO_REUSEPORT", "SO_REUSEPORT"),
    ("SO_EXCLUSIVEADDRUSE", "SO_REUSEADDR"),
)
PLACES = (("specific", "specific"), ("wildcard", "specific"))
SERVERS = (("tcp", str(State.LISTENING)), ("udp", str(State.BOUND)))
COLUMNS = 4


class Entry(StrEnum):
    """What becomes of the second socket, and of the traffic."""

    REFUSED = "refused"
    KEPT = "first"  # it gets in, and the first receives everything
    SHARED = "split"
    BOTH = "both"
    TAKEN = "second"
    NOBODY = "none"
    UNSTABLE = "unstable"
    SUCCEEDS = "succeeds"  # a document says so, and not who receives
    UNKNOWN = ""  # not measured, or there is no such option


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Two sockets, and what becomes of them in each column."""

    addresses: tuple[str, str]
    options: tuple[str, str]
    entries: tuple[tuple[Entry, ...], ...]  # for each of SERVERS: of the columns, then of the documents


def case_of(server: tuple[str, str], row: Row) -> str:
    """The id of a row's case for one of SERVERS."""
    protocol, state = server
    (first, second), (one, other) = row.addresses, row.options
    return str(case_id((protocol, "ipv4", one, first, state, "ipv4", other, second, str(Account.SAME))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The table."""

    columns: Columns
    labels: tuple[tuple[tuple[str, str], ...], ...]  # of each column: (system, its members; blank for all runs of that system)
    rows: tuple[Row, ...]


def glance(view: View) -> Glance | None:
    """The table; None where nothing was measured."""
    asked = [(server, place, pair) for server in SERVERS for place in PLACES for pair in PAIRS]
    answers = {target: entries(view, target) for target in view.targets}
    keys = {target: [found.get(case, Entry.UNKNOWN) for case in asked] for target, found in answers.items()}
    columns = columns_by(keys, view.hosts, COLUMNS)
    if not columns.shown:
        return None
    written = documented(view)
    rows = []
    for place in PLACES:
        for pair in PAIRS:
            found = tuple(
                (*(answers[column.target].get((server, place, pair), Entry.UNKNOWN) for column in columns.shown),
                 written.get((place, pair), Entry.UNKNOWN))
                for server in SERVERS
            )  # fmt: skip
            if any(any(each) for each in found):
                rows.append(Row(addresses=place, options=pair, entries=found))
    return Glance(columns=columns, labels=tuple(label(column.members, view.hosts) for column in columns.shown), rows=tuple(rows))


def entries(view: View, target: str) -> dict[tuple[tuple[str, str], tuple[str, str], tuple[str, str]], Entry]:
    """(server, addresses, options) → what becomes of it on one platform."""
    found = {}
    for server in SERVERS:
        about = {"protocol": server[0], "first_state": server[1], "first_family": "ipv4", "second_family": "ipv4", "account": Account.SAME}
        words: dict[tuple[tuple[str, str], tuple[str, str]], dict[str, str]] = {}
        for measure in (Measure.BIND, Measure.LISTEN, Measure.DELIVER_IPV4):
            questions = view.where(measure=measure, **about)
            columns = (view.column(questions, name) for name in ("first_address", "second_address", "first_option", "second_option"))
            for answer, first, second, one, other in zip(view.answers(questions, target), *columns, strict=True):
                if answer:
                    words.setdefault(((first, second), (one, other)), {})[str(measure)] = answer
        for (place, pair), answers in words.items():
            found[server, place, pair] = entry(answers)
    return found


def entry(answers: Mapping[str, str]) -> Entry:
    """What some answers to bind, listen and deliver-ipv4 come to."""
    calls = [answers[measure] for measure in (Measure.BIND, Measure.LISTEN) if measure in answers]
    if any(answer in ("NOT_RUN", "UNSUPPORTED") for answer in calls) or not calls:
        return Entry.UNKNOWN
    if "UNSTABLE" in calls:
        return Entry.UNSTABLE
    if any(answer != "SUCCESS" for answer in calls):
        return Entry.REFUSED
    received = answers.get(str(Measure.DELIVER_IPV4), "")
    if received == "refused":
        return Entry.NOBODY
    return Entry(received.lower()) if received.lower() in tuple(Entry) else Entry.SUCCEEDS


def documented(view: View) -> dict[tuple[tuple[str, str], tuple[str, str]], Entry]:
    """(addresses, options) → what the guide's table for every Windows in use expects of one account."""
    found = {}
    for claim in view.tables.get(CURRENT, ()):
        (one, first), (other, second) = specs(claim)
        found[(first, second), (one, other)] = Entry.SUCCEEDS if claim.expected == Expected.SUCCESS else Entry.REFUSED
    return found


def label(members: tuple[str, ...], hosts: Mapping[str, Host]) -> tuple[tuple[str, str], ...]:
    """What a column is called: its systems, each with its members unless they are all runs of it."""
    found = []
    for system in dict.fromkeys(hosts[target].system for target in members):
        mine = [target for target in members if hosts[target].system == system]
        whole = len(mine) == sum(host.system == system for host in hosts.values())
        found.append((system, "" if whole else named(mine, hosts)))
    return tuple(found)
