"""What answers look like: every one fits a screen, says since which version, names what was not measured, and leads to the page."""

import csv
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matrix.__main__ import main
from matrix.commands.loading import loaded
from matrix.commands.questions import newest
from matrix.findings.inverse import kinds
from matrix.findings.rungs import Known, Rung
from matrix.findings.sayings import Part, Saying, Unmeasured, widest
from matrix.findings.since import Step, notes_on
from matrix.findings.titles import range_words
from matrix.findings.view import View
from matrix.platforms.targets import load_targets
from matrix.questions.grammar import PATH
from matrix.records import Note
from matrix.report.asked import behind
from matrix.report.blocks import Block, Own, Paragraph
from matrix.report.sayings import REACHES, unmeasured
from matrix.report.screen import EVERYTHING, LINES, Detail, fitted
from matrix.report.terminal import terminal
from tests.made_runs import MadeRun, everything_is_refused, everything_succeeds, reuse_decides
from tests.reporter.conftest import PART, WINE, listeners_protect_their_loopback

WIDTH = 100
UNIX = ("default", "SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEADDR+SO_REUSEPORT")
with PATH.with_name("questions.csv").open(encoding="utf-8", newline="") as table:
    asked = [row for row in csv.DictReader(table) if row["kind"] not in ("empty", "unknown", "pattern")]
# Without a goal `advise` is an overview of all of them, and no answer.
ROWS = [row for row in asked if row["command"] != "advise" or row["goals"]]
Typed = Callable[..., tuple[int, str, str]]


def port_is_kept(case: Any, first: Any, second: Any) -> str:
    """A version that lets nobody bind the port of a listener that was closed."""
    return "EADDRINUSE" if case.state in ("accepted", "time-wait") else reuse_decides(case, first, second)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    """As many classes as the published runs have, and more changes from version to version."""
    folder = tmp_path_factory.mktemp("runs")
    MadeRun(options=UNIX, rule=port_is_kept).write(folder)
    MadeRun(target="linux-6.2", version="6.2", options=UNIX).write(folder)
    MadeRun(target="uml-6.3", system="user-mode-linux", version="6.3", options=UNIX, rule=listeners_protect_their_loopback).write(folder)
    MadeRun(target="gvisor-1", system="gvisor", version="", options=UNIX, rule=everything_succeeds).write(folder)
    none: dict[str, Any] = {**WINE, "absent": ("other", "other-first", "others")}
    MadeRun(**none).write(folder)
    MadeRun(**{**none, "target": "wine-5.0", "version": "5.0", "rule": everything_is_refused}).write(folder)
    return loaded([folder])


@pytest.fixture
def typed(view: View, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Run a command on these runs, on a terminal of WIDTH columns: (exit status, output, errors)."""
    for module in ("questions", "advise"):
        monkeypatch.setattr(f"matrix.commands.{module}.loaded", lambda *_, **__: view)
        monkeypatch.setattr(f"matrix.commands.{module}.width", lambda: WIDTH)
    monkeypatch.setattr("matrix.commands.loading.width", lambda: WIDTH)
    monkeypatch.setattr("matrix.data.cache.last_page", lambda: None)

    def run(*words: str) -> tuple[int, str, str]:
        for stream in (sys.stdout, sys.stderr):
            monkeypatch.setattr(stream, "reconfigure", lambda **_: None, raising=False)
        return (main(list(words)), *capsys.readouterr())

    return run


def spaced(text: str) -> str:
    """In one line."""
    return " ".join(text.split())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['command']}: {row['question']}")
def test_every_answer_fits_a_screen(typed: Typed, row: dict[str, str]) -> None:
    """No line is wider than the terminal, but for an address or an id that can't be cut."""
    status, out, _ = typed(row["command"], row["question"])
    assert status == 0
    assert len(out.splitlines()) <= LINES
    assert [line for line in out.splitlines() if len(line) > WIDTH and " " in line.strip("- ")] == []


def test_a_pattern_of_ids_fits_a_screen_too(typed: Typed) -> None:
    """Its cases are named by what tells them apart."""
    _, out, _ = typed("explain", "tcp ipv4 default@wildcard listening ipv4 *@specific same")
    assert len(out.splitlines()) <= LINES
    assert "matches 5 cases." in out
    assert "second default@specific" in spaced(out)


def test_what_is_left_out_is_counted_and_shown_by_all(typed: Typed) -> None:
    """Nothing is cut in silence."""
    short, whole = (typed("explain", "reuseaddr twice", *more)[1] for more in ((), ("--all",)))
    assert re.search(r"- [1-9]\d* more, by --all", short)
    assert "by --all" not in whole
    assert whole.count("microsoft-guide") > short.count("microsoft-guide")


def test_an_answer_takes_the_most_detailed_form_that_fits() -> None:
    """And the shortest where none does."""

    def lines(count: int) -> Callable[[Detail], list[Block]]:
        return lambda detail: [Paragraph(Own(f"{count * detail.rows} rows"))] * (count * detail.rows)

    assert len(fitted(lines(1), WIDTH)) == 14
    assert len(fitted(lines(3), WIDTH)) == 15
    assert fitted(lines(1000), WIDTH) == []
    assert EVERYTHING.everything


def test_a_change_between_versions_is_said_in_a_sentence(typed: Typed) -> None:
    """With the versions that were measured, and that nothing was measured between them; in its own order where it was asked."""
    expected = "Linux, open connection, TIME_WAIT: refused, EADDRINUSE up to 6.1; binds and listens since 6.2 (measured at these two, not between them)."
    assert expected in spaced(typed("explain", "restart reuseaddr")[1])
    asked = typed("explain", "since which version restart reuseaddr")[1]
    assert expected in spaced(asked)
    assert asked.index("since 6.2") < asked.index("measured on")
    inverse = spaced(typed("find", "since which version restart, linux")[1])
    assert "Linux changed between versions that were measured (6.1, 6.2, 6.3):" in inverse
    assert "first SO_REUSEADDR; second SO_REUSEADDR" in inverse
    assert "refused, EADDRINUSE up to 6.1; binds and listens since 6.2" in inverse


def test_a_commit_that_may_be_behind_a_change_is_named(typed: Typed, view: View) -> None:
    """By the history of the system, where all of its words fit; of any other change none."""
    note = Note(line="linux", after="6.1", until="6.2", kind="allowed", protocol="tcp", measure="bind", state="time-wait", first="",
                second="ipv4 wildcard", repository="torvalds/linux", revision="0123456789abcdef", title="net: let it in", text="", read="")  # fmt: skip
    step = Step(before="6.1", after="6.2", was="", now="", about=())
    case = ("tcp", "ipv4", "default", "wildcard", "time-wait", "ipv4", "default", "wildcard", "same")
    noted = replace(view, claims=replace(view.claims, history=(note,)))
    assert notes_on(noted, "linux", step, ("INUSE", "SUCCESS"), [case]) == (note,)
    assert notes_on(noted, "wine", step, ("INUSE", "SUCCESS"), [case]) == ()
    assert notes_on(noted, "linux", step, ("SUCCESS", "INUSE"), [case]) == ()
    assert notes_on(noted, "linux", step, ("INUSE", "INUSE"), [case]) == ()
    assert notes_on(noted, "linux", replace(step, before="6.2", after="6.3"), ("INUSE", "SUCCESS"), [case]) == ()
    for place, word in ((0, "udp"), (4, "accepted"), (7, "specific")):
        assert notes_on(noted, "linux", step, ("INUSE", "SUCCESS"), [(*case[:place], word, *case[place + 1 :])]) == ()
    assert behind((note,)) == " Probably behind it: “net: let it in”, torvalds/linux 0123456789ab."


def test_that_nothing_changed_is_said_where_it_was_asked(typed: Typed) -> None:
    """And only there."""
    nothing = "The same at every version that was measured: Linux (6.1, 6.2, 6.3). Of earlier ones, and between them, nothing is known."
    assert nothing in spaced(typed("explain", "since which version is reuseport twice on linux")[1])
    assert "The same at every version" not in typed("explain", "reuseport twice on linux")[1]
    assert "No system was measured in two versions that have this." in typed("explain", "when did gvisor reuseport twice change")[1]


@pytest.mark.parametrize(
    "system", sorted({each.system for each in load_targets().values()} - {"linux", "wine", "gvisor", "user-mode-linux"})
)
def test_a_system_without_a_run_says_why(typed: Typed, system: str) -> None:
    """Each that is expected, in whatever command asks for it."""
    name = {"darwin": "macos"}.get(system, system)
    for question in (f"{name} reuseport twice", f"{name} 0.0.0.0 then [::]"):
        text = spaced(typed("explain", question)[1])
        assert any(f"not measured by us yet: it takes {reach}, and none has reported." in text for reach in REACHES.values())


def test_a_system_without_a_run_is_answered_by_its_own_manual(typed: Typed) -> None:
    """By the cases that it decides, and where it decides none, by its sentences near by."""
    assert "documented: the second bind succeeds" in spaced(typed("explain", "macos reuseport twice")[1])
    near = spaced(typed("explain", "macos 0.0.0.0 and [::]")[1])
    assert "Its documents say, but not of this case:" in near
    assert "An IPv4 and an IPv6 wildcard socket on one port behave separately." in near
    assert "V6ONLY can not be turned off" in spaced(typed("explain", "openbsd 0.0.0.0 then [::]")[1])


def test_what_is_known_second_hand_of_systems_that_were_not_asked_for_is_announced(typed: Typed) -> None:
    """In one line, with their names."""
    text = spaced(typed("explain", "reuseport twice")[1])
    assert "Not measured by us yet: macOS, FreeBSD," in text
    assert "Second-hand something is known of macOS, FreeBSD, OpenBSD" in text


def test_an_answer_leads_to_the_page_that_was_written_last(typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """To the case, or to the question where there are several; without a page to none."""
    page = tmp_path / "index.html"
    page.write_text("", "utf-8")
    assert "On the page" not in typed("explain", "reuseaddr twice")[1]
    monkeypatch.setattr("matrix.data.cache.last_page", lambda: page)
    case = "case=tcp+ipv4+SO_REUSEADDR%40wildcard+listening+ipv4+SO_REUSEADDR%40wildcard+same"
    assert spaced(typed("explain", "reuseaddr twice")[1]).endswith(f"On the page: {page.as_uri()}#{case}")
    assert "#q=share+udp\n" in typed("find", "share udp")[1]


def test_the_page_is_remembered_and_forgotten_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the user's cache."""
    from matrix.data.cache import last_page, remember_page

    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    page = tmp_path / "index.html"
    assert last_page() is None
    remember_page(page)
    assert last_page() is None
    page.write_text("", "utf-8")
    assert last_page() == page.resolve()


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("restart tcp on linux", ("--goal", "restart", "--protocol", "tcp", "--platform", "linux")),
        ("protect udp windows", ("--goal", "protect", "--protocol", "udp", "--platform", "windows")),
        ("share a port with another process", ("--goal", "share")),
        ("Restart and PROTECT, TCP, Linux 6.1", ("--goal", "protect", "--goal", "restart", "--protocol", "tcp", "--platform", "linux-6.1")),
        ("udp", ("--protocol", "udp")),
        ("", ()),
    ],
)
def test_advise_takes_words_as_well_as_options(typed: Typed, question: str, options: tuple[str, ...]) -> None:
    """Both come to the same, on one screen or with everything."""
    assert typed("advise", question) == typed("advise", *options)
    assert typed("advise", question, "--all") == typed("advise", *options, "--all")


def test_advise_says_what_it_did_not_understand(typed: Typed) -> None:
    """Beside the answer to the rest."""
    assert "'frobnicate'" in typed("advise", "restart frobnicate tcp linux")[1]
    status, _, err = typed("advise", "frobnicate")
    assert (status, err.splitlines()[0]) == (2, "bind-matrix: nothing of this was understood: 'frobnicate'")


@pytest.mark.parametrize(
    ("ranges", "merged"),
    [
        ([("", "")], ()),
        ([("5.2", ""), ("", "5.1")], (("", "5.1"), ("5.2", ""))),
        ([("5.2", ""), ("", "5.1"), ("5.0", "")], (("", ""),)),
        ([("6.0", ""), ("5.2", ""), ("", "")], (("5.2", ""),)),
        ([("5.0", "5.1"), ("5.1", "6.0"), ("6.2", "6.2")], (("5.0", "6.0"), ("6.2", "6.2"))),
        ([("10.0.17763", "10.0.17763"), ("9.1", "9.3")], (("9.1", "9.3"), ("10.0.17763", "10.0.17763"))),
    ],
)
def test_ranges_of_versions_that_overlap_are_one(ranges: list[tuple[str, str]], merged: tuple[tuple[str, str], ...]) -> None:
    """Versions are compared as numbers; a range without bounds says nothing."""
    assert widest(ranges) == merged


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("5.2", "", "Windows Server 2003 and later"),
        ("", "5.1", "Windows XP and earlier"),
        ("5.0", "5.1", "Windows 2000 to XP"),
        ("6.1", "6.1", "Windows 7"),
        ("6.4", "", "Windows 6.4 and later"),
        ("", "", "every Windows"),
    ],
)
def test_versions_of_windows_have_their_names(since: str, until: str, words: str) -> None:
    """A number without a name stays one."""
    assert range_words("windows", since, until) == words


def test_advice_that_is_second_hand_says_so(typed: Typed) -> None:
    """It is never called measured."""
    text = spaced(typed("advise", "protect tcp windows")[1])
    assert "Windows, not measured: by documents, tests and reports SO_EXCLUSIVEADDRUSE" in text
    assert "Second-hand: nothing of it was measured by us." in text
    assert "As measured" not in text


def test_who_receives_is_asked_of_every_destination_and_of_groups(typed: Typed) -> None:
    """A copy to each is what groups of UDP give."""
    receivers = {
        kind["result"]: set(kind["measures"])
        for question in ("both receive udp on linux", "split linux tcp")
        for side in json.loads(typed("find", question, "--format", "json")[1])["find"]["sides"]
        for kind in side["kinds"]
    }
    assert receivers == {"both": {"multicast-first", "multicast-both", "multicast-second"}, "split": {"deliver-ipv4", "deliver-ipv4-other"}}


def test_where_no_second_socket_gets_in_nobody_can_receive(typed: Typed) -> None:
    """The refusal is the answer."""
    text = spaced(typed("explain", "hijack reuseaddr on linux")[1])
    assert "refused, EADDRINUSE" in text
    assert "None of the platforms" not in text


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("windows 10", "yet: it takes a virtual machine that somebody starts by hand, and none has reported"),
        ("windows 11", "yet: it takes a GitHub runner, and none has reported"),
        ("windows server 2019", "yet: it takes a container on a Windows runner, and none has reported"),
        ("windows 8", ""),
        ("linux 4.4", ""),
    ],
)
def test_a_version_without_a_run_says_how_it_is_reached(typed: Typed, name: str, how: str) -> None:
    """Only where a target is sure to be that version; a build of a server is no Windows 10."""
    text = spaced(typed("explain", f"{name} reuseaddr twice")[1])
    assert f"not measured by us{' ' if how else ''}{how}." in text


def test_where_nobody_speaks_of_a_case_its_neighbour_is_named(typed: Typed) -> None:
    """The same options and state on the other address, and it is said that it is another case; one that is spoken of has none."""
    text = spaced(typed("explain", "SO_EXCLUSIVEADDRUSE TIME_WAIT windows")[1])
    assert "Others know of the same on 127.0.0.1, not of this case: - asserted by a test: the second bind succeeds" in text
    assert "not of this case" not in spaced(typed("explain", "SO_EXCLUSIVEADDRUSE TIME_WAIT 127.0.0.1 windows")[1])


def test_answers_that_tell_least_are_left_out_first() -> None:
    """A full screen has what an option that is set late does, not where it makes no difference."""
    case = ("tcp", "ipv4", "SO_REUSEADDR", "wildcard", "bound", "ipv4", "SO_REUSEADDR", "wildcard", "same")
    results = [(case, "late-option", answer) for answer in ("indistinct", "counts", "neither", "ignored")]
    assert [kind.result for kind in kinds(results, "")] == ["counts", "ignored", "indistinct", "neither"]


def test_the_newest_run_of_a_system_is_that_of_its_newest_release(tmp_path: Path) -> None:
    """Of gVisor, too, whose release is stated and whose kernel has no version of its own."""
    for target, release in (("gvisor-a", "20240729.0"), ("gvisor-b", "20221219.0")):
        MadeRun(target=target, system="gvisor", version="", options=UNIX, selection=PART, changed={"stated": {"runsc": release}}).write(
            tmp_path
        )
    for version in ("6.9", "6.12"):
        MadeRun(target=f"linux-{version}", version=version, options=UNIX, selection=PART).write(tmp_path)
    of_all = loaded([tmp_path])
    assert [newest(of_all, system) for system in ("gvisor", "linux", "wine")] == ["gvisor-a", "linux-6.12", ""]


def test_what_is_known_of_a_neighbour_is_counted_as_all_else_is() -> None:
    """What a screen has no room for is numbered, and where there is room for nothing, all of it."""
    part = Part(measures=("bind",), outcome="SUCCESS", cases=(0,))
    record = Known(rung=Rung.REPORTED, outcome="SUCCESS", system="windows", versions="not stated")
    near = tuple(Saying(rung="reported", parts=(part,), ranges=(), sources=(source,), records=(record,)) for source in "abc")
    found = Unmeasured(system="windows", version="", reaches=(), sayings=(), near=near, near_address="127.0.0.1", sentences=())
    text = [spaced(terminal(unmeasured(found, records, ("",), everything=False))) for records in (0, 1)]
    assert text[0] == "Windows: not measured by us. Others know 3 things about the same on 127.0.0.1, not of this case: --all shows them."
    assert text[1].endswith("2 more, by --all")
