"""Python starts here, in the folder and in probe.pyz alike. An old Python, even a 2, must get as far as being turned away."""
import sys

if sys.version_info < (3, 4):
    sys.stderr.write("probe: needs Python 3.4 or newer, this is %s\n" % sys.version.split()[0])
    sys.exit(3)

import os
import signal
import types


def leave(number, frame):
    """Ctrl-C before anything has begun: there is nothing to clean up, and nothing to show."""
    os.write(2, b"\nprobe: interrupted before it began\n")
    os._exit(130)


def main():
    """Make this folder, or this archive, the package `probe`, and run its command."""
    # A helper goes when its input closes: Ctrl-C is its asker's affair.
    signal.signal(signal.SIGINT, signal.SIG_IGN if "--helper" in sys.argv[1:] else leave)
    package = types.ModuleType("probe")
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules["probe"] = package
    if "--helper" in sys.argv[1:]:
        from probe.helper import main as command
    else:
        from probe.command import main as command
    return command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
