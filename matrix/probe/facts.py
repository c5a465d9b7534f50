"""Facts of the host, as rows: which options it has, where its own ports lie, what close does while it lingers.

What could not be asked is NOT_RUN with its reason, like everything else.
"""

import select
import threading
import time

from .afterclose import fill_up
from .cases import KINDS, level_number, option_number
from .errors import error_name
from .outcomes import answer_in, answer_of, lacks_resources, summary
from .ports import drawn_ports
from .sockets import close_by_reset, connected_pair, set_linger
from .vocabulary import NOT_MEASURED, NOT_RUN, PROTOCOLS, SINGLE_OPTIONS, UNSUPPORTED

MADE_UP_OPTION = 0x7ABC
DRAWS = 200             # ports asked of the system to see its range
DRAWS_AT_ONCE = 100     # of them held, so that they differ; half of that with few open files
LINGER = 1              # seconds that close is told to linger
CLOSES = 3              # closes that must agree
SETTLING = 0.3          # seconds before each of them: a process that somebody starts holds copies of sockets for a moment, and what
                        # was sent may still be on its way to a peer that has room for it
LINGER_DATA = 1000      # bytes that the peer has received and not read
MAX_WAIT = 3.0          # seconds for these to arrive
TRIES = 3               # of what may fail for once


def fact_row(measure, answer, protocol="", first_option="", second_option="", account="same"):
    """A row about the host: the case columns that don't apply are blank."""
    columns = (protocol, "", first_option, "", "", "", second_option, "", account, measure)
    if answer.outcome in NOT_MEASURED:
        return columns + (answer.outcome, "", 0, 0, answer.detail)
    return columns + summary([answer])


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
                    answer = together(helpers[0][1], KINDS[protocol], words)
                    rows.append(fact_row("together", answer, protocol, first.name, second.name))
    return rows


def failure_in(error):
    """What a helper could not do, by its word for an option: an error's name, blank for none, or [error] without a socket."""
    return "socket: %s" % error[0] if isinstance(error, list) else "setsockopt: %s" % error if lacks_resources(error) else ""


def together(helper, kind, words):
    """Whether both options can be set on one socket."""
    for _ in range(TRIES):
        error = helper.ask("together", kind, words)
        failed = failure_in(error)
        if not failed:
            return answer_of(error)
    return not_asked(failed)


def one_option(helper, kind, level, number):
    """(default or None, answer) about one option."""
    for _ in range(TRIES):
        default, error = helper.ask("option", kind, level, number)
        failed = failure_in(error)
        if not failed and (error or default is not None):
            break
    return default, not_asked(failed) if failed else answer_of(error)


def option_facts(helper, protocol, option, account):
    """Whether an option can be set, and for our own account its default."""
    setting, kind = option.settings[0], KINDS[protocol]
    number, level = option_number(setting), level_number(setting.level)
    if number is None:
        return [fact_row("available", not_asked("this system defines no such option", UNSUPPORTED), protocol, option.name, account=account)]
    default, available = one_option(helper, kind, level, number)
    _, made_up = one_option(helper, kind, level, MADE_UP_OPTION)
    if made_up.outcome == NOT_RUN:
        available = made_up
    elif made_up.outcome == "SUCCESS":
        available = not_asked("any option number can be set here, so that success says nothing")
    rows = [fact_row("available", available, protocol, option.name, account=account)]
    if account == "same" and default is not None:
        rows.append(fact_row("default", answer_in("on" if default else "off"), protocol, option.name))
    elif account == "same" and available.outcome in ("SUCCESS", NOT_RUN):
        rows.append(fact_row("default", not_asked(available.detail or "getsockopt gave nothing"), protocol, option.name))
    return rows


def ephemeral_row(protocol, at_once=DRAWS_AT_ONCE):
    """On which side of 49151, where IANA's own range of dynamic ports begins, the system's ports lie (RFC 6335)."""
    for held in (at_once, 1, 1):            # one at a time, where the range is too small for more
        ports, failed = draws(KINDS[protocol], held)
        if len(ports) == DRAWS:
            break
    else:
        return fact_row("ephemeral", not_asked(failed), protocol)
    above = set(port > 49151 for port in ports)
    word = "both-sides" if len(above) > 1 else "above-49151" if True in above else "below-49152"
    return fact_row("ephemeral", answer_in(word)._replace(detail="%d ports drawn" % DRAWS), protocol)


def draws(kind, at_once):
    """(ports that the system gave, why they are too few)."""
    try:
        ports = drawn_ports(kind, DRAWS, at_once)
        return ports, "of %d ports that were asked for, the system gave %d" % (DRAWS, len(ports))
    except OSError as refused:
        return [], "socket: %s" % error_name(refused)


class Lingering(threading.Thread):
    """What close does while it lingers: it takes seconds of waiting, in which the run goes on."""

    def __init__(self):
        threading.Thread.__init__(self)
        self.daemon = True
        self.answers = {}

    def run(self):
        for measure, ask in (("linger-close", close_that_lingers), ("linger-loss", loss_by_reset)):
            for _ in range(TRIES):
                try:
                    self.answers[measure] = ask()
                except OSError as refused:
                    self.answers[measure] = not_asked("a connection of our own could not be had for it: %s" % error_name(refused))
                if self.answers[measure].outcome != NOT_RUN:
                    break

    def rows(self):
        """The two rows, once they are known."""
        self.join(10 * MAX_WAIT)
        return [fact_row(measure, self.answers.get(measure, not_asked("close did not return within %d seconds" % (10 * MAX_WAIT))), "tcp")
                for measure in ("linger-close", "linger-loss")]


def close_that_lingers():
    """Whether close blocks while it lingers over unsent data, by several tries that agree. Raises OSError."""
    answers = []
    while len(answers) < CLOSES:
        peer, ours = connected_pair()
        try:
            fill_up(ours)
            time.sleep(SETTLING)
            fill_up(ours)
            ours.setblocking(True)
            set_linger(ours, LINGER)
            began = time.perf_counter()     # under Wine the monotonic clock of an old CPython stands still while close waits
            try:
                ours.close()
            except BlockingIOError:
                pass                # the BSDs report with it that the time to linger is over
            answers.append(time.perf_counter() - began > LINGER / 2.0)
        finally:
            close_by_reset(ours)
            close_by_reset(peer)
    if len(set(answers)) > 1:
        return not_asked("close blocked in %d of %d tries, and in the others it did not" % (sum(answers), CLOSES))
    return answer_in("blocks" if answers[0] else "returns")


def loss_by_reset():
    """What the peer of a linger-0 close still reads of what it had received before. Raises OSError."""
    peer, ours = connected_pair()
    try:
        ours.sendall(b"x" * LINGER_DATA)
        if not select.select([peer], [], [], MAX_WAIT)[0]:
            return not_asked("what was sent did not arrive within %g seconds" % MAX_WAIT)
        set_linger(ours, 0)
        ours.close()
        time.sleep(0.1)             # until the reset is there as well
        peer.settimeout(MAX_WAIT)
        got = read_to_the_end(peer)
    finally:
        close_by_reset(ours)
        close_by_reset(peer)
    word = "all" if got == LINGER_DATA else "some" if got else "nothing"
    return answer_in(word)._replace(detail="of what the peer had received and not read, it could still read this")


def read_to_the_end(connected):
    """How many bytes come until the connection is closed or reset. Raises OSError for any other end."""
    number = 0
    try:
        part = connected.recv(4096)
        while part:
            number += len(part)
            part = connected.recv(4096)
    except ConnectionError:
        pass
    return number


def rows_of_host(helpers, lingering, at_once):
    """All facts of the host."""
    return option_rows(helpers) + [ephemeral_row(protocol, at_once) for protocol in PROTOCOLS] + lingering.rows()
