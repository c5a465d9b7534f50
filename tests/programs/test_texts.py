"""The texts of programs: every one can be filled, is whole, and is the same on the page and on the terminal."""

import ast
import csv
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from matrix.__main__ import main
from matrix.data.cases import possible_texts
from matrix.programs.cases import LANGUAGES, TEXTS, example, name_for, program, programs_of, tables
from matrix.programs.filling import filled
from tests.conftest import ROOT

DIGESTS = Path(__file__).parent / "digests.csv"
STEP = 19  # every so manieth case is taken, here and by matrix/site/source/tests/programs.test.ts
STATE, ACCOUNT = 4, 8
Key = tuple[str, str, str, str]  # language, name, state, account


@pytest.fixture(scope="module")
def texts() -> dict[Key, list[str]]:
    """Every program of a sample of all cases that the vocabulary can make."""
    found: dict[Key, list[str]] = {}
    for case in possible_texts()[::STEP]:
        words = case.split(",")
        for name in programs_of(words):
            for language in LANGUAGES:
                found.setdefault((language, name, words[STATE], words[ACCOUNT]), []).append(program(words, language, name))
    return found


def test_the_page_and_the_terminal_have_the_same_programs(texts: dict[Key, list[str]]) -> None:
    """Both are held to one table of digests; `UPDATE_GOLDEN=1` writes it anew, and `nox -s page` compares the page's."""
    lines = [(*key, hashlib.sha256("".join(of_key).encode()).hexdigest()) for key, of_key in texts.items()]
    if os.environ.get("UPDATE_GOLDEN"):
        with DIGESTS.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows([("language", "program", "state", "account", "sha256"), *lines])
    with DIGESTS.open(encoding="utf-8", newline="") as stored:
        assert [tuple(row) for row in csv.reader(stored)][1:] == lines


def test_a_program_is_whole(texts: dict[Key, list[str]]) -> None:
    """Nothing of the texts' own language is left in it, Python can read it, a line has room on a page, and no blank line is too many."""
    for (language, *_), of_key in texts.items():
        for text in of_key:
            assert not re.search(r"%%|\{\{|\}\}|[ \t]+$", text, re.MULTILINE)
            assert max(map(len, text.splitlines())) <= 140
            assert "\n\n\n" + "\n" not in text
        if language == "python":
            ast.parse(of_key[0])


def test_no_text_is_left_over() -> None:
    """Each file is a program's or a part of one, and each is filled by what it asks for."""
    folder = ROOT / "matrix" / "programs"
    for language, names in TEXTS.items():
        assert {path.stem for path in (folder / language).iterdir()} == set(names)
        used = set(re.findall(r"^%% use (\w+)$", "".join(tables()["texts"][language].values()), re.MULTILINE))
        assert set(names) == used | {*tables()["states"].values(), *tables()["special"]}


def test_the_small_language() -> None:
    """Conditions nest, either of several words may do, a value of several lines keeps its indent, and of none the line goes."""
    texts = {
        "all": "a\n%% if tcp\n%% use part\n%% if bound|listening same\nb {{x}}{{y}}\n%% end\n%% end\n%% if udp\nno\n%% if tcp\nno\n%% end\n%% end\nc\n",
        "part": "    {{x}}\n  {{none}}\n",
    }
    values = {"x": "1\n2", "y": "3", "none": ""}
    assert filled(texts, "all", {"tcp", "bound", "same"}, values) == "a\n    1\n    2\nb 1\n23\nc\n"
    assert filled(texts, "all", {"tcp"}, values) == "a\n    1\n    2\nc\n"
    with pytest.raises(KeyError):
        filled({"all": "{{unknown}}"}, "all", set(), values)


BOUND = ("udp", "ipv4", "SO_REUSEADDR", "wildcard", "bound", "ipv4", "default", "wildcard", "same")


@pytest.mark.parametrize(
    ("measures", "name"),
    [((), "live"), (("bind",), "live"), (("multicast-both",), "groups"), (("late-option",), "late"), (("bind", "multicast-both"), "live")],
)
def test_what_is_asked_chooses_the_program(measures: tuple[str, ...], name: str) -> None:
    """Where a case has several."""
    assert name_for(BOUND, measures) == name
    assert name_for((*BOUND[:4], "bound", "ipv6", *BOUND[6:]), ("late-option", "multicast-both")) == "live"


def test_of_several_cases_one_is_shown_that_shares() -> None:
    """And that has the program which was asked for."""
    one, other = (*BOUND[:2], "default", *BOUND[3:]), BOUND
    assert example([one, other], ()) == other
    assert example([one, other], ("late-option",)) == other


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "words", ["0.0.0.0 then 127.0.0.1 reuseaddr", "tcp root nobody", "multicast", "late-option", "unsent", "client then none"]
)
def test_explain_prints_a_program(language: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On the standard output nothing else; which case it is, where the question is about several, on the error stream."""
    assert main(["explain", words, "--code", language]) == 0
    out, err = capsys.readouterr()
    assert out.startswith({"python": '"""', "c": "/* "}[language])
    assert err == "" or err.startswith("bind-matrix: one of the ")


@pytest.mark.parametrize("words", ["10013", "ephemeral"])
def test_what_names_no_sockets_leads_to_the_probe(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line."""
    assert main(["explain", words, "--code", "c"]) == 2
    assert "bind-matrix probe --output my-run" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has the option")
def test_a_preparation_that_fails_is_no_answer(tmp_path: Path) -> None:
    """It is said in one line, without a traceback."""
    path = tmp_path / "exclusive.py"
    path.write_text(program(("tcp", "ipv4", "SO_EXCLUSIVEADDRUSE", *BOUND[3:]), "python", "live"), "utf-8")
    done = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("preparation failed: ")
