"""What a command is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

PEOPLE, WORKFLOWS = "for people", "for workflows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command: `options` adds its arguments to a parser, `run` returns the exit status.

    A command that passes its words through to a program gets them all as `arguments.words`.
    """

    help: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    group: str = PEOPLE
    passes_through: bool = False
    examples: tuple[str, ...] = ()  # whole lines, shown by its --help
