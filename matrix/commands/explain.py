"""`explain`: a question in anybody's words, answered on every platform, beside what the documents say."""

import argparse

from matrix.commands.command import Command
from matrix.commands.questions import answer, question_arguments

LANGUAGES = ("python", "c")


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    question_arguments(parser)
    parser.add_argument("--code", choices=LANGUAGES, help="instead of the answer a program that makes these sockets and shows what happens")


def run(arguments: argparse.Namespace) -> int:
    """Answer the question."""
    return answer(arguments)


COMMAND = Command(help="what happens when a second socket wants a port: a question in your own words, answered on every platform",
                  options=options, run=run)  # fmt: skip
