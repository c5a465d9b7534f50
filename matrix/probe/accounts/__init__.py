"""Helpers under other accounts. Each lives as long as the run and is asked which account it really has.

However a helper was started, only what it says of itself counts: where two turn out to be the same account, their cases
are NOT_RUN. On Unix, as root, the helper gives up root itself, before it makes a socket; otherwise `sudo -n` starts it.
On Windows temporary accounts are made and removed again.
"""

import os
import subprocess

from ..link import HelperLost, Link
from ..sockets import why_no_socket
from ..vocabulary import ACCOUNTS, MAX_REASON
from .common import NotAvailable, do_all, error_text

OTHERS = ("other", "third")     # the helpers of other accounts
MAX_START = 60                  # seconds that a helper of another account may take to say which account it has
MAX_END = 1                     # seconds in which a helper that has closed its output ends by itself


def role():
    """`administrator` or `standard`: what this account may do, never its name. `unknown` where the system doesn't say."""
    if hasattr(os, "geteuid"):
        return "administrator" if os.geteuid() == 0 else "standard"
    try:
        from .winapi import Windows
        return "administrator" if Windows().administrator() else "standard"
    except (ImportError, AttributeError, OSError, NotAvailable):
        return "unknown"


def own_identity(problem=""):
    """Which account this process has: {"ids", "role", "elevated", "problem"}. Ids are compared, and never written anywhere.

    `elevated` is Windows' word, None elsewhere. `problem` says why nothing can be measured under this account, whether
    it is the one given or one found here.
    """
    try:
        if os.name == "nt":
            from .winapi import Windows
            api = Windows()
            ids, elevated = [api.own_sid()], api.elevated()
        else:
            ids, elevated = [os.getuid(), os.geteuid()], None
        return {"ids": ids, "role": role(), "elevated": elevated, "problem": problem or why_no_socket()}
    except (ImportError, AttributeError, OSError, NotAvailable) as refused:
        return {"ids": [], "role": "unknown", "elevated": None, "problem": "its account can't be found out: %s" % error_text(refused)}


def why_not_two_accounts(first, second):
    """Why two helpers don't count as two accounts, by the identity that each gave of itself; blank when they do."""
    for identity in (first, second):
        if identity["problem"]:
            return identity["problem"]
    if set(first["ids"]) & set(second["ids"]):
        return "the system started the helper, and it is the same account as ours"
    return ""


def accounts_here():
    """What starts helpers under other accounts on this system. Raises NotAvailable, or what the system refuses it with."""
    if os.name == "nt":
        from .windows import WindowsAccounts
        return WindowsAccounts()
    from .unix import UnixAccounts
    return UnixAccounts()


class Accounts(object):
    """The helpers of other accounts, as far as they can be had, and the reasons where they can't.

    Made of the two helpers of our own account. Nothing is started before `begin`, so that whoever has an Accounts can
    `close` it however far it got; that ends our own two helpers as well.
    """

    def __init__(self, first, second):
        self.helpers = {"first": first, "second": second}
        self.identities, self.reasons, self.methods, self.stale_accounts = {}, {}, {}, {}
        self.system = None

    def begin(self):
        """Start what can be started; what can't has its reason. Raises HelperLost for a helper of our own account only."""
        self.identities = dict((name, helper.ask("identity")) for name, helper in sorted(self.helpers.items()))
        try:
            self.system = accounts_here()
            self.stale_accounts = self.system.stale_accounts
        except (NotAvailable, ImportError, OSError, AttributeError) as refused:
            self.reasons = dict((name, "other accounts can't be had: %s" % error_text(refused)) for name in OTHERS)
        for turn, name in enumerate(OTHERS):
            if self.system is not None:
                self.start(turn, name)

    def start(self, turn, name):
        """Try each way to start a helper, until one has said which account it has; otherwise keep the reasons."""
        reasons = []
        try:
            for process in self.system.processes(turn):
                reason = self.welcome(name, process)
                if not reason:
                    return
                reasons.append(reason)
        except NotAvailable as refused:
            reasons.append(str(refused))
        except (OSError, AttributeError, subprocess.SubprocessError) as refused:
            reasons.append("the helper could not be started: %s" % error_text(refused))
        self.reasons[name] = "; ".join(reason for reason in reasons if reason)[:MAX_REASON]

    def welcome(self, name, process):
        """Ask a started process which account it has, and keep it as a helper: "" or why not. One that is silent is ended."""
        helper = self.helpers[name] = Link(name, process)       # before it has answered: `close` must find it
        try:
            self.identities[name] = helper.ask("identity", timeout=MAX_START)
            self.methods[name] = self.system.method
            return ""
        except HelperLost as lost:
            reason = str(lost)
            try:
                process.wait(MAX_END)
                reason = "the helper ended with status %s" % (helper.exit_status() or "unknown")
            except subprocess.TimeoutExpired:
                pass
            helper.stop()
            del self.helpers[name]
            return "%s: %s" % (self.system.method, reason)

    def why_not(self, account):
        """Why an account's cases can't be measured; blank when they can."""
        if account == "same":
            return ""
        first, second = [(each.first, each.second) for each in ACCOUNTS if each.name == account][0]
        for name in (first, second):
            if name in self.reasons:
                return self.reasons[name]
        return why_not_two_accounts(self.identities[first], self.identities[second])

    def facts(self):
        """For host.json, of each account: its role, how its helper was started, and why it was not; never a name or an id."""
        found = {}
        for key, name in (("own", "first"), ("other", "other"), ("third", "third")):
            identity = self.identities.get(name, {})
            found[key] = {"role": identity.get("role", ""), "elevated": identity.get("elevated"), "method": self.methods.get(name, ""),
                          "reason": self.reasons.get(name, identity.get("problem", ""))}
        return found

    def close(self):
        """End the helpers and remove what was made for them, whatever fails on the way; nothing the second time."""
        helpers, self.helpers = self.helpers, {}
        system = [] if self.system is None else [self.system.close]
        do_all([helpers[name].stop for name in sorted(helpers)] + system)
