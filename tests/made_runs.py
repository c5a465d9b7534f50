"""Runs that were never measured: valid ones of an imaginary network stack, made from the vocabulary, and ways to spoil them.

Tests of the reporter use these and never `results/`, so that a run that somebody contributes can't make them fail.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matrix.probe import cases, vocabulary
from matrix.probe.vocabulary import ACCOUNT_NAMES, COLUMNS, COUNT_COLUMNS, SENDERS

Row = tuple[str, ...]
Rule = Callable[[Any, Any, Any], str]  # case, first spec, second spec → the error of the second socket's bind, blank for none
REPEAT = 3


def reuse_decides(case: Any, first: Any, second: Any) -> str:
    """The imaginary stack: overlapping sockets need SO_REUSEADDR on both, or SO_REUSEPORT on both; a listener only the latter."""
    if not set(first.serves) & set(second.serves):
        return ""
    options = [set(spec.option.split("+")) for spec in (first, second)]
    if any("SO_EXCLUSIVEADDRUSE" in each for each in options):
        return "WSAEACCES"
    if all("SO_REUSEPORT" in each for each in options) and case.account in ("same", "others"):
        return ""
    if all("SO_REUSEADDR" in each for each in options) and (case.protocol == "udp" or case.state != "listening"):
        return ""
    return "" if case.state in ("reset", "peer-closed") else "EADDRINUSE"


def everything_succeeds(case: Any, first: Any, second: Any) -> str:
    """A stack that protects nothing."""
    return ""


def everything_is_refused(case: Any, first: Any, second: Any) -> str:
    """A stack that shares nothing."""
    return "EACCES"


@dataclass(kw_only=True)
class MadeRun:
    """A run that a folder can be written of. Change `rows`, `counts` or `facts`, then write it."""

    target: str = "linux-6.1"
    system: str = "linux"
    version: str = "6.1"
    options: tuple[str, ...] = ("default", "SO_REUSEADDR")
    selection: str = ""
    rule: Rule = reuse_decides
    absent: tuple[str, ...] = ()  # accounts that could not be had
    changed: dict[str, Any] = field(default_factory=dict)  # of host.json
    rows: list[Row] = field(default_factory=list)
    counts: list[Row] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        specs = cases.specs_of("127.0.0.2", cases.options_named(self.options))
        for case in cases.cases_of(specs, self.selection):
            self.rows += self.rows_of(case, specs[case.first], specs[case.second])
        if not self.selection:
            self.rows += [
                ("tcp", "", "", "", "", "", "", "", "same", "linger-close", "blocks", "", "1", "1", ""),
                *(("udp", "", option, "", "", "", "", "", "same", "available", "SUCCESS", "", "1", "1", "") for option in self.options[1:]),
            ]
        self.rows.sort()
        self.facts = host_facts(self) | self.changed

    def rows_of(self, case: Any, first: Any, second: Any) -> list[Row]:
        """What the imaginary stack answers to a case."""
        if case.account in self.absent:
            return [(*case.columns, "bind", "NOT_RUN", "", "0", "0", "no other account could be had, it says")]
        error = self.rule(case, first, second)
        found = [answered(case, "bind", error=error)]
        if error:
            return found + ([answered(case, "freed")] if case.state not in vocabulary.LIVE_NAMES else [])
        if case.protocol == "tcp":
            found.append(answered(case, "listen"))
        if case.state == "bound" and case.protocol == "tcp":
            found.append(answered(case, "first-listen"))
        if case.state == "listening" or case.protocol == "udp":
            found += self.traffic(case, first, second)
        return found

    def traffic(self, case: Any, first: Any, second: Any) -> list[Row]:
        """Who receives what both serve: the last one that bound, or each a share under SO_REUSEPORT."""
        found = [answered(case, "notice", "silent")]
        for to in sorted(set(first.serves) & set(second.serves)):
            shared = "SO_REUSEPORT" in first.option and first.address == second.address
            found.append(answered(case, f"deliver-{to}", "split" if shared else "second"))
            found.append(answered(case, f"inherit-{to}", "second"))
            if shared:
                self.counts.append((*case.columns, f"deliver-{to}", str(REPEAT * SENDERS), str(REPEAT * SENDERS - 29), "29"))
        if case.protocol == "udp" and first.address == second.address == "wildcard" and first.family == second.family:
            found += [answered(case, measure, "both") for measure in vocabulary.MULTICASTS]
        return found

    def write(self, parent: Path, name: str = "") -> Path:
        """The folder, with checksums that match."""
        folder = parent / (name or self.target)
        folder.mkdir(parents=True, exist_ok=True)
        observations, counts = csv_of(COLUMNS, self.rows), csv_of(COUNT_COLUMNS, self.counts)
        (folder / "observations.csv").write_bytes(observations)
        (folder / "counts.csv").write_bytes(counts)
        sign(folder, self.facts)
        return folder


def answered(case: Any, measure: str, outcome: str = "", error: str = "") -> Row:
    """A row that every attempt agreed on."""
    outcome = outcome or {"": "SUCCESS", "EADDRINUSE": "INUSE", "EACCES": "ACCESS", "WSAEACCES": "ACCESS"}.get(error, error)
    return (*case.columns, measure, outcome, error, str(REPEAT), str(REPEAT), "")


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV as the probe writes it."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    return out.getvalue().encode()


def sign(folder: Path, facts: dict[str, Any] | None = None) -> None:
    """Make host.json match the CSVs, so that only what is in them can be wrong."""
    path = folder / "host.json"
    facts = dict(json.loads(path.read_text("utf-8")) if facts is None else facts)
    data, counts = ((folder / name).read_bytes() for name in ("observations.csv", "counts.csv"))
    numbers = {"rows": max(counts.count(b"\n") - 1, 0), "sha256": hashlib.sha256(counts).hexdigest()}
    facts |= {"rows": max(data.count(b"\n") - 1, 0), "sha256": hashlib.sha256(data).hexdigest(), "counts": numbers}
    path.write_text(json.dumps(facts, indent=1, sort_keys=True), "utf-8")


def set_fact(folder: Path, name: str, value: Any) -> None:
    """Change one key of host.json, a dotted name for a key inside."""
    path = folder / "host.json"
    facts = json.loads(path.read_text("utf-8"))
    inside = facts
    *parents, last = name.split(".")
    for parent in parents:
        inside = inside[parent]
    inside[last] = value
    path.write_text(json.dumps(facts), "utf-8")


def host_facts(run: MadeRun) -> dict[str, Any]:
    """host.json without what `sign` adds."""
    accounts = [account for account in ACCOUNT_NAMES if account != "same" and account not in run.absent]
    facts = {"role": "standard", "elevated": None, "method": "setuid", "reason": ""}
    imitated = {"wine": ("windows", "6.1.7601"), "gvisor": ("linux", "4.4.0")}.get(run.system)
    return {
        "schema": vocabulary.SCHEMA, "vocabulary": vocabulary.VOCABULARY, "target": run.target, "measured": "2026-11-24",
        "system": run.system, "version": run.version, "kernel": run.version, "name": f"{run.system.capitalize()} {run.version}",
        "imitates": {"system": imitated[0], "version": imitated[1]} if imitated else None,
        "container": "", "machine": "x86_64", "python": {"implementation": "CPython", "version": "3.13.1", "bits": 64},
        "probe": {"version": "0.2.0", "sha256": "0" * 64}, "account": "administrator",
        "accounts": {name: dict(facts) for name in ("own", "other", "third")} if accounts else {},
        "stale_accounts": {}, "controls": controls(accounts), "limits": {"open_files": 1024},
        "ports": {"ephemeral": [[32768, 60999]], "excluded": [], "source": "system", "taken": "outside"},
        "other_specific": "loopback", "multicast": {"ipv4": "loopback"}, "options": list(run.options), "settings": {},
        "repeat": REPEAT, "selection": run.selection, "no_wildcard": False, "stated": {},
    }  # fmt: skip


def controls(accounts: Iterable[str]) -> list[dict[str, str]]:
    """Every control of these accounts, as it should be."""
    once = [vocabulary.PROCESSES_CONTROL] + [
        (f"{protocol}-{name}", answer) for protocol in ("tcp", "udp") for name, answer in vocabulary.SOCKET_CONTROLS
    ]
    return [
        {"name": prefix + name, "when": when, "expected": answer, "observed": answer}
        for prefix in ["", *(f"{account}-" for account in accounts)] for when in ("before", "after") for name, answer in once
    ]  # fmt: skip
