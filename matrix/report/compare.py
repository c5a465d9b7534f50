"""Two questions that are answered on the terminal: one case on every platform, and what changed between two runs."""

from collections.abc import Sequence
from dataclasses import fields

import pandas as pd
from tabulate import tabulate

from matrix.errors import UsageError
from matrix.judge import KEYS
from matrix.model import CASE_COLUMNS, LOOKS, Host, Verdict
from matrix.probe import case_id, case_matches
from matrix.report.markdown import bullets, fold, safe
from matrix.report.view import View
from matrix.runs import Run

MOST_CASES = 60
# Facts that differ between any two runs and explain nothing, or are compared by their rows.
NO_CHANGE = ("target", "measured")


def explain(view: View, pattern: str) -> str:
    """The cases that a pattern matches (as the probe's --only), on every platform, and what the documents say of them.

    Raises UsageError when no published case matches, or so many that nobody would read them.
    """
    wide = view.wide
    ids = wide[list(CASE_COLUMNS)].apply(lambda row: case_id(tuple(row)), axis=1) if len(wide) else pd.Series(dtype=str)
    chosen = [case for case in dict.fromkeys(ids) if case_matches(case, pattern)]
    if not chosen:
        raise UsageError(f"no case matches {pattern!r}; `python -I matrix/probe.py --list` shows them all")
    if len(chosen) > MOST_CASES:
        raise UsageError(f"{len(chosen):,} cases match {pattern!r}, more than {MOST_CASES}; add words, as {chosen[0]!r}")
    targets = list(view.hosts)
    parts = []
    for case in chosen:
        rows = wide[ids == case]
        outcomes = tabulate(
            [[row["measure"], *(row[target] or "-" for target in targets)] for _, row in rows.iterrows()],
            ["", *targets], tablefmt="plain", disable_numparse=True,
        )  # fmt: skip
        parts.append("\n".join([case, *(f"    {line}" for line in outcomes.splitlines()), *spoken_of(view, rows)]))
    return "\n\n".join(parts)


def spoken_of(view: View, rows: pd.DataFrame) -> list[str]:
    """What each document says of a case, and how each platform that it is held against bears it out."""
    keys = rows[list(KEYS)].drop_duplicates()
    said = view.verdicts[view.verdicts["observed"] != ""].merge(keys, on=list(KEYS))
    lines = []
    for (source, section, expected), group in said.groupby(["source", "section", "expected"]):
        verdicts = ", ".join(
            f"{row.target} {LOOKS[Verdict(row.verdict)].symbol} {row.verdict} ({row.standing})" for row in group.itertuples(index=False)
        )
        lines.append(f"    {source}, {section}: {expected} — {verdicts}")
    return lines


def drift(old: Run, new: Run) -> str:
    """What changed from one run to another: facts of the host first, then every observation that is not the same."""
    lines = [f"{old.host.target} ({old.host.measured}) → {new.host.target} ({new.host.measured})"]
    lines += [f"host: {line}" for line in host_changes(old.host, new.host)] or ["host: no change"]
    changes = observation_changes(old.frame, new.frame)
    lines += changes or [f"observations: no change in {len(new.frame):,} rows"]
    return "\n".join(lines)


MOST_SUMMARY = 900_000  # bytes; a job summary over 1 MiB is dropped whole
MOST_CHANGES = 200  # lines of one run's drift


def job_summary(legs: str, pairs: Sequence[tuple[Run, Run]]) -> str:
    """What a workflow's summary shows: what came of each leg, and what changed since the published runs, case by case."""
    parts = [legs.replace("## Legs", "## What came of each leg", 1)] if legs else []
    for old, new in pairs:
        lines = drift(old, new).splitlines()
        more = [f"and {len(lines) - MOST_CHANGES:,} more; `python -m matrix diff` shows them all"] if len(lines) > MOST_CHANGES else []
        parts.append(
            fold(f"<b>{new.host.target}</b>: since {old.host.measured}", bullets([safe(line) for line in lines[:MOST_CHANGES]] + more))
        )
    text = "\n\n".join(parts) + "\n"
    return text if len(text.encode()) <= MOST_SUMMARY else f"{parts[0]}\n\nThe changes are too many to be shown here.\n"


def host_changes(old: Host, new: Host) -> list[str]:
    """Facts of the host that differ, by name."""
    pairs = [(each.name, getattr(old, each.name), getattr(new, each.name)) for each in fields(Host) if each.name not in NO_CHANGE]
    return [f"{name}: {before} → {after}" for name, before, after in pairs if before != after]


def observation_changes(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Each case and measure that answers otherwise, is new, or is gone; never a net count."""
    told = {}
    for name, frame in (("old", old), ("new", new)):
        words = frame["outcome"] + frame["detail"].map(lambda detail: f" ({detail})" if detail else "")
        told[name] = frame[list(KEYS)].assign(**{name: words})
    both = told["old"].merge(told["new"], on=list(KEYS), how="outer").fillna("absent")
    changed = both[both["old"] != both["new"]]
    return [f"{case_id(tuple(row[:-3]))} {row[-3]}: {row[-2]} → {row[-1]}" for row in changed.itertuples(index=False, name=None)]
