"""Measure what happens when a second socket wants a port that a first one holds: what `bind` and `listen` return,
who receives the traffic, what another account may take, and how a port is left behind.

This file is the whole probe: one file, the standard library, no network but this machine's own
addresses, no privileges. Run it bare, on any CPython from 3.4 on:

    python -I probe.py --output DIR

It writes DIR/observations.csv, DIR/counts.csv (how split traffic was split), and last DIR/host.json with
the number of rows and the SHA-256 of each. A folder without host.json, or whose host.json does not match, holds a run that was cut off.
The probe knows no expectation: it writes down what the system answered, and nothing else. Exit status:
0 measured, whatever was found; 1 not measured, or not to be believed; 2 wrong usage; 3 Python too old.

Rules of the measurement (model.py repeats the vocabulary; a test holds the two together):

1.  The first socket and the second belong to two processes, as another application's would. Both live
    as long as the run; nothing is started for a case.
2.  A *case* is protocol, first socket's spec and state, second socket's spec, and account. A *spec* is
    family, option and address. V6ONLY is always set by hand, since its default differs.
3.  Every attempt has a port of its own, outside the ranges that the system itself draws from. Ports
    come from blocks, and a block is held by listening on its first port, so that two probes on one
    machine never meet: the lock is the thing that it protects.
4.  Before a refusal is believed, the second spec binds the same port alone. If it can't, somebody else
    holds the port: the attempt counts for nothing and is made again elsewhere.
5.  Every case is attempted several times. Answers that disagree are UNSTABLE, with the counts.
6.  A spec that can't be had even alone is UNSUPPORTED. A case that could be had but was not measured is
    NOT_RUN. Both carry their reason, and neither is an outcome of the system.
7.  `listen` is asked of the second TCP socket wherever its bind succeeded. `first-listen` is asked of
    the first one, where it had only bound, once the second listens: two servers that start together.
8.  Controls, whose answers are known everywhere, are asked before and after each pair of accounts, on up to three
    ports. One wrong answer of our own account, and the run is void; of another account, its cases are NOT_RUN.
9.  A port that the system chose (`client-ephemeral`) may be shared with other programs' connections. It counts only
    where the system's table, if there is one to read, shows nobody else on it, where a refusal lasts, and where the
    port is free once ours has ended.

Written for CPython 3.4, the last one on Windows XP: no f-strings, no annotations, no
`subprocess.run`, nothing newer in the library. Tests check that statically and by running.
"""
import sys

if sys.version_info < (3, 4):
    sys.stderr.write("probe: needs Python 3.4 or newer, this is %s\n" % sys.version.split()[0])
    sys.exit(3)

import argparse
import binascii
import csv
import errno
import fnmatch
import hashlib
import io
import json
import os
import platform
import random
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

VERSION = "0.1.0"
SCHEMA = 1

# ------------------------------------------------------------------------------------ vocabulary

COLUMNS = (
    "protocol", "first_family", "first_option", "first_address", "first_state",
    "second_family", "second_option", "second_address", "account",
    "measure", "outcome", "error", "agreed", "attempts", "detail",
)
CASE_COLUMNS = COLUMNS[:9]
COUNT_COLUMNS = CASE_COLUMNS + ("measure", "sent", "first", "second")

PROTOCOLS = ("tcp", "udp")
STATES = ("bound", "listening")
# Ways in which a TCP port is left behind; `LeftBehind` says what each of them is.
LEFT_STATES = ("accepted", "time-wait", "peer-closed", "graceful", "reset", "unsent", "client", "client-ephemeral")
ALL_STATES = STATES + LEFT_STATES
# Whose the two sockets are: ours both; the second another account's; the first another account's;
# or both sockets two other, unprivileged accounts', because root is exempt on some systems.
ACCOUNTS = ("same", "other", "other-first", "others")
# Where traffic is sent to: name, family, address (None: `other-specific`, found on the machine).
DESTINATIONS = (("ipv4", "ipv4", "127.0.0.1"), ("ipv4-other", "ipv4", None), ("ipv6", "ipv6", "::1"))
DELIVERIES = tuple("deliver-" + name for name, _, _ in DESTINATIONS)
INHERITANCES = tuple("inherit-" + name for name, _, _ in DESTINATIONS)
MULTICASTS = ("multicast-first", "multicast-both", "multicast-second")
CASE_MEASURES = (("bind", "listen", "first-listen") + DELIVERIES + ("notice",) + INHERITANCES + MULTICASTS
                 + ("freed", "late-option"))
# Facts of the host alone: most case columns are blank in their rows.
HOST_MEASURES = ("available", "default", "together", "ephemeral", "linger-close", "linger-loss")
MEASURES = CASE_MEASURES + HOST_MEASURES
NOT_MEASURED = ("NOT_RUN", "UNSUPPORTED")

# Family and address: what is passed to bind, and how V6ONLY is set. `other-specific` is found on the
# machine: only 127.0.0.1 exists of 127/8 on macOS and the BSDs.
ADDRESSES = (
    ("ipv4", "wildcard", "0.0.0.0"),
    ("ipv4", "specific", "127.0.0.1"),
    ("ipv4", "other-specific", None),
    ("ipv6", "wildcard", "::"),
    ("ipv6", "specific", "::1"),
    ("dual", "wildcard", "::"),
    ("dual", "specific", "::1"),
    ("dual", "mapped-wildcard", "::ffff:0.0.0.0"),
    ("dual", "mapped-specific", "::ffff:127.0.0.1"),
)

# An option of the vocabulary, the names in C that it stands for, and their numbers where CPython lacks
# the name. A name counts only on a system that defines it, because the numbers mean something else
# elsewhere. FreeBSD: sys/socket.h; illumos and Solaris: sys/socket.h; Windows: ws2def.h.
OPTIONS = (
    ("default", ()),
    ("SO_REUSEADDR", ("SO_REUSEADDR",)),
    ("SO_EXCLUSIVEADDRUSE", ("SO_EXCLUSIVEADDRUSE",)),
    ("SO_REUSEPORT", ("SO_REUSEPORT",)),
    ("SO_REUSEADDR+SO_REUSEPORT", ("SO_REUSEADDR", "SO_REUSEPORT")),
    ("SO_REUSEPORT_LB", ("SO_REUSEPORT_LB",)),
    ("SO_EXCLBIND", ("SO_EXCLBIND",)),
)
KNOWN_NUMBERS = (
    ("win32", "SO_EXCLUSIVEADDRUSE", ~4),
    ("freebsd", "SO_REUSEPORT_LB", 0x00010000),
    ("sunos", "SO_EXCLBIND", 0x1015),
)


def option_number(name):
    """The number of a socket option on this system, or None where the system doesn't define it."""
    if hasattr(socket, name):
        return getattr(socket, name)
    for system, known, number in KNOWN_NUMBERS:
        if known == name and sys.platform.startswith(system):
            return number
    return None


class Spec(object):
    """How one socket is made: family, option and address, and what they mean to the system."""

    def __init__(self, family, option, address, literal, numbers):
        self.family = family
        self.option = option
        self.address = address
        self.literal = literal          # what bind is given; None where this machine has no such address
        self.numbers = numbers          # option numbers at SOL_SOCKET

    def label(self):
        return "%s %s@%s" % (self.family, self.option, self.address)

    def serves(self):
        """The destinations that this address takes traffic for."""
        return SERVES[self.family, self.address]

    def wire(self):
        """What a helper needs to make this socket: family, setsockopt calls, address."""
        settings = [[socket.SOL_SOCKET, number, 1] for number in self.numbers]
        if self.family == "ipv4":
            return [int(socket.AF_INET), settings, self.literal]
        v6only = [getattr(socket, "IPPROTO_IPV6", 41), getattr(socket, "IPV6_V6ONLY", 27),
                  1 if self.family == "ipv6" else 0]
        return [int(socket.AF_INET6), [v6only] + settings, self.literal]


def specs_of(other_specific):
    """All specs that make sense on this system, in the order of the vocabulary."""
    found = []
    for family, address, literal in ADDRESSES:
        if address == "other-specific":
            literal = other_specific
        for option, names in OPTIONS:
            numbers = [option_number(name) for name in names]
            if None not in numbers:
                found.append(Spec(family, option, address, literal, numbers))
    return found


class Case(object):
    """One question: protocol, first spec (an index) and state, second spec (an index), account."""

    __slots__ = ("protocol", "first", "state", "second", "account", "columns")

    def __init__(self, protocol, first, state, second, account, specs):
        self.protocol = protocol
        self.first = first
        self.state = state
        self.second = second
        self.account = account
        a, b = specs[first], specs[second]
        self.columns = (protocol, a.family, a.option, a.address, state,
                        b.family, b.option, b.address, account)

    def identity(self):
        return case_id(self.columns)


def case_id(columns):
    """The readable, stable id of a case: `tcp ipv4 default@wildcard bound ipv4 default@specific same`."""
    return "%s %s %s@%s %s %s %s@%s %s" % tuple(columns)


def case_matches(identity, pattern):
    """Whether the pattern's words, each a shell glob, are found in the id's words, in that order.

    `tcp SO_REUSEADDR@wildcard *@specific` therefore needs no word for what doesn't matter.
    """
    words = iter(identity.split())
    return all(any(fnmatch.fnmatchcase(word, wanted) for word in words) for wanted in pattern.split())


def cases_of(specs, pattern=""):
    """Every case that can be asked with these specs, as far as the pattern allows.

    Ports are left behind on plain IPv4 only: who may take one is asked of wildcard and specific address.
    A client whose port the system chose has that one address, and no wildcard.
    """
    everything = range(len(specs))
    plain = [n for n in everything if specs[n].family == "ipv4" and specs[n].address in ("wildcard", "specific")]
    found = []
    for account in ACCOUNTS:
        for protocol, states, candidates in (("tcp", STATES, everything), ("udp", STATES[:1], everything),
                                             ("tcp", LEFT_STATES, plain)):
            for state in states:
                for first in candidates:
                    if state == "client-ephemeral" and specs[first].address != "specific":
                        continue
                    for second in candidates:
                        case = Case(protocol, first, state, second, account, specs)
                        if not pattern or case_matches(case.identity(), pattern):
                            found.append(case)
    return found


# ---------------------------------------------------------------------------------- error names

def error_names():
    """Error numbers by the names that this system's sockets use: WSAEACCES on Windows, else EACCES."""
    names = dict(errno.errorcode)
    for name in dir(errno):
        if name.startswith("WSAE"):
            names[getattr(errno, name)] = name
    return names


ERROR_NAMES = error_names()


def error_name(exception):
    """The symbolic name of an OSError as the system gave it.

    Windows: `winerror`, because CPython turns WSAEACCES 10013 into errno EACCES 13.
    """
    number = getattr(exception, "winerror", None) or getattr(exception, "errno", None)
    if number is None:
        return type(exception).__name__
    return ERROR_NAMES.get(number, "error %d" % number)


def outcome_of(error):
    """The outcome in the documents' terms for an error's symbolic name, blank for none."""
    plain = error[3:] if error.startswith("WSAE") else error
    return {"": "SUCCESS", "EADDRINUSE": "INUSE", "EACCES": "ACCESS"}.get(plain, plain)


# ---------------------------------------------------------------- the helper: one end of a case

def make_socket(family, kind, settings, literal, port, listen):
    """A socket made to a spec, and what stopped it: (socket, 0), (socket, [stage, error]) or (None, ...).

    The socket comes back as far as it lives: one that bound and could not listen still holds its port.
    """
    if literal is None:
        return None, ["address", "EADDRNOTAVAIL"]
    stage, made = "socket", None
    try:
        made = socket.socket(family, kind)
        stage = "setsockopt"
        for level, number, value in settings:
            made.setsockopt(level, number, value)
        stage = "bind"
        made.bind((literal, port))
        if listen:
            stage = "listen"
            made.listen(BACKLOG)
        return made, 0
    except OSError as refused:
        if made is not None and stage != "listen":
            made.close()
            made = None
        return made, [stage, error_name(refused)]


BACKLOG = 128


def linger(connected, seconds):
    """Let close linger for so long. `struct linger` has two ints, on Windows two shorts."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii" if os.name != "nt" else "hh", 1, seconds))


def fill(connected):
    """Send until nothing more is taken, to a peer that doesn't read."""
    connected.setblocking(False)
    try:
        for _ in range(1024):
            connected.send(b"x" * 65536)
    except OSError:
        pass


def close_by_reset(connected):
    """Close a TCP connection so that nothing of it stays behind: no TIME_WAIT, no data."""
    try:
        linger(connected, 0)
    except OSError:
        pass
    connected.close()


class LeftBehind(object):
    """A TCP port in one of the ways in which a server or a client leaves one, both ends in this process.

    The socket that the spec describes is the listener that was closed, or the client. `end` gives up
    what still lives, so that the port can be seen to become free; TIME_WAIT can't be ended so.
    """

    def __init__(self, spec, port, state):
        self.alive = []
        self.port = port
        try:
            self.make(spec, port, state)
        except (OSError, NotLeft):
            self.end()
            raise

    def make(self, spec, port, state):
        family, settings, literal = spec
        peer = socket.socket(family, socket.SOCK_STREAM)
        self.alive.append(peer)
        if state in ("client", "client-ephemeral"):
            self.connect_out(peer, spec, port, state)
            return
        made, trouble = make_socket(family, socket.SOCK_STREAM, settings, literal, port, True)
        if trouble:
            raise NotLeft(trouble)
        self.alive.append(made)
        if state == "unsent":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect(("127.0.0.1", port))
        accepted = made.accept()[0]
        made.close()
        self.alive = [peer, accepted]
        getattr(self, state.replace("-", "_"))(peer, accepted)

    def connect_out(self, server, spec, port, state):
        """The first socket as a client of a server of our own: bound by hand, or by `connect`."""
        family, settings, literal = spec
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        client = socket.socket(family, socket.SOCK_STREAM)
        self.alive.append(client)
        try:
            for level, number, value in settings:
                client.setsockopt(level, number, value)
            if state == "client":
                client.bind((literal, port))
        except OSError as refused:
            raise NotLeft(["bind", error_name(refused)])
        client.connect(server.getsockname())
        self.alive.append(server.accept()[0])
        self.port = client.getsockname()[1]

    def accepted(self, peer, accepted):
        """The listener is closed, the connection that it accepted lives on."""

    def time_wait(self, peer, accepted):
        """Closed on this side first, then by the peer: TIME_WAIT is here."""
        accepted.close()
        peer.recv(1)
        peer.close()

    def peer_closed(self, peer, accepted):
        """Closed by the peer first, then on this side: TIME_WAIT is at the peer."""
        peer.close()
        accepted.recv(1)
        accepted.close()

    def graceful(self, peer, accepted):
        """As Microsoft's guide advises: shutdown for sending, recv until it returns nothing, close."""
        accepted.shutdown(socket.SHUT_WR)
        peer.recv(1)
        peer.close()
        while accepted.recv(1024):
            pass
        accepted.close()

    def reset(self, peer, accepted):
        """Closed on this side with linger 0: the connection is reset."""
        close_by_reset(accepted)

    def unsent(self, peer, accepted):
        """The peer stopped reading; this side sent all that it could, and closed."""
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
        fill(accepted)
        accepted.close()

    def end(self):
        """Give up everything that still lives, by reset."""
        for made in self.alive:
            close_by_reset(made)
        self.alive = []


class NotLeft(Exception):
    """The first socket could not even be made: [stage, error]."""


def in_groups(flat, size):
    """The members of a flat list by so many at a time: what a request says of each socket."""
    return zip(*[iter(flat)] * size)


class Helper(object):
    """One of the processes that make sockets. Holds the sockets of one batch at a time."""

    def __init__(self, trouble=""):
        self.specs = []
        self.held = []
        self.left = []
        self.trouble = trouble      # what kept this process from becoming another account's
        self.commands = {"specs": self.set_specs, "open": self.open, "alone": self.alone,
                         "listen": self.listen, "close": self.close, "who": self.who,
                         "option": self.option, "identity": self.identity, "received": self.received,
                         "accepted": self.accepted, "errors": self.errors, "member": self.member,
                         "leave": self.leave, "end": self.end, "together": self.together, "late": self.late}

    def set_specs(self, specs):
        self.specs = [tuple(spec) for spec in specs]
        return len(specs)

    def open(self, kind, flat):
        """Make and keep a socket for each (spec, port, listen) of the flat list: 0 or [stage, error]."""
        replies, held, specs = [], self.held, self.specs
        for index, port, listen in in_groups(flat, 3):
            family, settings, literal = specs[index]
            made, reply = make_socket(family, kind, settings, literal, port, listen)
            held.append(made)
            replies.append(reply)
        return replies

    def alone(self, kind, flat):
        """As `open`, but each socket is closed before the next is made."""
        replies, specs = [], self.specs
        for index, port, listen in in_groups(flat, 3):
            family, settings, literal = specs[index]
            made, reply = make_socket(family, kind, settings, literal, port, listen)
            if made is not None:
                made.close()
            replies.append(reply)
        return replies

    def listen(self, positions):
        """Let sockets of this batch listen that only bound: "" or the error's name for each."""
        replies = []
        for position in positions:
            try:
                self.held[position].listen(BACKLOG)
                replies.append("")
            except OSError as refused:
                replies.append(error_name(refused))
        return replies

    def close(self):
        for made in self.held:
            if made is not None:
                made.close()
        self.held = []
        return 0

    def who(self):
        return os.getpid()

    def identity(self):
        """Which account this process really has: {"ids": [...], "role": ..., "trouble": ""}. Stays in the pipe."""
        try:
            return dict(own_identity(), trouble=self.trouble or why_no_socket())
        except (ImportError, AttributeError, OSError, NoOtherAccount) as refused:
            return {"ids": [], "role": "unknown", "trouble": "who it is can't be found out: %s" % in_words(refused)}

    def received(self, positions, token):
        """How many datagrams with this token have come in at each socket; others are thrown away."""
        token, counts = token.encode("ascii"), []
        for position in positions:
            made, count = self.held[position], 0
            made.setblocking(False)
            try:
                while True:
                    count += made.recv(64) == token
            except OSError:
                pass
            counts.append(count)
        return counts

    def accepted(self, positions):
        """How many connections each listener has to give; each is taken and closed by reset."""
        counts = []
        for position in positions:
            listener, count = self.held[position], 0
            listener.setblocking(False)
            try:
                while True:
                    close_by_reset(listener.accept()[0])
                    count += 1
            except OSError:
                pass
            counts.append(count)
        return counts

    def errors(self, positions):
        """What each socket has to report about itself (SO_ERROR): blank for nothing."""
        numbers = [self.held[n].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for n in positions]
        return [error_name(OSError(number, "")) if number else "" for number in numbers]

    def member(self, joining, flat):
        """Join or leave a group with each (position, level, option, request in hex): "" or the error's name."""
        replies = []
        for position, level, option, request in in_groups(flat, 4):
            try:
                self.held[position].setsockopt(level, option, binascii.unhexlify(request))
                replies.append("")
            except OSError as refused:
                replies.append(error_name(refused))
        return replies

    def leave(self, flat):
        """Leave a port behind for each (spec, port, state): [0 or [stage, error], port]."""
        replies = []
        for index, port, state in in_groups(flat, 3):
            left, reply = None, 0
            try:
                left = LeftBehind(self.specs[index], port, state)
                port = left.port
            except NotLeft as refused:
                reply = refused.args[0]
            except OSError as refused:
                reply = ["leaving it " + state, error_name(refused)]
            self.left.append(left)
            replies.append([reply, port])
        return replies

    def end(self):
        """End what `leave` left, as far as it can be ended."""
        for left in self.left:
            if left is not None:
                left.end()
        self.left = []
        return 0

    def together(self, kind, numbers):
        """Set options one after the other on one socket: "" or the error's name of the last."""
        made = socket.socket(socket.AF_INET, kind)
        try:
            for number in numbers:
                made.setsockopt(socket.SOL_SOCKET, number, 1)
            return ""
        except OSError as refused:
            return error_name(refused)
        finally:
            made.close()

    def late(self, flat):
        """Set options on sockets of this batch that are bound already, (position, numbers): "" or the error's name."""
        replies = []
        for position, numbers in in_groups(flat, 2):
            try:
                for number in numbers:
                    self.held[position].setsockopt(socket.SOL_SOCKET, number, 1)
                replies.append("")
            except OSError as refused:
                replies.append(error_name(refused))
        return replies

    def option(self, kind, number):
        """Default of an option on a fresh IPv4 socket, and whether it can be set: [default, error]."""
        with_option = socket.socket(socket.AF_INET, kind)
        try:
            default = None
            try:
                default = with_option.getsockopt(socket.SOL_SOCKET, number)
            except OSError:
                pass
            with_option.setsockopt(socket.SOL_SOCKET, number, 1)
            return [default, ""]
        except OSError as refused:
            return [default, error_name(refused)]
        finally:
            with_option.close()


def why_no_socket():
    """What keeps this process from making even a plain socket; blank when nothing does."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
        return ""
    except OSError as refused:
        return "it can make no socket: %s" % error_name(refused)


def serve(requests, replies, trouble=""):
    """Answer one JSON line with one JSON line until the asker is gone."""
    helper = Helper(trouble)
    for line in iter(requests.readline, b""):
        words = json.loads(line.decode("ascii"))
        answer = helper.commands[words[0]](*words[1:])
        replies.write(json.dumps(answer, separators=(",", ":")).encode("ascii") + b"\n")
        replies.flush()


class ProbeError(Exception):
    """The measurement can't go on, or can't be believed. The message is for the person at the keyboard."""


def helper_by_words(words):
    """Start a helper with pipes to its input and output. close_fds is left alone: up to CPython 3.6, Windows refuses it beside pipes."""
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


class HelperProcess(object):
    """The asker's end of a helper process."""

    def __init__(self, role, process=None):
        self.role = role
        self.process = process or helper_by_words([sys.executable, "-I", os.path.abspath(__file__), "--helper"])

    def send(self, *words):
        try:
            self.process.stdin.write(json.dumps(words, separators=(",", ":")).encode("ascii") + b"\n")
            self.process.stdin.flush()
        except (OSError, ValueError):
            self.lost()

    def receive(self):
        line = self.process.stdout.readline()
        if not line.endswith(b"\n"):
            self.lost()
        return json.loads(line.decode("ascii"))

    def ask(self, *words):
        self.send(*words)
        return self.receive()

    def lost(self):
        raise ProbeError("a helper process (%s) ended in the middle of the run; what it measured so far is thrown away, "
                         "start the probe again" % self.role)

    def stop(self):
        """Let the helper go by closing its input; end it by force only if it doesn't go."""
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:
                pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            if self.kill():
                self.process.wait()

    def kill(self):
        """End the helper by force; whether that can be done. Another account's goes when it finds its input closed."""
        try:
            self.process.kill()
            return True
        except OSError:
            return False

    def status(self):
        """The exit status of a helper that was stopped, as the system's documents write it; blank where it isn't known."""
        code = self.process.returncode
        return "" if code is None else "%d" % code if -256 < code < 256 else "0x%08X" % (code & 0xFFFFFFFF)


# ------------------------------------------------------------------------------- other accounts
#
# A helper under another account lives as long as the run. However it was started, it is asked who it
# really is, and where two helpers turn out to be the same account their cases are NOT_RUN.
#
# Unix, as root: the helper gives up root itself, before it makes a socket. Otherwise `sudo -n`.
# Windows: temporary accounts, removed at the end; a later run removes those that a killed one left.

# Which helper makes the first socket and which the second.
PAIRINGS = (("same", "first", "second"), ("other", "first", "another"),
            ("other-first", "another", "second"), ("others", "another", "third"))
OTHERS = ("another", "third")


class NoOtherAccount(Exception):
    """Why no helper could be started under another account. The message goes into the CSV: no names."""


def in_words(refused):
    """An exception as a reason: ours as it is, the system's by its name, since its own text may hold a path or a name."""
    return str(refused) if isinstance(refused, NoOtherAccount) else error_name(refused)


def own_identity():
    """The account that this process has: its ids, and its role. Ids are compared, and never written anywhere."""
    if os.name == "nt":
        api = Windows()
        return {"ids": [api.own_sid()], "role": role(), "elevated": api.elevated()}
    return {"ids": [os.getuid(), os.geteuid()], "role": role()}


def why_not_two_accounts(first, second):
    """Why two helpers don't count as two accounts, by what each said of itself; blank when they do."""
    for told in (first, second):
        if told["trouble"]:
            return told["trouble"]
    if set(first["ids"]) & set(second["ids"]):
        return "the system started the helper, and it is the same account as ours"
    return ""


# --- Unix

UNPRIVILEGED = ("nobody", "daemon", "bin", "games")     # there from the beginning on most systems


def unprivileged_accounts(look_up, ours):
    """(name, user id, group id) of accounts that are neither root's nor ours, one for each id."""
    found, seen = [], set([0, ours])
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
    """Give up root for good, groups first: "" or what kept it from that. The order is setuid(2)'s own advice."""
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


def readable_copy(parent):
    """A folder that everybody can read, with a copy of this file: (folder, path of the copy)."""
    folder = os.path.join(parent, "bind-matrix-" + binascii.hexlify(os.urandom(8)).decode("ascii"))
    os.mkdir(folder, 0o755)         # not mkdtemp: its 0o700 shuts others out, since CPython 3.12.4 on Windows too
    copy = os.path.join(folder, "probe.py")
    shutil.copyfile(os.path.abspath(__file__), copy)
    os.chmod(folder, 0o755)
    os.chmod(copy, 0o644)
    return folder, copy


def remove_folder(folder):
    """Remove a folder. Windows keeps one for a moment that a process has just ended in."""
    for _ in range(30):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.1)


INTERPRETERS = ("/usr/bin/python3", "/usr/local/bin/python3", "/usr/pkg/bin/python3", "/opt/local/bin/python3")


class UnixAccounts(object):
    """Starts helpers under this system's own unprivileged accounts. Makes no account, so it leaves none."""

    def __init__(self):
        import pwd
        self.accounts = unprivileged_accounts(pwd.getpwnam, os.getuid())
        self.folder = None
        self.how = "setuid" if os.geteuid() == 0 else "sudo"

    def processes(self, turn):
        """A helper under another account, for each way to start one: here there is one way."""
        if turn >= len(self.accounts):
            raise NoOtherAccount("this system has no such account: %s" % ", ".join(UNPRIVILEGED))
        name, user, group = self.accounts[turn]
        if self.how == "setuid":
            return [helper_by_words([sys.executable, "-I", os.path.abspath(__file__), "--helper",
                                     "--become", "%d:%d" % (user, group)])]
        if self.folder is None:
            self.folder, self.copy = readable_copy("/tmp")
        return [helper_by_words(self.sudo_words(name))]

    def sudo_words(self, name):
        """sudo's words for a helper, with the first interpreter that the account can run."""
        for interpreter in unique_words((sys.executable,) + INTERPRETERS):
            words = ["sudo", "-n", "-u", name, interpreter, "-I", self.copy, "--list", "--only", "no such case"]
            try:
                with open(os.devnull, "r+b") as nothing:
                    if subprocess.call(words, stdin=nothing, stdout=nothing, stderr=nothing, timeout=60) == 0:
                        return words[:7] + ["--helper"]
            except (OSError, subprocess.SubprocessError):
                pass
        raise NoOtherAccount("we are not root, and `sudo -n` lets us run no Python as another account")

    def close(self):
        if self.folder is not None:
            remove_folder(self.folder)


def unique_words(words):
    return sorted(set(words), key=words.index)


# --- Windows

ACCOUNT_PREFIX = "bindmatrix-"
MOST_COMMAND_LINE = 1024        # CreateProcessWithLogonW's own limit, with the closing zero


def new_password():
    """A password that any policy takes: 28 characters of all four kinds, from the system's random source."""
    return "aA1!" + binascii.hexlify(os.urandom(12)).decode("ascii")


def account_name(process, turn):
    """A temporary account's name, at most 20 characters: it says which process must remove it."""
    return "%s%x%s" % (ACCOUNT_PREFIX, process & 0xFFFFFFFF, "ab"[turn])


ACCOUNT_COMMENT = "temporary, made by the bind-matrix probe that started at "


def account_comment(started):
    """What is written beside the account, so that another process with the same number isn't taken for its maker."""
    return ACCOUNT_COMMENT + "%d" % started


def leftovers(accounts, started_at):
    """Names among (name, comment) of the temporary accounts whose maker is gone.

    `started_at` gives the start of a living process by its number, None where there is none. An account
    without our comment is somebody else's, whatever it is called.
    """
    found = []
    for name, comment in accounts:
        made = re.match(ACCOUNT_PREFIX + r"([0-9a-f]{1,8})[ab]$", name)
        if made and comment.startswith(ACCOUNT_COMMENT):
            started = started_at(int(made.group(1), 16))
            if started is None or comment != account_comment(started):
                found.append(name)
    return found


def environment_block(variables):
    """Variables as CreateProcess wants them: sorted, each closed by a zero, one more at the end."""
    return "".join("%s=%s\0" % pair for pair in sorted(variables.items(), key=lambda pair: pair[0].upper())) + "\0"


def plain_environment(ours):
    """What a Python of another account needs, and nothing that belongs to us. Without SystemRoot there is no Winsock."""
    wanted = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "PROCESSOR_ARCHITECTURE", "PROGRAMDATA")
    kept = dict((name, value) for name, value in ours.items() if name.upper() in wanted)
    root = ours.get("SYSTEMROOT") or ours.get("SystemRoot") or "C:\\Windows"
    return dict(kept, PATH=root + "\\system32;" + root, TEMP=root + "\\Temp", TMP=root + "\\Temp")


def own_interpreter():
    """The Python itself, where ours is the launcher of a virtual environment: that lies where perhaps only we can read."""
    return getattr(sys, "_base_executable", None) or sys.executable


def lies_in_profile(path, ours):
    """Whether a file lies in our own profile, which no other account can read; a Python installed for one person does."""
    profile = ours.get("USERPROFILE", "").rstrip("\\").lower()
    return bool(profile) and path.lower().startswith(profile + "\\")


def command_line(words):
    """One command line by the rules of Microsoft's C runtime, refused where it is too long for another account."""
    line = subprocess.list2cmdline(words)
    if len(line) >= MOST_COMMAND_LINE:
        raise NoOtherAccount("the helper's command line has %d characters, and CreateProcessWithLogonW takes %d"
                             % (len(line), MOST_COMMAND_LINE - 1))
    return line


def ways_to_start(session):
    """Ways to start a process as another account, in the order in which to try them.

    CreateProcessWithLogonW can't be called in session 0 as LocalSystem. CreateProcessAsUserW needs a
    privilege that services have, CreateProcessWithTokenW one that administrators have.
    """
    if session == 0:
        return ("CreateProcessAsUserW", "CreateProcessWithTokenW", "CreateProcessWithLogonW")
    return ("CreateProcessWithLogonW", "CreateProcessWithTokenW", "CreateProcessAsUserW")


class Windows(object):
    """The system calls, by ctypes. Every number and layout is that of the Windows SDK's headers named beside it."""

    LOGON32_LOGON_INTERACTIVE = 2           # winbase.h
    CREATE_UNICODE_ENVIRONMENT = 0x00000400
    CREATE_NO_WINDOW = 0x08000000
    STARTF_USESHOWWINDOW, STARTF_USESTDHANDLES = 0x00000001, 0x00000100
    SW_HIDE = 0                             # winuser.h
    STILL_ACTIVE = 259
    TOKEN_QUERY = 0x0008                    # winnt.h
    TOKEN_USER, TOKEN_ELEVATION = 1, 20
    USER_PRIV_USER = 1                      # lmaccess.h
    UF_SCRIPT, UF_NORMAL_ACCOUNT, UF_DONT_EXPIRE_PASSWD = 0x0001, 0x0200, 0x10000
    FILTER_NORMAL_ACCOUNT = 0x0002
    ERROR_MORE_DATA = 234                   # winerror.h
    ERROR_MEMBER_IN_ALIAS = 1378
    NERR_USER_NOT_FOUND = 2221              # lmerr.h
    ADMINISTRATORS, USERS = "S-1-5-32-544", "S-1-5-32-545"      # the same in every language

    def __init__(self):
        import ctypes
        from ctypes import wintypes
        self.c, self.t = ctypes, wintypes
        self.kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        self.advapi = ctypes.WinDLL("advapi32", use_last_error=True)
        self.netapi = ctypes.WinDLL("netapi32")
        self.declare()

    def declare(self):
        """Argument types: without them a 64-bit handle is cut to 32 bits."""
        t, pointer = self.t, self.c.c_void_p
        for library, name, arguments in (
                (self.kernel, "GetCurrentProcess", ()),
                (self.kernel, "OpenProcess", (t.DWORD, t.BOOL, t.DWORD)),
                (self.kernel, "CloseHandle", (t.HANDLE,)),
                (self.kernel, "GetExitCodeProcess", (t.HANDLE, pointer)),
                (self.kernel, "GetProcessTimes", (t.HANDLE, pointer, pointer, pointer, pointer)),
                (self.kernel, "ProcessIdToSessionId", (t.DWORD, pointer)),
                (self.kernel, "WaitForSingleObject", (t.HANDLE, t.DWORD)),
                (self.kernel, "TerminateProcess", (t.HANDLE, t.UINT)),
                (self.kernel, "LocalFree", (pointer,)),
                (self.advapi, "OpenProcessToken", (t.HANDLE, t.DWORD, pointer)),
                (self.advapi, "GetTokenInformation", (t.HANDLE, self.c.c_int, pointer, t.DWORD, pointer)),
                (self.advapi, "ConvertSidToStringSidW", (pointer, pointer)),
                (self.advapi, "LookupAccountSidW", (t.LPCWSTR, pointer, t.LPWSTR, pointer, t.LPWSTR, pointer, pointer)),
                (self.advapi, "ConvertStringSidToSidW", (t.LPCWSTR, pointer)),
                (self.advapi, "CheckTokenMembership", (t.HANDLE, pointer, pointer)),
                (self.advapi, "LogonUserW", (t.LPCWSTR, t.LPCWSTR, t.LPCWSTR, t.DWORD, t.DWORD, pointer)),
                (self.advapi, "CreateProcessWithLogonW", (t.LPCWSTR, t.LPCWSTR, t.LPCWSTR, t.DWORD, t.LPCWSTR, t.LPWSTR,
                                                          t.DWORD, pointer, t.LPCWSTR, pointer, pointer)),
                (self.advapi, "CreateProcessWithTokenW", (t.HANDLE, t.DWORD, t.LPCWSTR, t.LPWSTR, t.DWORD, pointer,
                                                          t.LPCWSTR, pointer, pointer)),
                (self.advapi, "CreateProcessAsUserW", (t.HANDLE, t.LPCWSTR, t.LPWSTR, pointer, pointer, t.BOOL, t.DWORD,
                                                       pointer, t.LPCWSTR, pointer, pointer)),
                (self.netapi, "NetUserAdd", (t.LPCWSTR, t.DWORD, pointer, pointer)),
                (self.netapi, "NetUserDel", (t.LPCWSTR, t.LPCWSTR)),
                (self.netapi, "NetUserEnum", (t.LPCWSTR, t.DWORD, t.DWORD, pointer, t.DWORD, pointer, pointer, pointer)),
                (self.netapi, "NetUserGetInfo", (t.LPCWSTR, t.LPCWSTR, t.DWORD, pointer)),
                (self.netapi, "NetLocalGroupAddMembers", (t.LPCWSTR, t.LPCWSTR, t.DWORD, pointer, t.DWORD)),
                (self.netapi, "NetApiBufferFree", (pointer,))):
            function = getattr(library, name, None)     # CreateProcessWithTokenW is not on Windows XP
            if function is not None:
                function.argtypes = arguments
        self.kernel.GetCurrentProcess.restype = t.HANDLE
        self.kernel.OpenProcess.restype = t.HANDLE
        self.kernel.LocalFree.restype = pointer

    def structure(self, *fields):
        return type("Structure", (self.c.Structure,), {"_fields_": list(fields)})

    def checked(self, done, call):
        if not done:
            raise NoOtherAccount("%s failed: error %d" % (call, self.c.get_last_error()))

    def token_information(self, number, size):
        """GetTokenInformation of our own process, as raw bytes with the buffer that they point into."""
        token, room, got = self.t.HANDLE(), self.c.create_string_buffer(size), self.t.DWORD()
        self.checked(self.advapi.OpenProcessToken(self.kernel.GetCurrentProcess(), self.TOKEN_QUERY,
                                                  self.c.byref(token)), "OpenProcessToken")
        try:
            if not self.advapi.GetTokenInformation(token, number, room, size, self.c.byref(got)):
                return None
            return room
        finally:
            self.kernel.CloseHandle(token)

    def own_sid(self):
        room = self.token_information(self.TOKEN_USER, 256)
        if room is None:
            raise OSError("GetTokenInformation failed")
        sid, text = self.c.cast(room, self.c.POINTER(self.c.c_void_p))[0], self.t.LPWSTR()
        self.checked(self.advapi.ConvertSidToStringSidW(sid, self.c.byref(text)), "ConvertSidToStringSidW")
        try:
            return text.value
        finally:
            self.kernel.LocalFree(self.c.cast(text, self.c.c_void_p))

    def elevated(self):
        """Whether our token is elevated; None before Vista, which has no such thing."""
        room = self.token_information(self.TOKEN_ELEVATION, 4)
        return None if room is None else bool(struct.unpack("I", room.raw[:4])[0])

    def sid_of(self, text):
        """A SID from its text, to be given back with LocalFree."""
        sid = self.c.c_void_p()
        self.checked(self.advapi.ConvertStringSidToSidW(text, self.c.byref(sid)), "ConvertStringSidToSidW")
        return sid

    def administrator(self):
        """Whether our token has the rights of Administrators: not before it is elevated."""
        sid, member = self.sid_of(self.ADMINISTRATORS), self.t.BOOL()
        try:
            self.checked(self.advapi.CheckTokenMembership(None, sid, self.c.byref(member)), "CheckTokenMembership")
            return bool(member.value)
        finally:
            self.kernel.LocalFree(sid)

    def session(self):
        number = self.t.DWORD()
        if not self.kernel.ProcessIdToSessionId(os.getpid(), self.c.byref(number)):
            return 0
        return number.value

    def started_at(self, process):
        """When a living process started (a FILETIME), or None where there is none with this number."""
        handle = None
        for access in (0x1000, 0x0400):     # PROCESS_QUERY_LIMITED_INFORMATION; the older one before Vista
            handle = handle or self.kernel.OpenProcess(access, False, process)
        if not handle:
            return None
        try:
            times = [self.c.c_uint64() for _ in range(4)]
            self.kernel.GetProcessTimes(handle, *[self.c.byref(each) for each in times])
            return times[0].value if self.exit_status(handle) == self.STILL_ACTIVE else None
        finally:
            self.kernel.CloseHandle(handle)

    def exit_status(self, handle):
        code = self.t.DWORD()
        self.kernel.GetExitCodeProcess(handle, self.c.byref(code))
        return code.value

    def users(self):
        """Names of the accounts of this machine."""
        record = self.structure(("name", self.t.LPWSTR))
        found, resume = [], self.t.DWORD(0)
        while True:
            buffer, read, total = self.c.c_void_p(), self.t.DWORD(), self.t.DWORD()
            status = self.netapi.NetUserEnum(None, 0, self.FILTER_NORMAL_ACCOUNT, self.c.byref(buffer), 0xFFFFFFFF,
                                             self.c.byref(read), self.c.byref(total), self.c.byref(resume))
            if status not in (0, self.ERROR_MORE_DATA):
                raise NoOtherAccount("NetUserEnum failed: error %d" % status)
            records = self.c.cast(buffer, self.c.POINTER(record))
            found += [records[n].name for n in range(read.value)]
            self.netapi.NetApiBufferFree(buffer)
            if status == 0:
                return found

    def comment_of(self, name):
        """The comment of an account; blank where it can't be had."""
        text = self.t.LPWSTR
        record = self.structure(("name", text), ("comment", text), ("user_comment", text), ("full_name", text))
        buffer = self.c.c_void_p()
        if self.netapi.NetUserGetInfo(None, name, 10, self.c.byref(buffer)):
            return ""
        try:
            return self.c.cast(buffer, self.c.POINTER(record))[0].comment or ""
        finally:
            self.netapi.NetApiBufferFree(buffer)

    def add_user(self, name, password, comment):
        text, number = self.t.LPWSTR, self.t.DWORD
        record = self.structure(("name", text), ("password", text), ("age", number), ("privilege", number),
                                ("home", text), ("comment", text), ("flags", number), ("script", text))
        made, wrong = record(), number()
        made.name, made.password, made.comment = name, password, comment
        made.privilege = self.USER_PRIV_USER
        made.flags = self.UF_SCRIPT | self.UF_NORMAL_ACCOUNT | self.UF_DONT_EXPIRE_PASSWD
        status = self.netapi.NetUserAdd(None, 1, self.c.byref(made), self.c.byref(wrong))
        if status:
            raise NoOtherAccount("NetUserAdd failed: error %d%s" % (
                status, " (only an administrator may make an account)" if status == 5 else ""))

    def add_to_users(self, name):
        """Make the account a member of Users, whatever that is called here: NetUserAdd alone lets it log on nowhere."""
        size, domain_size, use = self.t.DWORD(256), self.t.DWORD(256), self.t.DWORD()
        group, domain = self.c.create_unicode_buffer(256), self.c.create_unicode_buffer(256)
        sid = self.sid_of(self.USERS)
        try:
            self.checked(self.advapi.LookupAccountSidW(None, sid, group, self.c.byref(size), domain, self.c.byref(domain_size),
                                                       self.c.byref(use)), "LookupAccountSidW")
        finally:
            self.kernel.LocalFree(sid)
        member = self.structure(("name", self.t.LPWSTR))()
        member.name = name
        status = self.netapi.NetLocalGroupAddMembers(None, group.value, 3, self.c.byref(member), 1)
        if status not in (0, self.ERROR_MEMBER_IN_ALIAS):
            raise NoOtherAccount("NetLocalGroupAddMembers failed: error %d" % status)

    def remove_user(self, name):
        """Remove an account: "" or what kept it from that."""
        status = self.netapi.NetUserDel(None, name)
        return "" if status in (0, self.NERR_USER_NOT_FOUND) else "NetUserDel failed: error %d" % status

    def start_as(self, way, name, password, line, handles, folder):
        """Start a command line as an account, with three handles as its standard ones: its process handle.

        CREATE_NO_WINDOW is ignored beside CREATE_NEW_CONSOLE, which two of the three calls always set: SW_HIDE hides
        the console's window there. Those two also hand over the standard handles without being asked.
        """
        t, text = self.t, self.t.LPWSTR
        startup_record = self.structure(
            ("size", t.DWORD), ("reserved", text), ("desktop", text), ("title", text), ("x", t.DWORD), ("y", t.DWORD),
            ("width", t.DWORD), ("height", t.DWORD), ("columns", t.DWORD), ("rows", t.DWORD), ("fill", t.DWORD),
            ("flags", t.DWORD), ("show", t.WORD), ("reserved_size", t.WORD), ("reserved_bytes", self.c.c_void_p),
            ("input", t.HANDLE), ("output", t.HANDLE), ("error", t.HANDLE))
        process_record = self.structure(("process", t.HANDLE), ("thread", t.HANDLE), ("process_id", t.DWORD), ("thread_id", t.DWORD))
        startup, process = startup_record(), process_record()
        startup.size = self.c.sizeof(startup)
        startup.flags, startup.show = self.STARTF_USESTDHANDLES | self.STARTF_USESHOWWINDOW, self.SW_HIDE
        startup.input, startup.output, startup.error = handles
        flags = self.CREATE_UNICODE_ENVIRONMENT | self.CREATE_NO_WINDOW
        block = self.c.create_unicode_buffer(environment_block(plain_environment(os.environ)))
        words = self.c.create_unicode_buffer(line)
        ends = (folder, self.c.byref(startup), self.c.byref(process))
        if getattr(self.advapi, way, None) is None:
            raise NoOtherAccount("%s is not on this Windows" % way)
        if way == "CreateProcessWithLogonW":
            done = self.advapi.CreateProcessWithLogonW(name, ".", password, 0, own_interpreter(), words, flags, block, *ends)
            self.checked(done, way)
        else:
            startup.desktop = ""        # a window station of its own: ours is closed to it
            token = t.HANDLE()
            self.checked(self.advapi.LogonUserW(name, ".", password, self.LOGON32_LOGON_INTERACTIVE, 0, self.c.byref(token)),
                         "LogonUserW")
            try:
                if way == "CreateProcessWithTokenW":
                    done = self.advapi.CreateProcessWithTokenW(token, 0, own_interpreter(), words, flags, block, *ends)
                else:
                    done = self.advapi.CreateProcessAsUserW(token, own_interpreter(), words, None, None, True, flags, block, *ends)
                self.checked(done, way)
            finally:
                self.kernel.CloseHandle(token)
        self.kernel.CloseHandle(process.thread)
        return process.process


class WindowsProcess(object):
    """A process of another account, as far as HelperProcess needs it: what subprocess.Popen offers."""

    def __init__(self, api, handle, stdin, stdout):
        self.api, self.handle, self.stdin, self.stdout = api, handle, stdin, stdout
        self.returncode = None

    def wait(self, timeout=None):
        """Wait for the end, note the exit status and give the handle back; nothing the second time."""
        if self.handle is None:
            return
        milliseconds = 0xFFFFFFFF if timeout is None else int(timeout * 1000)
        if self.api.kernel.WaitForSingleObject(self.handle, milliseconds):
            raise subprocess.TimeoutExpired("helper", timeout)
        self.returncode = self.api.exit_status(self.handle)
        handle, self.handle = self.handle, None
        self.api.kernel.CloseHandle(handle)

    def kill(self):
        if self.handle is not None:
            self.api.kernel.TerminateProcess(self.handle, 1)


class WindowsAccounts(object):
    """Makes temporary accounts, starts helpers under them, and removes them again."""

    def __init__(self):
        self.api = Windows()
        self.made, self.folder, self.how = [], None, ""
        self.found = self.removed = 0
        names = leftovers([(name, self.api.comment_of(name)) for name in self.api.users() if name.startswith(ACCOUNT_PREFIX)],
                          self.api.started_at)
        for name in names:
            self.found += 1
            self.removed += not self.api.remove_user(name)

    def processes(self, turn):
        """A helper under a new account, for each way to start one: a helper may start and end at once, and the next way may do."""
        name, password = account_name(os.getpid(), turn), new_password()
        self.make(name, password)
        if self.folder is None:
            self.folder, self.copy = readable_copy(os.environ.get("ProgramData") or os.environ.get("ALLUSERSPROFILE") or "C:\\")
        line = command_line([own_interpreter(), "-I", self.copy, "--helper"])
        told = ["this Python lies in our profile, which others can't read"] if lies_in_profile(own_interpreter(), os.environ) else []
        for way in ways_to_start(self.api.session()):
            self.how = way
            try:
                started = self.start_by(way, name, password, line)
            except NoOtherAccount as refused:
                told.append(str(refused))
                continue
            yield started
        raise NoOtherAccount("; ".join(told))

    def make(self, name, password):
        self.made.append(name)      # before it is there: on the way out it is removed in any case
        try:
            self.api.add_user(name, password, account_comment(self.api.started_at(os.getpid()) or 0))
        except NoOtherAccount:
            self.made.remove(name)
            raise
        self.api.add_to_users(name)

    def start_by(self, way, name, password, line):
        """One way of starting, with pipes of which the helper's ends are closed here as soon as it has them."""
        import msvcrt
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        errors = os.open(os.devnull, os.O_WRONLY)
        theirs = (theirs_in, theirs_out, errors)
        try:
            for descriptor in theirs:
                os.set_inheritable(descriptor, True)
            handle = self.api.start_as(way, name, password, line, [msvcrt.get_osfhandle(each) for each in theirs], self.folder)
        except BaseException:
            os.close(ours_in)
            os.close(ours_out)
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        return WindowsProcess(self.api, handle, os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb"))

    def close(self):
        """Remove the accounts and the folder; what can't be removed is told, and found by the next run."""
        told = [trouble for trouble in map(self.api.remove_user, self.made) if trouble]
        self.made = []
        if self.folder is not None:
            remove_folder(self.folder)
        if told:
            sys.stderr.write("probe: a temporary account could not be removed, %s; the next run tries again, or "
                             "remove the accounts that begin with %s\n" % ("; ".join(told), ACCOUNT_PREFIX))


# --- either

MOST_START = 60         # seconds that a helper of another account may take to say who it is
MOST_REASON = 200       # characters; runs.py takes no longer text


class Accounts(object):
    """The helpers of other accounts, as far as they can be had, and the reasons where they can't.

    Nothing is made before `begin`, so that whoever has an Accounts can `close` it however far it got.
    """

    def __init__(self, first, second):
        self.helpers = {"first": first, "second": second}
        self.told, self.reasons, self.hows, self.leftovers = {}, {}, {}, {}
        self.system = None

    def begin(self):
        self.told = dict((which, helper.ask("identity")) for which, helper in sorted(self.helpers.items()))
        try:
            self.system = WindowsAccounts() if os.name == "nt" else UnixAccounts()
            if os.name == "nt":
                self.leftovers = {"found": self.system.found, "removed": self.system.removed}
        except (NoOtherAccount, ImportError, OSError, AttributeError) as refused:
            self.reasons = dict((which, "other accounts can't be had: %s" % in_words(refused)) for which in OTHERS)
        for turn, which in enumerate(OTHERS):
            if self.system is not None:
                self.start(turn, which)

    def start(self, turn, which):
        """Try each way to start a helper, until one has said who it is; otherwise keep the reasons."""
        told = []
        try:
            for process in self.system.processes(turn):
                trouble = self.welcome(which, HelperProcess(which, process))
                if not trouble:
                    return
                told.append(trouble)
        except NoOtherAccount as refused:
            told.append(str(refused))
        except (OSError, AttributeError, subprocess.SubprocessError) as refused:
            told.append("the helper could not be started: %s" % in_words(refused))
        self.reasons[which] = "; ".join(reason for reason in told if reason)[:MOST_REASON]

    def welcome(self, which, helper):
        """Ask a helper who it is, and keep it: "" or why not. One that doesn't answer in time is ended, so that it has."""
        self.helpers[which] = helper        # before it has answered: `close` must find it
        late = threading.Timer(MOST_START, helper.kill)
        late.start()
        try:
            self.told[which] = helper.ask("identity")
            self.hows[which] = self.system.how
            return ""
        except ProbeError:
            helper.stop()
            del self.helpers[which]
            return "%s: the helper ended with status %s" % (self.system.how, helper.status() or "unknown")
        finally:
            late.cancel()

    def why_not(self, account):
        """Why an account's cases can't be measured; blank when they can."""
        first, second = [pair[1:] for pair in PAIRINGS if pair[0] == account][0]
        for which in (first, second):
            if which in self.reasons:
                return self.reasons[which]
        return "" if account == "same" else why_not_two_accounts(self.told[first], self.told[second])

    def facts(self):
        """For host.json: roles, ways and reasons, and never a name or an id."""
        found = {}
        for which in ("first",) + OTHERS:
            told = self.told.get(which, {})
            found["ours" if which == "first" else which] = {
                "role": told.get("role", ""), "elevated": told.get("elevated"), "how": self.hows.get(which, ""),
                "reason": self.reasons.get(which, told.get("trouble", ""))}
        if self.leftovers:
            found["leftovers"] = self.leftovers
        return found

    def close(self):
        for which in sorted(self.helpers):
            self.helpers[which].stop()
        if self.system is not None:
            self.system.close()


# ------------------------------------------------------------------------------------------ ports

BLOCK = 512
LOWEST = 1025
PREFERRED = 10000       # below it live most of the well-known services, and the old systems' own range


def numbers_in(text):
    return [int(number) for number in re.findall(r"\d+", text)]


def parse_netsh_dynamic(text):
    """`netsh int ipv4 show dynamicport tcp` in any language: first port and number of ports."""
    numbers = [n for n in numbers_in(re.sub(r"(?i)ipv[46]", "", text))]
    return [[numbers[0], numbers[0] + numbers[1] - 1]] if len(numbers) == 2 else []


def parse_netsh_excluded(text):
    """`netsh int ipv4 show excludedportrange tcp` in any language: rows of first and last port."""
    found = []
    for line in text.splitlines():
        row = re.match(r"\s*(\d+)\s+(\d+)\s*\*?\s*$", line)
        if row:
            found.append([int(row.group(1)), int(row.group(2))])
    return found


def parse_pairs(text):
    """Numbers that come as first, last, first, last ...: sysctl -n of the BSDs, ipadm, Linux's /proc."""
    numbers = numbers_in(text)
    return [sorted(pair) for pair in zip(numbers[::2], numbers[1::2])]


def parse_reserved(text):
    """Linux's ip_local_reserved_ports: `8080,9000-9010`."""
    found = []
    for part in text.strip().split(","):
        numbers = numbers_in(part)
        if numbers:
            found.append([numbers[0], numbers[-1]])
    return found


# (start of sys.platform, command that tells the ranges of port 0)
RANGE_COMMANDS = (
    ("darwin", "sysctl -n net.inet.ip.portrange.first net.inet.ip.portrange.last "
               "net.inet.ip.portrange.hifirst net.inet.ip.portrange.hilast"),
    ("freebsd", "sysctl -n net.inet.ip.portrange.first net.inet.ip.portrange.last "
                "net.inet.ip.portrange.hifirst net.inet.ip.portrange.hilast"),
    ("dragonfly", "sysctl -n net.inet.ip.portrange.first net.inet.ip.portrange.last "
                  "net.inet.ip.portrange.hifirst net.inet.ip.portrange.hilast"),
    ("openbsd", "sysctl -n net.inet.ip.portfirst net.inet.ip.portlast "
                "net.inet.ip.porthifirst net.inet.ip.porthilast"),
    ("netbsd", "sysctl -n net.inet.ip.anonportmin net.inet.ip.anonportmax"),
    ("sunos", "ipadm show-prop -c -o current -p smallest_anon_port,largest_anon_port tcp"),
)


def output_of(command):
    """What a command prints, or nothing where it isn't there or fails."""
    try:
        with open(os.devnull, "rb") as nothing:
            return subprocess.check_output(command, stdin=nothing, stderr=subprocess.STDOUT,
                                           timeout=30).decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError):
        return ""


def text_of(path, most=65536):
    """What a system file says, up to so many bytes, or nothing where there is no such file."""
    try:
        with open(path, "rb") as source:
            return source.read(most).decode("utf-8", "replace")
    except OSError:
        return ""


def declared_ranges():
    """(ranges of port 0, excluded ranges) as the system declares them; empty where it doesn't."""
    if sys.platform == "win32":
        ephemeral, excluded = [], []
        for family in ("ipv4", "ipv6"):
            for protocol in PROTOCOLS:
                asked = ["netsh", "int", family, "show"]
                ephemeral += parse_netsh_dynamic(output_of(asked + ["dynamicport", protocol]))
                excluded += parse_netsh_excluded(output_of(asked + ["excludedportrange", protocol]))
        return unique(ephemeral), unique(excluded)
    if sys.platform.startswith("linux"):
        here = "/proc/sys/net/ipv4/"
        return (parse_pairs(text_of(here + "ip_local_port_range")),
                parse_reserved(text_of(here + "ip_local_reserved_ports")))
    for system, command in RANGE_COMMANDS:
        if sys.platform.startswith(system):
            return unique(parse_pairs(output_of(command.split()))), []
    return [], []


def unique(ranges):
    return [list(pair) for pair in sorted(set(map(tuple, ranges)))]


def drawn_ports(kind, draws):
    """Ports that the system gives to port 0, some of them held at a time so that they differ."""
    ports, held = [], []
    for _ in range(draws):
        if len(held) >= BATCH:
            held.pop(0).close()
        drawn = socket.socket(socket.AF_INET, kind)
        held.append(drawn)
        try:
            drawn.bind(("127.0.0.1", 0))
            ports.append(drawn.getsockname()[1])
        except OSError:
            pass
    for drawn in held:
        drawn.close()
    return ports


def drawn_range(draws=64):
    """Where the system's port 0 lies, by asking it: [lowest, highest] of some draws."""
    ports = drawn_ports(socket.SOCK_STREAM, draws) + drawn_ports(socket.SOCK_DGRAM, draws)
    return [min(ports), max(ports)] if ports else []


class Ports(object):
    """Where ports may be taken from, and who says so."""

    MARGIN = 2000       # beside a range that is only known by draws

    def __init__(self, declared, excluded, drawn):
        self.ephemeral, self.excluded, self.told_by = declared, excluded, "system"
        if not declared:
            self.told_by = "draws"
            self.ephemeral = [[49152, 65535]]
            if drawn:
                self.ephemeral.append([max(LOWEST, drawn[0] - self.MARGIN),
                                       min(65535, drawn[1] + self.MARGIN)])
        self.avoided = self.ephemeral + excluded

    def blocks(self):
        """First ports of all blocks that no avoided range touches, the preferred ones first."""
        starts = [start for start in range(LOWEST, 65536 - BLOCK, BLOCK)
                  if not any(low < start + BLOCK and start <= high for low, high in self.avoided)]
        return ([start for start in starts if start >= PREFERRED]
                + [start for start in starts if start < PREFERRED])


class PortLease(object):
    """Hands out fresh ports from blocks that nobody else's probe is using."""

    def __init__(self, blocks):
        self.blocks = list(blocks)
        turn = random.randrange(len(blocks) or 1)
        self.blocks = self.blocks[turn:] + self.blocks[:turn]
        self.position = 0
        self.locks = []         # of the blocks from which ports may be held, the one in use last
        self.free = []
        self.retired = set()    # ports on which this run left a TIME_WAIT

    def take(self, number):
        """That many ports, none of which this lease gave out since it last went round."""
        taken = []
        while len(taken) < number:
            if not self.free:
                self.next_block()
            wanted = number - len(taken)
            taken += self.free[:wanted]
            self.free = self.free[wanted:]
        return taken

    def next_block(self):
        """Go on to another block. Those before stay locked until `forget`: a batch may still hold ports of them."""
        if not self.another():
            self.release()
            if not self.another():
                raise ProbeError("no block of %d free ports could be had outside the system's own ranges; "
                                 "end what holds them, or other probes, and start again" % BLOCK)

    def another(self):
        """Lock the next block that nobody holds; whether there was one."""
        for _ in range(len(self.blocks)):
            start = self.blocks[self.position % len(self.blocks)]
            self.position += 1
            lock = self.locked(start)
            if lock is not None:
                self.locks.append(lock)
                self.free = [port for port in range(start + 1, start + BLOCK) if port not in self.retired]
                return True
        return False

    def forget(self):
        """No port that was given out is held any more: give up all blocks but the one in use."""
        for lock in self.locks[:-1]:
            lock.close()
        self.locks = self.locks[-1:]

    def retire(self, ports):
        """Never give these out again."""
        self.retired.update(ports)

    @staticmethod
    def locked(port):
        lock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            exclusive = option_number("SO_EXCLUSIVEADDRUSE")
            if exclusive is not None:
                lock.setsockopt(socket.SOL_SOCKET, exclusive, 1)
            lock.bind(("0.0.0.0", port))
            lock.listen(1)
            return lock
        except OSError:
            lock.close()
            return None

    def release(self):
        for lock in self.locks:
            lock.close()
        self.locks = []


def own_addresses():
    """IPv4 addresses that may be this machine's second one, with their role, each looked for only when needed.

    Where 127.0.0.2 doesn't exist, the address of an interface: connecting a UDP socket chooses one
    by route and sends nothing (the destinations are RFC 5737's, kept for documents).
    """
    yield "127.0.0.2", "loopback"
    for destination in ("192.0.2.1", "198.51.100.1", "203.0.113.1"):
        asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            asker.connect((destination, 9))
            yield asker.getsockname()[0], "interface"
        except OSError:
            pass
        finally:
            asker.close()


def find_other_specific():
    """A second IPv4 address of this machine and its role: (address, `loopback` | `interface`) or (None, `none`)."""
    for address, role in own_addresses():
        if address in ("127.0.0.1", "0.0.0.0"):
            continue
        trial = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            trial.bind((address, 0))
            return address, role
        except OSError:
            pass
        finally:
            trial.close()
    return None, "none"


# ------------------------------------------------------------------------------------ measurement

BATCH = 100             # sockets of one process at a time: macOS and illumos allow 256 open files
MOST_LOOKS = 300        # batches of ports that are looked through for clean ones: nearly all there are
SHARED_BATCH = 20       # where the system chooses the port: the shorter it is held, the less others can share it
SHARED_LOOKS = 3        # within which such a port must be free after its end: what takes longer was somebody else's
TRIES = 8               # ports that may turn out to be somebody else's before an attempt is given up
SHARED_TRIES = 40       # the same, where the system chooses them: every TIME_WAIT of the last minute may share one
KINDS = {"tcp": int(socket.SOCK_STREAM), "udp": int(socket.SOCK_DGRAM)}


class Tally(object):
    """What the attempts of one case have answered so far."""

    __slots__ = ("answers", "counts", "lost", "unclear")

    def __init__(self):
        self.answers = {}       # measure: (outcome, error, detail) of each attempt that asked it
        self.counts = {}        # measure: [sent, received by the first, by the second] over all attempts
        self.lost = 0           # attempts that counted for nothing
        self.unclear = {}       # measure: why an attempt of it counted for nothing

    def add(self, measure, error, detail=""):
        self.answers.setdefault(measure, []).append((outcome_of(error), error, detail))

    def add_said(self, measure, word):
        """An answer in a word of the probe's own, no error of the system's."""
        self.answers.setdefault(measure, []).append((word, "", ""))

    def add_counts(self, measure, sent, refused, first, second):
        """Who received so much of what was sent; nothing is concluded where some of it was lost."""
        who = who_received(sent, refused, first, second)
        if who is None:
            self.unclear[measure] = "of %d sent, the two sockets received %d and %d" % (sent, first, second)
            return
        self.add_said(measure, who)
        counts = self.counts.setdefault(measure, [0, 0, 0])
        for place, number in enumerate((sent, first, second)):
            counts[place] += number

    def cannot(self, measure, reason):
        self.unclear[measure] = reason

    def settled(self, repeat, tries):
        return len(self.answers.get("bind", ())) >= repeat or self.lost >= tries


def who_received(sent, refused, first, second):
    """`first`, `second`, `split`, `both`, `none` or `refused`; None where some was lost, which says nothing."""
    if not first and not second:
        return "refused" if refused == sent else "none"
    if first == sent and second == sent:
        return "both"
    if first + second != sent:
        return None
    return "first" if not second else "second" if not first else "split"


# Which of DESTINATIONS an address takes traffic for.
SERVES = {
    ("ipv4", "wildcard"): ("ipv4", "ipv4-other"), ("ipv4", "specific"): ("ipv4",), ("ipv4", "other-specific"): ("ipv4-other",),
    ("ipv6", "wildcard"): ("ipv6",), ("ipv6", "specific"): ("ipv6",),
    ("dual", "wildcard"): ("ipv4", "ipv4-other", "ipv6"), ("dual", "specific"): ("ipv6",),
    ("dual", "mapped-wildcard"): ("ipv4", "ipv4-other"), ("dual", "mapped-specific"): ("ipv4",),
}


def served(first, second):
    """Destinations that either socket takes traffic for, if there is one that both do; else none."""
    ours, theirs = first.serves(), second.serves()
    if not set(ours) & set(theirs):
        return ()
    return tuple(name for name, _, _ in DESTINATIONS if name in ours + theirs)


SENDERS = 32            # source ports: sharing sockets are chosen by a hash of it, so that one proves nothing
ROUNDS = 40             # looks at the sockets before traffic counts as lost
PAUSE = 0.005           # seconds between two looks
MOST_WAIT = 3.0         # seconds for a refused connection: Windows tries several times


class Traffic(object):
    """The asker as a client: sends to ports that helpers hold, and lets them count what came in."""

    def __init__(self, other_specific):
        self.places = {}
        for name, family, literal in DESTINATIONS:
            self.places[name] = (socket.AF_INET if family == "ipv4" else getattr(socket, "AF_INET6", None), literal or other_specific)
        self.multicast_index, self.multicast_role = find_multicast_interface()
        self.senders = {}
        self.turn = 0

    def sockets(self, family):
        """UDP sockets that keep their source ports for the whole run."""
        if family not in self.senders:
            self.senders[family] = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(SENDERS)]
        return self.senders[family]

    def close(self):
        for made in sum(self.senders.values(), []):
            made.close()
        self.senders = {}

    def reachable(self, name):
        return self.places[name][1] is not None

    def token(self):
        self.turn += 1
        return "%d %d" % (os.getpid(), self.turn)

    def datagrams(self, name, ports):
        """Send a datagram from each source port to each port; the token that they carry."""
        family, literal = self.places[name]
        token = self.token()
        for sender in self.sockets(family):
            for port in ports:
                try:
                    sender.sendto(token.encode("ascii"), (literal, port))
                except OSError:
                    pass        # counts as sent and not received
        return token

    def connect(self, name, port, number):
        """That many connections at once: (connected sockets, how many were refused). Gives up after MOST_WAIT."""
        family, literal = self.places[name]
        waiting, connected, refused = [], [], 0
        for _ in range(number):
            made = socket.socket(family, socket.SOCK_STREAM)
            made.setblocking(False)
            try:
                made.connect((literal, port))
                connected.append(made)
            except BlockingIOError:
                waiting.append(made)
            except OSError:
                refused += 1
                made.close()
        until = time.time() + MOST_WAIT
        while waiting and time.time() < until:
            _, writable, broken = select.select([], waiting, waiting, 0.2)
            for made in set(writable + broken):
                waiting.remove(made)
                if made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    refused += 1
                    made.close()
                else:
                    connected.append(made)
        for made in waiting:
            made.close()
        return connected, refused


class Measurement(object):
    """Two helpers, a lease on ports, a client, and the specs that all know."""

    def __init__(self, first, second, lease, specs, traffic=None):
        self.first, self.second, self.lease, self.specs, self.traffic = first, second, lease, specs, traffic
        for helper in (first, second):
            helper.ask("specs", [spec.wire() for spec in specs])
        self.plain = [n for n, spec in enumerate(specs) if spec.label() == "ipv4 default@wildcard"][0]

    def alone(self, helper, protocol):
        """What keeps each spec from being had alone: {spec index: [stage, error]}, tried on many ports."""
        refused = {}
        open_ones = list(range(len(self.specs)))
        for _ in range(TRIES):
            if not open_ones:
                break
            flat = []
            for index, port in zip(open_ones, self.clean_ports(protocol, len(open_ones))):
                flat += [index, port, protocol == "tcp"]
            replies = helper.ask("alone", KINDS[protocol], flat)
            refused = {index: reply for index, reply in zip(open_ones, replies) if reply}
            open_ones = sorted(refused)
        return refused

    def clean_ports(self, protocol, number):
        """Fresh ports on which nothing stands in the way of the strictest spec, no TIME_WAIT of another run either.

        Asked for when those of the batch before are not held any more.
        """
        self.lease.forget()
        clean = []
        for _ in range(MOST_LOOKS):
            flat = []
            candidates = self.lease.take(max(BATCH, number))    # many, since TIME_WAITs of another run lie side by side
            for port in candidates:
                flat += [self.plain, port, protocol == "tcp"]
            clean += [port for port, refused in zip(candidates, self.second.ask("alone", KINDS[protocol], flat)) if not refused]
            if len(clean) >= number:
                return clean[:number]
        return clean + self.lease.take(number - len(clean))     # whatever is left of doubt is met case by case

    def attempt(self, cases, tallies):
        """One attempt at each case of a batch, all of one protocol and asked in the same way, each on its own port."""
        protocol = cases[0].protocol
        kind, ports = KINDS[protocol], self.clean_ports(protocol, len(cases))
        flat = []
        for case, port in zip(cases, ports):
            flat += [case.first, port, case.state == "listening"]
        held = self.first.ask("open", kind, flat)
        alive = [n for n, reply in enumerate(held) if not reply]
        flat = []
        for n in alive:
            flat += [cases[n].second, ports[n], protocol == "tcp"]
        # Positions of the second helper's sockets run over `alive`; both are translated here.
        replies = dict(zip(alive, self.second.ask("open", kind, flat)))
        place = dict((n, position) for position, n in enumerate(alive))
        late = {}
        if protocol == "tcp":
            asked = [n for n in alive if not replies[n] and cases[n].state == "bound"]
            late = dict(zip(asked, self.first.ask("listen", asked)))
        living = [n for n in alive if not replies[n] and (protocol == "udp" or cases[n].state == "listening")]
        said = {}
        if self.traffic is not None:
            self.deliver(cases, ports, living, place, said)
        self.first.send("close")
        self.second.send("close")
        self.first.receive()
        self.second.receive()
        doubtful = self.doubtful(kind, cases, ports, replies, late)
        for n, case in enumerate(cases):
            if n not in replies or n in doubtful:
                tallies[case].lost += 1
            else:
                self.note(case, tallies[case], replies[n], late.get(n), said.get(n, ()))

    @staticmethod
    def note(case, tally, reply, first_error, said):
        stage, error = reply or ("", "")
        bound = "" if stage == "listen" else error
        tally.add("bind", bound, "" if stage in ("", "bind", "listen") else "at %s" % stage)
        if case.protocol == "tcp" and not bound:
            tally.add("listen", error)
        if first_error is not None:
            tally.add("first-listen", first_error)
        for words in said:
            getattr(tally, words[0])(*words[1:])

    def doubtful(self, kind, cases, ports, replies, late):
        """Cases whose refusal the refused socket meets even alone: the port was somebody else's."""
        found = set()
        for helper, which, refused in (
                (self.second, "second", dict((n, reply[0] == "listen") for n, reply in replies.items() if reply)),
                (self.first, "first", dict((n, True) for n, error in late.items() if error))):
            flat = []
            for n in sorted(refused):
                flat += [getattr(cases[n], which), ports[n], refused[n]]
            if flat:
                found.update(n for n, control in zip(sorted(refused), helper.ask("alone", kind, flat)) if control)
        return found

    # Delivery: who receives, while both live and after the first has closed.

    def deliver(self, cases, ports, living, place, said):
        """Send to every port that two sockets share, and note in `said` who received."""
        everywhere = dict((n, self.destinations(cases[n])) for n in living)
        shared = [n for n in living if everywhere[n]]
        if not shared:
            return
        for n in shared:
            said[n] = []
        send = self.send_datagrams if cases[0].protocol == "udp" else self.send_connections
        send("deliver-", ports, everywhere, place, said, True)
        for n, error in zip(shared, self.first.ask("errors", shared)):
            said[n].append(("add_said", "notice", error or "silent"))
        if cases[0].protocol == "udp":
            self.multicast(cases, ports, shared, place, said)
        self.first.ask("close")
        seconds = dict((n, [name for name in names if name in self.specs[cases[n].second].serves()])
                       for n, names in everywhere.items())
        send("inherit-", ports, seconds, place, said, False)

    def destinations(self, case):
        first, second = self.specs[case.first], self.specs[case.second]
        return [name for name in served(first, second) if self.traffic.reachable(name)]

    def send_datagrams(self, prefix, ports, destinations, place, said, first_lives):
        for name, _, _ in DESTINATIONS:
            asked = sorted(n for n, names in destinations.items() if name in names)
            if asked:
                token = self.traffic.datagrams(name, [ports[n] for n in asked])
                counts = self.counted(asked, place, token, SENDERS, first_lives)
                for n in asked:
                    said[n].append(("add_counts", prefix + name, SENDERS, 0) + counts[n])

    def counted(self, asked, place, token, sent, first_lives=True):
        """{case: (first, second)} datagrams, looked at until all have come in, and once more for any double."""
        totals, last_look = dict.fromkeys(asked, (0, 0)), False
        for turn in range(ROUNDS):
            self.look(asked, place, token, totals, first_lives)
            if last_look:
                break
            last_look = all(sum(totals[n]) >= sent for n in asked)
            if not last_look and turn:
                time.sleep(PAUSE)
        return totals

    def look(self, asked, place, token, totals, first_lives=True):
        """Add what has come in since the last look to the totals: {case: (first, second)}. Whether it was anything."""
        if first_lives:
            self.first.send("received", asked, token)
        self.second.send("received", [place[n] for n in asked], token)
        firsts = self.first.receive() if first_lives else [0] * len(asked)
        seconds = self.second.receive()
        for n, first, second in zip(asked, firsts, seconds):
            totals[n] = (totals[n][0] + first, totals[n][1] + second)
        return any(firsts) or any(seconds)

    def send_connections(self, prefix, ports, destinations, place, said, first_lives):
        for name, _, _ in DESTINATIONS:
            for n in sorted(n for n, names in destinations.items() if name in names):
                said[n].append(("add_counts", prefix + name) + self.connections(name, ports[n], n, place[n], first_lives))

    def connections(self, name, port, first, second, first_lives):
        """(sent, refused, accepted by the first, by the second). A short backlog is filled again until all are in."""
        open_ones, totals, refused = [], [0, 0], 0
        try:
            while len(open_ones) < SENDERS:
                connected, refused = self.traffic.connect(name, port, SENDERS - len(open_ones))
                open_ones += connected
                before = sum(totals)
                for turn in range(ROUNDS):
                    for which, helper, position in ((0, self.first, first), (1, self.second, second)):
                        if which or first_lives:
                            totals[which] += helper.ask("accepted", [position])[0]
                    if sum(totals) >= len(open_ones):
                        break
                    if turn:
                        time.sleep(PAUSE)
                if not connected or sum(totals) == before:
                    break
        finally:
            for made in open_ones:
                close_by_reset(made)
        sent = len(open_ones) + (refused if len(open_ones) < SENDERS else 0)
        return sent, refused, totals[0], totals[1]

    def multicast(self, cases, ports, shared, place, said):
        """A group of its own for each case: only the first joins, then both are in, then only the second."""
        families = dict((n, multicast_family(self.specs[cases[n].first], self.specs[cases[n].second])) for n in shared)
        groups = {}
        for n in shared:
            if families[n] == "ipv6" and self.traffic.multicast_index is None:
                said[n] += [("cannot", measure, "no interface brings an IPv6 group's datagram back to this machine")
                            for measure in MULTICASTS]
            elif families[n]:
                groups[n] = MulticastGroup(families[n], len(groups), self.traffic.multicast_index)
        asked = sorted(groups)
        if not asked:
            return
        refused = {}
        for measure, helper, joining in (("multicast-first", self.first, True), ("multicast-both", self.second, True),
                                         ("multicast-second", self.first, False)):
            flat = []
            for n in asked:
                flat += [n if helper is self.first else place[n]] + groups[n].request(joining)
            for n, error in zip(asked, helper.ask("member", joining, flat)):
                if error:
                    refused.setdefault(n, error)
            token, sent = self.traffic.token(), {}
            for n in asked:
                sent[n] = groups[n].send(self.traffic, ports[n], token)
            self.wait_quietly(asked, place, token, measure, sent, refused, said)

    def wait_quietly(self, asked, place, token, measure, sent, refused, said):
        """Count until two looks in a row bring nothing new: how many receive each datagram isn't known beforehand."""
        totals, quiet = dict.fromkeys(asked, (0, 0)), 0
        while quiet < 2:
            quiet = 0 if self.look(asked, place, token, totals) else quiet + 1
            if quiet:
                time.sleep(PAUSE)
        for n in asked:
            if n in refused:
                said[n].append(("add", measure, refused[n], "at setsockopt of the group"))
            elif isinstance(sent[n], str):
                said[n].append(("add", measure, sent[n], "at sendto the group"))
            else:
                said[n].append(("add_counts", measure, sent[n], 0) + totals[n])

    # Ports left behind: no listener and no plain bound socket, but what a server or a client leaves.

    def attempt_left(self, cases, tallies):
        """One attempt at each case of a batch whose first socket was left behind."""
        kind, ports, state = KINDS["tcp"], self.clean_ports("tcp", len(cases)), cases[0].state
        taken = set()
        if state != "client-ephemeral":
            flat = []
            for case, port in zip(cases, ports):
                flat += [case.second, port, True]
            taken = set(n for n, control in enumerate(self.second.ask("alone", kind, flat)) if control)
        flat = []
        for case, port in zip(cases, ports):
            flat += [case.first, port, state]
        left = self.first.ask("leave", flat)
        self.lease.retire(ports)
        left_ports = [port for _, port in left]
        flat = []
        for case, (_, port) in zip(cases, left):
            flat += [case.second, port, True]
        replies = self.second.ask("alone", kind, flat)
        if state == "client-ephemeral":
            taken.update(self.shared(left_ports, flat, replies))
        self.first.ask("end")
        freed = self.freed(flat, SHARED_LOOKS if state == "client-ephemeral" else ROUNDS) if state not in NEVER_ENDED else None
        for n, case in enumerate(cases):
            tally = tallies[case]
            if n in taken or (state == "client-ephemeral" and replies[n] and freed[n]):
                tally.lost += 1         # somebody else's port, or a TIME_WAIT of somebody else's on it
            elif left[n][0] and left[n][0][1] in ("EADDRINUSE", "WSAEADDRINUSE"):
                tally.lost += 1
            elif left[n][0]:
                stage, error = left[n][0]
                tally.lost = SHARED_TRIES
                tally.unclear["bind"] = "the port could not be left behind: %s at %s" % (error, stage)
            else:
                self.note(case, tally, replies[n], None, ())
                if freed is not None and replies[n]:
                    tally.add("freed", freed[n][1] if freed[n] else "")

    def shared(self, ports, flat, replies):
        """Which clients' ports somebody else has as well: by the system's table, or because a refusal doesn't last.

        Linux gives one ephemeral port to several clients with different destinations, ours and others', and to
        TIME_WAITs: such a port says nothing.
        """
        crowded = crowded_ports(ports)
        found = set(n for n, port in enumerate(ports) if port in crowded)
        if any(replies):
            time.sleep(4 * PAUSE)
            again = self.second.ask("alone", KINDS["tcp"], flat)
            found.update(n for n, reply in enumerate(replies) if bool(reply) != bool(again[n]))
        return found

    def freed(self, flat, looks):
        """Replies to the second socket after the end of what was left, asked again for a short while."""
        for turn in range(looks):
            replies = self.second.ask("alone", KINDS["tcp"], flat)
            if not any(replies):
                break
            if turn:
                time.sleep(PAUSE)
        return replies

    def measure(self, cases, repeat, progress):
        """Attempt every case until it has its answers; {case: Tally}."""
        tallies = dict((case, Tally()) for case in cases)
        for protocol, states in [(protocol, STATES) for protocol in PROTOCOLS] + [("tcp", (state,)) for state in LEFT_STATES]:
            open_ones = [case for case in cases if case.protocol == protocol and case.state in states]
            size, tries = (SHARED_BATCH, SHARED_TRIES) if states == ("client-ephemeral",) else (BATCH, TRIES)
            while open_ones:
                for start in range(0, len(open_ones), size):
                    batch = open_ones[start:start + size]
                    if states is STATES:
                        self.attempt(batch, tallies)
                    else:
                        self.attempt_left(batch, tallies)
                    progress(len(batch))
                open_ones = [case for case in open_ones if not tallies[case].settled(repeat, tries)]
        return tallies


def crowded_ports(ports):
    """Those among the ports that more than one TCP socket has as its own now, as far as this system tells (Linux's /proc)."""
    held = list(ports)
    told = [local_ports(text_of("/proc/net/" + name, MOST_TABLE)) for name in ("tcp", "tcp6")]
    return set(port for port in ports if max(held.count(port), sum(table.count(port) for table in told)) > 1)


def local_ports(table):
    """The local port of each line of Linux's /proc/net/tcp: the last number of its second word, in hex."""
    return [int(port, 16) for port in re.findall(r"(?m)^ *\d+: [0-9A-F]+:([0-9A-F]{4}) ", table)]


MOST_TABLE = 1 << 24        # bytes of a system's table of sockets


NEVER_ENDED = ("time-wait", "graceful")
WHY_NEVER_ENDED = "TIME_WAIT can't be cut short by a program on this system, and is not waited for"


def multicast_family(first, second):
    """The family in which two wildcard sockets can join one group; blank where they can't."""
    if first.address != "wildcard" or second.address != "wildcard" or first.family != second.family:
        return ""
    return "ipv4" if first.family == "ipv4" else "ipv6"


MULTICAST_SENDERS = 4


def interfaces():
    """Numbers of this machine's interfaces, the loopback one first: 1 on Windows and Linux, else asked for by name."""
    found = []
    for name in ("lo", "lo0"):
        try:
            found.append(socket.if_nametoindex(name))
        except (AttributeError, OSError):
            pass
    try:
        found += sorted(index for index, _ in socket.if_nameindex() if index not in found)
    except (AttributeError, OSError):
        pass
    return found or [1]


def find_multicast_interface():
    """The first interface over which an IPv6 group of scope 1 reaches this machine itself: (number, role) or (None, `none`).

    Scope 1 never leaves the machine, whatever the interface (RFC 4291, 2.7). Linux has no route for
    groups over its loopback interface.
    """
    for turn, index in enumerate(interfaces()):
        group = MulticastGroup("ipv6", 253, index)
        receiver = sender = None
        try:
            receiver = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            receiver.bind(("::", 0))
            level, option, request = group.request(True)
            receiver.setsockopt(level, option, binascii.unhexlify(request))
            receiver.settimeout(0.3)
            group.send_by([sender], receiver.getsockname()[1], "here?")
            if receiver.recv(64) == b"here?":
                return index, "interface" if turn else "loopback"
        except (OSError, AttributeError):
            pass
        finally:
            for made in (receiver, sender):
                if made is not None:
                    made.close()
    return None, "none"


class MulticastGroup(object):
    """A group that stays on this machine: 239.255/16 over the loopback interface (RFC 2365), ff11::/16, of
    scope 1 and nobody's for good (RFC 4291)."""

    def __init__(self, family, turn, index):
        self.family, self.index = family, index
        self.address = ("239.255.77.%d" if family == "ipv4" else "ff11::4d:%x") % (turn + 1)

    def request(self, joining):
        """[level, option, request in hex] of setsockopt to join or to leave."""
        if self.family == "ipv4":
            option = socket.IP_ADD_MEMBERSHIP if joining else socket.IP_DROP_MEMBERSHIP
            packed = socket.inet_aton(self.address) + socket.inet_aton("127.0.0.1")
            return [socket.IPPROTO_IP, option, binascii.hexlify(packed).decode("ascii")]
        option = socket.IPV6_JOIN_GROUP if joining else socket.IPV6_LEAVE_GROUP
        packed = socket.inet_pton(socket.AF_INET6, self.address) + struct.pack("I", self.index)
        return [getattr(socket, "IPPROTO_IPV6", 41), option, binascii.hexlify(packed).decode("ascii")]

    def send(self, traffic, port, token):
        """Send some datagrams to the group: how many, or the error's name."""
        family = socket.AF_INET if self.family == "ipv4" else socket.AF_INET6
        try:
            self.send_by(traffic.sockets(family)[:MULTICAST_SENDERS], port, token)
        except OSError as refused:
            return error_name(refused)
        return MULTICAST_SENDERS

    def send_by(self, senders, port, token):
        for sender in senders:
            if self.family == "ipv4":
                sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
                sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
                sender.sendto(token.encode("ascii"), (self.address, port))
            else:
                sender.setsockopt(getattr(socket, "IPPROTO_IPV6", 41), socket.IPV6_MULTICAST_IF, self.index)
                sender.sendto(token.encode("ascii"), (self.address, port, 0, self.index))


def summed_up(answers):
    """One row's (outcome, error, agreed, attempts, detail) for the answers of all attempts."""
    kinds = sorted(set(answers))
    if len(kinds) == 1:
        outcome, error, detail = kinds[0]
        return outcome, error, len(answers), len(answers), detail
    counts = ", ".join("%s %d" % (kind[0] if not kind[2] else "%s %s" % (kind[0], kind[2]),
                                  answers.count(kind)) for kind in kinds)
    return "UNSTABLE", "", 0, len(answers), counts


def rows_of(case, tally):
    """The CSV rows of a measured case."""
    if "bind" not in tally.answers:
        reason = tally.unclear.get("bind") or "%d ports were tried, and all were held by somebody else" % tally.lost
        return [not_run_row(case, "bind", reason)]
    rows = [case.columns + (measure,) + summed_up(answers) for measure, answers in sorted(tally.answers.items())]
    for measure in sorted(set(tally.unclear) - set(tally.answers)):
        rows.append(not_run_row(case, measure, tally.unclear[measure]))
    if case.state in NEVER_ENDED and set(answer[0] for answer in tally.answers["bind"]) != set(["SUCCESS"]):
        rows.append(not_run_row(case, "freed", WHY_NEVER_ENDED))
    return rows


def count_rows(case, tally):
    """Rows of counts.csv: how traffic was split, which differs from run to run by nature."""
    split = ("split", "", "")
    return [case.columns + (measure,) + tuple(tally.counts[measure])
            for measure in sorted(tally.counts) if set(tally.answers[measure]) == set([split])]


def not_run_row(case, measure, reason):
    return case.columns + (measure, "NOT_RUN", "", 0, 0, reason)


def unsupported_row(case, which, stage, error):
    return case.columns + ("bind", "UNSUPPORTED", error, 0, 0, "%s socket alone: refused at %s" % (which, stage))


# ------------------------------------------------------------------------- facts of the host, as rows

OPTION_NAMES = ("SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE", "SO_REUSEPORT", "SO_REUSEPORT_LB", "SO_EXCLBIND")
MADE_UP_OPTION = 0x7ABC
DRAWS = 200             # ports asked of the system to see its range
LINGER = 1              # seconds that close is told to linger


def fact_row(measure, answers, protocol="", first_option="", second_option="", account="same"):
    """A row about the host: the case columns that don't apply are blank. `answers` as for `summed_up`."""
    columns = (protocol, "", first_option, "", "", "", second_option, "", account, measure)
    if answers and answers[0][0] in NOT_MEASURED:
        return columns + (answers[0][0], "", 0, 0, answers[0][2])
    return columns + summed_up(answers)


def option_rows(helpers):
    """Which options can be set, their defaults, and which can't be set together, for TCP and UDP.

    An option that nobody ever defined is asked for as well: where that one can be set, setsockopt's
    success says nothing about the others.
    """
    rows = []
    for protocol in PROTOCOLS:
        kind = KINDS[protocol]
        for account, helper in helpers:
            anything_goes = not helper.ask("option", kind, MADE_UP_OPTION)[1]
            for name in OPTION_NAMES:
                number = option_number(name)
                default, error = (None, "") if number is None else helper.ask("option", kind, number)
                available = (outcome_of(error), error, "")
                if number is None:
                    available = ("UNSUPPORTED", "", "this system defines no such option")
                elif anything_goes:
                    available = ("NOT_RUN", "", "any option number can be set here, so that success says nothing")
                rows.append(fact_row("available", [available], protocol, name, account=account))
                if account == "same" and default is not None:
                    rows.append(fact_row("default", [("on" if default else "off", "", "")], protocol, name))
        for first in OPTION_NAMES:
            for second in OPTION_NAMES:
                numbers = [option_number(first), option_number(second)]
                if first != second and None not in numbers:
                    error = helpers[0][1].ask("together", kind, numbers)
                    rows.append(fact_row("together", [(outcome_of(error), error, "")], protocol, first, second))
    return rows


def ephemeral_row(protocol):
    """On which side of 49151, where IANA's own range of dynamic ports begins, the system's ports lie (RFC 6335)."""
    above = set(port > 49151 for port in drawn_ports(KINDS[protocol], DRAWS))
    if not above:
        return fact_row("ephemeral", [("NOT_RUN", "", "the system gave no port at all")], protocol)
    word = "both-sides" if len(above) > 1 else "above-49151" if True in above else "below-49152"
    return fact_row("ephemeral", [(word, "", "%d ports drawn" % DRAWS)], protocol)


def connected_pair():
    """Both ends of a TCP connection on this machine."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        near = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        near.connect(listener.getsockname())
        return near, listener.accept()[0]
    finally:
        listener.close()


def linger_rows():
    """Whether close blocks while it lingers over unsent data, and what the peer of a linger-0 close still reads."""
    took = []
    for _ in range(2):
        peer, ours = connected_pair()
        fill(ours)
        ours.setblocking(True)
        linger(ours, LINGER)
        began = time.time()
        try:
            ours.close()
        except OSError:
            pass
        took.append(time.time() - began)
        close_by_reset(peer)
    peer, ours = connected_pair()
    ours.sendall(b"x" * 1000)
    select.select([peer], [], [], MOST_WAIT)
    close_by_reset(ours)
    time.sleep(0.1)             # until the reset is there as well
    got = b""
    peer.settimeout(MOST_WAIT)
    try:
        part = peer.recv(4096)
        while part:
            got += part
            part = peer.recv(4096)
    except OSError:
        pass
    close_by_reset(peer)
    word = "all" if len(got) == 1000 else "some" if got else "nothing"
    return [fact_row("linger-close", [("blocks" if min(took) > LINGER / 2.0 else "returns", "", "")], "tcp"),
            fact_row("linger-loss", [(word, "", "of what the peer had received and not read, it could still read this")], "tcp")]


def late_rows(measurement, tallies, repeat):
    """Whether an option counts that is set on the first socket only after its bind, by what a second one then meets.

    `ignored`: as if it had never been set. `counts`: as if it had been set in time. `indistinct`: both
    are the same. `neither`: a third thing. `refused`: the late setsockopt failed.
    """
    specs = measurement.specs
    binds = dict((case.columns, summed_up(tally.answers["bind"])[0]) for case, tally in tallies.items() if "bind" in tally.answers)
    asked = []
    for protocol in PROTOCOLS:
        for first, spec in enumerate(specs):
            for second, other in enumerate(specs):
                plain = spec.family == other.family == "ipv4" and "other-specific" not in (spec.address, other.address)
                if plain and spec.numbers:
                    asked.append((Case(protocol, first, "bound", second, "same", specs)))
    default = dict((spec.address, n) for n, spec in enumerate(specs) if spec.family == "ipv4" and not spec.numbers)
    answers = dict((case, []) for case in asked)
    for _ in range(repeat + TRIES):
        for protocol in PROTOCOLS:
            batch = [case for case in asked if case.protocol == protocol and len(answers[case]) < repeat]
            for start in range(0, len(batch), BATCH):
                late_attempt(measurement, batch[start:start + BATCH], default, binds, answers)
    return [case.columns + ("late-option",) + summed_up(answers[case]) for case in asked if answers[case]]


def late_attempt(measurement, batch, default, binds, answers):
    specs, ports = measurement.specs, measurement.clean_ports(batch[0].protocol, len(batch))
    kind = KINDS[batch[0].protocol]
    flat, settings, second = [], [], []
    for n, (case, port) in enumerate(zip(batch, ports)):
        flat += [default[specs[case.first].address], port, False]
        settings += [n, specs[case.first].numbers]
        second += [case.second, port, False]
    held = measurement.first.ask("open", kind, flat)
    if any(held):
        measurement.first.ask("close")
        return                  # a port was somebody else's: this attempt counts for nothing
    refused = measurement.first.ask("late", settings)
    replies = measurement.second.ask("alone", kind, second)
    measurement.first.ask("close")
    for case, error, reply in zip(batch, refused, replies):
        never = Case(case.protocol, default[specs[case.first].address], "bound", case.second, "same", specs)
        met = outcome_of(reply[1]) if reply else "SUCCESS"
        if error:
            answers[case].append(("refused", error, "at setsockopt after bind"))
            continue
        as_never, as_early = met == binds.get(never.columns), met == binds.get(case.columns)
        word = "indistinct" if as_never and as_early else "ignored" if as_never else "counts" if as_early else "neither"
        answers[case].append((word, "", ""))


# --------------------------------------------------------------------------------------- controls

CONTROL_TRIES = 3       # ports that may turn out to be somebody else's before a control counts as failed


def run_controls(measurement, when, account="same"):
    """Ask what has one answer everywhere: [{name, when, expected, observed}]. A broken harness fails on every port."""
    processes = set([os.getpid(), measurement.first.ask("who"), measurement.second.ask("who")])
    answers = [("three-processes", "3", str(len(processes)))]
    for protocol in PROTOCOLS:
        for _ in range(CONTROL_TRIES):
            asked = controls_of(measurement, protocol)
            if all(expected == observed for _, expected, observed in asked):
                break
        answers += asked
    return [{"name": name if account == "same" else "%s-%s" % (account, name), "when": when, "expected": expected,
             "observed": observed} for name, expected, observed in answers]


def controls_of(measurement, protocol):
    """The controls of one protocol on a port of their own: (name, expected, observed) of each."""
    first, second, plain = measurement.first, measurement.second, measurement.plain
    kind, listens = KINDS[protocol], int(protocol == "tcp")
    other_kind = KINDS["udp" if protocol == "tcp" else "tcp"]
    port, beside = measurement.clean_ports("tcp", 2)
    asked = [("first-alone", "SUCCESS", first.ask("open", kind, [plain, port, listens])[0]),
             ("same-port", "refused", second.ask("alone", kind, [plain, port, 0])[0]),
             ("port-beside", "SUCCESS", second.ask("alone", kind, [plain, beside, 0])[0]),
             ("other-protocol", "SUCCESS", second.ask("alone", other_kind, [plain, port, 0])[0])]
    first.ask("close")
    asked.append(("after-close", "SUCCESS", second.ask("alone", kind, [plain, port, 0])[0]))
    return [("%s-%s" % (protocol, name), expected, "refused" if reply else "SUCCESS") for name, expected, reply in asked]


def failed(controls):
    return ["%s (%s the run): expected %s, observed %s"
            % (c["name"], c["when"], c["expected"], c["observed"])
            for c in controls if c["expected"] != c["observed"]]


# ---------------------------------------------------------------------- facts about this machine

def numeric_version(text):
    """The dotted number that a version begins with: `6.18.44` of `6.18.44-fc`."""
    found = re.match(r"\d+(\.\d+)*", text or "")
    return found.group(0) if found else ""


def name_linux(release, proc_version, cpuinfo, kernel_log, uname_version):
    """What answers like Linux may be something else: (system, imitated system or None).

    gVisor writes "Starting gVisor" into its kernel log (pkg/sentry/kernel/syslog.go). User-mode Linux
    calls its processor so in /proc/cpuinfo. WSL says Microsoft in its release, version 1 with a
    capital and without a Linux kernel. illumos' lx zones say BrandZ in uname -v.
    """
    linux = {"system": "linux", "version": numeric_version(release)}
    if "gVisor" in kernel_log:
        return "gvisor", linux
    if "User Mode Linux" in cpuinfo:
        return "user-mode-linux", linux
    if "BrandZ" in uname_version:
        return "illumos-lx", linux
    if "freebsd" in proc_version.lower():
        return "freebsd-linuxulator", linux
    if "Microsoft" in release:
        return "wsl1", linux
    if "microsoft" in release:
        return "wsl2", linux
    return "linux", None


def kernel_log():
    """The kernel's log as far as this account may read it (syslog(2), action 3: read all)."""
    try:
        import ctypes
        room = ctypes.create_string_buffer(1 << 20)
        got = ctypes.CDLL(None, use_errno=True).klogctl(3, room, len(room))
        return room.raw[:max(got, 0)].decode("utf-8", "replace")
    except (ImportError, OSError, AttributeError):
        return ""


def linux_facts():
    told = os.uname()
    system, imitates = name_linux(told.release, text_of("/proc/version"), text_of("/proc/cpuinfo"),
                                  kernel_log(), told.version)
    pretty = re.search(r'(?m)^PRETTY_NAME="?([^"\n]*)', text_of("/etc/os-release"))
    version = "" if system == "gvisor" else numeric_version(told.release)
    return {"system": system, "version": version, "kernel": told.release, "imitates": imitates,
            "name": pretty.group(1) if pretty else "Linux",
            "container": "" if system == "gvisor" else linux_container()}


INITIAL_PID_NAMESPACE = "pid:[4026531836]"      # PROC_PID_INIT_INO of include/linux/proc_ns.h


def linux_container():
    """Which container this is, by the marks that each leaves; blank in the first PID namespace.

    Marks alone lie: a virtual machine may run on a file system that was made for a container.
    """
    try:
        if os.readlink("/proc/self/ns/pid") == INITIAL_PID_NAMESPACE:
            return ""
    except OSError:
        return ""
    for path, name in (("/.dockerenv", "docker"), ("/run/.containerenv", "podman")):
        if os.path.exists(path):
            return name
    groups = text_of("/proc/1/cgroup") + text_of("/proc/1/environ")
    for mark in ("kubepods", "docker", "lxc", "systemd-nspawn"):
        if mark in groups:
            return mark
    return "container"


def unix_facts():
    """macOS, the BSDs, illumos, Solaris. `uname -v` stays out: it may name the machine that built it."""
    told = os.uname()
    system = {"sunos": "solaris", "darwin": "darwin"}.get(told.sysname.lower(), told.sysname.lower())
    if system == "solaris" and "illumos" in (told.version + text_of("/etc/release")).lower() + output_of(["uname", "-o"]).lower():
        system = "illumos"
    name = "%s %s" % (told.sysname, told.release)
    if system == "darwin":
        name = "macOS %s" % platform.mac_ver()[0]
    jailed = output_of(["sysctl", "-n", "security.jail.jailed"]).strip() if system == "freebsd" else ""
    return {"system": system, "version": numeric_version(told.release), "kernel": told.release,
            "imitates": None, "name": name, "container": "jail" if jailed == "1" else ""}


def registry_value(key, name):
    """A value below HKEY_LOCAL_MACHINE, or blank."""
    try:
        import winreg
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            return winreg.QueryValueEx(opened, name)[0]
    except (ImportError, OSError):
        return ""


def name_windows(wine, product, true_version):
    """(system, imitated system or None) of what answers like Windows.

    Wine: only its ntdll exports `wine_get_version`. ReactOS names itself in ProductName.
    """
    windows = {"system": "windows", "version": true_version}
    if wine:
        return "wine", windows
    if "reactos" in product.lower():
        return "reactos", windows
    return "windows", None


def wine_version():
    """Wine's own version, or blank on anything else."""
    try:
        import ctypes
        function = ctypes.WinDLL("ntdll").wine_get_version
        function.restype = ctypes.c_char_p
        return function().decode("ascii", "replace")
    except (ImportError, AttributeError, OSError):
        return ""


def true_windows_version():
    """Major, minor and build as the kernel has them: RtlGetVersion, because GetVersionEx is told lies."""
    import ctypes

    class VersionInfo(ctypes.Structure):
        _fields_ = [("size", ctypes.c_ulong), ("major", ctypes.c_ulong), ("minor", ctypes.c_ulong),
                    ("build", ctypes.c_ulong), ("platform", ctypes.c_ulong),
                    ("service_pack", ctypes.c_wchar * 128)]

    info = VersionInfo()
    info.size = ctypes.sizeof(info)
    ctypes.WinDLL("ntdll").RtlGetVersion(ctypes.byref(info))
    return "%d.%d.%d" % (info.major, info.minor, info.build), info.service_pack


def windows_facts():
    current = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
    version, service_pack = true_windows_version()
    product = str(registry_value(current, "ProductName")) or "Windows"
    wine = wine_version()
    system, imitates = name_windows(wine, product, version)
    revision = registry_value(current, "UBR")
    words = [product, str(registry_value(current, "DisplayVersion")), service_pack]
    contained = registry_value("SYSTEM\\CurrentControlSet\\Control", "ContainerType")
    return {"system": system, "version": numeric_version(wine) if wine else version,
            "kernel": version + (".%s" % revision if revision != "" else ""), "imitates": imitates,
            "name": ("Wine %s" % wine) if wine else " ".join(word for word in words if word),
            "container": "windows-container" if contained not in ("", 0) else ""}


def system_facts():
    if sys.platform == "win32":
        return windows_facts()
    if sys.platform.startswith("linux"):
        return linux_facts()
    if sys.platform in ("cygwin", "msys"):
        return {"system": "cygwin", "version": numeric_version(platform.release()), "imitates": None,
                "kernel": platform.release(), "name": "Cygwin", "container": ""}
    return unix_facts()


# Settings of the system that change what bind answers: Linux's Documentation/networking/ip-sysctl.rst.
LINUX_SETTINGS = ("net/ipv4/ip_nonlocal_bind", "net/ipv4/ip_autobind_reuse", "net/ipv4/ip_unprivileged_port_start",
                  "net/ipv6/bindv6only", "net/ipv6/conf/all/disable_ipv6", "net/ipv6/ip_nonlocal_bind")


def machine():
    """The processor architecture. On Windows from the registry: `platform` would ask WMI there."""
    if sys.platform != "win32":
        return platform.machine().lower()
    told = registry_value("SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment", "PROCESSOR_ARCHITECTURE")
    return str(told or os.environ.get("PROCESSOR_ARCHITECTURE", "unknown")).lower()


def settings_facts():
    found = {}
    for name in LINUX_SETTINGS if sys.platform.startswith("linux") else ():
        value = text_of("/proc/sys/" + name).strip()
        if value:
            found[name.replace("/", ".")] = value
    return found


def role():
    """`administrator` or `standard`: what this account may do, never who it is."""
    if hasattr(os, "geteuid"):
        return "administrator" if os.geteuid() == 0 else "standard"
    try:
        return "administrator" if Windows().administrator() else "standard"
    except (ImportError, AttributeError, OSError, NoOtherAccount):
        return "unknown"


def open_files():
    try:
        import resource
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    except (ImportError, OSError, ValueError):
        return None


def host_facts(target, ports, other_role, arguments):
    facts = system_facts()
    with open(os.path.abspath(__file__), "rb") as own:
        digest = hashlib.sha256(own.read().replace(b"\r\n", b"\n")).hexdigest()
    facts.update({
        "schema": SCHEMA,
        "target": target or default_target(facts),
        "measured": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": machine(),
        "python": {"implementation": platform.python_implementation(),
                   "version": platform.python_version(), "bits": struct.calcsize("P") * 8},
        "probe": {"version": VERSION, "sha256": digest},
        "account": role(),
        "limits": {"open_files": open_files()},
        "ports": {"ephemeral": ports.ephemeral, "excluded": ports.excluded, "told_by": ports.told_by},
        "other_specific": other_role,
        "settings": settings_facts(),
        "repeat": arguments.repeat,
        "selection": arguments.only,
        "stated": dict(arguments.stated),
    })
    return facts


def default_target(facts):
    short = {"user-mode-linux": "uml"}.get(facts["system"], facts["system"])
    return re.sub(r"[^a-z0-9._-]+", "-", "-".join([short] + [facts["version"]] * bool(facts["version"])).lower())


# ------------------------------------------------------------------------------------------- files

def csv_bytes(rows, columns=COLUMNS):
    """The rows as CSV: UTF-8, LF, sorted, so that two runs can be compared with diff."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(sorted([str(cell) for cell in row] for row in rows))
    return text.getvalue().encode("utf-8")


def write_whole(path, data):
    """Write a file so that nobody ever sees half of it."""
    part = "%s.%d.part" % (path, os.getpid())
    try:
        with open(part, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
    except OSError as refused:
        try:
            os.remove(part)
        except OSError:
            pass
        raise ProbeError("cannot write %s: %s; nothing of this run was kept, free the space or name "
                         "another folder with --output" % (path, refused.strerror or refused))


class Output(object):
    """The folder of one run. From `begin` to `finish` it counts as incomplete, whatever happens."""

    def __init__(self, folder):
        self.observations = os.path.join(folder, "observations.csv")
        self.counts = os.path.join(folder, "counts.csv")
        self.host = os.path.join(folder, "host.json")
        self.folder = folder

    def begin(self):
        try:
            os.makedirs(self.folder, exist_ok=True)
            if os.path.exists(self.host):
                os.remove(self.host)
        except OSError as refused:
            raise ProbeError("cannot use the folder %s: %s; name another with --output"
                             % (self.folder, refused.strerror or refused))
        write_whole(self.observations, csv_bytes([]))

    def finish(self, rows, counts, facts):
        data, numbers = csv_bytes(rows), csv_bytes(counts, COUNT_COLUMNS)
        facts = dict(facts, rows=len(rows), sha256=hashlib.sha256(data).hexdigest(),
                     counts={"rows": len(counts), "sha256": hashlib.sha256(numbers).hexdigest()})
        write_whole(self.observations, data)
        write_whole(self.counts, numbers)
        write_whole(self.host, (json.dumps(facts, indent=2, sort_keys=True) + "\n").encode("utf-8"))


# ------------------------------------------------------------------------------------ command line

class Progress(object):
    """One line that is written over again on a terminal, and nothing in a pipe."""

    def __init__(self, total, stream):
        self.total, self.done, self.stream = total, 0, stream
        self.shown = stream is not None and stream.isatty()
        self.drawn = 0.0

    def __call__(self, step):
        self.done += step
        now = time.time()
        if self.shown and (now - self.drawn > 0.1 or self.done >= self.total):
            self.drawn = now
            self.stream.write("\rmeasuring: %d of %d binds" % (min(self.done, self.total), self.total))
            self.stream.flush()

    def end(self):
        if self.shown:
            self.stream.write("\r%s\r" % (" " * 60))
            self.stream.flush()


def measure_run(arguments, output):
    """Measure everything that was asked for and write it. Returns (rows, facts, reasons why it is void)."""
    other_specific, other_role = find_other_specific()
    specs = specs_of(other_specific)
    cases = cases_of(specs, arguments.only)
    if not cases:
        raise ProbeError("no case on this system matches %r; --list shows them all" % arguments.only)
    output.begin()
    declared, excluded = declared_ranges()
    ports = Ports(declared, excluded, None if declared else drawn_range())
    lease, traffic = PortLease(ports.blocks()), Traffic(other_specific)
    helpers, accounts = [], None
    try:
        for which in ("first", "second"):
            helpers.append(HelperProcess(which))
        if any(case.account != "same" for case in cases):
            accounts = Accounts(*helpers)
            accounts.begin()
        facts = host_facts(arguments.target, ports, other_role, arguments)
        facts["multicast"] = {"ipv4": "loopback", "ipv6": traffic.multicast_role}
        facts["accounts"] = accounts.facts() if accounts else {}
        run = RunOfCases(cases, arguments.repeat, lease, specs, traffic, helpers, accounts)
        run.measure(whole=not arguments.only)
        facts["controls"] = run.controls
        output.finish(run.rows, run.counts, facts)
        return run.rows, facts, failed(run.controls)
    finally:
        traffic.close()
        for helper in helpers:
            helper.stop()
        if accounts is not None:
            accounts.close()
        lease.release()


class RunOfCases(object):
    """Measures all cases, one pair of accounts after the other, and gathers rows, counts and controls."""

    def __init__(self, cases, repeat, lease, specs, traffic, helpers, accounts):
        self.cases, self.repeat, self.lease, self.specs, self.traffic = cases, repeat, lease, specs, traffic
        self.helpers = accounts.helpers if accounts else dict(zip(("first", "second"), helpers))
        self.accounts = accounts
        self.rows, self.counts, self.controls = [], [], []

    def measure(self, whole):
        """Every account's cases between two rounds of controls; the facts of the host too where the run is whole.

        Controls void what depends on them: those of our own account the whole run, those of other accounts their cases.
        """
        progress = Progress(len(self.cases) * self.repeat, sys.stderr)
        for account, first, second in PAIRINGS:
            cases = [case for case in self.cases if case.account == account]
            reason = self.accounts.why_not(account) if self.accounts and account != "same" else ""
            if not reason and cases:
                reason = self.measure_account(account, first, second, cases, whole, progress)
            if reason and account == "same":
                break
            if reason:
                self.rows += [not_run_row(case, "bind", reason) for case in cases]
                progress(len(cases) * self.repeat)
        progress.end()

    def measure_account(self, account, first, second, cases, whole, progress):
        """Measure one account's cases: "" or why nothing of it is believed. Failed controls of our own account are kept."""
        measurement = Measurement(self.helpers[first], self.helpers[second], self.lease, self.specs, self.traffic)
        rows, counts = len(self.rows), len(self.counts)
        controls = run_controls(measurement, "before", account)
        if not failed(controls):
            tallies = self.measure_cases(measurement, cases, progress)
            if whole and account == "same":
                self.rows += self.fact_rows(measurement, tallies)
            controls += run_controls(measurement, "after", account)
        wrong = failed(controls)
        if wrong and account != "same":
            del self.rows[rows:], self.counts[counts:]
            return "controls failed: %s" % ", ".join(sorted(set(reason.split(" (")[0] for reason in wrong)))
        self.controls += controls
        return "controls failed" if wrong else ""

    def measure_cases(self, measurement, cases, progress):
        """The rows of one account's cases, those whose specs can't be had among them; {case: Tally} of the rest."""
        refused = {}
        for protocol in PROTOCOLS:
            for which, helper in (("first", measurement.first), ("second", measurement.second)):
                refused[protocol, which] = measurement.alone(helper, protocol)
        possible = []
        for case in cases:
            first = refused[case.protocol, "first"].get(case.first)
            second = refused[case.protocol, "second"].get(case.second)
            if first:
                self.rows.append(unsupported_row(case, "first", *first))
            elif second:
                self.rows.append(unsupported_row(case, "second", *second))
            else:
                possible.append(case)
        tallies = measurement.measure(possible, self.repeat, progress)
        for case in possible:
            self.rows += rows_of(case, tallies[case])
            self.counts += count_rows(case, tallies[case])
        return tallies

    def fact_rows(self, measurement, tallies):
        helpers = [("same", measurement.second)]
        if self.accounts and not self.accounts.why_not("other"):
            helpers.append(("other", self.helpers["another"]))
        return (option_rows(helpers) + [ephemeral_row(protocol) for protocol in PROTOCOLS] + linger_rows()
                + late_rows(measurement, tallies, self.repeat))


def stated_fact(text):
    name, mark, value = text.partition("=")
    if not mark or not re.match(r"[a-z][a-z0-9_-]*$", name):
        raise argparse.ArgumentTypeError("%r is not NAME=VALUE with a lower-case name" % text)
    return name, value


def target_name(text):
    if not re.match(r"[a-z0-9][a-z0-9._-]{0,63}$", text):
        raise argparse.ArgumentTypeError("%r: use a-z, 0-9, '.', '_' and '-', 64 characters at most" % text)
    return text


def repeat_count(text):
    if not text.isdigit() or not 1 <= int(text) <= 99:
        raise argparse.ArgumentTypeError("%r is not a number from 1 to 99" % text)
    return int(text)


def parser():
    made = argparse.ArgumentParser(
        prog="probe.py", description="Measure what bind and listen return when a second socket wants a taken port.",
        epilog="Exit status: 0 measured, 1 not measured or not to be believed, 2 wrong usage, 3 Python too old.")
    made.add_argument("--output", metavar="DIR", help="folder for observations.csv and host.json")
    made.add_argument("--target", metavar="NAME", type=target_name, help="the platform that was asked for")
    made.add_argument("--only", metavar="PATTERN", default="", help="only cases whose id holds these words in this order; "
                                                                    "each word may be a shell glob")
    made.add_argument("--repeat", metavar="N", type=repeat_count, default=3, help="attempts at each case (3)")
    made.add_argument("--stated", metavar="NAME=VALUE", type=stated_fact, action="append", default=[],
                      help="a fact that can't be seen from inside, kept apart in host.json")
    made.add_argument("--list", action="store_true", help="print the ids of the cases and measure nothing")
    made.add_argument("--helper", action="store_true", help=argparse.SUPPRESS)
    made.add_argument("--become", default="", help=argparse.SUPPRESS)
    return made


def show_cases(pattern):
    """Print the ids, and stop without a word when the reader has seen enough."""
    try:
        for case in cases_of(specs_of("found when measuring"), pattern):
            sys.stdout.write(case.identity() + "\n")
        sys.stdout.flush()
    except OSError as refused:
        if refused.errno not in (errno.EPIPE, errno.EINVAL):    # Windows says EINVAL: cpython issue 79935
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def main(words):
    made = parser()
    arguments = made.parse_args(words)
    if arguments.helper:
        signal.signal(signal.SIGINT, signal.SIG_IGN)    # Ctrl-C is the asker's affair: a helper goes when its input closes
        trouble = become(arguments.become) if arguments.become else ""
        serve(sys.stdin.buffer, sys.stdout.buffer, trouble)
        return 0
    if arguments.list:
        return show_cases(arguments.only)
    if not arguments.output:
        made.error("--output DIR is needed (or --list)")
    try:
        rows, facts, reasons = measure_run(arguments, Output(arguments.output))
    except ProbeError as trouble:
        sys.stderr.write("probe: %s\n" % trouble)
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("probe: interrupted; the run in %s is incomplete\n" % arguments.output)
        return 1
    if reasons:
        sys.stderr.write("probe: this run is void, its controls failed:\n  %s\n" % "\n  ".join(reasons))
        return 1
    sys.stdout.write("%s: %d observations\n" % (facts["target"], len(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
