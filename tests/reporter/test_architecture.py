"""The laws of the house: who may import whom, who prints, and which words are the field's."""

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.mutate import MODULES as CHANGED
from tests.mutate import TESTS

PACKAGE = ROOT / "matrix"
# From the top down: a room may import those below it, and its own modules. What a module is imported from decides its room.
ROOMS = (
    "matrix.__main__",
    "matrix.lookup",
    "matrix.commands",
    "matrix.site",
    "matrix.report",
    "matrix.findings",
    "matrix.contradictions",
    "matrix.judge",
    "matrix.platforms",
    "matrix.questions",
    "matrix.programs",
    "matrix.data",
    "matrix.verdicts",
    "matrix.records",
    "matrix.vocabulary",
    "matrix.errors",
    "matrix.probe",
    "matrix",
)
# What the reporter may import of the probe: its words, cases, hash and system facts, which cost nothing and know no socket.
OF_THE_PROBE = {"vocabulary", "cases", "afterclose", "outcomes", "product", "system"}
MAX_LINES = 350
# Only these systems have these. A function may import one where it needs it.
OF_SOME_SYSTEMS = {"crypt", "fcntl", "grp", "msvcrt", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource", "spwd", "syslog",
                   "termios", "tty", "winreg", "winsound", "_winapi"}  # fmt: skip


def modules() -> dict[str, Path]:
    """The reporter's modules; the probe has laws of its own."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[:2] != ("matrix", "probe"):
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imported(source: str) -> set[str]:
    """Every name of a module that is imported, anywhere."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(module: str) -> int:
    """The number of a module's room: the longest name that it begins with."""
    fitting = [name for name in ROOMS if module == name or module.startswith(name + ".")]
    return ROOMS.index(max(fitting, key=len))


def upward(module: str, source: str) -> set[str]:
    """What a module imports of rooms above its own."""
    return {name for name in imported(source) if name.split(".")[0] == "matrix" and room(name) < room(module)}


def imported_at_once(source: str) -> set[str]:
    """The packages that a module imports when it is imported itself, not when a function of it is called."""
    found, waiting = set(), [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_downwards_only(module: str) -> None:
    """No module imports one of a room above its own."""
    assert upward(module, MODULES[module].read_text("utf-8")) == set()


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_room_of_its_own(module: str) -> None:
    """A new one at the top of the package must be given its place."""
    assert module == "matrix" or ROOMS[room(module)] != "matrix"


def test_an_import_upwards_would_be_noticed() -> None:
    """The check above can fail."""
    assert upward("matrix.data.runs", "from matrix.findings import view") == {"matrix.findings", "matrix.findings.view"}
    assert upward("matrix.findings.view", "from matrix.data import runs\nimport json") == set()


@pytest.mark.parametrize("module", MODULES)
def test_the_reporter_knows_only_the_probes_words(module: str) -> None:
    """It makes no socket."""
    names = {name.split(".")[2] for name in imported(MODULES[module].read_text("utf-8")) if name.startswith("matrix.probe.")}
    assert names <= OF_THE_PROBE


@pytest.mark.parametrize("module", MODULES)
def test_a_module_fits_in_the_head(module: str) -> None:
    """At most so many lines."""
    assert len(MODULES[module].read_text("utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("module", MODULES)
def test_every_module_can_be_imported_on_every_system(module: str) -> None:
    """What only some systems have is imported in the function that needs it."""
    assert not imported_at_once(MODULES[module].read_text("utf-8")) & OF_SOME_SYSTEMS


@pytest.mark.parametrize(
    ("source", "found"),
    [("import fcntl", {"fcntl"}), ("if True:\n    try:\n        from pwd import getpwnam\n    except ImportError:\n        pass", {"pwd"}),
     ("class A:\n    import os.path", {"os"}), ("def f():\n    import fcntl", set())],
)  # fmt: skip
def test_a_module_of_some_systems_would_be_noticed(source: str, found: set[str]) -> None:
    """The check above can fail, and lets a function import what it needs."""
    assert imported_at_once(source) == found


@pytest.mark.parametrize("module", MODULES)
def test_only_the_command_line_prints_and_reads_its_words(module: str) -> None:
    """`print`, `sys.argv` and `sys.exit` are the commands'."""
    if module == "matrix.__main__" or module.startswith("matrix.commands"):
        return
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & {"print", "sys.exit", "exit", "input"}
    assert "sys.argv" not in {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("matrix.commands.")])
def test_a_command_imports_what_it_runs_only_when_it_runs(module: str) -> None:
    """So that `--help` is instant."""
    source = MODULES[module].read_text("utf-8")
    at_once = {
        name
        for name in imported(
            "\n".join(ast.unparse(node) for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom))
        )
        if name.startswith("matrix.")
    }
    assert {name.split(".")[1] for name in at_once} <= {"commands", "errors", "records", "verdicts", "vocabulary"}


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith(("matrix.report", "matrix.site"))])
def test_who_shows_findings_computes_and_parses_nothing(module: str) -> None:
    """No text is cut apart to learn something, no file is read but the page's own parts, and no table is computed."""
    source = MODULES[module].read_text("utf-8")
    assert not imported(source) & {"pandas", "matrix.data.runs", "matrix.data.strict"}
    if module not in ("matrix.site.html", "matrix.report.markdown", "matrix.report.tabular"):
        assert (
            not re.findall(
                r"\.(?:split|rsplit|partition|rpartition|startswith|endswith|replace|removeprefix)\(", source.replace("anchor", "")
            )
            or module == "matrix.report.blocks"
        )


# Words that only their author understood, as parts of names and of texts.
FOREIGN = re.compile(
    r"\b(?:told|mend|borne|said_so|hows|in_words|left_behind|left behind|came of|most_\w+|looks|alike|beyond)\b", re.IGNORECASE
)


@pytest.mark.parametrize("module", MODULES)
def test_names_and_texts_use_the_words_of_the_field(module: str) -> None:
    """No private jargon in identifiers, documentation or output."""
    if module.startswith(("matrix.platforms.stacks", "matrix.platforms.guests")):
        return
    assert FOREIGN.findall(MODULES[module].read_text("utf-8")) == []


@pytest.mark.parametrize("module", MODULES)
def test_no_module_hides_one_that_the_probe_needs(module: str) -> None:
    """A script's own folder comes first on sys.path; the package's own folder never is, so that only `matrix` itself counts."""
    assert module.split(".")[0] not in sys.stdlib_module_names


def test_pandas_makes_the_merged_table_and_nothing_else() -> None:
    """It takes half a second to load, and what kinds of strings it has with pyarrow beside it can't change another byte."""
    assert [module for module, path in MODULES.items() if {"pandas", "pyarrow"} & imported(path.read_text("utf-8"))] == [
        "matrix.findings.merged"
    ]


# How many places does it take? One each; these tests add one of each and find it wherever it must then be.
ONE_PLACE = {
    "a chapter": "test_report.test_a_new_chapter_takes_one_place",
    "an output format": "test_report.test_a_new_format_takes_one_place",
    "a command": "test_commands.test_a_new_command_takes_one_place",
}


@pytest.mark.parametrize("what", ONE_PLACE)
def test_what_is_new_takes_one_place(what: str) -> None:
    """And there is a test that shows it."""
    module, name = ONE_PLACE[what].split(".")
    tree = ast.parse((ROOT / "tests" / "reporter" / f"{module}.py").read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("room", ["data", "findings", "platforms", "probe", "programs", "questions", "report", "site"])
def test_a_room_says_what_is_in_it(room: str) -> None:
    """Every module is named where a newcomer looks first. Commands need no list: their names are what a person types."""
    folder = PACKAGE / room
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    assert modules - set(re.findall(r"\w+", said)) == set()


@pytest.mark.parametrize("room", ["data", "findings", "programs", "questions", "report", "site"])
def test_every_module_has_tests_that_changes_of_it_are_tried_on(room: str) -> None:
    """`nox -s mutate` leaves none out, and its tests are there."""
    modules = {f"matrix.{room}.{path.stem}" for path in (PACKAGE / room).glob("*.py")} - {f"matrix.{room}.__init__"}
    assert modules - set(CHANGED) == set()
    assert [test for module in modules for test in CHANGED[module] if not (ROOT / TESTS / test).exists()] == []
