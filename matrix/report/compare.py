"""Questions that are answered on the terminal or in a job's summary: one case on every platform, what changed between
two runs, and where a run stands among the published ones."""

from collections.abc import Sequence
from dataclasses import fields

import pandas as pd
from tabulate import tabulate

from matrix.errors import UsageError
from matrix.judge import KEYS
from matrix.model import CASE_COLUMNS, LOOKS, NOT_MEASURED, Host, Verdict, plain
from matrix.probe.cases import case_id, case_matches
from matrix.report.markdown import bullets, code, fold, safe, table
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
        raise UsageError(f"no case matches {pattern!r}; `python -I matrix/probe --list` shows them all")
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
        verdicts = dict.fromkeys(
            f"{row.target} {LOOKS[Verdict(row.verdict)].symbol} {row.verdict} ({row.standing})" for row in group.itertuples(index=False)
        )
        lines.append(f"    {source}, {section}: {expected} — {', '.join(verdicts)}")
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
    text = legs.replace("## Legs", "## What came of each leg", 1) + "\n" if legs else ""
    for turn, (old, new) in enumerate(pairs):
        lines = drift(old, new).splitlines()
        more = [f"and {len(lines) - MOST_CHANGES:,} more; `python -m matrix diff` shows them all"] if len(lines) > MOST_CHANGES else []
        part = fold(f"<b>{new.host.target}</b>: since {old.host.measured}", bullets([safe(line) for line in lines[:MOST_CHANGES]] + more))
        if len(text.encode()) + len(part.encode()) > MOST_SUMMARY:
            return f"{text}\nThe changes of {len(pairs) - turn} more platforms are too many to be shown here.\n"
        text += f"\n{part}\n"
    return text


def host_changes(old: Host, new: Host) -> list[str]:
    """Facts of the host that differ, by name."""
    pairs = [(each.name, getattr(old, each.name), getattr(new, each.name)) for each in fields(Host) if each.name not in NO_CHANGE]
    return [plain(f"{name}: {before} → {after}") for name, before, after in pairs if before != after]


def observation_changes(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Each case and measure that answers otherwise, is new, or is gone; never a net count."""
    told = {}
    for name, frame in (("old", old), ("new", new)):
        words = frame["outcome"] + frame["detail"].map(lambda detail: f" ({detail})" if detail else "")
        told[name] = frame[list(KEYS)].assign(**{name: words})
    both = told["old"].merge(told["new"], on=list(KEYS), how="outer").fillna("absent")
    changed = both[both["old"] != both["new"]]
    return [f"{named_columns(row[:-3])} {row[-3]}: {row[-2]} → {row[-1]}" for row in changed.itertuples(index=False, name=None)]


def named_columns(columns: tuple[str, ...]) -> str:
    """A case's id; for a fact of the host, of which most columns are blank, the words that there are."""
    return " ".join(word.strip("@") for word in case_id(columns).split() if word != "@")


MOST_DEPARTURES = 60  # lines of the table of them
MOST_NAMED = 3  # of sockets, options or accounts in one cell; more are counted
WAYS = ["protocol", "first_state", "measure", "theirs", "ours"]


def beside(run: Run, published: Sequence[Run]) -> str:
    """A run beside every published one: how often it answers alike, and where it departs from the nearest, as Markdown.

    The second paragraph is the answer in one line.
    A question is a case and a measure; only those that were measured in both are compared. What differs by nature
    (which of two shares of traffic a socket got) is no outcome and is not compared.
    """
    host = run.host
    told = f"{host.system}, {host.name}, {host.kernel}, {host.python}, measured {host.measured}: {len(run.frame):,} observations."
    title = f"## {code(run.host.target)} beside the published platforms"
    others = [other for other in published if other.folder.resolve() != run.folder.resolve()]
    if not others:
        return "\n\n".join([title, "There is no other published platform.", safe(told)]) + "\n"
    meetings = {other.host.target: meeting(other.frame, run.frame) for other in others}
    alike = {target: int((met["theirs"] == met["ours"]).sum()) for target, met in meetings.items()}
    shares = {target: alike[target] / max(len(met), 1) for target, met in meetings.items()}
    order = sorted(meetings, key=lambda target: (-shares[target], target))
    near = order[0]
    headline = (
        f"Nearest is {code(near)}: it answers alike in {alike[near]:,} of the {len(meetings[near]):,} questions that both were asked."
    )
    rows = [[code(target), f"{len(meetings[target]):,}", f"{alike[target]:,}", f"{len(meetings[target]) - alike[target]:,}",
             f"{100 * shares[target]:.1f} %"] for target in order]  # fmt: skip
    platforms = table(["platform", "measured on both", "alike", "otherwise", "alike, of both"], rows)
    return "\n\n".join([title, headline, safe(told), platforms, departures(near, meetings[near])]) + "\n"


def meeting(theirs: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    """The questions (case and measure) that two runs have both measured, with both outcomes."""
    frames = [
        frame.loc[~frame["outcome"].isin([str(each) for each in NOT_MEASURED]), [*KEYS, "outcome"]].rename(columns={"outcome": name})
        for name, frame in (("theirs", theirs), ("ours", ours))
    ]
    return frames[0].merge(frames[1], on=list(KEYS))


def departures(target: str, met: pd.DataFrame) -> str:
    """Where a run departs from its nearest neighbour: a line for each way, with the sockets, options and accounts of its cases."""
    unlike = met[met["theirs"] != met["ours"]]
    if unlike.empty:
        return f"Nothing is answered otherwise than by {code(target)}."
    first, second = (unlike[f"{which}_family"] + " " + unlike[f"{which}_address"] for which in ("first", "second"))
    unlike = unlike.assign(sockets=first + " → " + second, options=unlike["first_option"] + " → " + unlike["second_option"])
    rows = [
        [f"{protocol.upper()} {state}".strip(), measure, theirs, ours, named(group["sockets"]), named(group["options"]),
         named(group["account"]), f"{len(group):,}"]
        for (protocol, state, measure, theirs, ours), group in unlike.groupby(WAYS, sort=True)
    ]  # fmt: skip
    more = f"\n\nand {len(rows) - MOST_DEPARTURES:,} more lines" if len(rows) > MOST_DEPARTURES else ""
    header = ["first socket", "measure", target, "here", "addresses", "options", "account", "questions"]
    return (
        f"Where it is otherwise than {code(target)}:\n\n"
        + table(header, rows[:MOST_DEPARTURES])
        + f"{more}\n\n`python -m matrix diff` shows each case."
    )


def named(values: pd.Series) -> str:
    """The different values, or how many there are where nobody would read them all."""
    found = sorted(set(values))
    return "<br>".join(found) if len(found) <= MOST_NAMED else f"{len(found)} of them"
