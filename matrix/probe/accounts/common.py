"""What starting a helper under another account takes on every system: reasons why not, and a copy that the account can read."""

import binascii
import os
import re
import shutil
import stat
import time

from ..errors import error_name
from ..product import archive

COPY = "probe.pyz"
FOLDER = "bind-matrix-%s"                   # with 16 hexadecimal digits
FOLDER_NAME = re.compile(r"bind-matrix-[0-9a-f]{16}\Z")
MAX_FOLDER_AGE = 24 * 60 * 60               # seconds; a run takes minutes
REMOVAL_TRIES, REMOVAL_PAUSE = 30, 0.1      # times, and seconds between two of them


class NotAvailable(Exception):
    """Why no helper could be started under another account. The message goes into the CSV: no names."""


def error_text(refused):
    """An exception as a reason: ours as it is, the system's by its name, since its own text may hold a path or a name."""
    return str(refused) if isinstance(refused, NotAvailable) else error_name(refused)


def readable_copy(parent):
    """A new folder that everybody can read, with the probe in it as one file: (folder, path of the file). Raises OSError."""
    folder = os.path.join(parent, FOLDER % binascii.hexlify(os.urandom(8)).decode("ascii"))
    os.mkdir(folder, 0o755)         # not mkdtemp: its 0o700 shuts others out, since CPython 3.12.4 on Windows too
    try:
        path = os.path.join(folder, COPY)
        with open(path, "wb") as out:
            out.write(archive())
        os.chmod(folder, 0o755)
        os.chmod(path, 0o644)
    except BaseException:
        remove_folder(folder)
        raise
    return folder, path


def remove_folder(folder):
    """Remove a folder of this run. Windows keeps one for a moment in which a process has just ended."""
    for _ in range(REMOVAL_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(REMOVAL_PAUSE)


def is_stale(folder, now):
    """Whether this is a folder of `readable_copy` that a killed run of ours has left: old, and without anything else in it."""
    found = os.lstat(folder)
    return (stat.S_ISDIR(found.st_mode) and now - found.st_mtime > MAX_FOLDER_AGE
            and (not hasattr(os, "getuid") or found.st_uid == os.getuid())
            and set(os.listdir(folder)) <= set((COPY,)))


def remove_stale_folders(parent):
    """Remove what killed runs of ours have left in a folder, as far as that can be done: it is no concern of this run's."""
    try:
        names = [name for name in os.listdir(parent) if FOLDER_NAME.match(name)]
    except OSError:
        return
    for name in names:
        folder = os.path.join(parent, name)
        try:
            if is_stale(folder, time.time()):
                for each in os.listdir(folder):
                    os.remove(os.path.join(folder, each))
                os.rmdir(folder)
        except OSError:
            pass


def do_all(steps):
    """Take every step of cleaning up, whatever comes of the ones before it, an interruption too; raise the first exception at the end."""
    first = None
    for step in steps:
        try:
            step()
        except BaseException as error:
            first = error if first is None else first
    if first is not None:
        raise first
