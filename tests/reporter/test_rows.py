"""A row says what the probe can have written, or it is named with file, row and value."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix.data.runs import Run
from tests.made_runs import MadeRun, everything_succeeds
from tests.reporter.conftest import PART
from tests.reporter.spoiled import answer, cell, edit, faults, load, row


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
