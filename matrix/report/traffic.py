"""Who receives, what multicast does, how ports are left behind, and the facts of each host."""

import pandas as pd

from matrix.model import HOST_MEASURES, LIVE_STATES, Account, Measure, State
from matrix.report.hijack import hijacks, said
from matrix.report.markdown import code, fold, table
from matrix.report.view import View

PLAIN = ("wildcard", "specific")


def delivery(view: View) -> str:
    """Where both sockets live: who receives, on which platforms, and who does once the first has closed."""
    frame = view.wide
    frame = frame[frame["measure"].str.startswith(("deliver-", "inherit-")) & (frame["account"] == Account.SAME)]
    frame = frame[
        (frame["first_family"] == frame["second_family"]) & frame["first_address"].isin(PLAIN) & frame["second_address"].isin(PLAIN)
    ]
    a_specific = (frame["first_address"] != "wildcard") | (frame["second_address"] != "wildcard")
    elsewhere = frame["measure"].str.endswith("-other") | ((frame["first_family"] == "dual") & frame["measure"].str.contains("ipv4"))
    frame = frame[~(a_specific & elsewhere)]
    if frame.empty:
        return ""
    same = frame["first_address"] == frame["second_address"]
    relation = ("first " + frame["first_address"] + ", second " + frame["second_address"]).where(~same, "the same address")
    phase = frame["measure"].str.startswith("inherit-").map({True: "after the first closed", False: "while both live"})
    frame = frame.assign(relation=relation, phase=phase)
    rows: dict[tuple[str, ...], list[str]] = {}
    for key, group in frame.groupby(["protocol", "relation", "first_option", "second_option"], sort=True):
        words = tuple(phase_words(group, target) for target in view.hosts)
        rows.setdefault((key[0].upper(), key[1], *words), []).append(f"{code(key[2])} then {code(key[3])}")
    lines = [[key[0], key[1], "; ".join(pairs), *key[2:]] for key, pairs in rows.items()]
    return (
        "## Who receives\n\nWherever both sockets live, 32 connections or datagrams from as many source ports went to each address that "
        "both serve. `first`, `second`: all of them to one; `split`: some to each; then `→`, who receives after the first has closed. "
        "IPv4, IPv6 and dual stack, which are named only where they answer differently; a blank cell: the two can't both live there.\n\n"
        + table(["", "addresses", "options", *map(code, view.hosts)], lines)
        + "\n\n" + hijacks(view) + "\n\n" + distributions(view)
    )  # fmt: skip


def phase_words(group: pd.DataFrame, target: str) -> str:
    """`second → second`: who received while both lived, and afterwards."""
    parts = []
    for phase in ("while both live", "after the first closed"):
        here = group[(group["phase"] == phase) & (group[target] != "")]
        said = {str(word): sorted(set(cases["first_family"])) for word, cases in here.groupby(target)}
        parts.append(", ".join(word if len(said) == 1 else f"{word} ({' and '.join(families)})" for word, families in said.items()))
    return " → ".join(parts) if any(parts) else ""


def distributions(view: View) -> str:
    """How `split` traffic was split: by platform and protocol, from counts.csv."""
    rows = []
    for run in view.runs.good:
        counts = run.counts
        for protocol, group in counts.groupby("protocol"):
            share = 100 * group["first"].astype(int) / group["sent"].astype(int)
            total = 100 * group["first"].astype(int).sum() / group["sent"].astype(int).sum()
            rows.append([code(run.host.target), str(protocol).upper(), f"{len(group):,}", f"{group['sent'].astype(int).sum():,}",
                         f"{total:.1f} %", f"{share.min():.0f} to {share.max():.0f} %"])  # fmt: skip
    if not rows:
        return ""
    return "**How a split is split.** The numbers differ from run to run by nature, so they stand in `counts.csv`.\n\n" + table(
        ["platform", "", "splits", "sent", "to the first, of all", "to the first, least and most"], rows
    )


def multicast(view: View) -> str:
    """Who receives a group's datagrams, by who has joined it."""
    frame = view.wide[view.wide["measure"].str.startswith("multicast-")]
    if frame.empty:
        return ""
    rows = []
    asked = {
        Measure.MULTICAST_BOTH: "both are members",
        Measure.MULTICAST_FIRST: "only the first",
        Measure.MULTICAST_SECOND: "only the second",
    }
    for measure, words in asked.items():
        for family, group in frame[frame["measure"] == measure].groupby("first_family"):
            rows.append([words, family, *(said(group[target]) for target in view.hosts)])
    return (
        "## Multicast\n\nTwo wildcard sockets on one port, and a group on one interface. On Linux a socket that never joined receives "
        "as well, unless `IP_MULTICAST_ALL` is cleared.\n\n" + table(["members", "family", *map(code, view.hosts)], rows)
    )


def left_behind(view: View) -> str:
    """Which second sockets can have a port that was left behind, by state and the first one's option."""
    frame = view.measure("bind")
    frame = frame[(frame["account"] == Account.SAME) & ~frame["first_state"].isin([str(state) for state in LIVE_STATES])]
    if frame.empty:
        return ""
    rows = []
    for state in State:
        gathered: dict[tuple[str, ...], list[str]] = {}
        for option, group in frame[frame["first_state"] == state].groupby("first_option", sort=False):
            gathered.setdefault(tuple(able(group, target) for target in view.hosts), []).append(code(option))
        rows += [[state, ", ".join(options), *words] for words, options in gathered.items()]
    freed = view.measure("freed")
    ends = [
        [state, *(said(group[target]) for target in view.hosts)]
        for state, group in freed[freed["account"] == Account.SAME].groupby("first_state")
    ]
    return (
        "## Ports left behind\n\nThe second sockets that can bind a TCP port (IPv4) which the first has left in this state, by their "
        "option: “all” means whatever the option, “some” that the address decides.\n\n"
        + table(["left behind", "the first one's option", *map(code, view.hosts)], rows)
        + "\n\nWhere it was refused, the state was ended (the connection reset) and asked again; TIME_WAIT can't be ended by a program "
        "and is not waited for:\n\n"
        + table(["left behind", *map(code, view.hosts)], ends)
    )  # fmt: skip


def able(group: pd.DataFrame, target: str) -> str:
    """The second options that can bind, of those that this platform has."""
    seen = group[~group[target].isin(["", "UNSUPPORTED"])]
    if seen.empty:
        return ""
    some, everything = [], []
    for option, cases in seen.groupby("second_option", sort=False):
        good = (cases[target] == "SUCCESS").sum()
        if good == len(cases):
            everything.append(code(option))
        elif good:
            some.append(code(option))
    if len(everything) == seen["second_option"].nunique():
        return "all"
    return ", ".join(everything + [f"some {option}" for option in some]) or "none"


def host_facts(view: View) -> str:
    """Options and their defaults, what can't be set together, late options, the range of port 0, linger."""
    frame = view.wide[view.wide["measure"].isin([str(measure) for measure in HOST_MEASURES])]
    rows = [
        [row["measure"], " ".join(filter(None, (row["protocol"].upper(), row["first_option"], row["second_option"]))),
         "" if row["account"] == Account.SAME else "another account", *(row[target] for target in view.hosts)]
        for _, row in frame.iterrows() if any(row[target] not in ("", "UNSUPPORTED") for target in view.hosts)
    ]  # fmt: skip
    late = view.measure("late-option")
    for (protocol, option), group in late.groupby(["protocol", "first_option"]):
        rows.append(["late-option", f"{protocol.upper()} {option}", "", *(said(group[target]) for target in view.hosts)])
    return (
        "## Facts of each host\n\n`available`: can the option be set; `default`: is it on unasked; `together`: can the second be set "
        "after the first on one socket; `ephemeral`: where port 0 draws from; `linger-close`: does close block over unsent data; "
        "`linger-loss`: what the peer can still read after a close with linger 0; `late-option`: does an option that is set after "
        "`bind` count for the next socket (`indistinct`: it would make no difference in time either).\n\n"
        + fold(f"<b>{len(rows)} facts</b>", table(["what", "of", "", *map(code, view.hosts)], rows))
    )
