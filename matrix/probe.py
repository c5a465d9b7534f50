"""Measure what `bind` and `listen` return when a second socket wants a port that a first one holds.

This file is the whole probe: one file, the standard library, no network but this machine's own
addresses, no privileges. Run it bare, on any CPython from 3.4 on:

    python -I probe.py --output DIR

It writes DIR/observations.csv, and last DIR/host.json with the number of rows and the SHA-256 of the
CSV. A folder without host.json, or whose host.json does not match, holds a run that was cut off.
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
8.  Controls, whose answers are known everywhere, are asked before and after. One wrong answer, and the
    run is void.

Written for CPython 3.4, the last one on Windows XP: no f-strings, no annotations, no
`subprocess.run`, nothing newer in the library. Tests check that statically and by running.
"""
import sys

if sys.version_info < (3, 4):
    sys.stderr.write("probe: needs Python 3.4 or newer, this is %s\n" % sys.version.split()[0])
    sys.exit(3)

import argparse
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
import socket
import struct
import subprocess
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

PROTOCOLS = ("tcp", "udp")
STATES = ("bound", "listening")
ACCOUNTS = ("same", "other")
MEASURES = ("bind", "listen", "first-listen")
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
    """Every case that can be asked with these specs, as far as the pattern allows."""
    found = []
    for protocol in PROTOCOLS:
        for state in STATES:
            if protocol == "udp" and state == "listening":
                continue
            for first in range(len(specs)):
                for second in range(len(specs)):
                    case = Case(protocol, first, state, second, "same", specs)
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
    number = getattr(exception, "winerror", None) or exception.errno
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
            made.listen(16)
        return made, 0
    except OSError as refused:
        if made is not None and stage != "listen":
            made.close()
            made = None
        return made, [stage, error_name(refused)]


class Helper(object):
    """One of the two processes. Holds the sockets of one batch at a time."""

    def __init__(self):
        self.specs = []
        self.held = []
        self.commands = {"specs": self.set_specs, "open": self.open, "alone": self.alone,
                         "listen": self.listen, "close": self.close, "who": self.who,
                         "option": self.option}

    def set_specs(self, specs):
        self.specs = [tuple(spec) for spec in specs]
        return len(specs)

    def open(self, kind, flat):
        """Make and keep a socket for each (spec, port, listen) of the flat list: 0 or [stage, error]."""
        replies, held, specs = [], self.held, self.specs
        triples = iter(flat)
        for index, port, listen in zip(triples, triples, triples):
            family, settings, literal = specs[index]
            made, reply = make_socket(family, kind, settings, literal, port, listen)
            held.append(made)
            replies.append(reply)
        return replies

    def alone(self, kind, flat):
        """As `open`, but each socket is closed before the next is made."""
        replies, specs = [], self.specs
        triples = iter(flat)
        for index, port, listen in zip(triples, triples, triples):
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
                self.held[position].listen(16)
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


def serve(requests, replies):
    """Answer one JSON line with one JSON line until the asker is gone."""
    helper = Helper()
    for line in iter(requests.readline, b""):
        words = json.loads(line.decode("ascii"))
        answer = helper.commands[words[0]](*words[1:])
        replies.write(json.dumps(answer, separators=(",", ":")).encode("ascii") + b"\n")
        replies.flush()


class ProbeError(Exception):
    """The measurement can't go on, or can't be believed. The message is for the person at the keyboard."""


class HelperProcess(object):
    """The asker's end of a helper process."""

    def __init__(self, role):
        self.role = role
        self.process = subprocess.Popen(
            [sys.executable, "-I", os.path.abspath(__file__), "--helper"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=True)

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
        raise ProbeError("the helper process that makes the %s socket ended in the middle of the run; "
                         "what it measured so far is thrown away, start the probe again" % self.role)

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
            self.process.kill()
            self.process.wait()


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


def text_of(path):
    """What a small system file says, or nothing where there is no such file."""
    try:
        with open(path, "rb") as source:
            return source.read(65536).decode("utf-8", "replace")
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


def drawn_range(draws=64):
    """Where the system's port 0 lies, by asking it: [lowest, highest] of some draws."""
    ports, held = [], []
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        for _ in range(draws):
            drawn = socket.socket(socket.AF_INET, kind)
            held.append(drawn)
            try:
                drawn.bind(("127.0.0.1", 0))
                ports.append(drawn.getsockname()[1])
            except OSError:
                pass
    for drawn in held:
        drawn.close()
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
        self.lock = None
        self.free = []

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
        self.release()
        for _ in range(len(self.blocks)):
            start = self.blocks[self.position % len(self.blocks)]
            self.position += 1
            self.lock = self.locked(start)
            if self.lock is not None:
                self.free = list(range(start + 1, start + BLOCK))
                return
        raise ProbeError("no block of %d free ports could be had outside the system's own ranges; "
                         "end what holds them, or other probes, and start again" % BLOCK)

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
        if self.lock is not None:
            self.lock.close()
            self.lock = None


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
TRIES = 8               # ports that may turn out to be somebody else's before an attempt is given up
KINDS = {"tcp": int(socket.SOCK_STREAM), "udp": int(socket.SOCK_DGRAM)}


class Tally(object):
    """What the attempts of one case have answered so far."""

    __slots__ = ("bind", "listen", "first_listen", "lost", "reason")

    def __init__(self):
        self.bind = []          # (outcome, error, detail) of each attempt
        self.listen = []        # the same, of the attempts whose bind succeeded
        self.first_listen = []  # the same, of those in which the second listens and the first only bound
        self.lost = 0           # attempts that counted for nothing

    def settled(self, repeat):
        return len(self.bind) >= repeat or self.lost >= TRIES


class Measurement(object):
    """Two helpers, a lease on ports, and the specs that both know."""

    def __init__(self, first, second, lease, specs):
        self.first, self.second, self.lease, self.specs = first, second, lease, specs
        for helper in (first, second):
            helper.ask("specs", [spec.wire() for spec in specs])
        self.pairs = 0          # first and second sockets that met, for the cost of one

    def alone(self, helper, protocol):
        """What keeps each spec from being had alone: {spec index: [stage, error]}, tried on many ports."""
        refused = {}
        open_ones = list(range(len(self.specs)))
        for _ in range(TRIES):
            if not open_ones:
                break
            flat = []
            for index, port in zip(open_ones, self.lease.take(len(open_ones))):
                flat += [index, port, protocol == "tcp"]
            replies = helper.ask("alone", KINDS[protocol], flat)
            refused = {index: reply for index, reply in zip(open_ones, replies) if reply}
            open_ones = sorted(refused)
        return refused

    def attempt(self, protocol, questions):
        """Answer (first spec, listening, second spec) questions of one batch, each on its own port.

        Each answer is None where the port was not free, else (reply to the second socket: 0 or
        [stage, error]; error of the first one's late listen: "" for none, None where not asked).
        """
        kind, ports = KINDS[protocol], self.lease.take(len(questions))
        flat = []
        for (first, listening, _), port in zip(questions, ports):
            flat += [first, port, listening]
        held = self.first.ask("open", kind, flat)
        alive = [n for n, reply in enumerate(held) if not reply]
        flat = []
        for n in alive:
            flat += [questions[n][2], ports[n], protocol == "tcp"]
        replies = self.second.ask("open", kind, flat)
        late = {}
        if protocol == "tcp":
            asked = [n for n, reply in zip(alive, replies) if not reply and not questions[n][1]]
            late = dict(zip(asked, self.first.ask("listen", asked)))
        self.first.send("close")
        self.second.send("close")
        self.first.receive()
        self.second.receive()
        self.pairs += len(alive)
        answers = [None] * len(questions)
        for n, reply in zip(alive, replies):
            answers[n] = (reply, late.get(n))
        self.doubt(kind, questions, ports, answers)
        return answers

    def doubt(self, kind, questions, ports, answers):
        """Take back each refusal that the refused socket meets even alone: the port was somebody else's."""
        for helper, position, refused in (
                (self.second, 2, {n: answer[0][0] == "listen" for n, answer in enumerate(answers)
                                  if answer and answer[0]}),
                (self.first, 0, {n: True for n, answer in enumerate(answers) if answer and answer[1]})):
            flat = []
            for n in sorted(refused):
                flat += [questions[n][position], ports[n], refused[n]]
            if flat:
                for n, control in zip(sorted(refused), helper.ask("alone", kind, flat)):
                    if control:
                        answers[n] = None

    def measure(self, cases, repeat, progress):
        """Attempt every case until it has its answers; {case: Tally}."""
        tallies = {case: Tally() for case in cases}
        for protocol in PROTOCOLS:
            open_ones = [case for case in cases if case.protocol == protocol]
            while open_ones:
                for start in range(0, len(open_ones), BATCH):
                    batch = open_ones[start:start + BATCH]
                    self.note(batch, tallies, self.attempt(protocol, [
                        (case.first, case.state == "listening", case.second) for case in batch]))
                    progress(len(batch))
                open_ones = [case for case in open_ones if not tallies[case].settled(repeat)]
        return tallies

    @staticmethod
    def note(batch, tallies, answers):
        for case, answer in zip(batch, answers):
            tally = tallies[case]
            if answer is None:
                tally.lost += 1
                continue
            reply, first_error = answer
            stage, error = reply or ("", "")
            bound = "" if stage == "listen" else error
            told = "" if stage in ("", "bind", "listen") else "at %s" % stage
            tally.bind.append((outcome_of(bound), bound, told))
            if case.protocol == "tcp" and not bound:
                tally.listen.append((outcome_of(error), error, ""))
            if first_error is not None:
                tally.first_listen.append((outcome_of(first_error), first_error, ""))


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
    if not tally.bind:
        return [case.columns + ("bind", "NOT_RUN", "", 0, 0,
                                "%d ports were tried, and all were held by somebody else" % tally.lost)]
    measured = (("bind", tally.bind), ("listen", tally.listen), ("first-listen", tally.first_listen))
    return [case.columns + (measure,) + summed_up(answers) for measure, answers in measured if answers]


def unsupported_row(case, which, stage, error):
    return case.columns + ("bind", "UNSUPPORTED", error, 0, 0, "%s socket alone: refused at %s" % (which, stage))


# --------------------------------------------------------------------------------------- controls

def run_controls(measurement, when):
    """Ask what has one answer everywhere: [{name, when, expected, observed}]."""
    specs = measurement.specs
    plain = [n for n, spec in enumerate(specs)
             if (spec.family, spec.option, spec.address) == ("ipv4", "default", "wildcard")][0]
    first, second = measurement.first, measurement.second
    found = []

    def control(name, expected, observed):
        found.append({"name": name, "when": when, "expected": expected, "observed": observed})

    def verdict(reply):
        return "SUCCESS" if not reply else "refused"

    processes = set([os.getpid(), first.ask("who"), second.ask("who")])
    control("three-processes", "3", str(len(processes)))
    for protocol in PROTOCOLS:
        kind, listens = KINDS[protocol], int(protocol == "tcp")
        other_kind = KINDS["udp" if protocol == "tcp" else "tcp"]
        port, beside = measurement.lease.take(2)
        control(protocol + "-first-alone", "SUCCESS", verdict(first.ask("open", kind, [plain, port, listens])[0]))
        control(protocol + "-same-port", "refused", verdict(second.ask("alone", kind, [plain, port, 0])[0]))
        control(protocol + "-port-beside", "SUCCESS", verdict(second.ask("alone", kind, [plain, beside, 0])[0]))
        control(protocol + "-other-protocol", "SUCCESS",
                verdict(second.ask("alone", other_kind, [plain, port, 0])[0]))
        first.ask("close")
        control(protocol + "-after-close", "SUCCESS", verdict(second.ask("alone", kind, [plain, port, 0])[0]))
    return found


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
        import ctypes
        return "administrator" if ctypes.WinDLL("shell32").IsUserAnAdmin() else "standard"
    except (ImportError, AttributeError, OSError):
        return "unknown"


def open_files():
    try:
        import resource
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    except (ImportError, OSError, ValueError):
        return None


MADE_UP_OPTION = 0x7ABC


def option_facts(helper):
    """Which options this host has, and their defaults, for TCP and UDP.

    An option that nobody ever defined is asked for as well: where that one can be set, setsockopt's
    success says nothing about the others.
    """
    found = {}
    for protocol in PROTOCOLS:
        for name in ("SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE", "SO_REUSEPORT", "SO_REUSEPORT_LB", "SO_EXCLBIND",
                     "made-up"):
            number = MADE_UP_OPTION if name == "made-up" else option_number(name)
            default, error = (None, "not defined") if number is None else helper.ask("option", KINDS[protocol], number)
            found["%s %s" % (protocol, name)] = {"default": default, "error": error}
    return found


def host_facts(target, ports, other_role, options, arguments):
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
        "options": options,
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

def csv_bytes(rows):
    """The rows as CSV: UTF-8, LF, sorted, so that two runs can be compared with diff."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
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

    def finish(self, rows, facts):
        data = csv_bytes(rows)
        facts = dict(facts, rows=len(rows), sha256=hashlib.sha256(data).hexdigest())
        write_whole(self.observations, data)
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
    lease = PortLease(ports.blocks())
    helpers = []
    try:
        for which in ("first", "second"):
            helpers.append(HelperProcess(which))
        measurement = Measurement(helpers[0], helpers[1], lease, specs)
        facts = host_facts(arguments.target, ports, other_role, option_facts(helpers[1]), arguments)
        controls = run_controls(measurement, "before")
        rows = []
        if not failed(controls):
            rows = measure_cases(measurement, cases, arguments.repeat)
            controls += run_controls(measurement, "after")
        facts["controls"] = controls
        output.finish(rows, facts)
        return rows, facts, failed(controls)
    finally:
        for helper in helpers:
            helper.stop()
        lease.release()


def measure_cases(measurement, cases, repeat):
    """The rows of all cases, those whose specs can't be had among them."""
    refused = {}
    for protocol in PROTOCOLS:
        for which, helper in (("first", measurement.first), ("second", measurement.second)):
            refused[protocol, which] = measurement.alone(helper, protocol)
    rows, possible = [], []
    for case in cases:
        first = refused[case.protocol, "first"].get(case.first)
        second = refused[case.protocol, "second"].get(case.second)
        if first:
            rows.append(unsupported_row(case, "first", *first))
        elif second:
            rows.append(unsupported_row(case, "second", *second))
        else:
            possible.append(case)
    progress = Progress(len(possible) * repeat, sys.stderr)
    tallies = measurement.measure(possible, repeat, progress)
    progress.end()
    for case in possible:
        rows += rows_of(case, tallies[case])
    return rows


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
    return made


def show_cases(pattern):
    """Print the ids, and stop without a word when the reader has seen enough."""
    try:
        for case in cases_of(specs_of("found when measuring"), pattern):
            sys.stdout.write(case.identity() + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def main(words):
    made = parser()
    arguments = made.parse_args(words)
    if arguments.helper:
        serve(sys.stdin.buffer, sys.stdout.buffer)
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
