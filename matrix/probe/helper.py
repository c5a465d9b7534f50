"""One of the processes that make sockets. It answers one JSON line with one JSON line until its asker is gone.

COMMANDS is the table of what it can be asked. In a reply, an error's name is what the system answered; `{"failure": ...}`
is what this process could not do, and no answer. Many sockets are named in one flat list, a few numbers each.
"""

import binascii
import json
import os
import socket
import sys

from .afterclose import AfterClosePort, NotReached, end_time_waits
from .errors import error_name
from .sockets import BACKLOG, close_by_reset, make_socket

MAX_TAKEN = 100000      # datagrams or connections that one poll takes from one socket: a flood ends


def in_groups(flat, size):
    """The members of a flat list by so many at a time: what a request says of each socket."""
    return zip(*[iter(flat)] * size)


class Helper(object):
    """Holds the sockets of one batch at a time, and ports after a close."""

    def __init__(self, problem=""):
        self.specs = []
        self.held = []
        self.closed_ports = []
        self.problem = problem      # what kept this process from becoming another account's

    def answer(self, words):
        """The reply to one request."""
        return COMMANDS[words[0]](self, *words[1:])

    def set_specs(self, specs):
        """Learn how each spec is made: [family, settings, literal]; later requests name them by number."""
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
        return [self.attempted(position, lambda made: made.listen(BACKLOG)) for position in positions]

    def attempted(self, position, action):
        """What came of a call on one of this batch's sockets: "" or the error's name."""
        try:
            action(self.held[position])
            return ""
        except OSError as refused:
            return error_name(refused)

    def close(self):
        """Close this batch's sockets."""
        for made in self.held:
            if made is not None:
                made.close()
        self.held = []
        return 0

    def pid(self):
        return os.getpid()

    def identity(self):
        """Which account this process really has. Stays in the pipe: no name or number is written anywhere."""
        from .accounts import own_identity
        return own_identity(self.problem)

    def received(self, positions, token):
        """How many datagrams with this token have come in at each socket, or the name of the error that kept it from being read."""
        return [self.drained(self.held[position], token.encode("ascii")) for position in positions]

    @staticmethod
    def drained(made, token):
        count = 0
        made.setblocking(False)
        try:
            for _ in range(MAX_TAKEN):
                count += made.recv(2048) == token
        except BlockingIOError:
            pass
        except OSError as refused:
            return error_name(refused)
        return count

    def accepted(self, positions):
        """How many connections each listener has to give, each of which is closed by reset; or an error's name."""
        return [self.taken(self.held[position]) for position in positions]

    @staticmethod
    def taken(listener):
        count = 0
        listener.setblocking(False)
        for _ in range(MAX_TAKEN):
            try:
                close_by_reset(listener.accept()[0])
                count += 1
            except BlockingIOError:
                break
            except (ConnectionAbortedError, ConnectionResetError):
                pass            # one that its client gave up already
            except OSError as refused:
                return error_name(refused)
        return count

    def errors(self, positions):
        """What each socket has to report about itself (SO_ERROR): blank for nothing; [error] where it can't be asked."""
        replies = []
        for position in positions:
            try:
                number = self.held[position].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                replies.append(error_name(OSError(number, "")) if number else "")
            except OSError as refused:
                replies.append([error_name(refused)])
        return replies

    def member(self, flat):
        """Join or leave a group with each (position, level, option, request in hex): "" or the error's name."""
        return [self.attempted(position, lambda made: made.setsockopt(level, option, binascii.unhexlify(request)))
                for position, level, option, request in in_groups(flat, 4)]

    def late(self, flat):
        """Set options on sockets of this batch that are bound already, (position, settings): "" or the error's name."""
        def set_all(made, settings):
            for level, number, value in settings:
                made.setsockopt(level, number, value)
        return [self.attempted(position, lambda made: set_all(made, settings)) for position, settings in in_groups(flat, 2)]

    def after_close(self, flat):
        """Bring a port into a state for each (spec, port, state): [0 or [stage, error], port]."""
        replies, ports = [], set(flat[1::3])
        for index, port, state in in_groups(flat, 3):
            made, reply = None, 0
            try:
                made = AfterClosePort(self.specs[index], port, state, ports)
                port = made.port
            except NotReached as refused:
                reply = list(refused.args)
            self.closed_ports.append(made)
            replies.append([reply, port])
        return replies

    def end(self):
        """Give up what `after_close` made, and end the TIME_WAITs that can be ended: [position, what failed] where it did."""
        ports, self.closed_ports = self.closed_ports, []
        failed = [[place, each.end()] for place, each in enumerate(ports) if each is not None]
        end_time_waits([each for each in ports if each is not None and each.state.time_wait])
        return [[place, reason] for place, reason in failed if reason]

    def together(self, kind, settings):
        """Set options one after the other on one socket: "" or the error's name of the last; [error] where there is no socket."""
        try:
            made = socket.socket(socket.AF_INET, kind)
        except OSError as refused:
            return [error_name(refused)]
        try:
            for level, number, value in settings:
                made.setsockopt(level, number, value)
            return ""
        except OSError as refused:
            return error_name(refused)
        finally:
            made.close()

    def option(self, kind, level, number):
        """Default of an option on a fresh IPv4 socket, None where it can't be read, and whether it can be set: [default, error].

        The error is [error] where there is no socket.
        """
        default = None
        try:
            made = socket.socket(socket.AF_INET, kind)
        except OSError as refused:
            return [default, [error_name(refused)]]
        try:
            try:
                default = made.getsockopt(level, number)
            except OSError:
                pass
            made.setsockopt(level, number, 1)
            return [default, ""]
        except OSError as refused:
            return [default, error_name(refused)]
        finally:
            made.close()


COMMANDS = {
    "specs": Helper.set_specs, "pid": Helper.pid, "identity": Helper.identity,
    "open": Helper.open, "alone": Helper.alone, "listen": Helper.listen, "close": Helper.close,
    "received": Helper.received, "accepted": Helper.accepted, "errors": Helper.errors, "member": Helper.member,
    "after_close": Helper.after_close, "end": Helper.end,
    "option": Helper.option, "together": Helper.together, "late": Helper.late,
}


def serve(requests, replies, helper):
    """Answer until the asker is gone. What fails here is said in the reply, and is nobody's answer."""
    for line in iter(requests.readline, b""):
        if not line.endswith(b"\n"):
            break               # half a request of an asker that is gone
        words = json.loads(line.decode("ascii"))
        try:
            answer = helper.answer(words)
        except Exception as broken:
            answer = {"failure": "%s: %s" % (words[0], error_name(broken))}
        replies.write(json.dumps(answer, separators=(",", ":")).encode("ascii") + b"\n")
        replies.flush()


def main(words):
    """Become another account where `--become USER:GROUP` asks for it, and serve. Goes without a word when the asker has gone."""
    problem = ""
    if "--become" in words:
        from .accounts.unix import become
        problem = become(words[words.index("--become") + 1])
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer, Helper(problem))
    except OSError:
        pass
    os._exit(0)     # an end like any other would flush into a pipe that may be closed
