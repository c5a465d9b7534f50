"""The command line: a module a command. Each has a COMMAND, imports what it runs only when it runs, and may print.

To add a command, add its module here: `every_command` needs no list. Its name is the module's, with `-` for `_`.

    command     what a command is
    streams     printing, faults, files that are appended to
    loading     the arguments and the loading that several commands share
"""

import pkgutil
from importlib import import_module

from matrix.commands.command import Command


def every_command(path: list[str] | None = None, package: str = __name__) -> dict[str, Command]:
    """All commands by name, in alphabetical order."""
    found = {}
    for module in pkgutil.iter_modules(path or __path__):
        command = getattr(import_module(f"{package}.{module.name}"), "COMMAND", None)
        if isinstance(command, Command):
            found[module.name.replace("_", "-")] = command
    return found
