"""Every wording of public bug reports is answered, or told in one line why not yet; typed literally, over made runs."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix.__main__ import main
from matrix.questions.grammar import PATH, grammar
from tests.made_runs import MadeRun
from tests.reporter.conftest import WINE

REPORTED = """0.0.0.0 then 127.0.0.1 both listen windows|specific takes localhost from wildcard, what happens when it closes
two listeners 0.0.0.0:21|[::] then 0.0.0.0 EADDRINUSE|macos 0.0.0.0 and [::]|reuseaddr twice 127.0.0.1 who receives|exclusive twice, restart
udp exclusive then reuseaddr|which options share udp port|10013|WSAEACCES nobody holds the port|client bind source port 10013 10048
wsl2 and windows 127.0.0.1 same port|reload from 0.0.0.0 to 127.0.0.1|reuseport root then user|two sockets one process setuid between
child inherited listener, EADDRINUSE|ephemeral client port blocks server|SO_REUSE_UNICASTPORT|port 0 reuseaddr gives a held port
udp port 0 reuseaddr twice the same|closed listener that never accepted|set reuseport after bind|many connections out of port 20
connected udp beside a listener|5353 avahi none, mine reuseaddr|udp broadcast two receivers|SO_BINDTODEVICE 68|0.0.0.0 127.0.0.1 listening
tcp [::] 0.0.0.0|TCP default wildcard reuseaddr specific|udp 0.0.0.0 127.0.0.1 SO_REUSEADDR|exclusive|SO_EXCLUSIVEADDRUSE
default wildcard -> SO_REUSEADDR specific|tcp default@0.0.0.0|tcp TIME_WAIT|windows tcp reuseaddr|tcp root nobody|late-option|ephemeral|multicast
EADDRINUSE|port 0|two processes listen on port 80|SO_REUSEADR@wildcard"""
WORDINGS = [each for line in REPORTED.splitlines() for each in line.split("|")]
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Linux and a Wine."""
    folder = tmp_path_factory.mktemp("runs")
    MadeRun().write(folder)
    MadeRun(**WINE, absent=("other", "other-first", "others")).write(folder)  # type: ignore[arg-type]  # a table of keywords
    return folder


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Run a command: (exit status, output, errors)."""

    def run(*words: object) -> tuple[int, str, str]:
        status = main([str(word) for word in words])
        return (status, *capsys.readouterr())

    return run


@pytest.mark.parametrize("words", WORDINGS)
def test_what_people_type_is_answered_or_refused_in_a_sentence(typed: Typed, runs: Path, words: str) -> None:
    """Nothing fails, and what cannot be asked says so and leads to something that can."""
    with PATH.with_name("questions.csv").open(encoding="utf-8", newline="") as lines:
        meant = next(row for row in csv.DictReader(lines) if row["question"] == words and row["command"] == "explain")
    status, out, err = typed("explain", words, runs)
    assert (status, err) == (0, "")
    if meant["kind"] == "topic":
        topic = next(each for each in grammar().topics if each.id == meant["topic"])
        assert " ".join(out.split()).startswith(f"No answer yet: {topic.missing} Nearest that is known:")
        assert typed("explain", topic.near, runs)[::2] == (0, "")
    elif meant["kind"] == "error":
        assert "Where a socket has the port:" in out
        assert "Where nobody has it:" in out
    elif meant["kind"] == "fact":
        assert "No run has this fact." in out
    else:
        assert "a first socket" in out


@pytest.mark.parametrize("words", ["0.0.0.0 then 127.0.0.1 reuseaddr", "exclusive", "wine exclusive then reuseaddr", "share udp"])
def test_wine_is_never_shown_without_a_word_on_windows(typed: Typed, runs: Path, words: str) -> None:
    """Whatever is asked of an imitation, the answer says what it is not, and that no Windows was measured."""
    for command in ("explain", "find"):
        _, out, _ = typed(command, words, runs)
        text = " ".join(out.split())
        assert "Wine" in text
        assert "Windows: not measured by us" in text


def test_an_answer_is_json_and_markdown_too(typed: Typed, runs: Path) -> None:
    """With the same findings."""
    words = "tcp reuseaddr then none"
    answer = json.loads(typed("explain", words, runs, "--format", "json")[1])
    assert answer["question"]["kind"] == "case"
    assert answer["answer"]["classes"][0]["results"][0]["replies"][0]["outcome"] == "INUSE"
    assert "| measured on |" in typed("explain", words, runs, "--format", "markdown")[1]
    assert json.loads(typed("find", "udp", runs, "--format", "json")[1])["find"]["sides"]


@pytest.mark.parametrize(("words", "says"), [("", "ask in your own words"), ("frobnicate", "nothing of this was understood: 'frobnicate'")])
def test_what_means_nothing_is_wrong_usage(typed: Typed, words: str, says: str) -> None:
    """With examples that can be asked."""
    status, _, err = typed("explain", words)
    assert status == 2
    assert says in err
    assert "bind-matrix explain" in err


def test_macos_without_a_run_says_so(typed: Typed, runs: Path) -> None:
    """A system that is expected is never passed over in silence."""
    assert "macOS: not measured by us" in typed("explain", "macos 0.0.0.0 and [::]", runs)[1]
