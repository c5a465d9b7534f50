"""Other accounts on Unix: the system's own unprivileged ones, by setuid as root and by sudo otherwise. None is made."""

import os
import subprocess
import sys

from ..ending import uninterrupted
from ..errors import error_name
from ..link import ISOLATED, own_command, start_process
from .common import NotAvailable, readable_copy, remove_folder, remove_stale_folders

UNPRIVILEGED = ("nobody", "daemon", "bin", "games")     # there from the beginning on most systems
COPY_PARENT = "/tmp"            # not tempfile's choice: macOS' TMPDIR is closed to other accounts
INTERPRETER_TIMEOUT = 60        # seconds that an interpreter may take to name the probe's version

# Pythons that every account can run, where ours may lie in a home folder: of Debian, of FreeBSD and python.org, of NetBSD
# and illumos, of MacPorts, of Homebrew on ARM.
INTERPRETERS = ("/usr/bin/python3", "/usr/local/bin/python3", "/usr/pkg/bin/python3", "/opt/local/bin/python3",
                "/opt/homebrew/bin/python3")


def unprivileged_accounts(look_up, own_uid):
    """(name, user id, group id) of accounts that are neither root's nor ours, one for each id; `look_up` is pwd.getpwnam."""
    found, seen = [], set([0, own_uid])
    for name in UNPRIVILEGED:
        try:
            entry = look_up(name)
        except KeyError:
            continue
        if entry.pw_uid not in seen:
            seen.add(entry.pw_uid)
            found.append((name, entry.pw_uid, entry.pw_gid))
    return found


def become(ids):
    """Give up root for good for `USER:GROUP`, two numbers: "" or what kept this process from that.

    Groups first, since they can't be given up without root: setuid(2) and setgroups(2).
    """
    user, group = [int(number) for number in ids.split(":")]
    for codec in ("ascii", "utf-8", "latin-1", "idna"):
        "x".encode(codec)       # loaded now: the new account may not be able to read them later
    try:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    except (OSError, OverflowError) as refused:
        return "the helper could not give up root: %s" % error_name(refused)
    if (os.getuid(), os.geteuid(), os.getgid(), os.getegid()) != (user, user, group, group) or os.getgroups() not in ([], [group]):
        return "the helper gave up root, and still has ids of it"
    return ""


def interpreters():
    """Pythons to try for another account, ours first; each once."""
    words = (sys.executable, os.path.realpath(sys.executable)) + INTERPRETERS
    return sorted(set(words), key=words.index)


def sudo_command(name, interpreter, path, *words):
    """The probe at `path`, run with these words as an account. Without a password: -n fails where sudo would ask for one."""
    return ["sudo", "-n", "-u", name, interpreter] + list(ISOLATED) + [path] + list(words)


class UnixAccounts(object):
    """Starts helpers under this system's own unprivileged accounts. Makes no account, so it leaves none."""

    def __init__(self):
        import pwd
        self.accounts = unprivileged_accounts(pwd.getpwnam, os.getuid())
        self.folder, self.copy = None, None
        self.method = "setuid" if os.geteuid() == 0 else "sudo"
        self.stale_accounts = {}        # none are made, so none can be stale
        remove_stale_folders(COPY_PARENT)

    def processes(self, turn):
        """A helper under the first or second other account, for each way to start one: here there is one way."""
        if turn >= len(self.accounts):
            raise NotAvailable("this system has no such account: %s" % ", ".join(UNPRIVILEGED))
        name, user, group = self.accounts[turn]
        if self.method == "setuid":
            return [start_process(own_command("--helper", "--become", "%d:%d" % (user, group)))]
        if self.folder is None:
            with uninterrupted:     # a folder is there and not yet known to `close`
                self.folder, self.copy = readable_copy(COPY_PARENT)
        return [start_process(sudo_command(name, self.interpreter_for(name), self.copy, "--helper"), own_group=False)]

    def interpreter_for(self, name):
        """The first Python that runs the probe for an account. Raises NotAvailable where none does."""
        for interpreter in interpreters():
            try:
                with open(os.devnull, "r+b") as nothing:
                    if subprocess.call(sudo_command(name, interpreter, self.copy, "--version"),
                                       stdin=nothing, stdout=nothing, stderr=nothing, timeout=INTERPRETER_TIMEOUT) == 0:
                        return interpreter
            except (OSError, subprocess.SubprocessError):
                pass
        raise NotAvailable("we are not root, and `sudo -n` lets us run no Python as another account")

    def close(self):
        """Remove the copy; nothing the second time."""
        if self.folder is not None:
            remove_folder(self.folder)
            self.folder = None
