"""The README's first screen says what the published report says, and shows what lies beside it."""

import os
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from matrix.commands.report import BEGIN, END, put_between
from matrix.errors import UsageError
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
ANSWERS = README.split(BEGIN)[1].split(END)[0]


def test_the_answers_are_the_published_report_s() -> None:
    """Word for word; `nox -s publish` writes both."""
    report = (ROOT / "results" / "README.md").read_text("utf-8")
    lines = [line.removeprefix("- ") for line in ANSWERS.splitlines() if line]
    assert len(lines) >= 4
    assert [line for line in lines if f"\n- {line}\n" not in report] == []


class Pictures(HTMLParser):
    """The addresses of pictures, and their words."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an image, or another source of one."""
        found = dict(attrs)
        if tag in ("img", "source"):
            self.files.append(found.get("src") or found.get("srcset") or "")
        if tag == "img":
            self.words.append(found.get("alt") or "")


def test_the_pictures_are_there() -> None:
    """For light and for dark, on the first screen and in the report, each with words for who doesn't see it."""
    for text, folder in ((README, ROOT), ((ROOT / "results" / "README.md").read_text("utf-8"), ROOT / "results")):
        found = Pictures()
        found.feed(text)
        assert len(found.files) == 2 * len(found.words) > 0
        assert [name for name in found.files if not (folder / name).is_file()] == []
        assert all(len(words) > 50 for words in found.words)
    assert README.index("<picture>") < 1500


def test_the_first_command_below_the_mark_runs_the_tests() -> None:
    """CI takes it from there."""
    below = README.split("<!-- tests -->")[1]
    command = next(line for line in below.splitlines() if line.startswith("python3 "))
    assert command.endswith("nox -s tests")


def test_what_stands_for_something_else_is_explained() -> None:
    """OWNER and COMMIT, before the example that has them."""
    example = README.index("uses: OWNER/bind-matrix")
    assert 0 < README.index("OWNER is ") < README.index("COMMIT is ") < example


def transcripts(name: str) -> list[str]:
    """The blocks of a file behind its marks: a command, and what it prints."""
    return [block.split("```")[1].strip("\n") for block in (ROOT / name).read_text("utf-8").split("<!-- transcript -->")[1:]]


def test_there_are_ten_examples() -> None:
    """Each of a question of its own."""
    assert len({block.partition("\n")[0] for block in transcripts("EXAMPLES.md")}) >= 10
    assert transcripts("README.md")


@pytest.mark.parametrize("name", ["README.md", "EXAMPLES.md"])
def test_a_transcript_is_what_the_command_prints(name: str, tmp_path: Path) -> None:
    """Letter for letter, by the runs as they are. UPDATE_GOLDEN=1 writes them anew; look at what changed before you commit it."""
    own = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}  # no page of the user's is at hand
    for block in transcripts(name):
        command, _, shown = block.partition("\n")
        words = shlex.split(command.removeprefix("$ bind-matrix "))
        done = subprocess.run(
            [sys.executable, "-m", "matrix", *words], cwd=ROOT, env=own, capture_output=True, text=True, encoding="utf-8", check=True
        )
        printed = done.stdout.rstrip("\n")
        if "UPDATE_GOLDEN" in os.environ:
            path = ROOT / name
            path.write_text(path.read_text("utf-8").replace(block, f"{command}\n{printed}"), "utf-8", newline="\n")
        else:
            assert printed == shown


def test_answers_are_put_between_the_marks(tmp_path: Path) -> None:
    """And nowhere else; a file without marks is named."""
    file = tmp_path / "README.md"
    file.write_text(f"a\n{BEGIN}\nold\n{END}\nb\n", "utf-8")
    put_between(BEGIN, END, "new\n", file)
    assert file.read_text("utf-8") == f"a\n{BEGIN}\nnew\n{END}\nb\n"
    file.write_text("a\n", "utf-8")
    with pytest.raises(UsageError, match="no place for the answers"):
        put_between(BEGIN, END, "new\n", file)
    with pytest.raises(UsageError, match="can't be read"):
        put_between(BEGIN, END, "new\n", tmp_path / "absent")
