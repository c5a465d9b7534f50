"""Other accounts on Windows: temporary ones, made for the run and removed at its end.

What a killed run left is removed by the next one: an account says by its name which process made it, and by its comment
when that process started.
"""

import binascii
import os
import re
import subprocess
import sys
import threading
import time

from ..ending import uninterrupted
from ..link import ISOLATED
from .common import NotAvailable, do_all, readable_copy, remove_folder, remove_stale_folders

ACCOUNT_PREFIX = "bindmatrix-"
ACCOUNT_COMMENT = "temporary, made by the bind-matrix probe that started at "
MAX_COMMAND_LINE = 1024         # characters with the closing zero: CreateProcessWithLogonW's own limit
MAX_CALL = 30                   # seconds; CreateProcessWithLogonW in session 0 may never return
SLICE = 0.25                    # seconds of one wait: Windows answers Ctrl-C only between two of them


# --- temporary accounts

def new_password():
    """A password that any policy takes: 28 characters of all four kinds, from the system's random source."""
    return "aA1!" + binascii.hexlify(os.urandom(12)).decode("ascii")


def account_name(process, turn):
    """A temporary account's name, at most 20 characters: the number of the process that made it, and `a` or `b`."""
    return "%s%x%s" % (ACCOUNT_PREFIX, process & 0xFFFFFFFF, "ab"[turn])


def account_comment(started):
    """What is written beside the account, so that another process with the same number isn't taken for its maker."""
    return ACCOUNT_COMMENT + "%d" % started


def stale_accounts(accounts, started_at):
    """Names among (name, comment) of the temporary accounts whose maker is gone.

    `started_at` gives the start of a living process by its number, None where there is none. An account without our
    comment is somebody else's, whatever it is called.
    """
    found = []
    for name, comment in accounts:
        ours = re.match(ACCOUNT_PREFIX + r"([0-9a-f]{1,8})[ab]\Z", name)
        if ours and comment.startswith(ACCOUNT_COMMENT):
            started = started_at(int(ours.group(1), 16))
            if started is None or comment != account_comment(started):
                found.append(name)
    return found


# --- what a process of such an account is started with

def environment_block(variables):
    """Variables as CreateProcess wants them: sorted, each closed by a zero, one more at the end."""
    return "".join("%s=%s\0" % pair for pair in sorted(variables.items(), key=lambda pair: pair[0].upper())) + "\0"


def plain_environment(own):
    """What a Python of another account needs, and nothing that belongs to us. Without SystemRoot there is no Winsock."""
    wanted = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "PROCESSOR_ARCHITECTURE", "PROGRAMDATA")
    kept = dict((name, value) for name, value in own.items() if name.upper() in wanted)
    root = own.get("SYSTEMROOT") or own.get("SystemRoot") or "C:\\Windows"
    return dict(kept, PATH=root + "\\system32;" + root, TEMP=root + "\\Temp", TMP=root + "\\Temp")


def own_interpreter():
    """The Python itself, where ours is the launcher of a virtual environment: that lies where perhaps only we can read."""
    return getattr(sys, "_base_executable", None) or sys.executable


def lies_in_profile(path, own):
    """Whether a file lies in our own profile, which no other account can read; a Python installed for one person does."""
    profile = own.get("USERPROFILE", "").rstrip("\\").lower()
    return bool(profile) and path.lower().startswith(profile + "\\")


def common_folder(own):
    """A folder that every account can read and we can write to, by the environment: Windows XP has no ProgramData."""
    return own.get("ProgramData") or own.get("ALLUSERSPROFILE") or "C:\\"


def command_line(words):
    """One command line by the rules of Microsoft's C runtime. Raises NotAvailable where another account's may not be so long."""
    line = subprocess.list2cmdline(words)
    if len(line) >= MAX_COMMAND_LINE:
        raise NotAvailable("the helper's command line has %d characters, and CreateProcessWithLogonW takes %d"
                           % (len(line), MAX_COMMAND_LINE - 1))
    return line


def start_methods(session):
    """The calls that start a process as another account, in the order in which to try them.

    CreateProcessWithLogonW can't be called as LocalSystem, whose processes run in session 0. CreateProcessAsUserW needs a
    privilege that services have, CreateProcessWithTokenW one that administrators have.
    """
    if session == 0:
        return ("CreateProcessAsUserW", "CreateProcessWithTokenW", "CreateProcessWithLogonW")
    return ("CreateProcessWithLogonW", "CreateProcessWithTokenW", "CreateProcessAsUserW")


def within(seconds, name, call, undo):
    """What `call` returns or raises, if it does so within so many seconds; what it returns later is passed to `undo`.

    Raises NotAvailable, with the name, when it does not return in time. A thread makes the call, and stays in it.
    """
    lock, outcomes, abandoned = threading.Lock(), [], []

    def run():
        result, error = None, None
        try:
            result = call()
        except Exception as refused:
            error = refused
        with lock:
            outcomes.append((result, error))
        if abandoned and error is None:
            undo(result)

    thread = threading.Thread(target=run)
    thread.daemon = True
    thread.start()
    until = time.monotonic() + seconds
    try:
        while thread.is_alive() and time.monotonic() < until:
            thread.join(SLICE)
    finally:
        with lock:
            if not outcomes:
                abandoned.append(True)
    if abandoned:
        raise NotAvailable("%s did not return within %g s" % (name, seconds))
    result, error = outcomes[0]
    if error is not None:
        raise error
    return result


class WindowsProcess(object):
    """A process of another account, as far as Link needs one: what subprocess.Popen offers."""

    def __init__(self, api, handle, stdin, stdout):
        self.api, self.handle, self.stdin, self.stdout = api, handle, stdin, stdout
        self.returncode = None

    def wait(self, timeout=None):
        """Wait for the end, at most so many seconds, note the exit status and give the handle back; nothing the second time."""
        if self.handle is None:
            return self.returncode
        if not self.api.has_ended(self.handle, timeout):
            raise subprocess.TimeoutExpired("helper", timeout)
        self.returncode = self.api.exit_status(self.handle)
        handle, self.handle = self.handle, None
        self.api.close_handle(handle)
        return self.returncode

    def poll(self):
        """The exit status, or None while the process lives."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        """End the process by force."""
        if self.handle is not None:
            self.api.terminate(self.handle)


class WindowsAccounts(object):
    """Makes temporary accounts, starts helpers under them, and removes them again."""

    def __init__(self):
        from .winapi import Windows
        self.api = Windows()
        self.names, self.folder, self.copy, self.method = [], None, None, ""
        self.parent = common_folder(os.environ)
        remove_stale_folders(self.parent)
        accounts = [(name, self.api.comment_of(name)) for name in self.api.users() if name.startswith(ACCOUNT_PREFIX)]
        problems = [self.api.remove_user(name) for name in stale_accounts(accounts, self.api.started_at)]
        self.stale_accounts = {"found": len(problems), "removed": problems.count("")}

    def processes(self, turn):
        """A helper under a new account, for each way to start one: one may start and end at once, and the next may live."""
        name, password = account_name(os.getpid(), turn), new_password()
        self.make(name, password)
        if self.folder is None:
            with uninterrupted:     # a folder is there and not yet known to `close`
                self.folder, self.copy = readable_copy(self.parent)
        line = command_line([own_interpreter()] + list(ISOLATED) + [self.copy, "--helper"])
        reasons = []
        if lies_in_profile(own_interpreter(), os.environ):
            reasons.append("this Python lies in our profile, which others can't read")
        for method in start_methods(self.api.session()):
            self.method = method
            try:
                process = self.start_by(method, name, password, line)
            except NotAvailable as refused:
                reasons.append(str(refused))
                continue
            yield process
        raise NotAvailable("; ".join(reasons))

    def make(self, name, password):
        """Make an account that may log on. Raises NotAvailable."""
        self.names.append(name)     # before it is there: on the way out it is removed in any case
        try:
            self.api.add_user(name, password, account_comment(self.api.started_at(os.getpid()) or 0))
        except NotAvailable:
            self.names.remove(name)
            raise
        self.api.add_to_users(name)

    def start_by(self, method, name, password, line):
        """One way of starting, with pipes of which the helper's ends are closed here as soon as it has them."""
        import msvcrt
        their_in, our_out = os.pipe()
        our_in, their_out = os.pipe()
        errors = os.open(os.devnull, os.O_WRONLY)
        theirs = (their_in, their_out, errors)
        try:
            for descriptor in theirs:
                os.set_inheritable(descriptor, True)
            handles = [msvcrt.get_osfhandle(each) for each in theirs]
            environment = environment_block(plain_environment(os.environ))
            handle = within(MAX_CALL, method, lambda: self.api.start_as(method, name, password, own_interpreter(), line, environment,
                                                                        handles, self.folder), self.give_up)
        except BaseException:
            os.close(our_in)
            os.close(our_out)
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        return WindowsProcess(self.api, handle, os.fdopen(our_out, "wb"), os.fdopen(our_in, "rb"))

    def give_up(self, handle):
        """End a process that was started after its call had been given up."""
        self.api.terminate(handle)
        self.api.close_handle(handle)

    def remove(self, name, problems):
        """Remove an account of this run, and note what kept it from being removed."""
        problem = self.api.remove_user(name)
        if problem:
            problems.append(problem)
        self.names.remove(name)

    def remove_copy(self):
        if self.folder is not None:
            remove_folder(self.folder)
            self.folder = None

    def close(self):
        """Remove the accounts and the folder; nothing the second time. What can't be removed is reported, and left to the next run."""
        problems = []
        try:
            do_all([lambda name=name: self.remove(name, problems) for name in list(self.names)] + [self.remove_copy])
        finally:
            if problems:
                sys.stderr.write("probe: a temporary account could not be removed, %s; the next run tries again, or "
                                 "remove the accounts that begin with %s\n" % ("; ".join(problems), ACCOUNT_PREFIX))
