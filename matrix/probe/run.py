"""A run from its first socket to its last file: what it is made of, in which order, and how all of it ends."""

import os
import platform
import socket
import struct
import time

from . import controls, facts, limits
from .accounts import OTHERS, Accounts, role
from .accounts.common import do_all
from .addresses import find_other_specific
from .attempts import PLAIN, Asker
from .cases import cases_of, options_here, specs_of, undefined_options, without_cases
from .client import Client
from .ending import held_back, let_through
from .errors import ProbeError
from .lateoption import LateOption
from .link import HelperLost, Link
from .multicast import find_interface
from .outcomes import count_rows, not_run_row, rows_of, unsupported_row
from .ports import PortLease, Ports, lock_address
from .product import VERSION, sha256
from .system import default_target, machine, settings_facts, system_facts
from .vocabulary import ACCOUNTS, DESTINATIONS, MAX_REASON, MULTICASTS, NOT_RUN, PROTOCOLS, SCHEMA, VOCABULARY

NO_WILDCARD = "left out by --no-wildcard"
COLUMNS_OF_OLD = 80     # of a terminal that doesn't say how many it has


class Run(object):
    """Measures what the arguments ask for. `close` ends all that was begun, however far it got."""

    def __init__(self, arguments, progress):
        self.arguments, self.progress = arguments, progress
        self.rows, self.counts, self.controls = [], [], []
        self.links, self.accounts, self.lease, self.lingering = {}, None, None, None

    def choose(self):
        """Find the cases that are asked for. Raises ProbeError where there are none, or where too few files may be open."""
        self.limit, open_files, self.batch = limits.prepared()
        self.other_specific, self.other_role = find_other_specific()
        self.specs = specs_of(self.other_specific)
        self.cases = cases_of(self.specs, self.arguments.only)
        for pattern in without_cases(self.cases, self.arguments.only):
            raise ProbeError(no_case(pattern))
        self.client = Client(self.other_specific, open_files)

    def measure(self):
        """Measure everything, and leave rows, counts and facts."""
        self.ports = Ports.here()
        self.lease = PortLease(self.ports)
        whole = not self.arguments.only
        for which in ("first", "second"):
            self.links[which] = Link(which)
        if any(case.account != "same" for case in self.cases):
            self.accounts = Accounts(self.links["first"], self.links["second"])
            self.links = self.accounts.helpers
            self.accounts.begin()
        self.multicast = {}
        for family in ("ipv4", "ipv6"):
            self.multicast[family] = (None, "none") if self.arguments.no_wildcard else find_interface(family)
        self.facts = self.host_facts()
        if whole:               # after the last process was started: one that is on its way holds copies of all sockets for a moment
            self.lingering = facts.Lingering()
            mask = held_back()
            self.lingering.start()
            let_through(mask)
        self.measure_accounts(whole)

    def measure_accounts(self, whole):
        """Every account's cases between two rounds of controls; the facts of the host too where the run is whole.

        Controls void what depends on them: those of our own account the whole run, those of other accounts their cases.
        """
        self.progress.begin(len(self.cases) * self.arguments.repeat)
        for account in ACCOUNTS:
            cases = [case for case in self.cases if case.account == account.name]
            if not cases:
                continue
            reason = self.accounts.why_not(account.name) if account.name != "same" else ""
            if not reason:
                reason = self.measure_account(account, cases, whole)
            if reason and account.name == "same":
                break           # the run is void
            if reason:
                self.rows += [not_run_row(case, "bind", reason[:MAX_REASON]) for case in cases]
                self.progress(len(cases) * self.arguments.repeat)
        self.progress.end()

    def measure_account(self, account, cases, whole):
        """Measure one account's cases: "" or why nothing of it is believed. Failed controls of our own account are kept."""
        rows, counts, asked = len(self.rows), len(self.counts), []
        try:
            self.believe(account, cases, whole, asked)
        except HelperLost as lost:
            if lost.role not in OTHERS:
                raise
            self.without(lost)
            del self.rows[rows:], self.counts[counts:]
            return str(lost)
        wrong = controls.failed(asked)
        if wrong and account.name != "same":
            del self.rows[rows:], self.counts[counts:]
            return "controls failed: %s" % ", ".join(sorted(set(reason.split(" (")[0] for reason in wrong)))
        self.controls += asked
        return "controls failed" if wrong else ""

    def plain(self):
        """The spec by which ports are looked at."""
        if not self.arguments.no_wildcard:
            return PLAIN
        return "ipv4 default@specific" if lock_address()[0] == socket.AF_INET else "ipv6 default@specific"

    def believe(self, account, cases, whole, asked):
        """Ask controls, cases and controls again; controls go into `asked`."""
        groups = dict((family, index) for family, (index, _) in self.multicast.items())
        asker = Asker(self.links[account.first], self.links[account.second], self.lease, self.specs, self.client, groups, self.batch,
                      self.plain())
        asked += controls.run_controls(asker, "before", account.name)
        if controls.failed(asked):
            return
        first_row, first_count = len(self.rows), len(self.counts)
        asker.delivery.unreachable = controls.unreachable(asker, self.client)
        tallies = self.measure_cases(asker, cases)
        if whole and account.name == "same":
            self.rows += self.rows_of_host(asker)
            self.rows += [self.with_true_reason(row) for row in LateOption(asker, tallies, self.arguments.repeat).rows()]
        gone = controls.unreachable(asker, self.client)
        self.rows[first_row:] = [without_traffic(row, gone) for row in self.rows[first_row:]]
        self.counts[first_count:] = [row for row in self.counts[first_count:] if not reason_for(row, gone)]
        asked += controls.run_controls(asker, "after", account.name)

    def with_true_reason(self, row):
        """The row, or NOT_RUN because wildcards were left out."""
        left_out = self.arguments.no_wildcard and row[10] == NOT_RUN and "wildcard" in (row[3], row[7])
        return row[:14] + (NO_WILDCARD,) if left_out else row

    def measure_cases(self, asker, cases):
        """The rows of one account's cases, those whose specs can't be had among them; {case: Tally} of the rest."""
        refused = {}
        for protocol in PROTOCOLS:
            for which, helper in (("first", asker.first), ("second", asker.second)):
                refused[protocol, which] = asker.refused_alone(helper, protocol)
        possible, repeat = [], self.arguments.repeat
        for case in cases:
            first = refused[case.protocol, "first"].get(case.first)
            second = refused[case.protocol, "second"].get(case.second)
            if self.arguments.no_wildcard and any(self.specs[n].is_wildcard() for n in (case.first, case.second)):
                self.rows.append(not_run_row(case, "bind", NO_WILDCARD))
            elif first:
                self.rows.append(unsupported_row(case, "first", *first))
            elif second:
                self.rows.append(unsupported_row(case, "second", *second))
            else:
                possible.append(case)
        self.progress((len(cases) - len(possible)) * repeat)
        tallies = asker.measure(possible, repeat, self.progress)
        for case in possible:
            self.rows += rows_of(case, tallies[case])
            self.counts += count_rows(case, tallies[case])
        return tallies

    def rows_of_host(self, asker):
        """Facts of the host; without those of another account where its helper is lost on the way."""
        helpers = [("same", asker.second)]
        if self.accounts and not self.accounts.why_not("other"):
            try:
                return facts.rows_of_host(helpers + [("other", self.links["other"])], self.lingering, self.batch // 4)
            except HelperLost as lost:
                if lost.role not in OTHERS:
                    raise
                self.without(lost)
        return facts.rows_of_host(helpers, self.lingering, self.batch // 4)

    def without(self, lost):
        """Go on without another account's helper: its cases are NOT_RUN, and the others answer nothing that was asked with it."""
        while lost is not None:
            self.accounts.reasons[lost.role] = str(lost)
            self.links[lost.role].stop()
            lost = self.put_in_order()

    def put_in_order(self):
        """Let the helpers that are left give up what they hold; the loss of another one on the way, or None."""
        for name, link in sorted(self.links.items()):
            if name not in self.accounts.reasons:
                try:
                    link.drain()
                    link.ask("close")
                    link.ask("end")
                except HelperLost as lost:
                    if name not in OTHERS:
                        raise
                    return lost
        return None

    def host_facts(self):
        """For host.json: what this machine is and how it was measured, and never whose it is."""
        arguments, found = self.arguments, system_facts()
        found.update({
            "schema": SCHEMA,
            "vocabulary": VOCABULARY,
            "target": arguments.target or default_target(found),
            "measured": time.strftime("%Y-%m-%d", time.gmtime()),
            "machine": machine(),
            "python": {"implementation": platform.python_implementation(),
                       "version": platform.python_version(), "bits": struct.calcsize("P") * 8},
            "probe": {"version": VERSION, "sha256": sha256()},
            "account": role(),
            "accounts": self.accounts.facts() if self.accounts else {},
            "stale_accounts": self.accounts.stale_accounts if self.accounts else {},
            "limits": {"open_files": self.limit},
            "ports": self.ports.facts(),
            "other_specific": self.other_role,
            "multicast": dict((family, role_of_interface) for family, (_, role_of_interface) in self.multicast.items()),
            "options": [option.name for option, _ in options_here()],
            "settings": settings_facts(),
            "repeat": arguments.repeat,
            "selection": arguments.only,
            "no_wildcard": arguments.no_wildcard,
            "stated": dict(arguments.stated),
        })
        return found

    def facts_at_end(self):
        """host.json's facts once all is measured: which helper was lost on the way, and what the controls answered."""
        return dict(self.facts, controls=self.controls, accounts=self.accounts.facts() if self.accounts else {})

    def not_measured(self):
        """{reason: rows} of what was not run."""
        reasons = {}
        for row in self.rows:
            if row[10] == NOT_RUN:
                reasons[row[14]] = reasons.get(row[14], 0) + 1
        return reasons

    def close(self):
        """End helpers, accounts and locks, each whatever comes of the others."""
        for link in self.links.values():
            link.let_go()               # all of them first: they go at the same time
        steps = [self.accounts.close] if self.accounts else [link.stop for link in self.links.values()]
        do_all(steps + ([self.lease.release] if self.lease else []))


def no_case(pattern):
    """Why nothing is to be measured, for a person who asked for what this system has not."""
    undefined = undefined_options(pattern)
    return "no case on this system matches %r%s; --list shows them all" % (
        pattern, ": it defines no %s" % " and no ".join(undefined) if undefined else "")


def reason_for(row, gone):
    """Why traffic of this row's measure isn't believed after all, since its destination went away during the run; blank else."""
    for to in DESTINATIONS:
        reason = gone.get((row[0], to.name), "")
        group = row[9] in MULTICASTS and row[1].replace("dual", "ipv6") == to.family
        if reason and (row[9] in ("deliver-" + to.name, "inherit-" + to.name, "notice") or group):
            return reason
    return ""


def without_traffic(row, gone):
    """The row, or NOT_RUN where traffic of it isn't believed."""
    reason = reason_for(row, gone)
    return row[:10] + (NOT_RUN, "", 0, 0, reason) if reason else row


def duration_text(seconds):
    """A duration as a person reads it."""
    return "%d s" % seconds if seconds < 90 else "%d min" % ((seconds + 30) // 60)


class Progress(object):
    """One line that is written over again on a terminal, and nothing in a pipe."""

    def __init__(self, stream, clock=time.monotonic):
        self.stream, self.clock = stream, clock
        self.shown = stream is not None and stream.isatty()
        self.room = columns_of(stream) - 1 if self.shown else 0     # the last column would begin another line
        self.total = self.done = 0
        self.began = self.drawn = clock()
        self.width = 0

    def begin(self, total):
        self.total, self.began = total, self.clock()

    def __call__(self, step):
        self.done += step
        now = self.clock()
        if self.shown and (now - self.drawn > 0.2 or self.done >= self.total):
            self.drawn = now
            self.write(self.text(now))

    def text(self, now):
        """How much is done, and how long the rest takes if it goes on like this."""
        done, took = min(self.done, self.total), now - self.began
        left = ", about %s left" % duration_text(took * (self.total - done) / done) if done and took > 1 else ""
        return "measuring: {0:,} of {1:,} attempts{2}".format(done, self.total, left)

    def write(self, text, end=""):
        """Write over the line; nothing any more once the terminal is gone."""
        text = text[:self.room]
        try:
            self.stream.write("\r" + text + " " * max(0, self.width - len(text)) + end)
            self.stream.flush()
        except (OSError, ValueError):
            self.shown = False
        self.width = len(text)

    def end(self):
        """Wipe the line out."""
        if self.shown and self.width:
            self.write("", "\r")


def columns_of(terminal):
    """How many characters a line of it takes."""
    try:
        return os.get_terminal_size(terminal.fileno()).columns or COLUMNS_OF_OLD
    except (AttributeError, OSError, ValueError):
        return COLUMNS_OF_OLD
