"""Questions whose answers are known everywhere: a harness that gets one wrong is not believed.

Controls void a run, or the cases of another account. The reach of each destination is looked at in the same way: an address
at which a socket alone receives nothing says nothing about two.
"""

import os
import time

from .cases import KINDS
from .client import REFUSED
from .delivery import replies_of
from .outcomes import failure_of
from .sockets import close_by_reset
from .vocabulary import DESTINATIONS, PROCESSES_CONTROL, PROTOCOLS, SOCKET_CONTROLS

CONTROL_TRIES = 3       # ports that may turn out to be somebody else's before a control counts as failed
POLLS, PAUSE = 100, 0.005


def run_controls(asker, when, account="same"):
    """Ask every control: [{name, when, expected, observed}]. A broken harness fails on every port."""
    name, expected = PROCESSES_CONTROL
    answers = [(name, expected, str(len(set([os.getpid(), asker.first.ask("pid"), asker.second.ask("pid")]))))]
    for protocol in PROTOCOLS:
        for _ in range(CONTROL_TRIES):
            asked = controls_of(asker, protocol)
            if all(expected == observed for _, expected, observed in asked):
                break
        answers += asked
    return [{"name": name if account == "same" else "%s-%s" % (account, name), "when": when, "expected": expected,
             "observed": observed} for name, expected, observed in answers]


def one_reply(helper, *words):
    """What a helper replies about one socket."""
    return replies_of(helper, 1, *words)[0]


def controls_of(asker, protocol):
    """The controls of one protocol on a port of their own: (name, expected, observed) of each."""
    first, second, plain = asker.first, asker.second, asker.plain
    kind, listens = KINDS[protocol], int(protocol == "tcp")
    other_kind = KINDS["udp" if protocol == "tcp" else "tcp"]
    port, beside = asker.clean_ports("tcp", 2)
    observed = {
        "first-alone": one_reply(first, "open", kind, [plain, port, listens]),
        "same-port": one_reply(second, "alone", kind, [plain, port, 0]),
        "port-beside": one_reply(second, "alone", kind, [plain, beside, 0]),
        "other-protocol": one_reply(second, "alone", other_kind, [plain, port, 0]),
    }
    first.ask("close")
    observed["after-close"] = one_reply(second, "alone", kind, [plain, port, 0])
    return [("%s-%s" % (protocol, name), expected, failure_of(observed[name]) or ("refused" if observed[name] else "SUCCESS"))
            for name, expected in SOCKET_CONTROLS]


def failed(controls):
    """A sentence for each control that was answered as it is nowhere."""
    return ["%s (%s the run): expected %s, observed %s" % (each["name"], each["when"], each["expected"], each["observed"])
            for each in controls if each["expected"] != each["observed"]]


def unreachable(asker, client):
    """Destinations at which a socket alone does not receive: {(protocol, destination): why}."""
    found = {}
    for protocol in PROTOCOLS:
        for to in DESTINATIONS:
            reason = why_unreachable(asker, client, protocol, to)
            if reason:
                found[protocol, to.name] = "a socket alone does not receive there: %s" % reason
    return found


def why_unreachable(asker, client, protocol, to):
    """Why neither helper may be asked about a destination; blank where each receives all that is sent to it alone."""
    if not client.exists(to.name):
        return "this machine has no such address"
    spec = [n for n, spec in enumerate(asker.specs)
            if spec.family == to.family and not spec.settings and spec.serves == (to.name,) and not spec.is_wildcard()][0]
    reason = ""
    for helper in (asker.first, asker.second):
        for _ in range(CONTROL_TRIES):
            port = asker.clean_ports(protocol, 1)[0]
            reply = one_reply(helper, "open", KINDS[protocol], [spec, port, protocol == "tcp"])
            reason = "%s at %s" % (reply[1], reply[0]) if reply else arrives(helper, client, protocol, to.name, port)
            helper.ask("close")
            if not reason:
                break
        if reason:
            return reason
    return ""


def arrives(helper, client, protocol, name, port):
    """Why what is sent to this one socket doesn't arrive; blank where it does."""
    if protocol == "udp":
        token = client.token()
        problem = client.datagrams(name, [port], token, 2).get(port)
        return problem or counted(helper, ("received", [0], token), 2)
    results = client.connections(name, [port])
    try:
        problems = [each for each in results if isinstance(each, str)]
        if problems:
            return "the connection was refused" if problems[0] == REFUSED else problems[0]
        return counted(helper, ("accepted", [0]), 1)
    finally:
        for each in results:
            if not isinstance(each, str):
                close_by_reset(each)


def counted(helper, request, expected):
    """Blank once so many have come in; else what was found."""
    number = 0
    for turn in range(POLLS):
        reply = one_reply(helper, *request)
        if not isinstance(reply, int):
            return "it can't be read: %s" % reply
        number += reply
        if number >= expected:
            return ""
        if turn:
            time.sleep(PAUSE)
    return "%d of %d arrived" % (number, expected)
