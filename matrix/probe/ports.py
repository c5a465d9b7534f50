"""Where ports may be taken from, and the lease that hands them out, so that two probes on one machine never meet.

Blocks outside the ranges that the system itself draws from come first. Where a system leaves too few of them (OpenBSD's
own range is 1024 to 65535, and so may a Windows PC's be), blocks inside are used as well, and host.json says so: the
system may give such a port to somebody else at any time, which is found like every foreign holder, by asking alone.
"""

import random
import re
import socket
import sys
import time

from .addresses import can_be_bound
from .cases import option_number
from .errors import ProbeError
from .lookup import output_of, text_of
from .vocabulary import OPTIONS, PROTOCOLS

BLOCK = 512             # ports; the first of them is the lock
LOWEST = 1025
HIGHEST = 65535
PREFERRED = 10000       # below it live most of the well-known services, and the old systems' own range
ENOUGH = 8              # blocks: what a whole run has in use or in TIME_WAIT at a time, twice
TIME_WAIT_LIFE = 245    # seconds: twice the maximum segment lifetime, which RFC 9293 sets at two minutes, and some
MARGIN = 2000           # ports beside a range that is only known by draws


def numbers_in(text):
    return [int(number) for number in re.findall(r"\d+", text)]


def parse_netsh_dynamic(text):
    """`netsh int ipv4 show dynamicport tcp` in any language: first port and number of ports."""
    numbers = numbers_in(re.sub(r"(?i)ipv[46]", "", text))
    return [[numbers[0], numbers[0] + numbers[1] - 1]] if len(numbers) == 2 else []


def parse_netsh_excluded(text):
    """`netsh int ipv4 show excludedportrange tcp` in any language: rows of first and last port."""
    rows = [re.match(r"\s*(\d+)\s+(\d+)\s*\*?\s*$", line) for line in text.splitlines()]
    return [[int(row.group(1)), int(row.group(2))] for row in rows if row]


def parse_pairs(text):
    """Numbers that come as first, last, first, last ...: sysctl -n of the BSDs, ipadm, Linux's /proc."""
    numbers = numbers_in(text)
    return [sorted(pair) for pair in zip(numbers[::2], numbers[1::2])]


def parse_reserved(text):
    """Linux's ip_local_reserved_ports: `8080,9000-9010`."""
    parts = [numbers_in(part) for part in text.strip().split(",")]
    return [[numbers[0], numbers[-1]] for numbers in parts if numbers]


PORTRANGE = ("sysctl -n net.inet.ip.portrange.first net.inet.ip.portrange.last "
             "net.inet.ip.portrange.hifirst net.inet.ip.portrange.hilast")
# (start of sys.platform, command that prints the ranges of port 0)
RANGE_COMMANDS = (
    ("darwin", PORTRANGE),
    ("freebsd", PORTRANGE),
    ("dragonfly", PORTRANGE),
    ("openbsd", "sysctl -n net.inet.ip.portfirst net.inet.ip.portlast net.inet.ip.porthifirst net.inet.ip.porthilast"),
    ("netbsd", "sysctl -n net.inet.ip.anonportmin net.inet.ip.anonportmax"),
    ("sunos", "ipadm show-prop -c -o current -p smallest_anon_port,largest_anon_port tcp"),
)


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


def drawn_ports(kind, draws, held_at_once):
    """Ports that the system gives to port 0, so many of them held at a time that they differ."""
    ports, held = [], []
    try:
        for _ in range(draws):
            if len(held) >= held_at_once:
                held.pop(0).close()
            drawn = socket.socket(socket.AF_INET, kind)
            held.append(drawn)
            try:
                drawn.bind(("127.0.0.1", 0))
                ports.append(drawn.getsockname()[1])
            except OSError:
                pass
    finally:
        for drawn in held:
            drawn.close()
    return ports


def drawn_range(draws=64):
    """Where the system's port 0 lies, by asking it: [lowest, highest] of some draws."""
    ports = drawn_ports(socket.SOCK_STREAM, draws, 16) + drawn_ports(socket.SOCK_DGRAM, draws, 16)
    return [min(ports), max(ports)] if ports else []


class Ports(object):
    """Where ports may be taken from: the system's ranges, how they are known, and the blocks that are left."""

    def __init__(self, declared, excluded, drawn):
        self.ephemeral, self.excluded, self.source = declared, excluded, "system"
        if not declared:
            self.source = "draws"
            self.ephemeral = [[49152, HIGHEST]]
            if drawn:
                self.ephemeral.append([max(LOWEST, drawn[0] - MARGIN), min(HIGHEST, drawn[1] + MARGIN)])
        outside = blocks_beside(self.ephemeral + excluded)
        self.taken = "outside" if len(outside) >= ENOUGH else "inside"
        inside = [start for start in blocks_beside(excluded) if start not in outside and self.taken == "inside"]
        # First ports of blocks, in groups of which the first is used up before the next begins.
        self.groups = [[start for start in starts if (start >= PREFERRED) == preferred]
                       for starts in (outside, inside) for preferred in (True, False)]

    @classmethod
    def here(cls):
        """Those of this system."""
        declared, excluded = declared_ranges()
        return cls(declared, excluded, None if declared else drawn_range())

    def facts(self):
        """For host.json."""
        return {"ephemeral": self.ephemeral, "excluded": self.excluded, "source": self.source, "taken": self.taken}

    def avoided(self):
        """The ranges that are left out, for a person."""
        ranges = self.excluded + (self.ephemeral if self.taken == "outside" else [])
        return ", ".join("%d-%d" % tuple(pair) for pair in ranges) or "none"


def blocks_beside(ranges):
    """First ports of all blocks that none of these ranges touches."""
    return [start for start in range(LOWEST, HIGHEST + 2 - BLOCK, BLOCK)
            if not any(low < start + BLOCK and start <= high for low, high in ranges)]


EXCLUSIVE = [option.settings[0] for option in OPTIONS if option.name == "SO_EXCLUSIVEADDRUSE"][0]


def lock_address():
    """(family, address) on which a block is locked: loopback, so that nobody outside ever sees it."""
    if can_be_bound(socket.AF_INET, "127.0.0.1") or not hasattr(socket, "AF_INET6"):
        return socket.AF_INET, "127.0.0.1"
    return socket.AF_INET6, "::1"


def lock_of(port):
    """A listening socket that holds a block, or None where somebody else holds it."""
    family, address = lock_address()
    lock = None
    try:
        lock = socket.socket(family, socket.SOCK_STREAM)
        exclusive = option_number(EXCLUSIVE)
        if exclusive is not None:
            lock.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        lock.bind((address, port))
        lock.listen(1)
        return lock
    except OSError:
        if lock is not None:
            lock.close()
        return None


class NoPortsLeft(ProbeError):
    """A whole round through all blocks gave no port."""


class PortLease(object):
    """Hands out fresh ports from blocks that nobody else's probe is using. Raises NoPortsLeft when there are none.

    A port is handed out once between two calls of `forget`, so that no two attempts of a batch ever share one.
    """

    def __init__(self, ports, clock=time.monotonic):
        self.blocks, self.avoided, self.clock = [], ports.avoided(), clock
        for group in ports.groups:
            turn = random.randrange(len(group) or 1)
            self.blocks += group[turn:] + group[:turn]
        self.position = 0
        self.current = None     # the block in use, by its first port
        self.free = []          # its ports that were not handed out yet
        self.locks = {}         # of the blocks from which ports may be held: first port: socket
        self.given = set()      # since `forget`
        self.retired = {}       # port: until when a TIME_WAIT of this run may be on it

    def take(self, number):
        """That many ports."""
        taken = []
        while len(taken) < number:
            taken += self.some(number - len(taken))
        return taken

    def some(self, number):
        """At least one port and at most so many: what is left of one block."""
        if not self.free:
            self.next_block()
        taken, self.free = self.free[:number], self.free[number:]
        self.given.update(taken)
        return taken

    def next_block(self):
        """Lock the next block that has a port to give and that nobody else holds. Those before stay locked until `forget`."""
        now, held = self.clock(), 0
        self.retired = dict((port, until) for port, until in self.retired.items() if until > now)
        for _ in range(len(self.blocks)):
            start = self.blocks[self.position % len(self.blocks)]
            self.position += 1
            free = [port for port in range(start + 1, start + BLOCK) if port not in self.retired and port not in self.given]
            if free and self.hold(start):
                self.current, self.free = start, free
                return
            held += bool(free)
        raise NoPortsLeft(
            "no port could be had: of %d blocks of %d ports that lie outside the ranges to avoid (%s), %d are held by others (another "
            "probe listens on the first port of its block), and %d ports are in TIME_WAIT after this run; end what holds them, or "
            "wait %d minutes, and start again"
            % (len(self.blocks), BLOCK, self.avoided, held, len(self.retired), TIME_WAIT_LIFE // 60 + 1))

    def hold(self, start):
        """Whether a block is ours, from now on or already."""
        lock = self.locks.get(start) or lock_of(start)
        if lock is not None:
            self.locks[start] = lock
        return lock is not None

    def keep(self, ports):
        """Of all that was handed out only these are held still: give up the other blocks, but not the one in use."""
        needed = set(port - (port - LOWEST) % BLOCK for port in ports) | set([self.current])
        for start in [each for each in self.locks if each not in needed]:
            self.locks.pop(start).close()

    def forget(self):
        """No port that was handed out is held any more."""
        self.keep(())
        self.given.clear()

    def retire(self, ports):
        """Don't hand these out while a TIME_WAIT may be on them."""
        until = self.clock() + TIME_WAIT_LIFE
        self.retired.update((port, until) for port in ports)

    def release(self):
        """Give up everything."""
        while self.locks:
            self.locks.popitem()[1].close()
        self.free, self.current = [], None
