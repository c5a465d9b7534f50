"""The folder of one run: three files, each written whole, and host.json last. Without host.json it is no run."""

import csv
import errno
import hashlib
import io
import json
import os

from .ending import uninterrupted
from .errors import ProbeError
from .vocabulary import COLUMNS, COUNT_COLUMNS

OBSERVATIONS, COUNTS, HOST, LOCK = "observations.csv", "counts.csv", "host.json", "probe.lock"
PART = ".part"          # of a file that is being written; only the owner of the lock writes any
HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)      # what says on Unix that another process has a lock


def csv_bytes(rows, columns=COLUMNS):
    """The rows as CSV: UTF-8, LF, sorted, so that two runs can be compared with diff."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(sorted([str(cell) for cell in row] for row in rows))
    return text.getvalue().encode("utf-8")


def write_whole(path, data):
    """Write a file so that nobody ever sees half of it. Raises ProbeError."""
    part = path + PART
    try:
        with open(part, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
    except OSError as refused:
        remove_if_there(part)
        raise ProbeError("cannot write %s: %s; nothing of this run was kept, free the space or name "
                         "another folder with --output" % (path, refused.strerror or refused))


def remove_if_there(path):
    """Remove a file; nothing where that can't be done."""
    try:
        os.remove(path)
    except OSError:
        pass


def lock_file(opened):
    """Lock an open file for this process alone, until it is closed or the process ends; whether nobody else has it.

    A file system that knows no locks keeps nobody out, and keeps nobody from measuring.
    """
    try:
        if os.name == "nt":
            import msvcrt
            msvcrt.locking(opened.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl
            fcntl.flock(opened.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as refused:
        return os.name != "nt" and refused.errno not in HELD        # Wine refuses with no error number at all
    return True


class Output(object):
    """The folder of one run. From `begin` to `finish` it counts as incomplete, whatever happens; no other run may use it meanwhile."""

    def __init__(self, folder):
        self.folder = folder
        self.lock = None
        self.begun = False      # an older run is gone

    def path(self, name):
        return os.path.join(self.folder, name)

    def begin(self):
        """Take the folder; an older run in it is gone from now on. Raises ProbeError."""
        try:
            os.makedirs(self.folder, exist_ok=True)
            with uninterrupted:
                self.take()
            if os.path.exists(self.path(HOST)):
                os.remove(self.path(HOST))
            self.begun = True
        except OSError as refused:
            raise ProbeError("cannot use the folder %s: %s; name another with --output"
                             % (self.folder, refused.strerror or refused))
        write_whole(self.path(OBSERVATIONS), csv_bytes([]))

    def take(self):
        """Lock the folder by a file in it, which the system gives free when this process ends, however it ends."""
        while self.lock is None:
            opened = open(self.path(LOCK), "ab")
            if not lock_file(opened):
                opened.close()
                raise ProbeError("another probe is writing to %s; wait for it, or name another folder with --output" % self.folder)
            if self.is_current(opened):
                self.lock = opened
            else:
                opened.close()

    def is_current(self, opened):
        """Whether the open file is still the one of that name, and not one that a run has removed at its end."""
        try:
            return os.name == "nt" or os.path.samestat(os.fstat(opened.fileno()), os.stat(self.path(LOCK)))
        except OSError:
            return False

    def finish(self, rows, counts, facts):
        """Write the run. Raises ProbeError."""
        data, numbers = csv_bytes(rows), csv_bytes(counts, COUNT_COLUMNS)
        facts = dict(facts, rows=len(rows), sha256=hashlib.sha256(data).hexdigest(),
                     counts={"rows": len(counts), "sha256": hashlib.sha256(numbers).hexdigest()})
        write_whole(self.path(OBSERVATIONS), data)
        write_whole(self.path(COUNTS), numbers)
        write_whole(self.path(HOST), (json.dumps(facts, indent=2, sort_keys=True) + "\n").encode("utf-8"))

    def state(self):
        """What the folder holds, for a person whose run was interrupted."""
        if not self.begun:
            return "nothing was measured"
        return "the run in %s is %s" % (self.folder, "whole all the same" if os.path.exists(self.path(HOST)) else "incomplete")

    def release(self):
        """Give the folder free; nothing of the lock stays, and no part of a file. Nothing the second time."""
        if self.lock is None:
            return
        for name in (OBSERVATIONS, COUNTS, HOST):
            remove_if_there(self.path(name + PART))
        if os.name != "nt":
            remove_if_there(self.path(LOCK))    # while it is ours
        self.lock.close()
        if os.name == "nt":
            remove_if_there(self.path(LOCK))    # Windows removes no open file
        self.lock = None
