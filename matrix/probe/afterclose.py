"""Ports that a TCP connection still uses after its listener was closed, or as a client: one entry a state.

To add a state, write what brings a connection into it, enter it in AFTER_CLOSE, and count `vocabulary.VOCABULARY` up, by
which a reader of a run knows which words it was asked with; nothing else needs to know. Both ends of the connection are in
this process. The socket that the spec describes is the listener, or the client.
"""

import socket
import time
from collections import namedtuple

from .errors import error_name
from .sockets import close_by_reset, fill, make_socket, set_linger

PATIENCE = 10       # seconds for one step of a connection of our own


def fill_up(connected):
    """Send until not even one byte more is taken. Raises OSError where sending ended for any other reason."""
    while True:
        fill(connected)
        try:
            connected.send(b"x")
        except BlockingIOError:
            return


# What each state does with an established connection: `peer` is the far end, `accepted` ours.

def keep(peer, accepted):
    pass


def close_first(peer, accepted):
    accepted.close()
    peer.recv(1)
    peer.close()


def close_after_peer(peer, accepted):
    peer.close()
    accepted.recv(1)
    accepted.close()


def close_gracefully(peer, accepted):
    accepted.shutdown(socket.SHUT_WR)
    peer.recv(1)
    peer.close()
    while accepted.recv(1024):
        pass
    accepted.close()


def close_with_reset(peer, accepted):
    set_linger(accepted, 0)
    accepted.close()


def close_with_unsent_data(peer, accepted):
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
    fill_up(accepted)
    accepted.close()


# name: the word in the CSV. close: what is done with the connection, None for a client, which stays connected.
# system_port: the port is the system's own choice. time_wait: our side ends in TIME_WAIT, which is not ours to close.
# small_buffer: the peer takes little, so that data stays unsent. meaning: for readers.
AfterClose = namedtuple("AfterClose", ("name", "close", "system_port", "time_wait", "small_buffer", "meaning"))

AFTER_CLOSE = (
    AfterClose("accepted", keep, False, False, False,
               "the listener is closed, a connection that it accepted lives on"),
    AfterClose("time-wait", close_first, False, True, False,
               "listener closed; the accepted connection closed on this side first, then by the peer: TIME_WAIT is here"),
    AfterClose("peer-closed", close_after_peer, False, False, False,
               "listener closed; the connection closed by the peer first: TIME_WAIT is at the peer"),
    AfterClose("graceful", close_gracefully, False, True, False,
               "listener closed; shutdown for sending, recv until it returns nothing, close, as Microsoft's guide advises"),
    AfterClose("reset", close_with_reset, False, False, False,
               "listener closed; the connection closed on this side with linger 0, that is, reset"),
    AfterClose("unsent", close_with_unsent_data, False, False, True,
               "listener closed; the peer stopped reading, this side sent all that it could, and closed"),
    AfterClose("client", None, False, False, False,
               "a connected client that bound its port by hand"),
    AfterClose("client-ephemeral", None, True, False, False,
               "a connected client whose port the system chose"),
)
BY_NAME = dict((state.name, state) for state in AFTER_CLOSE)
NAMES = tuple(state.name for state in AFTER_CLOSE)


class NotReached(Exception):
    """The connection could not be brought into its state: (stage, error name)."""


class AfterClosePort(object):
    """A port in one of these states, and what still lives of its connection.

    `end` gives that up, so that the port can be seen to become free. Raises NotReached. The system chooses a port for the
    other end. Where ours lie inside its range that may be one of `avoid`, which another attempt has: a TIME_WAIT of ours
    would then be taken for an answer about that one.
    """

    def __init__(self, spec, port, name, avoid=()):
        self.state = BY_NAME[name]
        self.port = port
        self.avoid = avoid
        self.peer_address = None
        self.alive = []
        self.stage = "socket"
        try:
            if self.state.close is None:
                self.connect_out(spec)
            else:
                self.serve_one(spec)
        except OSError as refused:
            self.end()
            raise NotReached(self.stage, error_name(refused))
        except NotReached:
            self.end()
            raise

    def serve_one(self, spec):
        """Listen, accept one connection, close the listener, and close the connection in this state's way."""
        family, settings, literal = spec
        peer = socket.socket(family, socket.SOCK_STREAM)
        peer.settimeout(PATIENCE)
        self.alive.append(peer)
        listener, refused = make_socket(family, socket.SOCK_STREAM, settings, literal, self.port, True)
        if listener is not None:
            self.alive.append(listener)
        if refused:
            raise NotReached(*refused)
        if self.state.small_buffer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if self.state.time_wait:
            self.stage = "bind of its peer"
            peer.bind(("127.0.0.1", 0))     # a port that nobody shares, so that it can be had again for `end_time_waits`
        self.stage = "connect"
        peer.connect(("127.0.0.1", self.port))
        self.peer_address = self.unshared(peer)
        self.stage = "accept"
        listener.settimeout(PATIENCE)
        accepted = listener.accept()[0]
        accepted.settimeout(PATIENCE)
        listener.close()
        self.alive = [peer, accepted]
        self.stage = "close"
        self.state.close(peer, accepted)

    def connect_out(self, spec):
        """The first socket as a client of a server of our own: bound by hand, or by `connect`."""
        family, settings, literal = spec
        server = socket.socket(family, socket.SOCK_STREAM)
        self.alive.append(server)
        self.stage = "bind of its server"
        server.settimeout(PATIENCE)
        server.bind(("127.0.0.1", 0))
        self.unshared(server)
        server.listen(1)
        self.stage = "socket"
        client = socket.socket(family, socket.SOCK_STREAM)
        client.settimeout(PATIENCE)
        self.alive.append(client)
        self.stage = "setsockopt"
        for level, number, value in settings:
            client.setsockopt(level, number, value)
        if not self.state.system_port:
            self.stage = "bind"
            client.bind((literal, self.port))
        self.stage = "connect"
        client.connect(server.getsockname())
        self.stage = "accept"
        self.alive.append(server.accept()[0])
        self.port = client.getsockname()[1]

    def unshared(self, made):
        """The address of the other end, unless it has another attempt's port."""
        address = made.getsockname()
        if address[1] in self.avoid:
            raise NotReached("bind", "EADDRINUSE")
        return address

    def end(self):
        """Give up everything that still lives, by reset: "" or why that failed, so that something of it may still live."""
        failed = ""
        for made in [each for each in self.alive if each.fileno() >= 0]:
            try:
                set_linger(made, 0)
                made.close()
            except OSError as refused:
                made.close()
                failed = "the connection could not be given up by reset: %s" % error_name(refused)
        self.alive = []
        return failed


def end_time_waits(ports, wait=0.02):
    """Connect to each port again from the peer's own port: where RFC 1337's hazard is real, that ends its TIME_WAIT.

    The system answers the new SYN for the old connection, the peer answers that with a reset, and the reset kills the
    TIME_WAIT (Linux: tcp_timewait_state_process, unless net.ipv4.tcp_rfc1337 is set). Others ignore the reset; who asks
    looks at the port afterwards.
    """
    asking = []
    for each in ports:
        try:
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            asking.append(made)
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(each.peer_address)
            made.connect(("127.0.0.1", each.port))
        except OSError:
            pass
    if asking:
        time.sleep(wait)
    for made in asking:
        close_by_reset(made)
