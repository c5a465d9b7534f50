"""How many sockets at once: known before anything is opened, from the limit of open files."""

import os

from .errors import ProbeError
from .lookup import open_files

BATCH = 400             # sockets of one helper at a time, at most
RESERVED = 32           # open files of a helper that are no socket of the batch
MIN_OPEN_FILES = 56     # with which a run still gets on
STANDARD = 3            # open files that every process has: its input, output and errors
MAX_LOOKED_AT = 4096    # a higher limit leaves room enough, whatever is open


def raise_open_files(wanted):
    """Raise our own soft limit as far as the hard one lets us, since macOS begins with 256; helpers inherit it."""
    try:
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    except (ImportError, OSError, ValueError):
        pass


def inherited(limit):
    """Open files that our parent has left us, beside the standard ones. Helpers get none of them."""
    found = 0
    for number in range(STANDARD, min(limit or 0, MAX_LOOKED_AT)):
        try:
            os.fstat(number)
            found += 1
        except OSError:
            pass
    return found


def batch_size(limit):
    """Sockets of one batch with so many open files allowed, None for no limit."""
    return BATCH if limit is None else min(BATCH, limit - RESERVED)


def prepared():
    """(open files allowed before, open files that are left to us now, size of a batch). Raises ProbeError where they are too few."""
    before = open_files()
    in_use = inherited(before)
    raise_open_files(BATCH + 2 * RESERVED + in_use)
    now = open_files()
    left = None if now is None else now - in_use
    if left is not None and left < MIN_OPEN_FILES:
        raise ProbeError("this account may have %d open files%s, and the probe needs %d; raise the limit (`ulimit -n 256`) and "
                         "start again" % (now, " of which %d were in use before it began" % in_use if in_use else "", MIN_OPEN_FILES))
    return before, left, batch_size(left)
