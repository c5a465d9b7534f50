"""A run from its first socket to its last file: what it is made of, in which order, and how all of it ends."""

import platform
import struct
import sys
import time

from . import controls, facts, limits
from .accounts import OTHERS, Accounts, role
from .accounts.common import do_all
from .addresses import find_other_specific
from .attempts import Asker
from .cases import cases_of, options_here, specs_of, undefined_options
from .client import Client
from .errors import ProbeError
from .lateoption import LateOption
from .link import HelperLost, Link
from .multicast import find_interface
from .outcomes import count_rows, not_run_row, rows_of, unsupported_row
from .ports import PortLease, Ports
from .product import VERSION, sha256
from .system import default_target, machine, settings_facts, system_facts
from .vocabulary import ACCOUNTS, NOT_RUN, PROTOCOLS, SCHEMA, VOCABULARY

NO_WILDCARD = "left out by --no-wildcard"
MAX_REASON = 200        # characters; no loader takes a longer reason


class Run(object):
    """Measures what the arguments ask for. `close` ends all that was begun, however far it got."""

    def __init__(self, arguments, progress):
        self.arguments, self.progress = arguments, progress
        self.rows, self.counts, self.controls = [], [], []
        self.links, self.accounts, self.lease, self.lingering = {}, None, None, None

    def choose(self):
        """Find the cases that are asked for. Raises ProbeError where there are none."""
        self.other_specific, self.other_role = find_other_specific()
        self.specs = specs_of(self.other_specific)
        self.cases = cases_of(self.specs, self.arguments.only)
        if not self.cases:
            undefined = undefined_options(self.arguments.only)
            raise ProbeError("no case on this system matches %r%s; --list shows them all" % (
                self.arguments.only, ": it defines no %s" % " and no ".join(undefined) if undefined else ""))
        self.limit, open_files, self.batch = limits.prepared()
        self.client = Client(self.other_specific, open_files)

    def measure(self):
        """Measure everything, and leave rows, counts and facts."""
        self.ports = Ports.here()
        self.lease = PortLease(self.ports)
        whole = not self.arguments.only
        if whole:
            self.lingering = facts.Lingering()
            self.lingering.start()
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
                break
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

    def believe(self, account, cases, whole, asked):
        """Ask controls, cases and controls again; controls go into `asked`."""
        groups = dict((family, index) for family, (index, _) in self.multicast.items())
        asker = Asker(self.links[account.first], self.links[account.second], self.lease, self.specs, self.client, groups, self.batch)
        asked += controls.run_controls(asker, "before", account.name)
        if controls.failed(asked):
            return
        first_row, first_count = len(self.rows), len(self.counts)
        asker.delivery.unreachable = controls.unreachable(asker, self.client)
        tallies = self.measure_cases(asker, cases)
        if whole and account.name == "same":
            helpers = [("same", asker.second)]
            if self.accounts and not self.accounts.why_not("other"):
                helpers.append(("other", self.links["other"]))
            self.rows += facts.rows_of_host(helpers, self.lingering, self.batch // 4)
            self.rows += LateOption(asker, tallies, self.arguments.repeat).rows()
        gone = controls.unreachable(asker, self.client)
        self.rows[first_row:] = [without_traffic(row, gone) for row in self.rows[first_row:]]
        self.counts[first_count:] = [row for row in self.counts[first_count:] if not reason_for(row, gone)]
        asked += controls.run_controls(asker, "after", account.name)

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

    def without(self, lost):
        """Go on without another account's helper: its cases are NOT_RUN, and ours answer nothing that was asked with it."""
        self.accounts.reasons[lost.role] = str(lost)
        for role_of_helper, link in sorted(self.links.items()):
            if role_of_helper != lost.role:
                link.drain()
                link.ask("close")
                link.ask("end")

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


def reason_for(row, gone):
    """Why traffic of this row's measure isn't believed after all, since its destination went away during the run; blank else."""
    for (protocol, name), reason in gone.items():
        if row[0] == protocol and row[9] in ("deliver-" + name, "inherit-" + name):
            return reason
    return ""


def without_traffic(row, gone):
    """The row, or NOT_RUN where traffic of it isn't believed."""
    reason = reason_for(row, gone)
    return row[:10] + (NOT_RUN, "", 0, 0, reason) if reason else row


def seconds_in_words(seconds):
    """A duration as a person reads it."""
    return "%d s" % seconds if seconds < 90 else "%d min" % ((seconds + 30) // 60)


class Progress(object):
    """One line that is written over again on a terminal, and nothing in a pipe."""

    def __init__(self, stream, clock=time.monotonic):
        self.stream, self.clock = stream, clock
        self.shown = stream is not None and stream.isatty()
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
        left = ", about %s left" % seconds_in_words(took * (self.total - done) / done) if done and took > 1 else ""
        return "measuring: {0:,} of {1:,} attempts{2}".format(done, self.total, left)

    def write(self, text):
        self.stream.write("\r" + text + " " * max(0, self.width - len(text)))
        self.stream.flush()
        self.width = len(text)

    def end(self):
        """Wipe the line out."""
        if self.shown and self.width:
            self.write("")
            self.stream.write("\r")
            self.stream.flush()
            self.width = 0


def progress_of_terminal():
    return Progress(sys.stderr)
