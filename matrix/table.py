"""Reads one CSV strictly. A file from anywhere may be anything, so every limit is checked first.

Faults are collected and come back together; a row is either whole or named in a fault.
"""

import csv
import io
import stat
from collections.abc import Sequence
from pathlib import Path

from matrix.model import Fault, shortened

MOST_BYTES = 32 * 1024 * 1024
MOST_CELL = 2000  # characters
MOST_LINE = 16 * MOST_CELL  # bytes; below the csv module's own limit of one field
MOST_FAULTS = 20  # of one file; more say no more


class Faults:
    """Collects what is wrong with one file, up to a number that a person would still read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Fault] = []
        self.beyond = 0

    def add(self, row: int | None, problem: str, value: object, remedy: str) -> None:
        """Note a fault; `row` is the line in the file."""
        if len(self.found) >= MOST_FAULTS:
            self.beyond += 1
            return
        shown = "" if value is None else shortened(value)
        self.found.append(Fault(file=self.file, row=row, problem=problem, value=shown, remedy=remedy))

    def all(self) -> tuple[Fault, ...]:
        """What was found, and how much more there was."""
        if not self.beyond:
            return tuple(self.found)
        more = Fault(
            file=self.file, row=None, problem=f"{self.beyond:,} more faults of this file are not shown", value="",
            remedy="mend the ones above first",
        )  # fmt: skip
        return (*self.found, more)


def read_bytes(path: Path, faults: Faults, most: int = MOST_BYTES) -> bytes | None:
    """The file's content, or None with a fault where it can't be had or is too large."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            faults.add(None, "not a plain file", None, "put the file itself there, as the probe wrote it")
            return None
        size = found.st_size
        if size > most:
            faults.add(None, f"the file has {size:,} bytes, more than {most:,}", None, "is this the right file?")
            return None
        return path.read_bytes()
    except OSError as refused:
        faults.add(None, f"cannot be read ({refused.strerror})", None, "check that the file is there and readable")
        return None


def read_table(data: bytes, columns: Sequence[str], faults: Faults) -> list[tuple[int, list[str]]]:
    """The rows of a CSV with their line numbers; those with a fault are left out and named.

    The header must be exactly `columns`, the encoding UTF-8, line ends LF, and no cell may be longer
    than MOST_CELL or hold a control character.
    """
    text = decoded(data, faults)
    if text is None:
        return []
    rows: list[tuple[int, list[str]]] = []
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    wanted = list(columns)
    try:
        header = next(lines, [])
        if header != wanted:
            remedy = f"the first line must be {','.join(wanted)}"
            faults.add(1, "the header is not the one expected", ",".join(header), remedy)
            return []
        for row in lines:
            if fits(row, wanted, lines.line_num, faults):
                rows.append((lines.line_num, row))
    except csv.Error as broken:
        faults.add(lines.line_num, f"not valid CSV ({broken})", None, "write it again with the probe")
    return rows


def decoded(data: bytes, faults: Faults) -> str | None:
    """The text of the file, or None with a fault that names the line where it stops being text."""
    for mark, name in ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\xef\xbb\xbf", "UTF-8 with a byte order mark")):
        if data.startswith(mark):
            faults.add(1, f"the file is {name}", None, "save it as plain UTF-8")
            return None
    for byte, name in ((b"\0", "a NUL byte"), (b"\r", "a carriage return")):
        if byte in data:
            line = data[: data.index(byte)].count(b"\n") + 1
            shown = data.split(b"\n")[line - 1][:200].decode("utf-8", "replace")
            faults.add(line, f"{name} in the text", shown, "the probe never writes one; copy the file again in binary")
            return None
    for line, content in enumerate(data.split(b"\n"), start=1):
        if len(content) > MOST_LINE:
            start = content[:200].decode("utf-8", "replace")
            faults.add(line, f"a line of {len(content):,} bytes, more than {MOST_LINE:,}", start, "no row is that long")
            return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as broken:
        line = data[: broken.start].count(b"\n") + 1
        faults.add(line, "not UTF-8", data[broken.start : broken.start + 8], "save it as plain UTF-8")
        return None


def fits(row: list[str], columns: list[str], line: int, faults: Faults) -> bool:
    """Whether a row has the right number of cells, each of a sane length and printable."""
    if len(row) != len(columns):
        faults.add(line, f"{len(row)} cells where {len(columns)} belong", ",".join(row), "was the file cut off or edited?")
        return False
    for column, cell in zip(columns, row, strict=True):
        if len(cell) > MOST_CELL:
            faults.add(line, f"column {column} is longer than {MOST_CELL:,} characters", cell, "no value is that long")
            return False
        if not cell.isprintable():
            faults.add(line, f"column {column} holds a control character", cell, "no value holds one")
            return False
    return True
