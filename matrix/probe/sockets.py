"""Making a socket to a spec, and what is done to connections: filling, lingering, resetting."""

import errno
import os
import socket
import struct

from .errors import error_name

BACKLOG = 128
MAX_FILL = 4096         # times 64 KiB that a connection may take while its peer does not read


def make_socket(family, kind, settings, literal, port, listen):
    """A socket made to a spec, and what stopped it: (socket, 0), (socket, [stage, error]) or (None, [stage, error]).

    `settings` are (level, option, value) for setsockopt. The socket comes back as far as it lives: one that bound and
    could not listen still holds its port.
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


def why_no_socket():
    """What keeps this process from making even a plain socket; blank when nothing does."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
        return ""
    except OSError as refused:
        return "it can make no socket: %s" % error_name(refused)


def set_linger(connected, seconds):
    """Let close linger for so long. `struct linger` has two ints, on Windows two shorts."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii" if os.name != "nt" else "hh", 1, seconds))


def fill(connected):
    """Send until nothing more is taken, to a peer that doesn't read. Raises OSError where sending ends for any other reason."""
    connected.setblocking(False)
    try:
        for _ in range(MAX_FILL):
            connected.send(b"x" * 65536)
    except BlockingIOError:
        return
    raise OSError(errno.ENOBUFS, "there is no end to what is taken")


def close_by_reset(connected):
    """Close a TCP connection so that nothing of it stays: no TIME_WAIT, no data."""
    try:
        set_linger(connected, 0)
    except OSError:
        pass
    connected.close()


def connected_pair():
    """Both ends of a TCP connection on this machine, the near one with a small buffer. Raises OSError."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    near = None
    try:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        near = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        near.settimeout(10)
        near.connect(listener.getsockname())
        listener.settimeout(10)
        far = listener.accept()[0]
        near.settimeout(None)
        return near, far
    except OSError:
        if near is not None:
            near.close()
        raise
    finally:
        listener.close()
