"""Runs that were validated, in one compact file: the distinct lines as numbers, and each run as an array of them.

The first line is JSON: the hosts' facts, answers, the cases that the vocabulary cannot make, counts. Below it are 32-bit numbers,
little end first: the question and the answer of each line, then the lines of each run, each as its difference from the one before,
which compresses well.
Nothing is in it that isn't in the runs; the controls, which were looked at when the runs were validated, are left out.
"""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from matrix.data.catalogue import Catalogue
from matrix.data.host import host_of
from matrix.data.rows import Answer
from matrix.data.runs import HOST, Run, Runs
from matrix.data.strict import Faults, read_json

NUMBERS = np.dtype("<i4")


def packed(runs: Runs) -> bytes:
    """The good runs as one file. Raises ValueError where a host.json can't be read any more."""
    catalogue = runs.catalogue
    arrays = [catalogue.question_of, catalogue.answer_of, *(np.diff(run.lines, prepend=np.int32(0)) for run in runs.good)]
    text = {
        "hosts": [facts_of(run.folder) for run in runs.good],
        "answers": catalogue.answers, "cases": catalogue.cases.added, "counts": [run.counts for run in runs.good],
        "sizes": [len(each) for each in arrays],
    }  # fmt: skip
    return json.dumps(text, separators=(",", ":")).encode() + b"\n" + b"".join(each.astype(NUMBERS).tobytes() for each in arrays)


def facts_of(folder: Path) -> dict[str, Any]:
    """host.json without its controls."""
    faults = Faults(folder / HOST)
    facts = read_json(folder / HOST, faults)
    if not isinstance(facts, dict):
        raise ValueError(*map(str, faults.all()))
    return {name: value for name, value in facts.items() if name != "controls"}


def unpacked(data: bytes, folders: Sequence[Path] = (), today: date | None = None) -> Runs | None:
    """The runs of such a file; None where one of them was measured after `today`. Raises ValueError where it is no such file.

    `folders`: where each run was read; by default a folder of its target's name.
    """
    header, _, numbers = data.partition(b"\n")
    try:
        text = json.loads(header)
        hosts = [host_of(facts, today, Faults(HOST)) for facts in text["hosts"]]
        question_of, answer_of, *runs = np.split(
            np.frombuffer(numbers, NUMBERS).astype(np.int32, copy=False), np.cumsum(text["sizes"][:-1])
        )
        catalogue = Catalogue()
        catalogue.restore([Answer(*cells) for cells in text["answers"]], text["cases"], question_of, answer_of)
        good = []
        for host, run, counts, folder in zip(hosts, runs, text["counts"], [*folders] or [Path()] * len(hosts), strict=True):
            if host is None:
                return None
            lines = np.cumsum(run, dtype=np.int32)
            if len(lines) and not (lines.min() >= 0 and lines.max() < len(question_of)):
                raise ValueError("a line that is none")
            good.append(Run(host=host, lines=lines, counts=tuple(map(tuple, counts)), folder=folder if folders else Path(host.target)))
    except (ValueError, KeyError, TypeError, AttributeError) as broken:
        raise ValueError(f"not packed runs: {broken!r}") from broken
    return Runs(catalogue=catalogue, good=tuple(good), hosts={run.host.target: run.host for run in good})
