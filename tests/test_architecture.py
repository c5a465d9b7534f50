"""The laws of the house: who may import whom. Those of the probe's own rooms stand in probe/test_floor.py."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "matrix"
# Upper layers may import lower ones, never the other way round.
LAYERS = (
    {"matrix.__main__"},
    {"matrix.report", "matrix.report.sections", "matrix.report.matrices", "matrix.report.view", "matrix.report.condense",
     "matrix.report.markdown", "matrix.report.compare", "matrix.report.web", "matrix.report.accounts",
     "matrix.report.sentences", "matrix.report.traffic", "matrix.report.hijack"},
    {"matrix.judge"},
    {"matrix.guests"},
    {"matrix.legs"},
    {"matrix.claims", "matrix.runs", "matrix.targets", "matrix.stacks", "matrix.stacks.host", "matrix.stacks.uml", "matrix.stacks.gvisor",
     "matrix.stacks.wine", "matrix.stacks.stack", "matrix.stacks.places", "matrix.stacks.survey"},
    {"matrix.table"},
    {"matrix.model", "matrix.errors"},
    {"matrix.probe", "matrix"},
)  # fmt: skip


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


# Modules of the standard library that only some systems have. A function may import one where it needs it.
OF_SOME_SYSTEMS = {"crypt", "fcntl", "grp", "msvcrt", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource", "spwd", "syslog",
                   "termios", "tty", "winreg", "winsound", "_winapi"}  # fmt: skip


def imported_at_once(source: str) -> set[str]:
    """The top-level packages that a module imports when it is imported itself, not when a function of it is called."""
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


def layer(module: str) -> int:
    """The number of its layer; the probe's rooms are in that of the probe."""
    name = "matrix.probe" if module.startswith("matrix.probe.") else module
    return next(number for number, names in enumerate(LAYERS) if name in names)


def test_every_module_has_a_layer() -> None:
    """A new module must be given its place."""
    assert {name for name in modules() if not name.startswith("matrix.probe.")} == set().union(*LAYERS)


@pytest.mark.parametrize("module", sorted(modules()))
def test_imports_run_downwards_only(module: str) -> None:
    """No module imports one of a layer above its own."""
    upward = {name for name in imported(modules()[module]) & set(modules()) if layer(name) < layer(module)}
    assert not upward


@pytest.mark.parametrize("module", sorted(modules()))
def test_no_module_is_named_like_a_standard_one(module: str) -> None:
    """A script's own folder comes first on sys.path; its neighbours must not hide the library."""
    assert module.split(".")[-1] not in set(sys.stdlib_module_names) - {"__main__"}


@pytest.mark.parametrize("module", sorted(modules()))
def test_every_module_can_be_imported_on_every_system(module: str) -> None:
    """What only some systems have is imported in the function that needs it."""
    assert not imported_at_once(modules()[module].read_text("utf-8")) & OF_SOME_SYSTEMS


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import fcntl", {"fcntl"}),
        ("if True:\n    try:\n        from pwd import getpwnam\n    except ImportError:\n        pass", {"pwd"}),
        ("class A:\n    import os.path", {"os"}),
        ("def f():\n    import fcntl", set()),
    ],
)
def test_a_module_of_some_systems_would_be_noticed(source: str, found: set[str]) -> None:
    """The check above can fail, and lets a function import what it needs."""
    assert imported_at_once(source) == found


def test_only_the_command_line_prints() -> None:
    """`print` and `sys.exit` stand in __main__, and in the probe's, which is a program of its own."""
    for name, path in modules().items():
        if name.split(".")[-1] == "__main__":
            continue
        calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)}
        assert not calls & {"print", "sys.exit", "exit", "input"}, name
