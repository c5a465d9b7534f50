"""Rehearses `matrix.yml` on this machine with act: `nox -s rehearse`.

The workflow is the project's own, unchanged. Only what GitHub would bring is stood in for, by the small actions of
`tests/rehearsal/`: Python, artifacts, Pages, virtual machines, and the list of earlier reports. The targets are
`tests/rehearsal/targets.toml`, because a run is published only as what its machine really is. A rehearsal has passed
when nothing is in `shortcomings`: act's own exit status says nothing, since a leg that must fail is part of it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from matrix.data.runs import load_run
from matrix.platforms.stacks import STACKS
from matrix.platforms.stacks.wine import Wine, environment
from matrix.records import Faulty

ROOT = Path(__file__).parent.parent
STAND_INS = Path(__file__).parent / "rehearsal"
LABELS = ("ubuntu-24.04", "windows-2025")
MINUTES = 15
LAST_REPORT = "4711"  # number of the workflow run that holds the last report
KEPT_THERE = "gvisor-20240729.0"  # a published run that only that report has
# What must come of each leg, and of the system that it says it is.
LEGS = {
    "linux-rehearsal": "fresh", "wine-rehearsal": "fresh", "ranges-rehearsal": "fresh", "uml": "fresh",
    "freebsd": "missing", "wine": "kept", "gvisor": "kept",
}  # fmt: skip
SYSTEMS = {"linux-rehearsal": "linux", "wine-rehearsal": "wine", "ranges-rehearsal": "linux"}


def act() -> str | None:
    """The program act, beside this Python or on the path."""
    beside = Path(sys.executable).parent / "act"
    return str(beside) if beside.exists() else shutil.which("act")


def prepare(folder: Path, cache: Path, venv_folder: Path) -> Path:
    """A copy of the project with the rehearsal's targets, and what stands in for GitHub; the copy. `venv_folder` is made where it isn't there."""
    copy = folder / "project"
    last = folder / "reports" / LAST_REPORT / "report" / "merged"
    ignored = shutil.ignore_patterns("__pycache__", "*.part")
    for name in ("matrix", "results", ".github"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, copy / name)
    shutil.copyfile(STAND_INS / "targets.toml", copy / "matrix" / "platforms" / "targets.toml")
    shutil.copyfile(STAND_INS / "caller.yml", copy / ".github" / "workflows" / "caller.yml")
    last.mkdir(parents=True)
    shutil.move(copy / "results" / KEPT_THERE, last / KEPT_THERE)
    listed = {"name": "report", "expired": False, "created_at": "2026-01-01T00:00:00Z",
              "workflow_run": {"id": int(LAST_REPORT), "head_branch": "main"}}  # fmt: skip
    (folder / "reports.json").write_text(json.dumps({"total_count": 1, "artifacts": [listed]}), "utf-8")
    identity = ["-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost"]
    remote = ["remote", "add", "origin", "https://github.com/rehearsal/bind-matrix"]  # never asked; it tells act the project's name
    for words in (["init", "-q", "-b", "main"], remote, ["add", "-A"], [*identity, "commit", "-qm", "rehearsal"]):
        subprocess.run(["git", *words], cwd=copy, check=True, stdin=subprocess.DEVNULL)
    if not venv_folder.exists():
        venv.create(venv_folder, with_pip=True)
    (folder / "artifacts").mkdir()
    script(folder / "python" / "python", f'exec "{venv_folder}/bin/python" "$@"')
    script(folder / "programs" / "gh", f'case "$*" in */pages*) test ! -e "{folder}/no-pages" ;; *) cat "{folder}/reports.json" ;; esac')
    script(folder / "programs" / "docker", f'exec "{venv_folder}/bin/python" "{STAND_INS}/docker.py" "$@"')
    ranges = "ip link set lo up && echo 1024 65535 >/proc/sys/net/ipv4/ip_local_port_range"
    become = "unshare --net" if os.geteuid() == 0 else "unshare --map-root-user --net"
    script(folder / "ranges-python" / "python", f'exec {become} sh -c \'{ranges} && exec {folder}/python/python "$@"\' sh "$@"')
    wine = STACKS["wine"]
    assert isinstance(wine, Wine)
    ours = {name: value for name, value in environment(cache).items() if name.startswith("WINE")}
    settings = " ".join(f'{name}="{value}"' for name, value in sorted(ours.items()))
    script(folder / "wine-python" / "python", f'{settings} wine "{wine.interpreter(cache)}" "$@" </dev/null 2>&1 | cat')
    return copy


def script(path: Path, line: str) -> None:
    """A shell script of one line."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    path.chmod(0o755)


def stood_in_for(workflow: str) -> list[str]:
    """act's words for every action that the workflow pins, each with its stand-in."""
    words = []
    for name, revision in sorted(set(re.findall(r"uses: ([\w.-]+/[\w.-]+)@([0-9a-f]{40})", workflow))):
        owner, action = name.split("/")
        if (STAND_INS / action).is_dir() or owner == "vmactions":
            words += ["--local-repository", f"{name}@{revision}={STAND_INS / ('vm' if owner == 'vmactions' else action)}"]
    return words


def rehearse(
    folder: Path, cache: Path, venv_folder: Path, spoil: Callable[[Path], None] = lambda copy: None, workflow: str = "matrix.yml"
) -> subprocess.CompletedProcess[str]:
    """Run a whole workflow on a copy of the project, spoiled if asked for; what act printed. What came of it is below `folder`.

    `venv_folder` is the virtual environment in which the workflow installs the project; several rehearsals may share it.
    """
    program = act()
    assert program is not None
    copy = prepare(folder, cache, venv_folder)
    spoil(copy)
    path = Path(".github") / "workflows" / workflow
    pinned = "".join(each.read_text("utf-8") for each in (copy / path).parent.glob("*.yml"))
    platforms = [word for label in LABELS for word in ("-P", f"{label}=-self-hosted")]
    return subprocess.run(
        [program, "workflow_dispatch", "-W", str(path), "--input", "targets=all", "--env", f"REHEARSAL={folder}", *platforms, *stood_in_for(pinned)],
        cwd=copy,
        env={**os.environ, "PATH": f"{folder / 'programs'}{os.pathsep}{os.environ['PATH']}",
             "XDG_CACHE_HOME": str(folder / "cache"), "XDG_CONFIG_HOME": str(folder / "config")},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60 * MINUTES, check=False,
    )  # fmt: skip


def shortcomings(folder: Path) -> list[str]:
    """What a rehearsal should have brought and did not; nothing where it passed."""
    merged, site = folder / "artifacts" / "report" / "merged", folder / "artifacts" / "report" / "site"
    if not (merged / "legs.json").exists():
        return ["no merged report came of it"]
    found = {leg["target"]: leg for leg in json.loads((merged / "legs.json").read_text("utf-8"))}
    missed = [
        f"{target}: {found[target]['state'] if target in found else 'without a leg'}, should be {state}"
        + (f" ({found[target]['reason']})" if target in found and found[target]["reason"] else "")
        for target, state in LEGS.items()
        if target not in found or found[target]["state"] != state
    ]
    for target, system in SYSTEMS.items():
        run = load_run(merged / target)
        if isinstance(run, Faulty):
            missed.append(f"{target}: no usable run in the merged report: {'; '.join(map(str, run.faults))}")
        elif run.host.system != system:
            missed.append(f"{target}: called {run.host.system}, and it is {system}")
    report = (site / "REPORT.md").read_text("utf-8") if (site / "REPORT.md").exists() else ""
    missed += [f"{target}: its leg is not in the report" for target in LEGS if f"| `{target}` | " not in report]
    if not (folder / "pages" / "index.html").exists():
        missed.append("nothing was published to Pages")
    return missed


def main() -> int:
    """Rehearse in build/rehearsal, and say where the report is."""
    cache, folder = ROOT / "build" / "stacks", ROOT / "build" / "rehearsal"
    reason = STACKS["wine"].missing(cache.resolve()) or ("" if act() else "act is not installed")
    if reason:
        sys.stderr.write(f"rehearse: {reason}; nox -s stacks installs Wine, nox -s rehearse brings act\n")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done = rehearse(folder, cache.resolve(), folder / "venv")
    sys.stdout.write(done.stdout)
    missed = shortcomings(folder)
    if missed:
        sys.stderr.write("".join(f"rehearse: {each}\n" for each in missed))
        return 1
    sys.stdout.write(f"every leg ended as it should; report: {folder / 'artifacts' / 'report' / 'site' / 'REPORT.md'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
