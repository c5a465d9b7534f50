"""What `check` finds: every run that can be used, and every fault."""

from dataclasses import dataclass

from matrix.findings.view import View
from matrix.records import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRun:
    """One good run."""

    target: str
    system: str
    name: str
    rows: int
    measured: str  # day
    vocabulary: int
    probe_sha256: str
    this_probe: bool  # whether this program's own probe measured it


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Runs and claims after validation."""

    claims: int
    evidence: int  # rows
    runs: tuple[CheckedRun, ...]
    faulty: tuple[str, ...]  # folders
    faults: tuple[Fault, ...]


def checked(view: View, faults: tuple[Fault, ...], probe_sha256: str) -> Checked:
    """All of it, in the order of the runs."""
    runs = tuple(
        CheckedRun(target=each.host.target, system=each.host.system, name=each.host.name, rows=len(each.lines), measured=each.host.measured,
                   vocabulary=each.host.vocabulary, probe_sha256=each.host.probe_sha256, this_probe=each.host.probe_sha256 == probe_sha256)
        for each in view.runs.good
    )  # fmt: skip
    return Checked(claims=len(view.claims.claims), evidence=len(view.evidence.rows), runs=runs,
                   faulty=tuple(each.folder.name for each in view.runs.faulty), faults=faults)  # fmt: skip
