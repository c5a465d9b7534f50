"""A run is taken whole or not at all, and every fault is named with file, row and value."""

import hashlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix.errors import UsageError
from matrix.model import Faulty
from matrix.runs import Run, find_runs, load_run, load_runs
from tests.conftest import ROOT


def told(folder: Path) -> str:
    """All faults of a run that must be faulty."""
    result = load_run(folder)
    assert isinstance(result, Faulty)
    assert result.faults
    return "\n".join(map(str, result.faults))


def sign(folder: Path) -> None:
    """Make host.json match the CSV again, so that only the rows themselves are wrong."""
    data = (folder / "observations.csv").read_bytes()
    facts = json.loads((folder / "host.json").read_text("utf-8"))
    facts.update(rows=max(data.count(b"\n") - 1, 0), sha256=hashlib.sha256(data).hexdigest())
    (folder / "host.json").write_text(json.dumps(facts), "utf-8")


def edit(folder: Path, change: Callable[[bytes], bytes]) -> None:
    path = folder / "observations.csv"
    path.write_bytes(change(path.read_bytes()))
    sign(folder)


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old, new, 1)


def second_row(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    lines = data.split(b"\n")
    lines[1] = change(lines[1])
    return b"\n".join(lines)


def test_a_good_run_is_loaded(measured: Path) -> None:
    """What the probe writes is what the loader takes."""
    assert isinstance(load_run(measured), Run)


@pytest.mark.parametrize("folder", sorted((ROOT / "results").glob("*/")), ids=lambda path: path.name)
def test_published_runs_are_good_and_named_after_their_target(folder: Path) -> None:
    """Nothing faulty is ever published."""
    run = load_run(folder)
    assert isinstance(run, Run), run
    assert run.host.target == folder.name
    assert not run.host.selection


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (replaced(b"protocol,", b"proto,"), "row 1: the header is not the one expected"),
        (lambda data: second_row(data, lambda row: re.sub(b",(INUSE|ACCESS|SUCCESS),", b",PERHAPS,", row)), "row 2: unknown outcome, or not that of its error: \"PERHAPS"),
        (lambda data: second_row(data, lambda row: b"sctp" + row[3:]), "row 2: unknown protocol: 'sctp'"),
        (lambda data: data + data.split(b"\n")[1] + b"\n", "the same case and measure as row 2"),
        (lambda data: second_row(data, lambda row: row + b"\0"), "row 2: a NUL byte in the text"),
        (lambda data: data.decode().encode("utf-16"), "row 1: the file is UTF-16"),
        (lambda data: b"\xef\xbb\xbf" + data, "byte order mark"),
        (lambda data: second_row(data, lambda row: row + b"\xff"), "row 2: not UTF-8"),
        (lambda data: second_row(data, lambda row: row + b"x" * 1_000_000), "row 2: a line of 1,000,"),
        (lambda data: second_row(data, lambda row: row + b"x" * 5_000), "row 2: column detail is longer than 2,000"),
        (lambda data: data.replace(b"\n", b"\r\n"), "row 1: a carriage return"),
        (lambda data: second_row(data, lambda row: row + b",more"), "row 2: 16 cells where 15 belong"),
        (lambda data: second_row(data, lambda row: row + b'"'), "not valid CSV"),
        (lambda data: second_row(data, lambda row: row.replace(b",3,3,", b",2,3,")), "must have been the answer of every attempt: '2 of 3'"),
        (lambda data: second_row(data, lambda row: row.replace(b",3,3,", b",three,3,")), "agreed and attempts must be numbers"),
        (lambda data: b"", "the header is not the one expected"),
    ],
    ids=[
        "wrong header", "unknown outcome", "unknown word", "duplicate case", "NUL byte", "UTF-16", "byte order mark", "not UTF-8",
        "million characters", "long cell", "CR LF", "cells too many", "open quote", "attempts that disagree", "no number", "empty file",
    ],
)  # fmt: skip
def test_a_spoiled_csv_is_named_by_file_row_and_value(part_copy: Path, change: Callable[[bytes], bytes], expected: str) -> None:
    """Even with a matching checksum."""
    edit(part_copy, change)
    assert expected in told(part_copy)
    assert "observations.csv" in told(part_copy)


def test_a_missing_footer_is_an_incomplete_run(part_copy: Path) -> None:
    """Cut off before the end."""
    (part_copy / "host.json").unlink()
    assert "host.json: missing: the run was cut off" in told(part_copy)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_csv_that_is_cut_off_does_not_match_its_footer(part_copy: Path, share: float) -> None:
    """Row count and hash, wherever it was cut."""
    path = part_copy / "observations.csv"
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert "sha256 is not that of observations.csv" in told(part_copy)


def test_a_changed_cell_does_not_match_its_checksum(part_copy: Path) -> None:
    """Nobody edits an outcome by hand."""
    path = part_copy / "observations.csv"
    path.write_bytes(path.read_bytes().replace(b",INUSE,", b",SUCCESS,", 1))
    assert "sha256 is not that" in told(part_copy)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("schema", 99, "schema is not 1: '99'"),
        ("system", "<b>linux", "system is not a plain word"),
        ("version", "six", "version is not a dotted number"),
        ("target", "reactos-0.4", "the target is named reactos, and the probe found"),
        ("measured", "yesterday", "measured is not a day"),
        ("measured", "2026-99-99", "measured is not a day"),
        ("measured", "9999-12-31", "measured is not a day"),
        ("controls", [{"name": "x", "when": ["x"], "expected": 1, "observed": 1}], "no controls from before the run"),
        ("rows", 1, "rows does not match"),
        ("sha256", "0" * 64, "sha256 is not that"),
        ("controls", [], "no controls from before the run"),
        ("controls", [{"name": "x", "when": "before", "expected": "refused", "observed": "SUCCESS"}], "a control failed"),
        ("python", None, "python is not of type dict"),
        ("accounts", "all", "accounts is not of type dict"),
        ("accounts", {"ours": {"role": "\x1b[31m", "how": "", "reason": ""}}, "role is not a plain word"),
        ("counts", {"rows": 0, "sha256": "0"}, "counts.csv: is not the file that host.json speaks of"),
        ("selection", "\x1b[31mred", "selection holds text that is too long or not printable"),
        ("stated", {"runsc": "x" * 999}, "stated holds text that is too long"),
    ],
)
def test_a_wrong_host_is_named(part_copy: Path, field: str, value: object, expected: str) -> None:
    """Each field is checked, and a failed control voids the run."""
    path = part_copy / "host.json"
    facts = json.loads(path.read_text("utf-8"))
    facts[field] = value
    path.write_text(json.dumps(facts), "utf-8")
    assert expected in told(part_copy)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "\xff"], ids=["empty", "half", "list", "deep", "other"])
def test_a_host_that_is_no_json_object_is_named(part_copy: Path, text: str) -> None:
    """Whatever it holds instead."""
    (part_copy / "host.json").write_text(text, "latin-1")
    assert "host.json" in told(part_copy)


def test_a_listen_without_a_bind_is_named(part_copy: Path) -> None:
    """The probe asks for listen only after a bind."""
    edit(part_copy, lambda data: b"\n".join(row for row in data.split(b"\n") if b",same,bind," not in row))
    assert "of a case whose bind did not succeed" in told(part_copy)


def test_a_faulty_run_does_not_keep_the_others_out(part_copy: Path, measured: Path) -> None:
    """Nothing is lost, and the rest is still reported; the same target twice is a fault of the second."""
    runs = load_runs(find_runs([measured, part_copy]))
    assert [run.host.target for run in runs.good] == ["this-machine"]
    assert "a run of this target is there already" in str(runs.faulty[0].faults[0])


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    """Named, with what to do."""
    with pytest.raises(UsageError, match="no such folder"):
        find_runs([tmp_path / "nowhere"])


@pytest.mark.skipif(sys.platform == "win32", reason="links and devices as Unix has them")
@pytest.mark.parametrize("target", ["/dev/zero", "observations.csv"], ids=["a device", "itself"])
def test_what_is_no_plain_file_is_never_read(part_copy: Path, target: str) -> None:
    """A link to a device would never end; one to itself is a run all the same, and a faulty one."""
    (part_copy / "observations.csv").unlink()
    (part_copy / "observations.csv").symlink_to(target)
    assert find_runs([part_copy]) == [part_copy]
    faulty = load_run(part_copy)
    assert isinstance(faulty, Faulty)
    assert any("not a plain file" in str(fault) or "cannot be read" in str(fault) for fault in faulty.faults)
