"""Loads and validates the recipes: what runtimes set by default on a server's socket, read from their sources at a revision.

`recipes/recipes.csv`, a row a call. `systems` are `unix`, `windows`, or names of systems, with `|` between; `v6only` is what an
IPv6 socket gets: on, off, or system for what the system has by itself. `line` may be blank where the function says enough.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from matrix.data.strict import Faults, read_bytes, read_table
from matrix.errors import MatrixError
from matrix.vocabulary import IMITATES, PLATFORMS, SYSTEMS, WORDS

RECIPES = Path(__file__).parent.parent / "recipes" / "recipes.csv"
COLUMNS = (
    "runtime", "call", "protocol", "systems", "option", "v6only", "repository", "revision", "path", "line", "function", "read", "note",
)  # fmt: skip
WINDOWS = PLATFORMS["win32"]
FAMILIES_OF_SYSTEMS = {"windows": WINDOWS, "unix": frozenset(SYSTEMS) - WINDOWS, "linux": frozenset(
    {"linux", *(system for system, imitated in IMITATES.items() if imitated == "linux")})}  # fmt: skip
V6ONLY = ("on", "off", "system")
PATTERNS = {
    "repository": re.compile(r"[\w.-]+/[\w.-]+"),
    "revision": re.compile(r"[0-9a-f]{40}|v\d+(\.\d+)+"),
    "path": re.compile(r"[\w./+-]+"),
    "line": re.compile(r"\d{0,6}"),
    "read": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "runtime": re.compile(r".+"),
    "call": re.compile(r".+"),
    "function": re.compile(r".+"),
}
SEE = "see the columns in matrix/data/recipes.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What one call of a runtime sets before bind."""

    runtime: str
    call: str
    protocol: str
    systems: str  # as in the file
    option: str  # of the vocabulary; `default` for none
    v6only: str
    repository: str
    revision: str
    path: str
    line: str
    function: str
    read: str  # the day
    note: str

    @property
    def link(self) -> str:
        """Where it stands."""
        place = f"#L{self.line}" if self.line else ""
        return f"https://github.com/{self.repository}/blob/{self.revision}/{self.path}{place}"

    def is_for(self, system: str) -> bool:
        """Whether a program of this runtime does this on a system."""
        return any(system in FAMILIES_OF_SYSTEMS.get(word, {word}) for word in self.systems.split("|"))


def load_recipes(path: Path = RECIPES) -> tuple[Recipe, ...]:
    """Every recipe, in the order of the file. Raises MatrixError with every fault."""
    faults = Faults(path)
    data = read_bytes(path, faults)
    found: dict[tuple[str, ...], Recipe] = {}
    for line, row in read_table(data, COLUMNS, faults) if data is not None else []:
        cells = dict(zip(COLUMNS, row, strict=True))
        for column, problem in problems(cells):
            faults.add(line, problem, cells[column], SEE)
        recipe = Recipe(**cells)
        for system in recipe.systems.split("|"):
            if (recipe.runtime, recipe.call, recipe.protocol, system) in found:
                faults.add(line, "the same call of the same runtime is there already", f"{recipe.runtime} {recipe.call} {system}", SEE)
            found[recipe.runtime, recipe.call, recipe.protocol, system] = recipe
    if faults.count():
        raise MatrixError("\n".join(map(str, faults.all())))
    return tuple(dict.fromkeys(found.values()))


def problems(cells: dict[str, str]) -> list[tuple[str, str]]:
    """(column, what is wrong with it) of a row."""
    found = [(column, f"{column} is not one") for column, pattern in PATTERNS.items() if not pattern.fullmatch(cells[column])]
    known = {"protocol": WORDS["protocol"], "option": WORDS["first_option"], "v6only": V6ONLY}
    found += [(column, f"{column} is none of {', '.join(words)}") for column, words in known.items() if cells[column] not in words]
    if not all(system in FAMILIES_OF_SYSTEMS or system in SYSTEMS for system in cells["systems"].split("|")):
        found.append(("systems", "a system that is none"))
    return found
