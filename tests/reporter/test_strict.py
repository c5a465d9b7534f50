"""One file, read within limits: what is let through, and where a fault is."""

import json
from pathlib import Path
from typing import Any

import pytest

from matrix.data import strict
from matrix.data.strict import Faults, decoded, fits, read_bytes, read_json, read_table, read_toml
from matrix.records import plain, shortened


def test_faults_are_counted_whether_they_are_shown_or_not() -> None:
    """Twenty are shown; one more is a sentence."""
    faults = Faults("a.csv")
    for number in range(2 * strict.MAX_FAULTS):
        assert faults.count() == number
        faults.add(number, "wrong", number, "write it right")
    assert len(faults.all()) == strict.MAX_FAULTS + 1
    assert str(faults.all()[0]) == "a.csv, row 0: wrong: '0' — write it right"
    assert str(faults.all()[-1]) == "a.csv: 20 more faults of this file are not shown — fix the ones above first"


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.5", 1.5), ("-2e3", -2000.0), ("123456789012345", 123456789012345), ("0", 0), ("[[1]]", [[1]]), ('{"a": true}', {"a": True})],
)
def test_numbers_of_json_that_are_numbers_are_read(tmp_path: Path, text: str, value: Any) -> None:
    """Up to fifteen digits."""
    (tmp_path / "a.json").write_text(text, "utf-8")
    faults = Faults("a.json")
    assert (read_json(tmp_path / "a.json", faults), faults.all()) == (value, ())


@pytest.mark.parametrize(
    "text", ["1e999", "-1e999", "1234567890123456", "0." + "1" * 40, "NaN", "-Infinity", '{"a": 1, "a": 1}', "null", "", "\ufeff1"]
)
def test_what_is_no_json_of_ours_is_a_fault(tmp_path: Path, text: str) -> None:
    """With the file's name."""
    (tmp_path / "a.json").write_text(text, "utf-8")
    faults = Faults("a.json")
    assert read_json(tmp_path / "a.json", faults) is None
    assert faults.count() == 1


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    """The limit itself is allowed."""
    (tmp_path / "a").write_bytes(b"12345")
    for limit, data in ((5, b"12345"), (4, None)):
        faults = Faults("a")
        assert read_bytes(tmp_path / "a", faults, limit) == data
        assert faults.count() == (data is None)
    assert read_bytes(tmp_path / "nowhere", Faults("a")) is None
    assert read_bytes(Path("a\0b"), Faults("a")) is None


@pytest.mark.parametrize(
    ("data", "row", "problem"),
    [(b"a,b\n1,2\n3,\xff\n", 3, "not UTF-8"), (b"a,b\n1,2\n3,\0\n", 3, "a NUL byte"), (b"a,b\r\n", 1, "a carriage return"), (b"a,b\n" + b"x" * 40_000 + b"\n", 2, "a line of 40,000 bytes"),
     (b"\xff\xfea", 1, "UTF-16"), (b"\xfe\xffa", 1, "UTF-16"), (b"\xef\xbb\xbfa", 1, "byte order mark"), (b"a,b\n1,2\n1,2,3\n", 3, "3 cells where 2 belong"), (b'a,b\n"1\n', 2, "not valid CSV"),
     (b"b,a\n", 1, "the header is not the one expected"), (b"", 1, "the header is not the one expected"), (b"a,b\n1," + b"x" * 2001 + b"\n", 2, "column b is longer than 2,000"),
     (b"a,b\n\x1b,2\n", 2, "column a holds a control character")],
)  # fmt: skip
def test_a_fault_of_a_table_has_its_row(data: bytes, row: int, problem: str) -> None:
    """The line in the file, 1 for the header."""
    faults = Faults("a.csv")
    read_table(data, ("a", "b"), faults)
    assert [(fault.row, problem in fault.problem) for fault in faults.all()] == [(row, True)]


def test_a_good_table_is_read_with_its_line_numbers() -> None:
    """Quoted cells, the longest that may be, and a last line without an end."""
    long = "x" * strict.MAX_CELL
    faults = Faults("a.csv")
    assert read_table(f'a,b\n1,"2, 3"\n{long},'.encode(), ("a", "b"), faults) == [(2, ["1", "2, 3"]), (3, [long, ""])]
    assert faults.all() == ()
    assert decoded(b"x" * strict.MAX_LINE, faults) is not None
    assert fits(["1"], ["a"], 2, faults)


def test_toml_is_read_or_a_fault(tmp_path: Path) -> None:
    """Empty where it is none."""
    (tmp_path / "a.toml").write_text("[x]\na = 1", "utf-8")
    assert read_toml(tmp_path / "a.toml", Faults("a")) == {"x": {"a": 1}}
    for data in (b"[", b"\xff", b"a = 1\na = 2"):
        (tmp_path / "a.toml").write_bytes(data)
        faults = Faults("a")
        assert (read_toml(tmp_path / "a.toml", faults), faults.count()) == ({}, 1)


def test_foreign_values_are_shortened_and_made_plain() -> None:
    """Sixty characters, and no command."""
    assert shortened("x" * 60) == repr("x" * 60)
    assert shortened("x" * 61) == repr("x" * 60) + "… (61 characters)"
    assert plain("a::b") == "a::b"
    assert plain(" ::b") == " \\x3a:b"
    assert plain("\x1b##[x]") == "\\x1b#\\x23[x]"
    assert json.loads(json.dumps(plain("\n"))) == "\\n"
