"""The asker as a client: it sends to ports that helpers hold. It only sends; what came in, the helpers count.

Every call may fail for reasons of our own: no route, no address, no source port left. Such a failure is given back by name,
never as traffic that nobody received. A connection is refused only where the system says so. On Windows a refusal takes two
seconds, so connections are made for as many ports at once as open files and `select` allow, and all waiting is bounded.
"""

import os
import select
import socket
import time

from .errors import error_name, plain_error
from .vocabulary import DESTINATIONS, SENDERS

MAX_WAIT = 3.0          # seconds for one connection: a refusal takes 2.0 on Windows, which tries several times
MAX_WAITED = 900.0      # seconds of a whole run that may be spent on connections nobody answers at once
SELECT_LIMIT = 512      # sockets that `select` takes on Windows (FD_SETSIZE of CPython's build)
RESERVED = 48           # open files that are not connections: pipes, locks, files of the run
REFUSED = "refused"


class Client(object):
    """Sends datagrams and makes connections to this machine's own addresses."""

    def __init__(self, other_specific, open_files=None, clock=time.monotonic):
        self.places = dict((to.name, (family_of(to), to.literal or other_specific)) for to in DESTINATIONS)
        self.slots = max(4, min(open_files or SELECT_LIMIT, SELECT_LIMIT) - RESERVED)
        self.clock = clock
        self.waited = 0.0       # seconds that connections have taken so far
        self.turn = 0

    def exists(self, name):
        """Whether this machine has such an address at all, as far as is known without asking it."""
        family, literal = self.places[name]
        return family is not None and literal is not None

    def token(self):
        """What the next datagrams carry, so that nothing older is counted."""
        self.turn += 1
        return "%d %d" % (os.getpid(), self.turn)

    def datagrams(self, name, ports, token, number=SENDERS):
        """Send a datagram to each port from each of so many source ports: {port: what failed} of those where one did.

        The sources have the very address that they send to. They are open at the same time, and for so long only: one after
        the other, a system could give all of them the same port.
        """
        family, literal = self.places[name]
        data, failed, senders, stage = token.encode("ascii"), {}, [], ""
        try:
            for _ in range(number):
                stage = "socket"
                senders.append(socket.socket(family, socket.SOCK_DGRAM))
                stage = "bind of a sender"
                senders[-1].bind((literal, 0))
            for sender in senders:
                for port in ports:
                    try:
                        sender.sendto(data, (literal, port))
                    except OSError as refused:
                        failed[port] = "sendto: %s" % error_name(refused)
            return failed
        except OSError as refused:
            return dict.fromkeys(ports, "%s: %s" % (stage, error_name(refused)))
        finally:
            for sender in senders:
                sender.close()

    def connections(self, name, ports):
        """One connection to each port of the list, all at once: for each a connected socket, REFUSED, or what failed.

        At most `slots` ports, each as often as it stands there.
        """
        family, literal = self.places[name]
        if self.waited > MAX_WAITED:
            return ["no time left: connections that nobody answered took %d seconds of this run" % self.waited] * len(ports)
        results, waiting = [None] * len(ports), {}
        for turn, port in enumerate(ports):
            made, results[turn] = self.begin(family, literal, port)
            if made is not None and results[turn] is None:
                waiting[made] = turn
        began = self.clock()
        reason = "connect: no answer within %g seconds" % MAX_WAIT
        while waiting and self.clock() - began < MAX_WAIT:
            try:
                _, writable, broken = select.select([], list(waiting), list(waiting), 0.2)
            except (OSError, ValueError) as refused:
                reason = "select: %s" % error_name(refused)
                break
            for made in set(writable + broken):
                results[waiting.pop(made)] = settled(made)
        for made, turn in waiting.items():
            made.close()
            results[turn] = reason
        self.waited += self.clock() - began
        return results

    @staticmethod
    def begin(family, literal, port):
        """(socket, result): the result is the socket, REFUSED or what failed; None while the socket is on its way."""
        made = None
        try:
            made = socket.socket(family, socket.SOCK_STREAM)
            made.setblocking(False)
            made.connect((literal, port))
            return made, made
        except BlockingIOError:
            return made, None
        except OSError as refused:
            if made is not None:
                made.close()
            return None, failure("connect" if made is not None else "socket", error_name(refused))


def family_of(destination):
    """Its address family; None where this Python has none."""
    return socket.AF_INET if destination.family == "ipv4" else getattr(socket, "AF_INET6", None)


def settled(made):
    """What became of a connection that was on its way."""
    try:
        number = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    except OSError as refused:
        made.close()
        return "getsockopt: %s" % error_name(refused)
    if not number:
        return made
    made.close()
    return failure("connect", error_name(OSError(number, "")))


def failure(stage, error):
    """REFUSED where the system says that nobody listens; every other error is a failure of ours."""
    return REFUSED if plain_error(error) == "ECONNREFUSED" else "%s: %s" % (stage, error)
