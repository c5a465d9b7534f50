"""The asker's end of a helper process: one JSON line to it, one JSON line back, and never a wait without an end.

A thread reads the replies, so that a helper that hangs is noticed whatever the system, and Ctrl-C is answered while one
is waited for. Another writes what the pipe may not take at once. A line counts only whole: what a dying helper wrote of one
is no answer.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time

from .ending import held_back, let_through, uninterrupted
from .errors import ProbeError, error_name

REPLY_TIMEOUT = 30      # seconds in which a helper answers; the longest request takes well under one
STOP_TIMEOUT = 0.3      # seconds in which a helper goes once its input is closed, and once it is killed
SLICE = 0.25            # seconds of one wait: Windows answers Ctrl-C only between two of them
PIPE_ROOM = 4096        # bytes that an empty pipe takes at once, at least
F_GETPIPE_SZ = 1032     # Linux' include/uapi/linux/fcntl.h

# What -I means for a folder or an archive. With -I itself, CPython before 3.5.5 and 3.6.1 puts it in the place of sys.path's
# first entry (bpo-29319), and that is the library in Debian 8 and Ubuntu 14.04.
ISOLATED = ("-E", "-s")

STARTED = []            # every helper process of this run


class HelperLost(ProbeError):
    """A helper process ended, fell silent or failed; what it was asked has no answer. `role` is the helper's."""

    def __init__(self, role, what):
        ProbeError.__init__(self, "a helper process (%s) %s" % (role, what))
        self.role = role


def program():
    """What Python runs as this probe: the folder of this file, or the archive that holds it."""
    folder = os.path.dirname(os.path.abspath(__file__))
    return folder if os.path.isdir(folder) else os.path.dirname(folder) if os.path.isfile(os.path.dirname(folder)) else folder


def own_command(*words):
    """This probe with these words, by this Python."""
    return [sys.executable] + list(ISOLATED) + [program()] + list(words)


def start_process(words, own_group=True):
    """Start a helper with pipes to its input and output.

    It gets a process group of its own, because Ctrl-C at a terminal goes to the whole group, and only the asker answers
    it. `sudo` stays in ours: it knows its password by the terminal. close_fds is left alone: up to CPython 3.6, Windows
    refuses it beside pipes.
    """
    options = {}
    if own_group and os.name == "nt":
        options["creationflags"] = 0x00000200       # CREATE_NEW_PROCESS_GROUP (winbase.h)
    elif own_group:
        options["start_new_session"] = True
    with uninterrupted:
        mask = held_back()
        try:
            STARTED.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options))
        finally:
            let_through(mask)
        return STARTED[-1]


def end_started():
    """End by force what is left of all processes that were started, those too that no Link was made for any more."""
    for process in STARTED:
        try:
            if process.poll() is None:
                process.kill()
        except OSError:
            pass            # another account's: it goes when it finds its input closed


def start_thread(target, *words):
    """A thread that runs beside until the process ends. Signals never go to it: the main thread must wake up for them."""
    thread = threading.Thread(target=target, args=words)
    thread.daemon = True
    mask = held_back()
    try:
        thread.start()
    finally:
        let_through(mask)
    return thread


def pipe_room(descriptor):
    """Bytes that an empty pipe takes without anybody reading."""
    try:
        import fcntl
        return fcntl.fcntl(descriptor, F_GETPIPE_SZ) if sys.platform.startswith("linux") else PIPE_ROOM
    except (ImportError, OSError):
        return PIPE_ROOM


def write(descriptor, line):
    """Write a request. Without Python's buffer, whose lock outlasts an interruption. Raises OSError."""
    while line:
        line = line[os.write(descriptor, line):]


def write_and_close(descriptor, line):
    """Write a long request by a descriptor of its own, since ours may be closed meanwhile, and its number another file's."""
    try:
        write(descriptor, line)
    except OSError:
        pass            # who waits for the answer finds that the helper is gone
    finally:
        os.close(descriptor)


class Link(object):
    """One helper process. Raises HelperLost when it ended, is silent for too long, or says that it failed."""

    def __init__(self, role, process=None):
        self.role = role
        try:
            self.process = process or start_process(own_command("--helper"))
        except OSError as refused:
            raise ProbeError("no helper process could be started: %s" % error_name(refused))
        self.waiting = 0        # requests whose replies are still to come
        self.replies = queue.Queue()
        self.writer = None      # the thread that writes a long request
        self.end = None         # until when it may go by itself, once its input is closed
        start_thread(self.read)

    def read(self):
        """Hand on whole lines as they come, and None at the end."""
        try:
            for line in iter(self.process.stdout.readline, b""):
                self.replies.put(line)
        except (OSError, ValueError):
            pass
        self.replies.put(None)
        self.process.stdout.close()     # here, where nobody else reads: closing it under a reader would wait for the reader

    def send(self, *words):
        """Ask something without waiting for the reply."""
        line = json.dumps(words, separators=(",", ":")).encode("ascii") + b"\n"
        if self.writer is not None:
            self.writer.join(REPLY_TIMEOUT)
            if self.writer.is_alive():
                raise self.lost("did not read within %g seconds" % REPLY_TIMEOUT)
            self.writer = None
        try:
            descriptor = self.process.stdin.fileno()
            if self.waiting or len(line) > PIPE_ROOM and len(line) > pipe_room(descriptor):
                self.writer = start_thread(write_and_close, os.dup(descriptor), line)
            else:
                write(descriptor, line)
        except OSError:
            self.last_words()
        except ValueError:      # its input was closed here
            raise self.lost("ended in the middle of the run")
        self.waiting += 1

    def last_words(self):
        """Raise for a helper that no longer reads: it may have said why, before it went."""
        while True:
            self.waiting += 1
            self.receive()

    def receive(self, timeout=None):
        """The next reply."""
        line = self.next_line(REPLY_TIMEOUT if timeout is None else timeout)
        self.waiting -= 1
        if line is None or not line.endswith(b"\n"):
            self.replies.put(None)
            raise self.lost("ended in the middle of the run")
        try:
            answer = json.loads(line.decode("ascii"))
        except ValueError:
            raise self.lost("answered what is no JSON")
        if isinstance(answer, dict) and "failure" in answer:
            raise self.lost("failed: %s" % answer["failure"])
        return answer

    def next_line(self, timeout):
        until = time.monotonic() + timeout
        while True:
            try:
                return self.replies.get(timeout=min(SLICE, max(until - time.monotonic(), 0.001)))
            except queue.Empty:
                if time.monotonic() >= until:
                    raise self.lost("did not answer within %g seconds" % timeout)

    def ask(self, *words, **options):
        """Ask, and wait for the reply for at most `timeout` seconds."""
        self.send(*words)
        return self.receive(options.get("timeout"))

    def lost(self, what):
        return HelperLost(self.role, what)

    def drain(self):
        """Throw away the replies that were still to come, after another helper was lost."""
        while self.waiting:
            self.receive()

    def let_go(self):
        """Close the helper's input: it goes when it finds that out."""
        if self.end is None:
            self.end = time.monotonic() + STOP_TIMEOUT
        try:
            self.process.stdin.close()
        except (OSError, RuntimeError):     # RuntimeError: a signal came in the middle of this very call
            pass

    def stop(self):
        """Let the helper go, and end it by force if it doesn't."""
        self.let_go()
        try:
            self.process.wait(max(self.end - time.monotonic(), 0.01))
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        """End the helper by force. Another account's may not be ours to end: it goes when it finds its input closed."""
        try:
            self.process.kill()
            self.process.wait(STOP_TIMEOUT)
        except (OSError, subprocess.TimeoutExpired):
            pass

    def exit_status(self):
        """The exit status of a helper that was stopped, as the system's documents write it; blank where it isn't known."""
        code = self.process.returncode
        return "" if code is None else "%d" % code if -256 < code < 256 else "0x%08X" % (code & 0xFFFFFFFF)
