"""The footer and counts.csv: so many rows, exactly these bytes, splits that add up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matrix.data.runs import Run
from tests.made_runs import MadeRun
from tests.reporter.spoiled import faults, load


def test_a_missing_footer_is_an_incomplete_run(part: Path) -> None:
    """Cut off before the end."""
    (part / "host.json").unlink()
    assert "host.json: missing: the run was cut off" in faults(part)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
@pytest.mark.parametrize("name", ["observations.csv", "counts.csv"])
def test_a_csv_that_is_cut_off_does_not_match_its_footer(tmp_path: Path, name: str, share: float) -> None:
    """Row count and hash, wherever it was cut."""
    path = MadeRun(target="linux-part", selection="udp ipv4 bound ipv4 same", options=("default", "SO_REUSEPORT")).write(tmp_path) / name
    data = path.read_bytes()
    assert len(data) > 500
    path.write_bytes(data[: int(len(data) * share)])
    assert f"sha256 is not that of {name}" in faults(path.parent)


SPLIT = ("udp", "ipv4", "SO_REUSEPORT", "specific", "bound", "ipv4", "SO_REUSEPORT", "specific", "same", "deliver-ipv4")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda rows: [(*each[:10], "60", "-1", "61") if each[:10] == SPLIT else each for each in rows],
            "sent, first and second must be numbers",
        ),
        (
            lambda rows: [(*each[:10], "60", "30", "31") if each[:10] == SPLIT else each for each in rows],
            "not those of a split that adds up",
        ),
        (
            lambda rows: [(*each[:10], "60", "60", "0") if each[:10] == SPLIT else each for each in rows],
            "not those of a split that adds up",
        ),
        (lambda rows: [(*each[:10], "0", "0", "0") if each[:10] == SPLIT else each for each in rows], "not those of a split that adds up"),
        (
            lambda rows: [(*each[:10], "61", "31", "30") if each[:10] == SPLIT else each for each in rows],
            "not those of a split that adds up",
        ),
        (
            lambda rows: [(*each[:10], "40", "20", "20") if each[:10] == SPLIT else each for each in rows],
            "not those of a split that adds up",
        ),
        (
            lambda rows: [(*each[:10], "80", "40", "40") if each[:10] == SPLIT else each for each in rows],
            "not those of a split that adds up",
        ),
        (
            lambda rows: [(*each[:10], "180", "90", "90") if each[:10] == SPLIT else each for each in rows],
            "not those of a split that adds up",
        ),
        (lambda rows: [*rows, (*SPLIT[:9], "inherit-ipv4", "60", "30", "30")], "not the counts of a split"),
        (lambda rows: [*rows, next(each for each in rows if each[:10] == SPLIT)], "the same split twice"),
        (lambda rows: [each for each in rows if each[:10] != SPLIT], "1 splits are not counted"),
    ],
)
def test_counts_belong_to_a_split_and_add_up(tmp_path: Path, change: Callable[[Any], Any], expected: str) -> None:
    """Each split once."""
    made = MadeRun(target="linux-part", selection="udp ipv4 bound ipv4 same", options=("default", "SO_REUSEPORT"))
    made.counts = change(made.counts)
    assert expected in faults(made.write(tmp_path))


def test_a_split_that_one_attempt_dissents_from_may_lie_on_one_side(tmp_path: Path) -> None:
    """Seven of eight attempts were split, one was not."""
    made = MadeRun(target="linux-part", selection="udp ipv4 bound ipv4 same", options=("default", "SO_REUSEPORT"))
    made.rows = [(*SPLIT, "split", "", "7", "8", "once second") if each[:10] == SPLIT else each for each in made.rows]
    made.counts = [(*SPLIT, "140", "60", "80") if each[:10] == SPLIT else each for each in made.counts]
    assert isinstance(load(made.write(tmp_path)), Run)
