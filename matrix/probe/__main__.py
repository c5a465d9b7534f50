"""Python starts here, in the folder and in probe.pyz alike. An old Python, even a 2, must get as far as being turned away."""
import sys

if sys.version_info < (3, 4):
    sys.stderr.write("probe: needs Python 3.4 or newer, this is %s\n" % sys.version.split()[0])
    sys.exit(3)

import gc
import os
import types

try:
    import _signal as signal  # it is built in; `signal` takes milliseconds, in which Ctrl-C would be Python's affair
except ImportError:
    import signal  # CPython 3.4

IS_HELPER = "--helper" in sys.argv[1:]


def leave(number, frame):
    """A signal before anything has begun: there is nothing to clean up, and nothing to show."""
    try:
        os.write(2, (b"\n" if os.isatty(2) else b"") + b"probe: interrupted before it began\n")
    except OSError:
        pass
    os._exit(128 + number)


def heed_signals():
    """Let signals end this process from its first moment on. A helper goes when its input closes, which is its asker's affair."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and (IS_HELPER or name == "SIGINT" or signal.getsignal(number) != signal.SIG_IGN):
            signal.signal(number, signal.SIG_IGN if IS_HELPER else leave)


def open_standard_streams():
    """Lead standard input, output and error nowhere where they are closed, or the next file that is opened becomes one of them."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened == number:
                os.set_inheritable(number, True)
            else:
                os.dup2(opened, number)
                os.close(opened)
    sys.stdout = sys.stdout or open(os.devnull, "w")
    sys.stderr = sys.stderr or open(os.devnull, "w")


def end(status):
    """End at once. Python's own end would flush into what may be closed, and wait for threads that may hang."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(status)


def main():
    """Make this folder, or this archive, the package `probe`, and run its command.

    Python has put it first on sys.path. There its modules would take the place of the library's of the same name.
    """
    open_standard_streams()
    gc.disable()            # nothing here is held by a cycle, and looking for some takes a tenth of a run
    package = types.ModuleType("probe")
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) not in package.__path__]
    sys.modules["probe"] = package
    if IS_HELPER:
        from probe.helper import main as command
    else:
        from probe.command import main as command
    try:
        return command(sys.argv[1:])
    except SystemExit as asked:
        return asked.code


if __name__ == "__main__":
    heed_signals()
    end(main())
