"""probe.pyz, the probe's one file: this folder as an archive that Python runs as it is.

The same source gives the same bytes on every system and by every Python: members sorted, stored and not deflated, with LF
ends and every field of an entry fixed. `host.json` names the SHA-256 of these bytes, whether the folder or the file
ran; `sha256sum probe.pyz` shows it too. Nothing but the modules of this folder is in it.
"""

import hashlib
import io
import os
import re
import zipfile

from .link import program

VERSION = "0.2.0"
DATE = (1980, 1, 1, 0, 0, 0)    # the first one that an entry can have
UNIX = 3                        # whose attributes an entry has
MODE = 0o100644
NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")      # of a module: not what editors, Finder and version control put beside one


def members(folder):
    """(name in the archive, bytes) of each source file, sorted by name."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if NAME.match(name) and name != "__pycache__"]
        for name in names:
            if name.endswith(".py") and NAME.match(name[:-3]):
                path = os.path.join(parent, name)
                with open(path, "rb") as source:
                    found.append((os.path.relpath(path, folder).replace(os.sep, "/"), source.read().replace(b"\r\n", b"\n")))
    return sorted(found)


def archive_of(folder):
    """The archive's bytes, made of a folder."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members(folder):
            entry = zipfile.ZipInfo(name, DATE)
            entry.create_system = UNIX
            entry.create_version = entry.extract_version = 20
            entry.external_attr = MODE << 16
            archive.writestr(entry, data)
    return out.getvalue()


def archive():
    """The bytes of this probe's archive: read where that is what runs, made where the folder does."""
    path = program()
    if os.path.isdir(path):
        return archive_of(path)
    with open(path, "rb") as source:
        return source.read()


def sha256():
    """The hash by which a run says which probe measured it."""
    return hashlib.sha256(archive()).hexdigest()
