"""`diff` and `compare`: two runs, or one beside the published ones, and how runs are named."""

import re
from pathlib import Path

import pytest

from tests.made_runs import MadeRun
from tests.reporter.conftest import PART, Typed


def test_diff_sums_up_by_what_the_cases_have_in_common(typed: Typed, results: Path) -> None:
    """The host first, in words; `--all` names every case; nothing of it is written as Python would."""
    words = ("diff", results / "linux-6.1", results / "linux-6.2")
    status, out, err = typed(*words)
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == "linux-6.1 (2026-11-24) → linux-6.2 (2026-11-24)"
    assert "- host, version: 6.1 → 6.2" in out.splitlines()
    assert re.search(r"\d+ of [\d,]+ questions that both measured are answered otherwise[:;]", " ".join(out.split()))
    assert "the second bind is refused with ACCESS instead of INUSE if the second belongs to another account" in " ".join(out.split())
    assert "tcp ipv4 default@specific listening ipv4 default@wildcard other bind: INUSE → ACCESS" in typed(*words, "--all")[1].splitlines()
    status, out, _ = typed("diff", results / "linux-6.1", results / "wine-8.0")
    assert not re.search(r"\(['(]|[{}]|None|True|False|\w+\(", out)
    assert "- host, options: default, SO_REUSEADDR → default, SO_REUSEADDR, SO_EXCLUSIVEADDRUSE" in out
    rows = len((results / "linux-6.1" / "observations.csv").read_bytes().splitlines()) - 1
    assert typed("diff", results / "linux-6.1", results / "linux-6.1", "--all")[1].splitlines()[1:] == [
        "host: no change",
        f"observations: no change in {rows:,} rows",
    ]


def test_diff_tells_a_script_by_its_exit_status(typed: Typed, results: Path) -> None:
    """Only where it is asked to."""
    one, other = results / "linux-6.1", results / "linux-6.2"
    assert [typed("diff", one, other)[0], typed("diff", one, other, "--exit-code")[0], typed("diff", one, one, "--exit-code")[0]] == [
        0,
        1,
        0,
    ]


def test_published_runs_are_named_without_their_folder(
    typed: Typed, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their name, or the beginning of it, as far as it is only one's."""
    (tmp_path / "results").symlink_to(results)
    monkeypatch.chdir(tmp_path)
    assert typed("diff", "linux 6.1", "wine")[1].startswith("linux-6.1 (2026-11-24) → wine-8.0 (2026-11-24)")
    assert "Nearest is" in typed("compare", "gvisor")[1]
    assert typed("diff", "linux", "wine")[::2] == (2, "bind-matrix: linux may be linux-6.1, linux-6.2; name one of them\n")
    status, _, err = typed("compare", "plan9")
    assert (status, err.startswith("bind-matrix: plan9: no such folder; name a run, or a published run: gvisor-1, linux-6.1")) == (2, True)


def test_diff_of_a_faulty_run_names_the_fault(typed: Typed, part: Path) -> None:
    """And shows no difference that can't be believed."""
    (part / "host.json").unlink()
    status, out, err = typed("diff", part, part)
    assert (status, "the run was cut off" in err, out) == (1, True, "")


def test_compare_finds_the_nearest_platform(typed: Typed, results: Path, tmp_path: Path) -> None:
    """In Markdown at the end of a file, and the answer in one line on the terminal."""
    status, out, err = typed(
        "compare", results / "linux-6.2", results / "linux-6.1", results / "gvisor-1", "--append", tmp_path / "summary.md"
    )
    assert (status, err) == (0, "")
    assert re.fullmatch(r"Nearest is Linux 6\.1, which answers the same in [\d,]+ of the [\d,]+ questions that both were asked\.\n", out)
    text = (tmp_path / "summary.md").read_text("utf-8")
    assert text.startswith("## `linux-6.2` beside the published platforms\n\nNearest is Linux 6.1,")
    assert "| TCP listening | bind | INUSE | ACCESS |" in text
    assert "There is no other published platform." in typed("compare", results / "linux-6.1", results / "linux-6.1")[1]


def test_compare_shows_a_run_of_the_same_name_and_names_faulty_ones(typed: Typed, tmp_path: Path) -> None:
    """A run that was measured again is held beside the published one."""
    mine = MadeRun(target="linux-part", selection=PART).write(tmp_path / "mine")
    published = MadeRun(target="linux-part", selection=PART).write(tmp_path / "results")
    status, out, _ = typed("compare", mine, tmp_path / "results")
    assert (status, "Nearest is Linux 6.1 (linux-part)," in out, "Nothing is answered otherwise" in out) == (0, True, True)
    (published / "host.json").unlink()
    status, _, err = typed("compare", mine, tmp_path / "results")
    assert (status, "host.json: missing" in err) == (1, True)
