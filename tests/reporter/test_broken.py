"""One table of spoiled files: the loader names each fault, and the page's script (tests/dropped.test.ts) names the same ones.

`broken/run` is a small made run, `broken/faults.json` says how a file of it is changed, and what is then said; blank where the run is
still good. After a change of the vocabulary UPDATE_GOLDEN=1 writes the run anew.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from matrix.data.runs import FILES, HOST, Run
from tests.made_runs import MadeRun, set_fact, sign
from tests.reporter.spoiled import faults, load

BROKEN = Path(__file__).parent / "broken"
TABLE: list[dict[str, Any]] = json.loads((BROKEN / "faults.json").read_text("utf-8"))
SELECTION = "ipv4 *@specific bound ipv4 SO_REUSEPORT@specific"


def changed(data: bytes, kind: str, values: list[Any]) -> bytes:
    """The bytes of a file after a change."""
    header, row, rest = data.split(b"\n", 2) if data.count(b"\n") > 1 else (b"", b"", b"")
    cells = row.decode().split(",")
    if kind == "cell":
        cells[values[0]] = values[1]
    elif kind == "cell_times":
        cells[values[0]] = values[1] * values[2]
    elif kind == "answer":
        cells = [*cells[:10], *values]
    elif kind == "count":
        cells = [*cells[:10], values[0]]
    match kind:
        case "cell" | "cell_times" | "answer" | "count":
            return b"\n".join([header, ",".join(cells).encode(), rest])
        case "replace" | "replace_all":
            return data.replace(values[0].encode(), values[1].encode(), 1 if kind == "replace" else -1)
        case "prepend":
            return bytes.fromhex(values[0]) + data
        case "insert":
            return header + b"\n" + bytes.fromhex(values[0]) + row + b"\n" + rest
        case "append":
            return data + str(values[0]).encode()
        case "append_first":
            return data + row + b"\n"
        case "drop_first":
            return header + b"\n" + rest
        case "cut":
            return data[: -values[0]]
        case "text":
            return str(values[0]).encode()
        case "text_times":
            return str(values[0] * values[1]).encode()
        case _:
            raise ValueError(kind)


def spoil(folder: Path, file: str, kind: str, values: list[Any]) -> None:
    """Change a file of a run; a changed CSV matches its checksum again."""
    if kind == "omit":
        (folder / file).unlink()
    elif kind == "fact":
        set_fact(folder, *values)
    elif kind == "control":
        name, when, observed = values
        controls = json.loads((folder / HOST).read_text("utf-8"))["controls"]
        found = [each | ({"observed": observed} if (each["name"], each["when"]) == (name, when) else {}) for each in controls]
        set_fact(folder, "controls", [each for each in found if each["observed"] is not None])
    else:
        (folder / file).write_bytes(changed((folder / file).read_bytes(), kind, values))
        if file != HOST:
            sign(folder)


def named(entry: dict[str, Any]) -> str:
    """What a test is called."""
    return f"{entry['file']} {' '.join(map(str, entry['change']))[:50]!a}"


@pytest.mark.parametrize("entry", TABLE, ids=named)
def test_a_spoiled_file_is_named_or_taken(tmp_path: Path, entry: dict[str, Any]) -> None:
    """By file, problem and, where it is a row's, its row."""
    folder = shutil.copytree(BROKEN / "run", tmp_path / "run")
    kind, *values = entry["change"]
    spoil(folder, entry["file"], kind, values)
    if entry["says"]:
        name = entry.get("named", entry["file"])
        assert any(name in line and entry["says"] in line for line in faults(folder).splitlines()), faults(folder)
    else:
        run = load(folder)
        assert isinstance(run, Run), run.faults


def test_the_run_is_what_the_vocabulary_makes(tmp_path: Path) -> None:
    """And every kind of file is spoiled."""
    folder = MadeRun(target="linux-part", options=("default", "SO_REUSEADDR", "SO_REUSEPORT"), selection=SELECTION).write(tmp_path)
    for name in FILES:
        path = BROKEN / "run" / name
        if "UPDATE_GOLDEN" in os.environ:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes((folder / name).read_bytes())
        assert path.read_bytes() == (folder / name).read_bytes()
    assert {entry["file"] for entry in TABLE} == set(FILES)
