"""Running programs, and holding what they print against what the probe measured."""

import errno
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from matrix.probe.ports import PortLease, Ports
from matrix.probe.vocabulary import NOT_MEASURED, UNSTABLE
from matrix.programs.cases import program, programs_of
from matrix.vocabulary import CASE_COLUMNS
from tests.conftest import rows
from tests.networks import is_free

PORT = re.compile(r"\b27047\b")
AT_ONCE = 4  # most of a program's time is waiting
# Linux lets a client have the port of somebody else's TIME_WAIT, which then is what the second socket meets. The probe asks such
# a case on up to 40 ports.
SYSTEM_TRIES = 6
Case = tuple[str, ...]
Ended = tuple[int, str, str]  # status, output, errors
OF_WINDOWS = {10022: "EINVAL", 10049: "EADDRNOTAVAIL", 10042: "ENOPROTOOPT"}


@dataclass(frozen=True, kw_only=True)
class Question:
    """A case, the program that shows it, and what was measured of all that the program prints: measure → outcome."""

    case: Case
    name: str
    measured: Mapping[str, str]

    @property
    def kind(self) -> tuple[str, str, str, str]:
        """What it is like, so that some of each are drawn."""
        return self.name, self.case[0], self.case[4], self.case[8]

    @property
    def tries(self) -> int:
        """How often its program may be started until it prints what was measured."""
        return SYSTEM_TRIES if self.case[4] == "client-ephemeral" else 1


def questions(run: Path) -> list[Question]:
    """All that a run has a measured answer to."""
    answers: dict[Case, dict[str, str]] = {}
    for row in rows(run):
        if row["outcome"] not in (*NOT_MEASURED, UNSTABLE) and row["first_family"]:
            answers.setdefault(tuple(row[column] for column in CASE_COLUMNS), {})[row["measure"]] = row["outcome"]
    return [
        Question(case=case, name=name, measured=shown)
        for case, measured in sorted(answers.items())
        for name in programs_of(case)
        if (shown := shown_by(name, measured))
    ]


def shown_by(name: str, measured: Mapping[str, str]) -> dict[str, str]:
    """What the program of this name shows of what was measured."""
    if name in ("groups", "late"):
        own = "multicast" if name == "groups" else "late-option"
        kept = {measure: outcome for measure, outcome in measured.items() if measure.startswith(own)}
        return {**kept, **({"bind": measured["bind"]} if name == "groups" else {})} if kept else {}
    return {measure: outcome for measure, outcome in measured.items() if not measure.startswith(("multicast", "late-option"))}


def drawn(asked: Iterable[Question], count: int, seed: int) -> list[Question]:
    """So many at random: turn by turn one of each kind, so that the rare ones are there."""
    chance = random.Random(seed)
    kinds: dict[tuple[str, ...], list[Question]] = {}
    for question in asked:
        kinds.setdefault(question.kind, []).append(question)
    for of_kind in kinds.values():
        chance.shuffle(of_kind)
    found: list[Question] = []
    while len(found) < count and any(kinds.values()):
        found += [of_kind.pop() for of_kind in kinds.values() if of_kind]
    return found[:count]


class FreePorts:
    """Ports that no probe and no other test takes, by the probe's own lease; each is given once, and the two above it with it."""

    def __init__(self) -> None:
        self.lease = PortLease(Ports.here())

    def take(self) -> int:
        """One."""
        while True:
            port, _, last = map(int, self.lease.take(3))
            if last == port + 2 and all(map(is_free, (port, port + 1, last))):
                return port


def printed(text: str) -> dict[str, str]:
    """What a program printed: measure → outcome, as the probe has it."""
    return {name: outcome(value) for name, value in (line.split(": ", 1) for line in text.splitlines() if ": " in line)}


def outcome(value: str) -> str:
    """An outcome as the probe writes it, of one as the programs do: INUSE (error 98), refused (error 22), split, 9 and 11."""
    number = re.fullmatch(r"refused \(error (\d+)\)|error (\d+)", value)
    if number:
        return {**errno.errorcode, **OF_WINDOWS}[int(number[1] or number[2])].removeprefix("WSA")
    return re.split(r" \(|, ", value)[0]


def as_root() -> list[str]:
    """What makes a program root's, which those of other accounts take."""
    return [] if sys.platform == "win32" or os.geteuid() == 0 else ["sudo", "-n"]


def ended(words: Sequence[str]) -> Ended:
    """Run a program."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def difference(question: Question, done: Ended) -> str:
    """What was measured beside what a program printed; blank where they are the same."""
    status, out, err = done
    found = {name: word for name, word in printed(out).items() if name in question.measured}
    if (status, found) == (0, question.measured):
        return ""
    return f"{question.name} {' '.join(question.case)}: measured {question.measured}, status {status}, printed {out!r} {err[-300:]!r}"


def differences(asked: Sequence[Question], commands: Sequence[Sequence[str]]) -> list[str]:
    """Run a program for each question."""

    def tried(question: Question, words: Sequence[str]) -> str:
        for _ in range(question.tries):
            different = difference(question, ended(words))
            if not different:
                break
        return different

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(filter(None, pool.map(tried, asked, commands)))


def text_of(question: Question, language: str, port: int) -> str:
    """Its program, on this port."""
    return PORT.sub(str(port), program(question.case, language, question.name))
