"""How many places does it take? Each new thing is entered into a copy of the probe, where its table is, and the whole probe knows it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from matrix.probe import product
from matrix.probe.vocabulary import ADDRESSES, DESTINATIONS
from tests.conftest import rows

FOLDER = Path(product.__file__).parent
Edit = tuple[str, str, str]  # file, text, and what stands before it from now on

OPTION_AT_TCP: list[Edit] = [
    ("vocabulary.py", ")\n# Options that are one setting", '    Option("TCP_NODELAY", (Setting("IPPROTO_TCP", "TCP_NODELAY", ()),), ("tcp",)),\n'),
]  # fmt: skip
OPTION_OF_TWO_LEVELS: list[Edit] = [
    (
        "vocabulary.py",
        ")\n# Options that are one setting",
        '    Option("KEEPALIVE", (Setting("SOL_SOCKET", "SO_KEEPALIVE", ()), Setting("IPPROTO_TCP", "TCP_KEEPINTVL", ())), ("tcp",)),\n',
    ),
]
STATE_AFTER_CLOSE: list[Edit] = [
    (
        "afterclose.py",
        ")\nBY_NAME = ",
        '    AfterClose("half-closed", lambda peer, accepted: accepted.shutdown(socket.SHUT_WR), False, False, False, "half of it"),\n',
    ),
]
DESTINATION: list[Edit] = [
    ("vocabulary.py", '    Destination("ipv6", "ipv6", "::1"),', '    Destination("ipv4-third", "ipv4", "127.0.0.3"),\n'),
    ("vocabulary.py", '    Address("ipv6", "wildcard"', '    Address("ipv4", "third-specific", "127.0.0.3", ("ipv4-third",)),\n'),
    ("vocabulary.py", '"ipv4-other")),\n    Address("ipv4", "specific"', '"ipv4-third", '),
]
ADDRESS: list[Edit] = [
    ("vocabulary.py", '    Address("ipv6", "wildcard"', '    Address("ipv4", "of-nobody", "192.0.2.77", ("ipv4",)),\n'),
]
FACT: list[Edit] = [
    ("vocabulary.py", '    Measure("linger-close"', '    Measure("backlog", "host", ("taken", "refused"), "whether listen takes a backlog of nothing"),\n       '),
    ("facts.py", "def rows_of_host(", 'def backlog_row():\n    """One more fact."""\n    return fact_row("backlog", answer_in("taken"), "tcp")\n\n\n'),
    ("facts.py", "lingering.rows()\n", "[backlog_row()] + "),
]  # fmt: skip
MEASURE: list[Edit] = [
    ("vocabulary.py", '     Measure("first-listen"', '     Measure("second-notice", "bound", ("silent",), "what the second socket has to report"),\n'),
    ("attempts.py", "        self.close_both()\n        self.find_lost(kind, held)", "        self.ask_second_notice([each for each in held if not each.second])\n"),
    ("attempts.py", "    def listen_late(self, attempts):", '''    def ask_second_notice(self, attempts):
        """One more measure."""
        for attempt, reply in zip(attempts, self.second.ask("errors", [each.places[1] for each in attempts])):
            attempt.answers["second-notice"] = answer_of(reply)._replace(outcome=reply or "silent")

'''),
]  # fmt: skip


def changed(folder: Path, edits: list[Edit]) -> Path:
    """A copy of the probe with these edits, each at the one place that its text names."""
    copy = Path(shutil.copytree(FOLDER, folder / "probe", ignore=shutil.ignore_patterns("__pycache__")))
    for name, place, addition in edits:
        text = (copy / name).read_text("ascii")
        assert text.count(place) == 1, (name, place)
        (copy / name).write_text(text.replace(place, addition + place), "ascii")
    return copy


def listed(probe: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-I", str(probe), "--list"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def measured(probe: Path, output: Path, only: str = "") -> list[dict[str, str]]:
    words = [sys.executable, "-I", str(probe), "--output", str(output), *(["--only", only] if only else [])]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return rows(output)


def test_an_option_is_one_entry(tmp_path: Path) -> None:
    """At another level as well: its cases are listed, measured and written, and a run names it; for its protocols only."""
    assert len(OPTION_AT_TCP) == 1
    probe = changed(tmp_path, OPTION_AT_TCP)
    more = set(listed(probe)) - set(listed(FOLDER))
    assert "tcp ipv4 TCP_NODELAY@wildcard time-wait ipv4 default@specific other" in more
    assert {identity.split()[0] for identity in more} == {"tcp"}
    assert all("TCP_NODELAY@" in identity for identity in more)
    found = measured(probe, tmp_path / "run", "tcp ipv4 TCP_NODELAY@specific listening ipv4 default@specific same")
    assert [(row["first_option"], row["measure"], row["outcome"], row["agreed"]) for row in found] == [
        ("TCP_NODELAY", "bind", "INUSE", "3")
    ]
    assert "TCP_NODELAY" in json.loads((tmp_path / "run" / "host.json").read_text("utf-8"))["options"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="an option that not every system has")
def test_an_option_that_is_two_settings_is_one_entry(tmp_path: Path) -> None:
    """At two levels."""
    assert len(OPTION_OF_TWO_LEVELS) == 1
    found = measured(
        changed(tmp_path, OPTION_OF_TWO_LEVELS), tmp_path / "run", "tcp ipv4 KEEPALIVE@specific bound ipv4 KEEPALIVE@specific same"
    )
    assert [(row["measure"], row["outcome"]) for row in found] == [("bind", "INUSE")]


def test_a_state_after_a_close_is_one_entry(tmp_path: Path) -> None:
    """What brings a connection into it stands in it; its cases, `bind` and `freed`, come by themselves."""
    assert len(STATE_AFTER_CLOSE) == 1
    probe = changed(tmp_path, STATE_AFTER_CLOSE)
    more = set(listed(probe)) - set(listed(FOLDER))
    assert {identity.split()[3] for identity in more} == {"half-closed"}
    assert {identity.split()[-1] for identity in more} == {"same", "other", "other-first", "others"}
    found = measured(probe, tmp_path / "run", "half-closed default@* same")
    assert {row["first_state"] for row in found} == {"half-closed"}
    assert {row["measure"] for row in found} == {"bind", "freed"}
    assert all(row["agreed"] == row["attempts"] != "0" for row in found)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has 127.0.0.3 without being asked for it")
def test_a_destination_is_entries_of_the_vocabulary(tmp_path: Path) -> None:
    """With an address of its own: it is sent to, beside the others, and who receives is written; nothing but the vocabulary changes."""
    assert {name for name, _, _ in DESTINATION} == {"vocabulary.py"}
    probe = changed(tmp_path, DESTINATION)
    assert "udp ipv4 default@third-specific bound ipv4 default@wildcard same" in listed(probe)
    found = measured(probe, tmp_path / "run", "ipv4 SO_REUSEADDR@third-specific ipv4 SO_REUSEADDR@wildcard same")
    udp = {row["measure"]: row["outcome"] for row in found if row["protocol"] == "udp"}
    assert {udp["deliver-ipv4-third"], udp["inherit-ipv4-third"]} <= {"first", "second"}
    assert udp["deliver-ipv4"] == "second"
    assert {row["measure"] for row in found if row["protocol"] == "tcp"} >= {"bind", "listen"}


def test_every_destination_has_an_address_that_serves_it_alone() -> None:
    """By which it is found out whether it can be reached at all."""
    for to in DESTINATIONS:
        assert [address for address in ADDRESSES if address.serves == (to.name,) and address.family == to.family]


def test_an_address_is_one_entry(tmp_path: Path) -> None:
    """One that a system doesn't have is UNSUPPORTED, and not a fault."""
    assert len(ADDRESS) == 1
    found = measured(changed(tmp_path, ADDRESS), tmp_path / "run", "udp ipv4 default@of-nobody ipv4 default@wildcard same")
    assert {(row["first_address"], row["outcome"], row["error"].removeprefix("WSA")) for row in found} == {
        ("of-nobody", "UNSUPPORTED", "EADDRNOTAVAIL")
    }


def test_a_measure_of_cases_takes_three_places_at_most(tmp_path: Path) -> None:
    """Its words, the code that asks it, and where it is asked; attempts, repeats, rows and the CSV take what comes."""
    assert len(MEASURE) <= 3
    found = measured(changed(tmp_path, MEASURE), tmp_path / "run", "udp ipv4 SO_REUSEADDR@specific ipv4 SO_REUSEADDR@* same")
    more = [row for row in found if row["measure"] == "second-notice"]
    assert {(row["outcome"], row["error"], row["agreed"], row["attempts"]) for row in more} == {("silent", "", "3", "3")}
    assert len(more) == len([row for row in found if row["measure"] == "bind" and row["outcome"] == "SUCCESS"])


@pytest.mark.long
def test_a_fact_of_the_host_takes_three_places_at_most(tmp_path: Path) -> None:
    """Its words, the code that asks it, and its row among the others; a whole run writes it."""
    assert len(FACT) <= 3
    found = [row for row in measured(changed(tmp_path, FACT), tmp_path / "run") if row["measure"] == "backlog"]
    assert [(row["protocol"], row["outcome"], row["account"]) for row in found] == [("tcp", "taken", "same")]
