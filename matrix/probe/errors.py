"""The names of errors as the system gives them, and the probe's own errors."""

import errno


class ProbeError(Exception):
    """The measurement can't go on, or can't be believed. The message is for the person at the keyboard."""


def error_names():
    """Error numbers by the names that this system's sockets use: WSAEACCES on Windows, else EACCES."""
    names = dict(errno.errorcode)
    for name in dir(errno):
        if name.startswith("WSAE"):
            names[getattr(errno, name)] = name
    return names


ERROR_NAMES = error_names()


def error_name(exception):
    """The symbolic name of an OSError as the system gave it.

    Windows: `winerror`, because CPython turns WSAEACCES 10013 into errno EACCES 13.
    """
    number = getattr(exception, "winerror", None) or getattr(exception, "errno", None)
    if number is None:
        return type(exception).__name__
    return ERROR_NAMES.get(number, "error %d" % number)


def plain_error(error):
    """An error's name without Windows' prefix: EADDRINUSE for WSAEADDRINUSE."""
    return error[3:] if error.startswith("WSAE") else error


def outcome_of(error):
    """The outcome in the documents' terms for an error's symbolic name, blank for none."""
    plain = plain_error(error)
    return {"": "SUCCESS", "EADDRINUSE": "INUSE", "EACCES": "ACCESS"}.get(plain, plain)
