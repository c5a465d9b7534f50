"""A run is taken whole or not at all, and every fault is named with file, row and value."""

import json
import os
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matrix.data import catalogue, runs, strict
from matrix.data.cases import CaseTable
from matrix.data.runs import Loader, Run, find_runs, load_run, load_runs
from matrix.errors import UsageError
from matrix.probe import cases
from matrix.records import Faulty
from matrix.vocabulary import WORDS
from tests.made_runs import MadeRun, everything_succeeds, set_fact, sign
from tests.reporter.conftest import PART

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


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (row(b"protocol,", b"proto,"), "row 1: the header is not the one expected"),
        (cell(0, "sctp"), "row 2: unknown protocol: 'sctp'"),
        (cell(9, "bound"), "row 2: unknown measure: 'bound'"),
        (cell(2, ""), "row 2: unknown first_option"),
        (answer("PERHAPS"), "row 2: unknown outcome, or not that of its error: \"PERHAPS with error ''\""),
        (answer("EVERYTHINGISFINE", "EVERYTHINGISFINE"), "unknown error: 'EVERYTHINGISFINE'"),
        (answer("SUCCESS", "EADDRINUSE"), "not that of its error"),
        (answer("INUSE", "EACCES"), "not that of its error"),
        (answer("INUSE", "EADDRINUSE", "2", "3"), "the attempt that dissents is not named"),
        (answer("INUSE", "EADDRINUSE", "7", "8", "twice SUCCESS"), "the attempt that dissents is not named"),
        (answer("INUSE", "EADDRINUSE", "2", "3", "once SUCCESS"), "one attempt dissents, and fewer than 8 were made"),
        (answer("INUSE", "EADDRINUSE", "1", "3", "once SUCCESS"), "all attempts but one at most"),
        (answer("INUSE", "EADDRINUSE", "0", "1", "once SUCCESS"), "all attempts but one at most"),
        (answer("INUSE", "EADDRINUSE", "2", "2"), "fewer attempts than the run's 3"),
        (answer("INUSE", "EADDRINUSE", "9", "9"), "more attempts than 8"),
        (answer("INUSE", "EADDRINUSE", "9999", "9999"), "more attempts than 8"),
        (answer("INUSE", "EADDRINUSE", "-3", "-3"), "agreed and attempts must be numbers"),
        (answer("INUSE", "EADDRINUSE", "three", "3"), "agreed and attempts must be numbers"),
        (answer("INUSE", "EADDRINUSE", "03", "03"), "agreed and attempts must be numbers"),
        (answer("INUSE", "EADDRINUSE", "0", "0"), "all attempts but one at most"),
        (answer("NOT_RUN", "", "3", "3", "no time"), "NOT_RUN has no attempts"),
        (answer("NOT_RUN", "", "1", "0", "no time"), "NOT_RUN has no attempts"),
        (answer("NOT_RUN", "", "0", "0"), "always a reason"),
        (answer("NOT_RUN", "EACCES", "0", "0", "no time"), "NOT_RUN has no error"),
        (answer("UNSUPPORTED", "=cmd()", "0", "0", "no option"), "unknown error: '=cmd()'"),
        (answer("UNSTABLE", "", "0", "8", "SUCCESS 3"), "UNSTABLE names at least two kinds"),
        (answer("UNSTABLE", "", "0", "8", '"SUCCESS 4, SUCCESS 4"'), "UNSTABLE names at least two kinds"),
        (answer("UNSTABLE", "", "0", "8", "SUCCESS 4; INUSE 3"), "UNSTABLE names at least two kinds"),
        (answer("UNSTABLE", "", "0", "8", '"SUCCESS 4, MAYBE 4"'), "UNSTABLE names at least two kinds"),
        (answer("UNSTABLE", "", "0", "8", '"SUCCESS 8, INUSE 0"'), "UNSTABLE names at least two kinds"),
        (answer("UNSTABLE", "", "0", "9", '"SUCCESS 5, INUSE 4"'), "more attempts than 8"),
        (answer("UNSTABLE", "", "3", "8", '"SUCCESS 5, INUSE 3"'), "UNSTABLE takes two attempts, none agreed"),
        (answer("UNSTABLE", "EACCES", "0", "8", '"SUCCESS 5, INUSE 3"'), "UNSTABLE takes two attempts, none agreed, and no error"),
        (answer("INUSE", "EADDRINUSE", detail="<b>bold</b>"), "detail is not plain words"),
        (answer("INUSE", "EADDRINUSE", detail="::error::x"), "detail is not plain words"),
        (lambda data: data + data.split(b"\n")[1] + b"\n", "the same case and measure as row 2"),
        (cell(14, "\0"), "row 2: a NUL byte in the text"),
        (lambda data: data.decode().encode("utf-16"), "row 1: the file is UTF-16"),
        (lambda data: b"\xef\xbb\xbf" + data, "byte order mark"),
        (lambda data: row(b"\n", b"\xff\n")(data[data.index(b"\n") + 1 :]).join([data[: data.index(b"\n") + 1], b""]), "row 2: not UTF-8"),
        (cell(14, "x" * 1_000_000), "row 2: a line of 1,000,"),
        (cell(14, "x" * 5_000), "row 2: column detail is longer than 2,000"),
        (cell(14, "\x1b[31m"), "row 2: column detail holds a control character"),
        (cell(14, "a\u202eb"), "row 2: column detail holds a control character"),
        (lambda data: data.replace(b"\n", b"\r\n"), "row 1: a carriage return"),
        (cell(14, ",more"), "row 2: 16 cells where 15 belong"),
        (cell(14, '"open'), "not valid CSV"),
        (lambda data: data[:-1], "is not what the probe writes, and no row says why"),
        (lambda data: b"", "the header is not the one expected"),
        (lambda data: data.split(b"\n")[0] + b"\n", "no bind was measured"),
    ],
)  # fmt: skip
def test_a_spoiled_csv_is_named_by_file_row_and_value(part: Path, change: Callable[[bytes], bytes], expected: str) -> None:
    """Even with a matching checksum."""
    edit(part, change)
    found = faults(part)
    assert expected in found
    assert "observations.csv" in found


FIRST = ("tcp", "ipv4", "SO_REUSEADDR", "other-specific", "bound", "ipv4", "SO_REUSEADDR", "other-specific", "same")


@pytest.mark.parametrize(
    "given",
    [
        ("INUSE", "EADDRINUSE", "7", "8", "once SUCCESS"),
        ("INUSE", "WSAEADDRINUSE", "3", "3", ""),
        ("error 99", "error 99", "3", "3", "at setsockopt"),
        ("EINVAL", "EINVAL", "8", "8", ""),
        ("UNSTABLE", "", "0", "2", "INUSE 1, SUCCESS 1"),
        ("UNSUPPORTED", "EINVAL", "0", "0", "first socket alone: refused at bind"),
        ("NOT_RUN", "", "0", "0", "answered in 2 of 8 attempts: no reply"),
    ],
)
def test_what_the_probe_may_answer_is_taken(tmp_path: Path, given: tuple[str, ...]) -> None:
    """One dissent with all extra attempts, unnamed errors, reasons."""
    made = MadeRun(target="linux-part", selection=PART)
    made.rows = [each for each in made.rows if each[:9] != FIRST] + [(*FIRST, "bind", *given)]
    assert isinstance(load(made.write(tmp_path)), Run)


def test_an_unstable_bind_is_followed_by_what_was_asked_where_it_succeeded(tmp_path: Path) -> None:
    """And a refused one by nothing but reasons."""
    made = MadeRun(target="linux-part", selection=PART)
    others = [each for each in made.rows if each[:10] != (*FIRST, "bind")]
    made.rows = [*others, (*FIRST, "bind", "UNSTABLE", "", "0", "8", "INUSE 4, SUCCESS 4")]
    assert isinstance(load(made.write(tmp_path)), Run)
    made.rows = [*others, (*FIRST, "bind", "INUSE", "EADDRINUSE", "3", "3", "")]
    assert "listen of a case whose bind did not succeed" in faults(made.write(tmp_path))
    reasons = [(*each[:10], "NOT_RUN", "", "0", "0", "no time") if each[:9] == FIRST else each for each in others]
    made.rows = [*reasons, (*FIRST, "bind", "INUSE", "EADDRINUSE", "7", "8", "once SUCCESS")]
    assert isinstance(load(made.write(tmp_path)), Run)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (
            ("tcp", "ipv4", "default", "mapped-wildcard", "bound", "ipv4", "default", "wildcard", "same"),
            "a case that this host can't be asked",
        ),
        (
            ("udp", "ipv4", "default", "wildcard", "listening", "ipv4", "default", "wildcard", "same"),
            "a case that this host can't be asked",
        ),
        (
            ("tcp", "ipv4", "SO_EXCLUSIVEADDRUSE", "wildcard", "bound", "ipv4", "default", "wildcard", "same"),
            "a case that this host can't be asked",
        ),
    ],
    ids=["an address of another family", "UDP listens", "an option that the host lacks"],
)
def test_a_case_that_cannot_be_is_named(tmp_path: Path, extra: tuple[str, ...], expected: str) -> None:
    """A whole run holds exactly the cases of its host's options."""
    made = MadeRun()
    made.rows.append((*extra, "bind", "SUCCESS", "", "3", "3", ""))
    assert expected in faults(made.write(tmp_path))


def test_cases_that_are_missing_from_a_whole_run_are_counted(tmp_path: Path) -> None:
    """A selection is not passed off as whole."""
    made = MadeRun(selection=PART, changed={"selection": ""})
    assert re.search(r"4,\d\d\d of 4,\d\d\d cases are missing", faults(made.write(tmp_path)))
    made = MadeRun()
    made.rows = []
    assert "no bind was measured" in faults(made.write(tmp_path))


def test_a_selection_holds_what_its_words_match(tmp_path: Path) -> None:
    """No more, no less."""
    made = MadeRun(selection=PART, changed={"selection": "tcp ipv4 default* bound ipv4 same"})
    assert "a case that this host can't be asked" in faults(made.write(tmp_path))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ((*FIRST, "freed"), "freed is not asked there"),
        ((*FIRST[:4], "time-wait", *FIRST[5:], "first-listen"), "first-listen is not asked there"),
        (("udp", *FIRST[1:], "listen"), "listen is not asked there"),
        ((*FIRST, "multicast-both"), "multicast-both is not asked there"),
        ((*FIRST[:4], "time-wait", *FIRST[5:], "deliver-ipv4"), "deliver-ipv4 is not asked there"),
        ((*FIRST[:8], "other", "late-option"), "late-option is not asked of two accounts"),
        (("udp", *FIRST[1:], "late-option"), "late-option of a case whose bind was not asked"),
    ],
)
def test_a_measure_is_asked_only_where_it_can_be(tmp_path: Path, question: tuple[str, ...], expected: str) -> None:
    """Of its protocols, states and accounts."""
    made = MadeRun(target="linux-part", selection=PART)
    outcome = "ignored" if question[-1] == "late-option" else "both" if question[-1].startswith(("multi", "deliver")) else "SUCCESS"
    made.rows.append((*question, outcome, "", "3", "3", ""))
    assert expected in faults(made.write(tmp_path))


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("schema", 1, "schema is not 2: '1'"),
        ("schema", True, "schema is not of type int"),
        ("vocabulary", 99, "vocabulary is newer than this program's"),
        ("vocabulary", 0, "vocabulary is not between 1 and"),
        ("system", "<b>linux", "system is none of its words"),
        ("system", "plan9", "system is none of its words"),
        ("version", "six", "version is not a dotted number"),
        ("version", "6.", "version is not a dotted number"),
        ("target", "reactos-0.4", "the target is named reactos, and the probe found linux"),
        ("target", "../etc", "target is not a plain word"),
        ("target", "Linux", "target is not a name: 'Linux'"),
        ("measured", "yesterday", "measured is not a day"),
        ("measured", "2026-99-99", "measured is not a day"),
        ("measured", "2099-12-31", "measured is after today, 2026-11-25"),
        ("measured", "2026-11-27", "measured is after today"),
        ("repeat", -5, "repeat is not between 1 and"),
        ("repeat", True, "repeat is not of type int"),
        ("repeat", 101, "repeat is not between 1 and 100"),
        ("rows", 1, "rows does not match"),
        ("rows", True, "rows does not match"),
        ("sha256", "0" * 64, "sha256 is not that of observations.csv"),
        ("probe.sha256", "x", "probe.sha256 is no SHA-256"),
        ("counts", {"rows": 0, "sha256": "0"}, "sha256 is not that of counts.csv"),
        ("counts", None, "says nothing of counts.csv"),
        ("kernel", "x" * 201, "kernel is not a plain word"),
        ("kernel", "a\nb", "kernel is not a plain word"),
        ("name", "::error::x", "name is not a plain word"),
        ("selection", "\x1b[31mred", "selection is not a plain word"),
        ("no_wildcard", 1, "no_wildcard is not of type bool"),
        ("options", ["default", "SO_MAGIC"], "must name options of the vocabulary"),
        ("options", ["SO_REUSEADDR"], "must name options of the vocabulary, each once, and default"),
        ("options", ["default", "default"], "must name options of the vocabulary, each once"),
        ("options", ["default", "SO_EXCLUSIVEADDRUSE"], "names what linux does not define"),
        ("options", [{}], "must name options of the vocabulary"),
        ("imitates", {"system": "windows", "version": "6.1"}, "imitates is not what linux imitates"),
        ("imitates", "windows", "imitates is not of type dict"),
        ("python", None, "python is not of type dict"),
        ("python.bits", "64", "python.bits is not of type int"),
        ("python.bits", 15, "python.bits is not between"),
        ("python.bits", 129, "python.bits is not between"),
        ("account", "god", "account is none of its words"),
        ("accounts", "all", "accounts is not of type dict"),
        ("accounts", {"ours": {}}, "accounts.a name is none of its words: 'ours'"),
        ("accounts", {"own": {"role": "\x1b[31m", "method": "", "reason": "", "elevated": None}}, "accounts.own.role is none of its words"),
        ("accounts", {"own": {"role": "standard", "method": "", "reason": "\x1b", "elevated": None}}, "accounts.own.reason holds text"),
        ("accounts", {"own": {"role": "standard", "method": "", "reason": "", "elevated": "yes"}}, "accounts.own.elevated is neither"),
        ("stated", {"runsc": "x" * 999}, "stated.runsc is not a plain word"),
        ("stated", {str(n): "x" for n in range(101)}, "stated has more than 100 entries"),
        ("stated", {"<b>": "x"}, "stated.a name is not a plain word"),
        ("settings", {"net": 1}, "settings.net is not text"),
        ("ports.ephemeral", [[1, 65536]], "ports.ephemeral holds what is no range"),
        ("ports.ephemeral", [[-1, 1]], "ports.ephemeral holds what is no range"),
        ("ports.ephemeral", [[2, 1]], "ports.ephemeral holds what is no range"),
        ("ports.excluded", [["a", "b"]], "ports.excluded holds what is no range"),
        ("other_specific", "moon", "other_specific is none of its words"),
        ("controls", [], "11 controls from before the run are missing: 'three-processes, tcp-first-alone"),
        ("controls", "all", "controls is no list"),
        ("controls", [{"when": "before"}, {"when": "after"}], "not a control that the probe asks"),
        ("controls", [["x"]], "not a control that the probe asks"),
        ("controls", [{"name": "x", "when": "before", "expected": "a", "observed": "a"}], "not a control that the probe asks"),
        ("controls", [{"name": "tcp-same-port", "when": "during", "expected": "refused", "observed": "refused"}], "not a control that the probe asks"),
        ("controls", [{"name": "tcp-same-port", "when": "before", "expected": "SUCCESS", "observed": "SUCCESS"}], "a control failed, so the run is void"),
    ],
)  # fmt: skip
def test_a_wrong_host_is_named(part: Path, field: str, value: Any, expected: str) -> None:
    """Each field is checked, and a failed control voids the run."""
    set_fact(part, field, value)
    assert expected in faults(part)


@pytest.mark.parametrize(("account", "when"), [("", "before"), ("", "after"), ("other-", "after"), ("others-", "before")])
def test_controls_are_wanted_before_and_after_of_every_account_that_was_measured(tmp_path: Path, account: str, when: str) -> None:
    """A missing one voids the run as a wrong one does."""
    folder = MadeRun(options=("default",)).write(tmp_path)
    controls = json.loads((folder / "host.json").read_text())["controls"]
    name = f"{account}udp-after-close"
    left = [each for each in controls if (each["name"], each["when"]) != (name, when)]
    assert len(left) == len(controls) - 1
    set_fact(folder, "controls", left)
    assert f"1 controls from {when} the run are missing: '{name}'" in faults(folder)
    wrong = [
        each | {"observed": "SUCCESS" if each["observed"] == "refused" else "3"}
        if (each["name"], each["when"]) == (f"{account}udp-same-port", when)
        else each
        for each in controls
    ]
    set_fact(folder, "controls", wrong)
    assert "a control failed, so the run is void" in faults(folder)


def test_of_an_account_that_was_not_measured_no_control_is_wanted(tmp_path: Path) -> None:
    """And a wrong one is why it was not measured."""
    made = MadeRun(options=("default",), absent=("other",))
    made.facts["controls"].append({"name": "other-tcp-same-port", "when": "before", "expected": "refused", "observed": "SUCCESS"})
    assert isinstance(load(made.write(tmp_path)), Run)


def test_a_host_is_read_as_it_says_of_itself(part: Path) -> None:
    """Every field; bounds are allowed."""
    for name, value in {
        "ports.ephemeral": [[0, 65535], [7, 7]],
        "python.bits": 16,
        "repeat": 1,
        "stated": {"runsc": "1.0"},
        "kernel": "x" * 200,
        "container": "docker",
    }.items():
        set_fact(part, name, value)
    edit(part, lambda data: data.replace(b",3,3,", b",1,1,"))
    run = load(part)
    assert isinstance(run, Run), run.faults
    host = run.host
    assert (host.target, host.system, host.version, host.name, host.kernel) == ("linux-part", "linux", "6.1", "Linux 6.1", "x" * 200)
    assert (host.python, host.machine, host.account, host.container) == ("CPython 3.13.1 (16 bit)", "x86_64", "administrator", "docker")
    assert (host.measured, host.repeat, host.selection, host.no_wildcard) == ("2026-11-24", 1, PART, False)
    assert (host.options, host.vocabulary, host.probe_version, host.probe_sha256) == (("default", "SO_REUSEADDR"), 1, "0.2.0", "0" * 64)
    assert (host.other_specific, host.ephemeral, host.multicast, host.stated) == (
        "loopback",
        ((0, 65535), (7, 7)),
        {"ipv4": "loopback"},
        {"runsc": "1.0"},
    )
    assert (str(host.accounts["third"]), host.accounts["third"].method, host.imitates) == ("standard", "setuid", None)


@pytest.mark.parametrize("day", ["2026-11-24", "2026-11-25", "2026-11-26"])
def test_a_run_of_tomorrow_may_be_todays_elsewhere(part: Path, day: str) -> None:
    """The day after that is none yet."""
    set_fact(part, "measured", day)
    assert isinstance(load(part), Run)


UDP = ("udp", "ipv4", "default", "wildcard", "bound", "ipv4", "default", "wildcard", "same")


@pytest.mark.parametrize(
    ("measure", "outcome", "error", "problem"),
    [("notice", "silent", "", ""), ("notice", "ECONNRESET", "ECONNRESET", ""), ("notice", "loud", "", "unknown outcome of notice: 'loud'"),
     ("notice", "silent", "ECONNRESET", "silent has no error"), ("deliver-ipv4", "EINVAL", "EINVAL", "unknown outcome of deliver-ipv4: 'EINVAL'"),
     ("deliver-ipv4", "refused", "", ""), ("deliver-ipv4", "third", "", "unknown outcome of deliver-ipv4: 'third'"), ("late-option", "refused", "EINVAL", ""),
     ("late-option", "EPERM", "EPERM", ""), ("multicast-both", "SUCCESS", "", "unknown outcome of multicast-both: 'SUCCESS'")],
)  # fmt: skip
def test_a_measure_answers_in_its_own_words(tmp_path: Path, measure: str, outcome: str, error: str, problem: str) -> None:
    """Or, where a call can fail, with the error's name."""
    made = MadeRun(target="linux-part", selection="udp ipv4 default@wildcard bound ipv4 default@wildcard same", rule=everything_succeeds)
    made.rows = [each for each in made.rows if each[9] != measure] + [(*UDP, measure, outcome, error, "3", "3", "")]
    folder = made.write(tmp_path)
    if problem:
        assert problem in faults(folder)
    else:
        assert isinstance(load(folder), Run)


def test_what_a_wine_imitates_is_read(tmp_path: Path) -> None:
    """With its version; the elevation of an account is named."""
    folder = MadeRun(target="wine-8.0", system="wine", version="8.0", selection=PART).write(tmp_path)
    set_fact(folder, "accounts.own.elevated", True)
    run = load(folder)
    assert isinstance(run, Run)
    assert run.host.imitates is not None
    assert (run.host.imitates.system, run.host.imitates.version) == ("windows", "6.1.7601")
    assert str(run.host.accounts["own"]) == "standard (elevated)"


def test_an_older_run_is_accepted_as_older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was asked other questions, so that its cases can't be held against today's; what it says is checked all the same."""
    folder = MadeRun(target="linux-part", selection=PART, changed={"selection": ""}).write(tmp_path)
    assert "cases are missing" in faults(folder)
    monkeypatch.setattr("matrix.data.host.VOCABULARY", 2)
    monkeypatch.setattr("matrix.data.whole.VOCABULARY", 2)
    run = load(folder)
    assert isinstance(run, Run)
    assert run.host.vocabulary == 1
    edit(folder, answer("PERHAPS"))
    assert "unknown outcome" in faults(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "\xff", '{"a": 1e999}', '{"a": NaN}', '{"a": 1, "a": 2}', "null", '{"a": ' + "9" * 5000 + "}"],
                         ids=["empty", "half", "list", "deep", "other", "infinite", "no number", "twice", "nothing", "long"])  # fmt: skip
def test_a_host_that_is_no_json_object_is_named(part: Path, text: str) -> None:
    """Whatever it holds instead."""
    (part / "host.json").write_text(text, "latin-1")
    assert "host.json" in faults(part)


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


def test_a_split_counts_an_attempt_that_was_made_for_another_measure_too(tmp_path: Path) -> None:
    """Four attempts were sent to, and the row rests on the three that it needs."""
    made = MadeRun(target="linux-part", selection="udp ipv4 bound ipv4 same", options=("default", "SO_REUSEPORT"))
    made.counts = [(*SPLIT, "80", "35", "45") if each[:10] == SPLIT else each for each in made.counts]
    assert isinstance(load(made.write(tmp_path)), Run)


def test_a_split_that_one_attempt_dissents_from_may_lie_on_one_side(tmp_path: Path) -> None:
    """Seven of eight attempts were split, one was not."""
    made = MadeRun(target="linux-part", selection="udp ipv4 bound ipv4 same", options=("default", "SO_REUSEPORT"))
    made.rows = [(*SPLIT, "split", "", "7", "8", "once second") if each[:10] == SPLIT else each for each in made.rows]
    made.counts = [(*SPLIT, "160", "70", "90") if each[:10] == SPLIT else each for each in made.counts]
    assert isinstance(load(made.write(tmp_path)), Run)


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
