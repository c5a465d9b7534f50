"""The facts about GitHub, its runners, actions and images that something here relies on: `.github/facts.toml`, read and dated.

`nox -s workflows` prints those that nobody has read anew for `DAYS` days. That is no fault: it is a list of what to read again.
"""

import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

FACTS = Path(__file__).parent.parent / ".github" / "facts.toml"
DAYS = 90
NAMES = {"action": "name", "runner": "label", "image": "name", "fact": "fact"}  # what each kind is called by


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that is taken for granted."""

    kind: str  # one of NAMES
    name: str
    text: str  # the fact; of an action its tag and commit
    source: str
    day: date


def load_facts(path: Path = FACTS) -> list[Fact]:
    """All of them, in the order of the file. Raises KeyError with what one of them lacks."""
    tables = tomllib.loads(path.read_text("utf-8"))
    return [
        Fact(
            kind=kind, name=each[NAMES[kind]], text=f"{each['tag']} {each['commit']}" if kind == "action" else each["fact"],
            source=each["source"], day=each["day"],
        )
        for kind, group in tables.items()
        for each in group
    ]  # fmt: skip


def to_read_again(facts: Sequence[Fact], today: date) -> list[str]:
    """A line for each fact that is older than DAYS, the oldest first."""
    old = sorted((each for each in facts if (today - each.day).days > DAYS), key=lambda each: each.day)
    return [f"{each.day}, {(today - each.day).days} days ago: {each.kind} {each.name}; read again: {each.source}" for each in old]


def main() -> int:
    """Print what is to be read again; nothing of it makes the check fail."""
    facts = load_facts()
    old = to_read_again(facts, datetime.now(UTC).date())
    sys.stdout.write("".join(f"{line}\n" for line in old))
    sys.stdout.write(f"{len(old)} of {len(facts)} facts in .github/facts.toml are older than {DAYS} days\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
