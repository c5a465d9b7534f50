"""Ways to spoil one run, and what the loader then says of it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from matrix.data.runs import Run, load_run
from matrix.records import Faulty
from tests.made_runs import sign

TODAY = date(2026, 11, 25)


def load(folder: Path) -> Run | Faulty:
    return load_run(folder, TODAY)


def faults(folder: Path) -> str:
    """All faults of a run that must be faulty."""
    result = load(folder)
    assert isinstance(result, Faulty)
    assert result.faults
    return "\n".join(map(str, result.faults))


def edit(folder: Path, change: Callable[[bytes], bytes]) -> None:
    path = folder / "observations.csv"
    path.write_bytes(change(path.read_bytes()))
    sign(folder)


def cell(column: int, value: str) -> Callable[[bytes], bytes]:
    """Change a cell of the first row."""

    def change(data: bytes) -> bytes:
        header, row, rest = data.split(b"\n", 2)
        cells = row.decode().split(",")
        cells[column] = value
        return b"\n".join([header, ",".join(cells).encode(), rest])

    return change


def answer(outcome: str = "INUSE", error: str = "", agreed: str = "3", attempts: str = "3", detail: str = "") -> Callable[[bytes], bytes]:
    """Change the first row's answer."""

    def change(data: bytes) -> bytes:
        header, row, rest = data.split(b"\n", 2)
        question = row.decode().split(",")[:10]
        return b"\n".join([header, ",".join([*question, outcome, error, agreed, attempts, detail]).encode(), rest])

    return change


def row(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old, new, 1)
