"""A run is taken whole or not at all; folders, links and limits of size."""

import json
import os
import random
import re
import sys
from pathlib import Path

import pytest

from matrix.data import catalogue, runs, strict
from matrix.data.cases import CaseTable, possible_texts
from matrix.data.runs import Loader, Run, find_runs, load_runs
from matrix.errors import UsageError
from matrix.probe import cases
from matrix.records import Faulty
from matrix.vocabulary import WORDS
from tests.made_runs import MadeRun, everything_succeeds
from tests.reporter.conftest import PART
from tests.reporter.spoiled import edit, faults, load


@pytest.mark.parametrize(
    "made",
    [MadeRun(), MadeRun(options=("default",)), MadeRun(selection=PART), MadeRun(rule=everything_succeeds)],
    ids=["whole", "one option", "part", "no protection"],
)
def test_a_made_run_is_loaded_with_all_its_rows(made: MadeRun, tmp_path: Path) -> None:
    """What the probe writes is what the loader takes."""
    run = load(made.write(tmp_path))
    assert isinstance(run, Run), run.faults
    assert len(run.lines) == len(made.rows)


def test_the_catalogue_reads_what_the_csv_module_reads(tmp_path: Path) -> None:
    """Question by question and answer by answer, quoted cells too."""
    made = MadeRun(options=("default", "SO_REUSEPORT"), absent=("others",))
    loader = Loader()
    run = loader.load(made.write(tmp_path))
    assert isinstance(run, Run)
    book = loader.catalogue
    read = [(*book.question(int(book.question_of[line])), *book.answers[book.answer_of[line]]) for line in run.lines]
    assert read == made.rows
    assert any("," in each[-1] for each in read)


def test_the_cases_of_the_vocabulary_are_those_of_the_probe() -> None:
    """In its order, for all options and for some."""
    table = CaseTable()
    for options in (WORDS["first_option"], ("default", "SO_EXCLUSIVEADDRUSE")):
        wanted = [",".join(case.columns) for case in cases.cases_of(cases.specs_of(None, cases.options_named(options)))]
        assert [table.texts[number] for number in table.expected(options, "")] == wanted
    for number in range(0, table.possible, 997):
        words = table.texts[number].split(",")
        assert [WORDS[column][code] for column, code in zip(list(WORDS)[:9], table.codes[number], strict=True)] == words


def test_a_case_has_its_number_whatever_was_met_before() -> None:
    """Cases are written out by options, as they come; one that the vocabulary has not is added, once."""
    texts = list(possible_texts())
    for seed in range(4):
        chance, table = random.Random(seed), CaseTable()
        table.meet(chance.sample(WORDS["first_option"], 2))
        if seed % 2:
            assert table.texts == texts  # made before anything is added
        strange = ["no,such,case", "tcp,,SO_REUSEADDR,,,,,,same", "tcp,,SO_REUSEADDR,,,,,,same"]
        for _ in range(3):
            drawn = chance.sample(range(len(texts)), 50)
            found = table.numbered([*(texts[number] for number in drawn), *strange])
            assert found.tolist() == [*drawn, len(texts), len(texts) + 1, len(texts) + 1]
        assert len(table) == len(texts) + 2
        assert table.texts == [*texts, *strange[:2]]
        assert table.cells(len(texts)) == ("no", "such", "case")


def test_a_faulty_run_does_not_keep_the_others_out(tmp_path: Path) -> None:
    """Nothing is lost, and the rest is still reported; the same target twice is a fault of the second."""
    for parent in ("a", "b"):
        MadeRun(target="linux-part", selection=PART).write(tmp_path / parent)
    bad = MadeRun(target="linux-bad", selection=PART)
    bad.rows[0] = (*bad.rows[0][:10], "PERHAPS", "", "3", "3", "")
    folders = [*find_runs([tmp_path / "a", tmp_path / "b"]), bad.write(tmp_path / "c")]
    found = load_runs(folders)
    assert [run.host.target for run in found.good] == ["linux-part"]
    assert "a run of this target is there already" in str(found.faulty[0].faults[0])
    assert "unknown outcome" in str(found.faulty[1].faults[0])


def test_a_line_that_one_run_may_hold_is_no_licence_for_another(tmp_path: Path) -> None:
    """Five attempts are too many for a run that repeats nothing, and were enough for the one before."""
    five = MadeRun(target="linux-five", selection=PART, changed={"repeat": 5})
    five.rows = [(*each[:12], "5", "5", "") for each in five.rows]
    once = MadeRun(target="linux-once", selection=PART)
    once.rows = five.rows
    found = load_runs([five.write(tmp_path), once.write(tmp_path)])
    assert [run.host.target for run in found.good] == ["linux-five", "linux-once"]
    five.facts["repeat"], once.facts["repeat"] = 5, 6
    found = load_runs([five.write(tmp_path), once.write(tmp_path)])
    assert "fewer attempts than the run's 6" in str(found.faulty[0].faults[0])


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    """Named, with what to do."""
    with pytest.raises(UsageError, match="no such folder"):
        find_runs([tmp_path / "nowhere"])


@pytest.mark.skipif(sys.platform == "win32", reason="links and devices as Unix has them")
@pytest.mark.parametrize("name", ["observations.csv", "counts.csv", "host.json"])
@pytest.mark.parametrize("target", ["/dev/zero", "/proc/kmsg", "/etc/passwd", "itself", "a copy", "a pipe"])
def test_what_is_no_regular_file_is_never_read(part: Path, name: str, target: str) -> None:
    """Not through a link, not a device, not a pipe, and nothing of it is shown."""
    path = part / name
    path.rename(part / "copy")
    if target == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"itself": name, "a copy": "copy"}.get(target, target))
    assert find_runs([part]) == [part]
    found = faults(part)
    assert "not a regular file" in found
    assert ":0:0:" not in found


@pytest.mark.skipif(sys.platform == "win32", reason="links as Unix has them")
def test_a_folder_that_is_a_link_is_found_once_and_not_followed(part: Path, tmp_path: Path) -> None:
    """A run is where it is; a link beside it leads out of the folder of runs."""
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "linux-link").symlink_to(part)
    loaded = load_runs(find_runs([tmp_path / "results"]))
    assert loaded.good == ()
    assert "is a link" in str(loaded.faulty[0].faults[0])


def test_limits_of_size_are_checked_before_anything_is_kept(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes while reading, rows before they are split."""
    size = (part / "observations.csv").stat().st_size
    with monkeypatch.context() as patched:
        patched.setattr(strict.read_bytes, "__defaults__", (size - 1,))
        assert f"observations.csv: the file has more than {size - 1:,} bytes" in faults(part)
        patched.setattr(strict.read_bytes, "__defaults__", (size,))
        assert isinstance(load(part), Run)
    rows = size and len((part / "observations.csv").read_bytes().splitlines()) - 1
    for limit, good in ((rows, True), (rows - 1, False)):
        monkeypatch.setattr(strict, "MAX_ROWS", limit)
        monkeypatch.setattr(catalogue, "MAX_ROWS", limit)
        assert isinstance(load(part), Run) is good
    assert f"more than {rows - 1:,} rows" in faults(part)


def test_short_rows_without_end_cost_next_to_nothing(part: Path) -> None:
    """32 MiB of line ends are counted, and not kept."""
    (part / "observations.csv").write_bytes(b"\n" * (strict.MAX_BYTES - 1))
    assert "more than 200,000 rows" in faults(part)


def test_all_runs_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of their number, and of their different lines; both are said."""
    folders = [MadeRun(target=f"linux-{n}", selection=PART).write(tmp_path) for n in range(3)]
    monkeypatch.setattr(runs, "MAX_RUNS", 2)
    with pytest.raises(UsageError, match="3 runs are more than 2, which can be read at once"):
        find_runs([tmp_path])
    monkeypatch.setattr(catalogue, "MAX_DISTINCT", 10)
    assert "too many different rows" in str(load_runs(folders).faulty[0].faults[0])


def test_a_thousand_runs_are_read(tmp_path: Path) -> None:
    """As many as can be read at once, each a folder of its own."""
    folder = MadeRun(target="linux-part", selection="tcp ipv4 default@wildcard bound ipv4 default@wildcard same").write(tmp_path)
    facts = json.loads((folder / "host.json").read_text())
    for number in range(runs.MAX_RUNS - 1):
        copy = tmp_path / f"linux-{number}"
        copy.mkdir()
        for name in ("observations.csv", "counts.csv"):
            os.link(folder / name, copy / name)
        (copy / "host.json").write_text(json.dumps({**facts, "target": copy.name}))
    found = load_runs(find_runs([tmp_path]))
    assert (len(found.good), found.faulty) == (1000, ())
    assert len(found.catalogue) == len((folder / "observations.csv").read_bytes().splitlines()) - 1


def test_so_many_faults_are_named_as_a_person_reads_and_the_rest_is_counted(part: Path) -> None:
    """Twenty of a file."""
    edit(part, lambda data: data.replace(b",SUCCESS,", b",PERHAPS,"))
    found = load(part)
    assert isinstance(found, Faulty)
    assert len(found.faults) == 21
    assert re.fullmatch(r".*: \d+ more faults of this file are not shown — fix the ones above first", str(found.faults[-1]))


PLAIN = "tcp,ipv4,default,wildcard,bound,ipv4,default,wildcard,same"


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (f'{PLAIN},bind,NOT_RUN,,0,0,"a, b"', (PLAIN, 'bind,NOT_RUN,,0,0,"a, b"')),
        (f'{PLAIN},"bind",NOT_RUN,,0,0,a', (PLAIN, '"bind",NOT_RUN,,0,0,a')),
        (f'"tcp"{PLAIN[3:]},bind,NOT_RUN,,0,0,"a, b"', (PLAIN, 'bind,NOT_RUN,,0,0,"a, b"')),
        (f'"tcp,x"{PLAIN[3:]},bind,NOT_RUN,,0,0,a', (f'"tcp,x"{PLAIN[3:]},bind,NOT_RUN,,0,0,a', "")),
        ('"tcp,bind', ('"tcp,bind', "")),
        ('"tcp",bind', ('"tcp",bind', "")),
    ],
)
def test_a_line_with_quotes_is_a_case_and_its_rest(line: str, parts: tuple[str, str]) -> None:
    """Whatever is quoted; a line that is no CSV, or has other cells, is a case that none is."""
    assert catalogue.unquoted(line) == parts


@pytest.mark.parametrize("rest", ["bind,SUCCESS,,3,3,", 'bind,NOT_RUN,,0,0,"a, b"'])
def test_quotes_that_nobody_needs_are_read_as_none(rest: str, tmp_path: Path) -> None:
    """The measure and the answer come out the same."""
    book = catalogue.Catalogue()
    header = catalogue.HEADER.decode()
    first, *others = rest.split(",", 1)
    lines = [f"{PLAIN},{rest}", f'{PLAIN},"{first}",{",".join(others)}', f'{PLAIN},"{first}']
    numbers = book.take("".join(f"{line}\n" for line in [header, *lines]).encode())
    assert numbers is not None
    assert [int(book.answer_of[number]) for number in numbers[:2]] == [0, 0]
    assert [bool(book.odd[number]) for number in numbers] == [False, False, True]
