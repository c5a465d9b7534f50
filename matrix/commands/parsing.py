"""The parser of all commands: help in two groups with examples, the version, and what shells complete."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matrix.commands.command import PEOPLE, WORKFLOWS, Command

PROGRAM = "bind-matrix"
DESCRIPTION = "What bind does when the port is taken: measured, and held against the documents."
EXAMPLES = (
    'bind-matrix explain "tcp ipv4 default@wildcard listening ipv4 SO_REUSEADDR@specific same"',
    "bind-matrix advise --goal restart --goal protect --platform linux",
    "bind-matrix diff wine-8.0 wine-10.0",
    "bind-matrix probe --output my-run && bind-matrix compare my-run",
)
STATUS = (
    "exit status: 0 done; 1 faults in data, or something failed, or found what --exit-code or --fail-on asks for; 2 wrong usage;\n"
    "             130 interrupted"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What a shell completes of one command."""

    name: str
    help: str
    options: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]  # (names, help, choices)


class Version(argparse.Action):
    """--version: looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print it and end."""
        print(f"{PROGRAM} {version()}")
        parser.exit()


def version() -> str:
    """The installed version, or that of the checkout."""
    from importlib import metadata

    try:
        return metadata.version(PROGRAM)
    except metadata.PackageNotFoundError:
        import tomllib

        project = Path(__file__).parent.parent.parent / "pyproject.toml"
        return str(tomllib.loads(project.read_text("utf-8"))["project"]["version"]) + " (checkout)"


def parser(found: Mapping[str, Command]) -> argparse.ArgumentParser:
    """All commands and their options."""
    raw = argparse.RawDescriptionHelpFormatter
    epilog = "\n\n".join([listing(found), "\n".join(["examples:", *(f"  {each}" for each in EXAMPLES)]), STATUS])
    made = argparse.ArgumentParser(prog=PROGRAM, description=DESCRIPTION, epilog=epilog, formatter_class=raw)
    made.add_argument("--version", action=Version, nargs=0, help="show the version and end")
    subparsers = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in found.items():
        examples = "\n".join(["examples:", *(f"  {each}" for each in command.examples)]) if command.examples else None
        command.options(
            subparsers.add_parser(name, description=command.help[0].upper() + command.help[1:] + ".", epilog=examples, formatter_class=raw)
        )
    return made


def listing(found: Mapping[str, Command]) -> str:
    """The commands by group, a line each."""
    width = max(map(len, found), default=0)
    parts = []
    for group in (PEOPLE, WORKFLOWS):
        lines = [f"  {name:<{width}}  {command.help}" for name, command in found.items() if command.group == group]
        parts.append("\n".join([f"{group}:", *lines]))
    return "\n\n".join(parts)


def completed(found: Mapping[str, Command]) -> Iterator[Completed]:
    """What there is to complete, command by command."""
    for name, command in found.items():
        own = argparse.ArgumentParser(prog=name)
        command.options(own)
        named = [action for action in own._actions if action.option_strings]
        options = tuple((tuple(each.option_strings), str(each.help or ""), choices(each.choices)) for each in named)
        yield Completed(name=name, help=command.help, options=options)


def choices(given: Any) -> tuple[str, ...]:
    """The words that an option takes, if it names them."""
    return tuple(map(str, given)) if isinstance(given, Sequence) else ()
