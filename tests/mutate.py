"""Changes the reporter's code in small ways, one at a time, and looks whether its fast tests notice.

A mutant is a comparison, a constant, a condition, an operation or a returned value that is another. Each is compiled in a
process of its own, in place of the module, and the tests of that module are run until one fails. Prints for each module
how many were noticed, and every one that was not. A sample is drawn by a fixed seed: the same words give the same mutants.

    python -m tests.mutate [--each N] [--seed N] [--jobs N] [MODULE …]
"""

import argparse
import ast
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
UNCHANGED = -1  # the number of a mutant that is none: its tests must pass
SECONDS = 90  # for the tests of one mutant: what takes longer was noticed
TESTS = "tests/reporter/"
QUESTIONS = ["../questions/test_answers.py", "../questions/test_screen.py"]
# The modules, and the fast tests that are about each.
MODULES = {
    "matrix.data.strict": ["test_strict.py", "test_rows.py", "test_hosts.py", "test_runs.py"],
    "matrix.data.rows": ["test_rows.py", "test_counts.py"],
    "matrix.data.cases": ["test_runs.py", "test_rows.py", "test_cache.py"],
    "matrix.data.catalogue": ["test_runs.py", "test_rows.py", "test_counts.py", "test_cache.py", "test_carried.py"],
    "matrix.data.host": ["test_hosts.py"],
    "matrix.data.whole": ["test_rows.py", "test_hosts.py", "test_counts.py", "test_runs.py"],
    "matrix.data.runs": ["test_runs.py", "test_counts.py", "test_hosts.py"],
    "matrix.data.claims": ["test_claims.py"],
    "matrix.data.legs": ["test_legs.py"],
    "matrix.data.packed": ["test_cache.py", "test_carried.py"],
    "matrix.data.cache": ["test_cache.py"],
    "matrix.data.carried": ["test_carried.py"],
    "matrix.judge": ["test_judge.py", "test_less_usual.py"],
    "matrix.contradictions": ["test_judge.py", "test_claims.py"],
    "matrix.verdicts": ["test_judge.py"],
    "matrix.vocabulary": ["test_judge.py", "test_rows.py", "test_hosts.py"],
    "matrix.platforms.legs": ["test_legs.py"],
    "matrix.platforms.targets": ["test_legs.py"],
    **{f"matrix.findings.{name}": ["test_findings.py", "test_less_usual.py", "test_report.py", "test_diff.py"] for name in (
        "accounts", "changes", "classes", "closed", "documents", "hijack", "lookup", "places", "platforms", "sentences", "sockets", "summary",
        "traffic", "view")},
    "matrix.findings.merged": ["test_merged.py"],
    **{f"matrix.report.{name}": ["test_less_usual.py", "test_blocks.py", "test_foreign_text.py", "test_report.py"] for name in (
        "accounts", "believe", "blocks", "chapters", "closed", "documents", "markdown", "method", "platforms", "sentences", "short", "sockets",
        "tabular", "traffic", "words")},
    "matrix.report.lookup": ["test_report.py", "test_commands.py"],
    "matrix.report.merged": ["test_merged.py"],
    "matrix.report.terminal": ["test_blocks.py", "test_foreign_text.py", "test_commands.py"],
    "matrix.report.summary": ["test_legs.py"],
    "matrix.report.versions": ["test_report.py", "test_findings.py", "test_diff.py"],
    "matrix.data.evidence": ["test_evidence_files.py"],
    "matrix.data.garbage": ["test_runs.py"],
    "matrix.data.history": ["test_versions.py"],
    "matrix.data.recipes": ["../test_recipes.py"],
    "matrix.data.rules": ["test_broken.py", "test_hosts.py"],
    "matrix.data.sources": ["test_claims.py", "test_evidence_files.py"],
    "matrix.data.statements": ["test_statements.py"],
    "matrix.findings.beliefs": ["test_beliefs.py", "test_readings.py"],
    "matrix.findings.checked": ["test_commands.py", "test_runs.py"],
    "matrix.findings.packed": ["test_html.py", "test_report.py"],
    **{f"matrix.findings.{name}": ["test_evidence.py", "test_report.py"] for name in ("answers", "cells", "rungs", "secondhand", "windows")},
    **{f"matrix.findings.{name}": ["test_goals.py", "../questions/test_answers.py"] for name in (
        "criteria", "goals", "named", "recipes", "unmeasured")},
    **{f"matrix.findings.{name}": QUESTIONS for name in ("asked", "facts", "inverse", "sayings", "since", "titles")},
    **{f"matrix.findings.{name}": ["test_pictures.py", "test_report.py"] for name in ("glance", "links")},
    **{f"matrix.findings.{name}": ["test_versions.py", "test_diff.py"] for name in ("shifts", "versions")},
    "matrix.findings.machine": ["test_commands.py"],
    **{f"matrix.report.{name}": QUESTIONS for name in ("asked", "inverse", "question", "sayings", "screen")},
    **{f"matrix.report.{name}": ["test_evidence.py", "test_report.py"] for name in ("citing", "evidence", "windows")},
    **{f"matrix.report.{name}": ["test_less_usual.py", "test_report.py", "test_findings.py"] for name in ("advice", "answers", "definitions", "front", "narrow", "phrases")},
    **{f"matrix.report.{name}": ["test_pictures.py", "test_report.py"] for name in ("grids", "pictures")},
    **{f"matrix.report.{name}": ["test_schemas.py"] for name in ("badges", "schemas")},
    "matrix.report.goals": ["test_goals.py", "../questions/test_answers.py"],
    "matrix.report.machine": ["test_commands.py"],
    **{f"matrix.questions.{name}": ["../questions/test_reader.py"] for name in ("grammar", "reader", "settled", "sockets", "words")},
    **{f"matrix.programs.{name}": ["../programs/test_texts.py"] for name in ("cases", "filling", "settings")},
    "matrix.site.data": ["test_report.py", "test_html.py"],
    "matrix.site.html": ["test_foreign_text.py", "test_blocks.py", "test_report.py"],
    "matrix.site.files": ["test_report.py"],
}  # fmt: skip
OTHER: dict[type[ast.AST], Any] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.Mult: ast.Add, ast.Mod: ast.Mult, ast.FloorDiv: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def places(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that can be changed: none of annotations, which nobody runs, and none of decorators."""
    decorators = {id(part) for node in ast.walk(tree) for each in getattr(node, "decorator_list", ()) for part in ast.walk(each)}
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if isinstance(getattr(node, name, None), ast.AST):
                setattr(node, name, None if name == "returns" else ast.Constant(value=None))
    for node in ast.walk(tree):
        changeable = (
            (isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in OTHER)
            or (isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in OTHER)
            or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))
            or (isinstance(node, ast.Constant) and type(node.value) in (int, bool))
            or (isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant))
            or isinstance(node, ast.If | ast.IfExp)
        )
        if changeable and id(node) not in decorators:
            yield node


def change(node: ast.AST) -> str:
    """Change a node in place; what it was and is, for a reader."""
    before = ast.unparse(node).split("\n")[0]
    match node:
        case ast.Compare():
            node.ops = [OTHER[type(node.ops[0])]()]
        case ast.BoolOp() | ast.BinOp():
            node.op = OTHER[type(node.op)]()
        case ast.UnaryOp():
            node.op = ast.UAdd()
            node.operand = ast.Call(func=ast.Name(id="bool", ctx=ast.Load()), args=[node.operand], keywords=[])
        case ast.Constant():
            node.value = (not node.value) if isinstance(node.value, bool) else int(str(node.value)) + 1
        case ast.Return():
            node.value = ast.Constant(value=None)
        case ast.If() | ast.IfExp():
            node.test = ast.UnaryOp(op=ast.Not(), operand=node.test)
    return f"{before}  →  {ast.unparse(ast.fix_missing_locations(node)).split(chr(10))[0]}"


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a tree that was changed, and all others as they are."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self, submodule_search_locations=None)

    def create_module(self, spec: object) -> None:
        return None

    def exec_module(self, module: object) -> None:
        exec(compile(self.tree, str(self.path), "exec"), vars(module))


def noticed(name: str, path: Path, number: int) -> tuple[bool, str]:
    """In this process: make one mutant and run its tests until one fails; whether one did, and what was changed."""
    import pytest

    tree = ast.parse(path.read_text("utf-8"))
    found = list(places(tree))
    words = "unchanged"
    if number != UNCHANGED:
        words = f"line {getattr(found[number], 'lineno', 0)}: {change(found[number])}"
    ast.fix_missing_locations(tree)
    sys.meta_path.insert(0, Mutated(name, path, tree))
    signal.alarm(SECONDS)
    status = pytest.main(
        ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-p", "no:randomly", *(TESTS + test for test in MODULES[name])]
    )
    return status != 0, words


def child(name: str, path: Path, number: int) -> tuple[int, int]:
    """Start a mutant in a fork: (pid, the end of a pipe that has what was changed where nothing noticed)."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    os.dup2(1, 2)
    try:
        caught, words = noticed(name, path, number)
        os.write(writing, b"" if caught else words.encode()[:4000])
    finally:
        os._exit(0)


def main() -> None:
    """Make the mutants and print what became of them."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("modules", nargs="*", metavar="MODULE", help="these alone (all)")
    words.add_argument("--each", type=int, default=20, metavar="N", help="mutants of each module, or fewer where it has fewer (20)")
    words.add_argument("--seed", type=int, default=1, metavar="N", help="of the sample (1)")
    words.add_argument("--jobs", type=int, default=2, metavar="N", help="at once (2)")
    given = words.parse_args()
    os.chdir(ROOT)
    import numpy  # noqa: F401  # imported once, here, and not in every fork
    import pytest  # noqa: F401  # the same

    chance, began = random.Random(given.seed), time.monotonic()
    waiting: list[tuple[str, Path, int]] = []
    totals: dict[str, list[int]] = {}
    for name in given.modules or MODULES:
        path = ROOT / Path(*name.split(".")).with_suffix(".py")
        count = len(list(places(ast.parse(path.read_text("utf-8")))))
        sample = sorted(chance.sample(range(count), min(count, given.each)))
        totals[name] = [count, len(sample), 0, 0]
        waiting += [(name, path, number) for number in (UNCHANGED, *sample)]
    running: dict[int, tuple[str, int]] = {}
    while waiting or running:
        while waiting and len(running) < given.jobs:
            name, path, number = waiting.pop(0)
            pid, reading = child(name, path, number)
            running[pid] = (name, reading)
        pid, _ = os.wait()
        name, reading = running.pop(pid)
        with os.fdopen(reading, "rb") as result:
            survivor = result.read().decode()
        if survivor == "unchanged":
            totals[name][3] = 1
        elif survivor:
            print(f"{name}, {survivor}", flush=True)
        else:
            totals[name][2] += 1
    for name, (count, made, caught, passes) in totals.items():
        if not passes:
            print(f"{name}: its tests fail without any change, so that nothing is known")
        else:
            print(f"{name}: {caught} of {made} noticed, of {count} that there are")
    made, caught = (sum(each[place] for each in totals.values() if each[3]) for place in (1, 2))
    print(f"{caught} of {made} noticed ({100 * caught / max(made, 1):.0f} %) in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
