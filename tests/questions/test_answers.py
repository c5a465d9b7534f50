"""Every wording of public bug reports is answered, or told in one line why not yet; typed literally, over made runs."""

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random, randrange

import pytest

from matrix.__main__ import main
from matrix.errors import UsageError
from matrix.findings.reproducer import CLOSES, program
from matrix.probe import cases
from matrix.probe.vocabulary import COLUMNS
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
        assert "with a socket on the port:" in out
        assert "with nobody on it:" in out
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


def drawn(count: int) -> list[tuple[str, ...]]:
    """Cases of live sockets of one account, drawn at random with a fixed seed."""
    specs = cases.specs_of("127.0.0.2", cases.options_named(("default", "SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEADDR+SO_REUSEPORT")))
    live = [case.columns for case in cases.cases_of(specs) if case.account == "same" and case.state in ("bound", "listening")]
    return Random(1).sample(live, count)


def drawn_closed(count: int) -> list[tuple[str, ...]]:
    """The same of ports whose listener was closed."""
    specs = cases.specs_of("127.0.0.2", cases.options_named(("default", "SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEADDR+SO_REUSEPORT")))
    closed = [case.columns for case in cases.cases_of(specs) if case.account == "same" and case.state in CLOSES]
    return Random(2).sample(closed, count)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], str]:
    """(case, measure) → outcome of a fresh run of the probe on this machine, of live sockets of one account."""
    return probed(tmp_path_factory.mktemp("probe") / "run", "* [bl][oi][us][nt]* same")


@pytest.fixture(scope="module")
def measured_closed(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], str]:
    """The same of the ports of closed listeners."""
    return probed(tmp_path_factory.mktemp("probe") / "run", "ipv4 [atpgr]* same")  # by their letters: CLOSES


def probed(folder: Path, only: str) -> dict[tuple[str, ...], str]:
    """(case, measure) → outcome of the cases that fit, run once."""
    if sys.platform != "linux" or not socket.has_ipv6:
        pytest.skip("the programs are held against Linux with IPv6")
    root = Path(__file__).parent.parent.parent
    words = [sys.executable, "-I", str(root / "matrix" / "probe"), "--output", str(folder), "--repeat", "1", "--only", only]
    subprocess.run(words, check=True, capture_output=True, timeout=600)
    with (folder / "observations.csv").open(encoding="utf-8", newline="") as lines:
        rows = [tuple(row) for row in csv.reader(lines)][1:]
    width = COLUMNS.index("outcome")
    return {row[:width]: row[width] for row in rows}


def free_port() -> int:
    """A port below the systems' own ranges that nobody has: no socket, and no TIME_WAIT of an earlier run or of one beside it."""
    while True:
        port = randrange(20000, 32000)
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET6, kind) as asked:
                    asked.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                    asked.bind(("::", port))
        except OSError:
            continue
        return port


def outcomes(text: str) -> dict[str, str]:
    """The calls that a program printed, as SUCCESS or refused."""
    pairs = [line.split(": ", 1) for line in text.splitlines() if ": " in line]
    return {name: "SUCCESS" if value == "SUCCESS" else "refused" for name, value in pairs}


def agree(printed: dict[str, str], case: tuple[str, ...], measured: dict[tuple[str, ...], str]) -> bool:
    """Whether each call that was measured came to the same. A case that the run does not have fails."""
    assert (*case, "bind") in measured
    asked = {name: measured[(*case, name)] for name in ("bind", "listen", "first-listen") if (*case, name) in measured}
    return all(printed.get(name) == ("SUCCESS" if outcome == "SUCCESS" else "refused") for name, outcome in asked.items())


def test_python_programs_do_what_was_measured(measured: dict[tuple[str, ...], str], tmp_path: Path) -> None:
    """200 cases at random: every call comes to what the probe measured on this machine, and who receives it where one does."""
    different = []
    for number, case in enumerate(drawn(200)):
        path = tmp_path / f"{number}.py"
        path.write_text(program(case, "python").replace("47047", str(free_port())).replace("[], 1)[0]", "[], 0.2)[0]"), "utf-8")
        done = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, timeout=60)
        printed = outcomes(done.stdout + done.stderr)
        received = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
        names = {"deliver-ipv4": "127.0.0.1", "deliver-ipv4-other": "127.0.0.2", "deliver-ipv6": "::1"}
        wrong = [
            name for name, to in names.items()
            if measured.get((*case, name)) in ("first", "second") and to in received and received[to] != measured[(*case, name)]
        ]  # fmt: skip
        if wrong or not agree(printed, case, measured):
            different.append((case, printed, wrong, done.stderr[-300:]))
    assert different == []


def test_python_programs_of_closed_listeners_do_what_was_measured(tmp_path: Path, measured_closed: dict[tuple[str, ...], str]) -> None:
    """40 cases at random: TIME_WAIT, a connection that lives on, and the other ends of one."""
    different = []
    for number, case in enumerate(drawn_closed(40)):
        path = tmp_path / f"{number}.py"
        path.write_text(program(case, "python").replace("47047", str(free_port())), "utf-8")
        done = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, timeout=60)
        if not agree(outcomes(done.stdout + done.stderr), case, measured_closed):
            different.append((case, done.stdout, done.stderr[-300:]))
    assert different == []


@pytest.mark.skipif(hasattr(socket, "SO_EXCLUSIVEADDRUSE"), reason="this system has the option")
def test_a_program_says_that_an_option_is_missing(tmp_path: Path) -> None:
    """No traceback."""
    path = tmp_path / "exclusive.py"
    words = ("tcp", "ipv4", "SO_EXCLUSIVEADDRUSE", "wildcard", "listening", "ipv4", "default", "wildcard", "same")
    path.write_text(program(words, "python"), "utf-8")
    done = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("UNSUPPORTED: ")


def test_a_program_is_offered_where_there_is_one(typed: Typed, runs: Path) -> None:
    """Not of another account."""
    offer = "--code python"
    assert offer in typed("explain", "0.0.0.0 then 127.0.0.1 reuseaddr", runs)[1]
    assert offer not in typed("explain", "tcp root nobody", runs)[1]


def test_c_programs_do_what_was_measured(measured: dict[tuple[str, ...], str], tmp_path: Path) -> None:
    """200 cases at random, compiled without a warning."""
    compiler = shutil.which("gcc")
    if not compiler:
        assert not os.environ.get("CI"), "CI needs gcc"
        pytest.skip("no gcc here")
    different = []
    for number, case in enumerate(drawn(200)):
        path = tmp_path / f"{number}.c"
        path.write_text(program(case, "c").replace("47047", str(free_port())), "utf-8")
        out = path.with_suffix("")
        subprocess.run(
            [compiler, "-Wall", "-Wextra", "-Werror", "-O0", "-o", str(out), str(path)], check=True, capture_output=True, timeout=60
        )
        done = subprocess.run([str(out)], capture_output=True, text=True, timeout=60)
        if not agree(outcomes(done.stdout), case, measured):
            different.append((case, done.stdout))
    assert different == []


@pytest.mark.parametrize(("place", "word"), [(4, "time-wait"), (4, "client"), (8, "other")])
def test_what_is_no_page_of_code_says_so(place: int, word: str) -> None:
    """It leads to the probe."""
    words = ["tcp", "ipv4", "default", "wildcard", "listening", "ipv4", "default", "wildcard", "same"]
    words[place] = word
    with pytest.raises(UsageError, match="run the probe"):
        program(tuple(words), "c")
