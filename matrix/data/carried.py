"""The published runs that are installed with the program, so that it answers anywhere.

A wheel is built by `hatch_build.py`: it reads results/ by the strict reader, fails on any fault, and puts one file of packed runs into
`matrix/published/`, named by the SHA-256 of its bytes. A checkout has no such file and reads results/ itself.
"""

import hashlib
from datetime import date
from pathlib import Path

from matrix.data.packed import packed, unpacked
from matrix.data.runs import Runs, find_runs, load_runs
from matrix.errors import MatrixError

PUBLISHED = Path(__file__).parent.parent / "published"
SUFFIX = ".runs"


def carried() -> Runs | None:
    """The runs that were installed; None in a checkout. Raises MatrixError where the file is not what was installed."""
    files = sorted(PUBLISHED.glob(f"*{SUFFIX}"))
    if not files:
        return None
    try:
        (path,) = files
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != path.stem:
            raise ValueError("its bytes are others than its name says")
        return unpacked(data)
    except (OSError, ValueError) as broken:
        raise MatrixError(
            f"{PUBLISHED}: the published runs that were installed are damaged ({broken}); install bind-matrix again"
        ) from broken


def carry(results: Path, folder: Path, today: date | None = None) -> Path:
    """Validate the runs below `results` and write them into a folder as one file. Raises MatrixError with every fault."""
    runs = load_runs(find_runs([results]), today)
    if runs.faulty:
        raise MatrixError("\n".join(str(fault) for each in runs.faulty for fault in each.faults))
    if not runs.good:
        raise MatrixError(f"{results}: there is no run; a wheel without published runs could answer nothing")
    data = packed(runs)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(data).hexdigest()}{SUFFIX}"
    path.write_bytes(data)
    return path
