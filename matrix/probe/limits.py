"""How many sockets at once: known before anything is opened, from the limit of open files."""

from .errors import ProbeError
from .lookup import open_files

BATCH = 400             # sockets of one helper at a time, at most
RESERVED = 32           # open files of a helper that are no socket of the batch
MIN_OPEN_FILES = 56     # with which a run still gets on


def raise_open_files(wanted=BATCH + 2 * RESERVED):
    """Raise our own soft limit as far as the hard one lets us, since macOS begins with 256; helpers inherit it."""
    try:
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    except (ImportError, OSError, ValueError):
        pass


def batch_size(limit):
    """Sockets of one batch with so many open files allowed, None for no limit. Raises ProbeError where that is too few."""
    if limit is None or limit < 0:
        return BATCH
    if limit < MIN_OPEN_FILES:
        raise ProbeError("this account may have %d open files, and the probe needs %d; raise the limit (`ulimit -n 256`) and start "
                         "again" % (limit, MIN_OPEN_FILES))
    return min(BATCH, limit - RESERVED)


def prepared():
    """(open files before, open files now, size of a batch). Raises ProbeError."""
    before = open_files()
    raise_open_files()
    now = open_files()
    return before, now, batch_size(now)
