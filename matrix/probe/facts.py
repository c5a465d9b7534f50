"""Facts of the host, as rows: which options it has, where its own ports lie, what close does while it lingers.

What could not be asked is NOT_RUN with its reason, like everything else.
"""

import select
import threading
import time

from .cases import KINDS, level_number, option_number
from .errors import error_name
from .outcomes import answer_in, answer_of, summary
from .ports import drawn_ports
from .sockets import close_by_reset, connected_pair, fill, set_linger
from .vocabulary import EXTRA_ATTEMPTS, NOT_MEASURED, NOT_RUN, PROTOCOLS, SINGLE_OPTIONS, UNSUPPORTED

MADE_UP_OPTION = 0x7ABC
DRAWS = 200             # ports asked of the system to see its range
DRAWS_AT_ONCE = 100     # of them held, so that they differ; half of that with few open files
LINGER = 1              # seconds that close is told to linger
LINGER_DATA = 1000      # bytes that the peer has received and not read
MAX_WAIT = 3.0          # seconds for these to arrive


def fact_row(measure, answer, protocol="", first_option="", second_option="", account="same"):
    """A row about the host: the case columns that don't apply are blank."""
    columns = (protocol, "", first_option, "", "", "", second_option, "", account, measure)
    if answer.outcome in NOT_MEASURED:
        return columns + (answer.outcome, "", 0, 0, answer.detail)
    return columns + summary([answer], 1 + EXTRA_ATTEMPTS)


def not_asked(reason, outcome=NOT_RUN):
    return answer_in(outcome)._replace(detail=reason)


def option_rows(helpers):
    """Which options can be set, their defaults, and which can't be set together, for TCP and UDP.

    `helpers` are (account, helper). An option that nobody ever defined is asked for as well: where that one can be set,
    setsockopt's success says nothing about the others.
    """
    rows = []
    for option in SINGLE_OPTIONS:
        for protocol in option.protocols:
            for account, helper in helpers:
                rows += option_facts(helper, protocol, option, account)
    for first in SINGLE_OPTIONS:
        for second in SINGLE_OPTIONS:
            settings = [first.settings[0], second.settings[0]]
            if first is not second and None not in [option_number(each) for each in settings]:
                words = [[level_number(each.level), option_number(each), 1] for each in settings]
                for protocol in [name for name in first.protocols if name in second.protocols]:
                    error = helpers[0][1].ask("together", KINDS[protocol], words)
                    rows.append(fact_row("together", answer_of(error), protocol, first.name, second.name))
    return rows


def option_facts(helper, protocol, option, account):
    """Whether an option can be set, and for our own account its default."""
    setting, kind = option.settings[0], KINDS[protocol]
    number, level = option_number(setting), level_number(setting.level)
    if number is None:
        return [fact_row("available", not_asked("this system defines no such option", UNSUPPORTED), protocol, option.name, account=account)]
    default, error = helper.ask("option", kind, level, number)
    available = answer_of(error)
    if not helper.ask("option", kind, level, MADE_UP_OPTION)[1]:
        available = not_asked("any option number can be set here, so that success says nothing")
    rows = [fact_row("available", available, protocol, option.name, account=account)]
    if account == "same" and default is not None:
        rows.append(fact_row("default", answer_in("on" if default else "off"), protocol, option.name))
    return rows


def ephemeral_row(protocol, at_once=DRAWS_AT_ONCE):
    """On which side of 49151, where IANA's own range of dynamic ports begins, the system's ports lie (RFC 6335)."""
    ports = drawn_ports(KINDS[protocol], DRAWS, at_once)
    above = set(port > 49151 for port in ports)
    if not above:
        return fact_row("ephemeral", not_asked("the system gave no port at all"), protocol)
    word = "both-sides" if len(above) > 1 else "above-49151" if True in above else "below-49152"
    return fact_row("ephemeral", answer_in(word)._replace(detail="%d ports drawn" % DRAWS), protocol)


class Lingering(threading.Thread):
    """What close does while it lingers: it takes seconds of waiting, in which the run goes on."""

    def __init__(self):
        threading.Thread.__init__(self)
        self.daemon = True
        self.answers = {}

    def run(self):
        for measure, ask in (("linger-close", close_that_lingers), ("linger-loss", loss_by_reset)):
            try:
                self.answers[measure] = ask()
            except OSError as refused:
                self.answers[measure] = not_asked("a connection of our own could not be had for it: %s" % error_name(refused))

    def rows(self):
        """The two rows, once they are known."""
        self.join(10 * MAX_WAIT)
        return [fact_row(measure, self.answers.get(measure, not_asked("close did not return within %d seconds" % (10 * MAX_WAIT))), "tcp")
                for measure in ("linger-close", "linger-loss")]


def close_that_lingers():
    """Whether close blocks while it lingers over unsent data, by two tries. Raises OSError."""
    took = []
    for _ in range(2):
        peer, ours = connected_pair()
        fill(ours)
        ours.setblocking(True)
        set_linger(ours, LINGER)
        began = time.monotonic()
        try:
            ours.close()
        except OSError:
            pass
        took.append(time.monotonic() - began)
        close_by_reset(peer)
    return answer_in("blocks" if min(took) > LINGER / 2.0 else "returns")


def loss_by_reset():
    """What the peer of a linger-0 close still reads of what it had received before. Raises OSError."""
    peer, ours = connected_pair()
    ours.sendall(b"x" * LINGER_DATA)
    select.select([peer], [], [], MAX_WAIT)
    close_by_reset(ours)
    time.sleep(0.1)             # until the reset is there as well
    got = b""
    peer.settimeout(MAX_WAIT)
    try:
        part = peer.recv(4096)
        while part:
            got += part
            part = peer.recv(4096)
    except OSError:
        pass
    close_by_reset(peer)
    word = "all" if len(got) == LINGER_DATA else "some" if got else "nothing"
    return answer_in(word)._replace(detail="of what the peer had received and not read, it could still read this")


def rows_of_host(helpers, lingering, at_once):
    """All facts of the host."""
    return option_rows(helpers) + [ephemeral_row(protocol, at_once) for protocol in PROTOCOLS] + lingering.rows()
