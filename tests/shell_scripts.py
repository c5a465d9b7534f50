"""Writes each shell script of workflows and actions to a file of its own, for shellcheck: `shell_scripts.py FOLDER YAML …`.

Steps on shells that shellcheck doesn't know (pwsh) are left out and named.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

SHELLS = {None: "bash", "bash": "bash", "sh": "sh"}  # GitHub's own default on Linux is bash


def steps(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where it stands, step) of a workflow's jobs or of a composite action."""
    for name, job in document.get("jobs", {"action": document.get("runs")}).items():
        for number, step in enumerate((job or {}).get("steps", []), start=1):
            yield f"{name}-{number}", step


def main(folder: Path, files: list[Path]) -> int:
    """Write them all anew; names say which file, job and step."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = 0
    for file in files:
        for place, step in steps(yaml.safe_load(file.read_text("utf-8"))):
            shell = step.get("shell")
            if "run" in step and shell in SHELLS:
                (folder / f"{file.stem}-{place}.sh").write_text(f"#!/usr/bin/env {SHELLS[shell]}\nset -e\n{step['run']}\n", "utf-8")
                written += 1
            elif "run" in step:
                sys.stdout.write(f"{file}: {place} is for {shell}, which shellcheck doesn't know\n")
    sys.stdout.write(f"{written} scripts\n")
    return 0 if written else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(word) for word in sys.argv[2:]]))
