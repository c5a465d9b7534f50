"""What the system says in files, commands and its registry. What isn't there, or may not be read, is blank and no error."""

import os
import subprocess

MAX_TEXT = 65536        # bytes of a file that says one thing
COMMAND_TIMEOUT = 30    # seconds


def text_of(path, limit=MAX_TEXT):
    """A file's text up to so many bytes, blank where it can't be read."""
    try:
        with open(path, "rb") as source:
            return source.read(limit).decode("utf-8", "replace")
    except OSError:
        return ""


def output_of(command):
    """What a command prints on both of its streams; blank where it isn't there, fails or takes too long."""
    try:
        with open(os.devnull, "rb") as nothing:
            return subprocess.check_output(command, stdin=nothing, stderr=subprocess.STDOUT,
                                           timeout=COMMAND_TIMEOUT).decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError):
        return ""


def registry_value(key, name):
    """A value below HKEY_LOCAL_MACHINE of Windows' registry, blank where there is none."""
    try:
        import winreg
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            return winreg.QueryValueEx(opened, name)[0]
    except (ImportError, OSError):
        return ""


def open_files():
    """How many files and sockets this process may have open: RLIMIT_NOFILE's soft limit, None where there is none."""
    try:
        import resource
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return None if limit == resource.RLIM_INFINITY else limit
    except (ImportError, OSError, ValueError):
        return None
