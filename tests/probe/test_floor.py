"""What every module of the probe must be: CPython 3.4, the standard library, and in its place in the house."""

import ast
import contextlib
import re
import sys
from pathlib import Path

import pytest

import matrix.probe
from tests.reporter.test_architecture import OF_SOME_SYSTEMS, imported_at_once

FOLDER = Path(matrix.probe.__file__).parent
FLOOR = (3, 4)
LONGEST = 350
# From the bottom up, as the package's docstring lists them: a module imports only what comes before it here.
HOUSE = (
    "errors", "ending", "sockets", "afterclose", "vocabulary", "cases", "outcomes", "lookup", "addresses", "ports", "limits", "multicast", "link",
    "client", "delivery", "attempts", "controls", "facts", "lateoption", "product",
    "accounts.common", "accounts.winapi", "accounts.unix", "accounts.windows", "accounts",
    "helper", "system", "output", "run", "command",
)  # fmt: skip
OUTSIDE = ("", "__main__")  # the package itself, which is empty, and where Python starts
# Syntax that `ast` accepts whatever floor it is given.
NEWER = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Await, ast.Match)


def modules() -> dict[str, Path]:
    """Each module by its name within the probe."""
    found = {}
    for path in sorted(FOLDER.rglob("*.py")):
        parts = path.relative_to(FOLDER).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(name: str, source: str, is_package: bool) -> set[str]:
    """The probe's modules that one imports, in its functions too; `probe.x` and relative imports are the probe's own."""
    here = [part for part in (name.split(".") if is_package else name.split(".")[:-1]) if part]
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*base, (node.module or "").removeprefix("probe.")]).strip(".")
            submodules = {f"{module}.{alias.name}".strip(".") for alias in node.names} & set(modules())
            found |= submodules or {module}
    return found & set(HOUSE)


def outside(source: str) -> set[str]:
    """The top-level packages that are imported absolutely."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
    return found


def newer_syntax(source: str) -> list[str]:
    """Names of the kinds of syntax in it that are newer than the floor."""
    tree = ast.parse(source, feature_version=FLOOR)
    found = [type(node).__name__ for node in ast.walk(tree) if isinstance(node, NEWER)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (
            node.returns or any(each.annotation for each in [*node.args.args, *node.args.kwonlyargs])
        ):
            found.append("annotation")
        if isinstance(node, ast.List | ast.Tuple | ast.Set) and isinstance(node.ctx if hasattr(node, "ctx") else ast.Load(), ast.Load):
            found += ["unpacking in a display" for each in node.elts if isinstance(each, ast.Starred)]
        if isinstance(node, ast.Dict):
            found += ["unpacking in a display" for key in node.keys if key is None]
        if isinstance(node, ast.Call):
            stars = [each for each in node.args if isinstance(each, ast.Starred)]
            found += ["several unpackings in a call"] if len(stars) > 1 or (stars and node.args[-1] is not stars[0]) else []
    return found


def test_the_docstring_lists_the_house_in_its_order() -> None:
    """A newcomer reads there what is where; a new module must be given its line."""
    assert matrix.probe.__doc__ is not None
    listed = re.findall(r"(?m)^    ([a-z]+/?) {2,}\S", matrix.probe.__doc__.split("Where things are")[1])
    rooms = [name.split(".")[0] for name in HOUSE]
    assert listed == [f"{room}/" if rooms.count(room) > 1 else room for room in dict.fromkeys(rooms)]
    assert set(modules()) == {*HOUSE, *OUTSIDE}


@pytest.mark.parametrize("name", HOUSE)
def test_imports_run_downwards_only(name: str) -> None:
    """Those that a function makes when it is called as well."""
    path = modules()[name]
    upward = {
        each for each in imported(name, path.read_text("ascii"), path.name == "__init__.py") if HOUSE.index(each) >= HOUSE.index(name)
    }
    assert not upward


def test_an_upward_import_would_be_noticed() -> None:
    """The check above can fail: relative, absolute, of a package, in a function."""
    assert imported("errors", "from .link import program", False) == {"link"}
    assert imported("errors", "from . import link, ports", False) == {"link", "ports"}
    assert imported("accounts.unix", "def f():\n    from ..helper import main", False) == {"helper"}
    assert imported("accounts", "from .windows import x", True) == {"accounts.windows"}
    assert imported("accounts", "from ..run import Run", True) == {"run"}
    assert imported("accounts.unix", "from . import windows", False) == {"accounts.windows"}
    assert imported("__main__", "from probe.helper import main", False) == {"helper"}


@pytest.mark.parametrize("name", sorted(modules()))
def test_only_the_standard_library_is_imported(name: str) -> None:
    """Nothing of the reporter either: the folder runs without it."""
    allowed = set(sys.stdlib_module_names) | ({"probe"} if name == "__main__" else set())
    assert outside(modules()[name].read_text("ascii")) <= allowed


@pytest.mark.parametrize("name", sorted(modules()))
def test_what_only_some_systems_have_is_imported_in_a_function(name: str) -> None:
    """Every module can be imported on every system."""
    assert not imported_at_once(modules()[name].read_text("ascii")) & (OF_SOME_SYSTEMS | {"ctypes"})


@pytest.mark.parametrize("name", sorted(modules()))
def test_the_language_is_that_of_python_3_4(name: str) -> None:
    """Checked by the parser; `nox -s floor` checks the library as well."""
    assert newer_syntax(modules()[name].read_text("ascii")) == []


@pytest.mark.parametrize(
    "source",
    ["number: int = 1", "f'{x}'", "def f(x: int): pass", "def f() -> int: pass", "x = [*y]", "x = *y, 1", "x = {**y}", "f(*x, *y)", "f(*x, 1)",
     "async def f(): pass", "x = 1_000", "x @= y", "(x := 1)", "match x:\n    case 1: pass"],
)  # fmt: skip
def test_a_newer_language_would_be_noticed(source: str) -> None:
    """The check above can fail."""
    with contextlib.suppress(SyntaxError):
        assert newer_syntax(source)


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_fits_in_the_head(name: str) -> None:
    """Plain ASCII with LF ends, which Python 2 can read as far as the line that turns it away; and not too long."""
    data = modules()[name].read_bytes()
    assert data.isascii()
    assert b"\r" not in data
    assert len(data.splitlines()) <= LONGEST


def test_the_first_module_is_one_that_python_2_can_read() -> None:
    """It turns old Pythons away before it imports anything that they may lack."""
    tree = ast.parse((FOLDER / "__main__.py").read_text("ascii"))
    kinds = [type(node) for node in tree.body[:3]]
    assert kinds == [ast.Expr, ast.Import, ast.If]
    assert ast.unparse(tree.body[1]) == "import sys"
    assert ast.unparse(tree.body[2]).startswith("if sys.version_info < (3, 4):")
