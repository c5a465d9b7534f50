"""Every error that this package raises on purpose, and the exit status that it ends the command with."""


class MatrixError(Exception):
    """Something that a person has to know: what is wrong, with which value, and what to do next."""

    exit_code = 1


class UsageError(MatrixError):
    """The command was asked for something that doesn't exist."""

    exit_code = 2


class StackError(MatrixError):
    """A network stack could not be installed, started or measured."""


class OutputError(MatrixError):
    """The report could not be written."""
