"""Rehearses `matrix.yml` on this machine with act: `nox -s rehearse`.

The workflow is the project's own, unchanged. Only what GitHub would bring is stood in for, by the small actions of
`tests/rehearsal/`: Python, artifacts, Pages, virtual machines. The targets are `tests/rehearsal/targets.toml`,
because a run is published only as what its machine really is.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from matrix.stacks import STACKS
from matrix.stacks.wine import Wine, environment

ROOT = Path(__file__).parent.parent
STAND_INS = Path(__file__).parent / "rehearsal"
LABELS = ("ubuntu-24.04", "windows-2025")
MINUTES = 15


def act() -> str | None:
    """The program act, beside this Python or on the path."""
    beside = Path(sys.executable).parent / "act"
    return str(beside) if beside.exists() else shutil.which("act")


def prepare(folder: Path, cache: Path) -> Path:
    """A copy of the project with the rehearsal's targets, and what stands in for GitHub; the copy."""
    copy = folder / "project"
    ignored = shutil.ignore_patterns("__pycache__", "*.part")
    for name in ("matrix", "results", ".github"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, copy / name)
    shutil.copyfile(STAND_INS / "targets.toml", copy / "matrix" / "targets.toml")
    identity = ["-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], [*identity, "commit", "-qm", "rehearsal"]):
        subprocess.run(["git", *words], cwd=copy, check=True, stdin=subprocess.DEVNULL)
    venv.create(folder / "venv", with_pip=True)
    (folder / "artifacts").mkdir()
    script(folder / "python" / "python", f'exec "{folder}/venv/bin/python" "$@"')
    wine = STACKS["wine"]
    assert isinstance(wine, Wine)
    ours = {name: value for name, value in environment(cache).items() if name.startswith("WINE")}
    settings = " ".join(f'{name}="{value}"' for name, value in sorted(ours.items()))
    script(folder / "wine-python" / "python", f'{settings} wine "{wine.interpreter(cache)}" "$@" </dev/null 2>&1 | cat')
    return copy


def script(path: Path, line: str) -> None:
    """A shell script of one line."""
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    path.chmod(0o755)


def stood_in_for(workflow: str) -> list[str]:
    """act's words for every action that the workflow pins, each with its stand-in."""
    words = []
    for name, revision in sorted(set(re.findall(r"uses: ([\w.-]+/[\w.-]+)@([0-9a-f]{40})", workflow))):
        owner, action = name.split("/")
        if action != "checkout":
            words += ["--local-repository", f"{name}@{revision}={STAND_INS / ('vm' if owner == 'vmactions' else action)}"]
    return words


def rehearse(folder: Path, cache: Path, spoil: Callable[[Path], None] = lambda copy: None) -> subprocess.CompletedProcess[str]:
    """Run the whole workflow; what act said. The merged runs and the report are below `folder / "artifacts"`."""
    program = act()
    assert program is not None
    copy = prepare(folder, cache)
    spoil(copy)
    workflow = (copy / ".github" / "workflows" / "matrix.yml").read_text("utf-8")
    platforms = [word for label in LABELS for word in ("-P", f"{label}=-self-hosted")]
    return subprocess.run(
        [program, "workflow_dispatch", "-W", ".github/workflows/matrix.yml", "--env", f"REHEARSAL={folder}", *platforms, *stood_in_for(workflow)],
        cwd=copy, env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "XDG_CONFIG_HOME": str(folder / "config")},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60 * MINUTES, check=False,
    )  # fmt: skip


def main() -> int:
    """Rehearse in build/rehearsal, and say where the report is."""
    cache, folder = ROOT / "build" / "stacks", ROOT / "build" / "rehearsal"
    reason = STACKS["wine"].missing(cache.resolve()) or ("" if act() else "act is not installed")
    if reason:
        sys.stderr.write(f"rehearse: {reason}; nox -s stacks installs Wine, nox -s rehearse brings act\n")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done = rehearse(folder, cache.resolve())
    sys.stdout.write(done.stdout)
    report = folder / "artifacts" / "report" / "site" / "REPORT.md"
    if not report.exists():
        sys.stderr.write("rehearse: no report came of it\n")
        return 1
    sys.stdout.write(f"report: {report}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
