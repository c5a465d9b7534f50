"""Reads one file strictly. A file from anywhere may be anything, so every limit is checked first.

Only regular files are read, never through a link, and never more of them than the limit. Faults are collected and come
back together; a row is either whole or named in a fault.
"""

import csv
import io
import json
import math
import os
import stat
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matrix.records import Fault, shortened

MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS = 200_000  # of one table; a whole run of every option of the vocabulary has about 130,000
MAX_JSON = 1024 * 1024
MAX_CELL = 2000  # characters
MAX_LINE = 16 * MAX_CELL  # bytes; below the csv module's own limit of one field
MAX_FAULTS = 20  # of one file; more are counted
MAX_DIGITS = 15  # of a number in JSON


class Faults:
    """Collects what is wrong with one file, up to a number that a person would still read."""

    def __init__(self, file: object) -> None:
        self.file = str(file)
        self.found: list[Fault] = []
        self.omitted = 0

    def add(self, row: int | None, problem: str, value: object, remedy: str) -> None:
        """Note a fault; `row` is the line in the file."""
        if len(self.found) >= MAX_FAULTS:
            self.omitted += 1
            return
        shown = "" if value is None else shortened(value)
        self.found.append(Fault(file=self.file, row=row, problem=problem, value=shown, remedy=remedy))

    def count(self) -> int:
        """How many faults there were, shown or not."""
        return len(self.found) + self.omitted

    def all(self) -> tuple[Fault, ...]:
        """What was found, and how much more there was."""
        if not self.omitted:
            return tuple(self.found)
        more = Fault(
            file=self.file, row=None, problem=f"{self.omitted:,} more faults of this file are not shown", value="",
            remedy="fix the ones above first",
        )  # fmt: skip
        return (*self.found, more)


def read_bytes(path: Path, faults: Faults, limit: int = MAX_BYTES) -> bytes | None:
    """The content of a regular file, or None with a fault where it can't be had, is a link, or is too large."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            faults.add(None, "not a regular file", None, "put the file itself there, as it was written")
            return None
        with os.fdopen(os.open(path, flags), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                faults.add(None, "not a regular file", None, "put the file itself there, as it was written")
                return None
            data = opened.read(limit + 1)
    except (OSError, ValueError) as refused:
        reason = getattr(refused, "strerror", None) or "no such name"
        faults.add(None, f"cannot be read ({reason})", None, "check that the file is there and readable")
        return None
    if len(data) > limit:
        faults.add(None, f"the file has more than {limit:,} bytes", None, "is this the right file?")
        return None
    return data


def read_table(data: bytes, columns: Sequence[str], faults: Faults) -> list[tuple[int, list[str]]]:
    """The rows of a CSV with their line numbers; those with a fault are left out and named.

    The header must be exactly `columns`, the encoding UTF-8, line ends LF, no more than MAX_ROWS rows, and no cell may be
    longer than MAX_CELL or hold a control character.
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
    rows = data.count(b"\n")
    if rows > MAX_ROWS + 1:
        faults.add(None, f"the file has {rows:,} lines, more than {MAX_ROWS:,} rows", None, "no table has so many")
        return None
    for byte, name in ((b"\0", "a NUL byte"), (b"\r", "a carriage return")):
        if byte in data:
            line = data[: data.index(byte)].count(b"\n") + 1
            shown = data.split(b"\n")[line - 1][:200].decode("utf-8", "replace")
            faults.add(line, f"{name} in the text", shown, "the probe never writes one; copy the file again in binary")
            return None
    lines = data.split(b"\n")
    if max(map(len, lines)) > MAX_LINE:
        line, content = next((number, each) for number, each in enumerate(lines, start=1) if len(each) > MAX_LINE)
        start = content[:200].decode("utf-8", "replace")
        faults.add(line, f"a line of {len(content):,} bytes, more than {MAX_LINE:,}", start, "no row is that long")
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
    if "".join(row).isprintable() and max(map(len, row), default=0) <= MAX_CELL:
        return True
    column, cell = next(pair for pair in zip(columns, row, strict=True) if len(pair[1]) > MAX_CELL or not pair[1].isprintable())
    if len(cell) > MAX_CELL:
        faults.add(line, f"column {column} is longer than {MAX_CELL:,} characters", cell, "no value is that long")
    else:
        faults.add(line, f"column {column} holds a control character", cell, "no value holds one")
    return False


def finite(text: str) -> float:
    """A number of JSON that is one. Raises ValueError."""
    number = float(text)
    if not math.isfinite(number) or len(text) > 2 * MAX_DIGITS:
        raise ValueError(f"{text[:20]} is no number that this program reads")
    return number


def whole_number(text: str) -> int:
    """An integer of JSON that is not absurdly long. Raises ValueError."""
    if len(text) > MAX_DIGITS:
        raise ValueError(f"{text[:20]}… is too long a number")
    return int(text)


def no_constant(name: str) -> None:
    """NaN and Infinity are no JSON. Raises ValueError."""
    raise ValueError(f"{name} is no JSON")


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON whose keys differ. Raises ValueError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is twice in one object")
    return found


def read_json(path: Path, faults: Faults, limit: int = MAX_JSON) -> Any:
    """The value that a JSON file holds, or None with a fault. Stricter than the standard library: see the functions above."""
    data = read_bytes(path, faults, limit)
    if data is None:
        return None
    try:
        value = json.loads(
            data.decode("utf-8"), parse_float=finite, parse_int=whole_number, parse_constant=no_constant, object_pairs_hook=once_each
        )
    except (ValueError, RecursionError) as broken:
        faults.add(None, "not valid JSON", broken, "let the program that writes it write it again")
        return None
    if value is None:
        faults.add(None, "holds nothing", None, "let the program that writes it write it again")
    return value


def read_toml(path: Path, faults: Faults) -> dict[str, Any]:
    """The tables of a TOML file, empty with a fault where it is none."""
    data = read_bytes(path, faults, MAX_JSON)
    try:
        return tomllib.loads((data or b"").decode("utf-8"))
    except (ValueError, RecursionError) as broken:
        faults.add(None, "not valid TOML", broken, "fix the file")
        return {}
