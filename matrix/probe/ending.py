"""How a signal ends the probe: where it is noticed, everything is cleaned up, and the process ends there and then.

Nothing is raised. An exception out of nowhere is swallowed by whatever destructor runs just then, and leaves locks half
taken. What must not be cut in two is done `with uninterrupted:`, and a signal waits for its end.
"""

import _thread
import os
import signal
import time

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
INTERRUPTED = 128       # plus the signal's number: 130 for Ctrl-C, 129 for SIGHUP, 143 for SIGTERM
LONGEST = 1.7           # seconds that cleaning up may take after a signal; the process ends then in any case


def heeded():
    """The signals by which a person or the system asks for an end; one that was ignored from the start stays so (nohup).

    Ctrl-C is always one: a shell ignores it for what a script starts in the background.
    """
    found = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    return [each for each in found if each == signal.SIGINT or signal.getsignal(each) != signal.SIG_IGN]


def write_error(text):
    """Write to standard error without Python's buffer, in the middle of whose work this may be."""
    try:
        os.write(2, text.encode("utf-8", "backslashreplace"))
    except OSError:
        pass


class Ending(object):
    """What a signal does, once `begin` was called. As a context manager it holds one off. `uninterrupted` is the only one."""

    def __init__(self):
        self.steps, self.result = (), None
        self.depth = 0          # of the `with` that holds signals off
        self.waiting = None     # the signal that was held off

    def begin(self, steps, result):
        """Let signals end this process from now on: by these steps, each of which may be taken twice, and with what `result` says."""
        self.steps, self.result = steps, result
        for each in heeded():
            signal.signal(each, self.notice)

    def notice(self, number, frame):
        """The handler."""
        if self.depth:
            self.waiting = number
        else:
            self.end(number)

    def __enter__(self):
        self.depth += 1

    def __exit__(self, *_):
        self.depth -= 1
        if self.waiting is not None and not self.depth:
            self.end(self.waiting)

    def end(self, number):
        """Clean up, say so on a line of its own, and end; signals that follow change nothing."""
        for each in heeded():
            signal.signal(each, signal.SIG_IGN)
        status = INTERRUPTED + number
        try:
            _thread.start_new_thread(end_in_time, (status,))
        except RuntimeError:
            pass                # no thread to be had: nothing watches over this
        for step in self.steps:
            try:
                step()
            except Exception:
                pass            # the rest is cleaned up all the same, and there is nobody left to tell
        write_error("%sprobe: interrupted; %s\n" % ("\n" if os.isatty(2) else "", self.result()))
        os._exit(status)


def end_in_time(status):
    """End the process when cleaning up takes too long, as on a file system that hangs."""
    time.sleep(LONGEST)
    os._exit(status)


def held_back():
    """Hold signals back from what this thread starts now, a process or another thread: (a mask to `let_through`, or None).

    A new process is so out of reach until it has said itself what it does with signals, and only the main thread, which
    must wake up, is ever chosen for one.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return None             # Windows: a new process has a group of its own
    return signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name) for name in NAMES if hasattr(signal, name)])


def let_through(mask):
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


uninterrupted = Ending()
