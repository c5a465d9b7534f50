"""The join: claims against observations. The only module that knows pandas' merge.

Theory of operation. A claim is a pattern over cases, blank meaning "any". Claims are first spelled out
(`spelled_out`): alternatives `a|b`, `same` family, `other` accounts and CHECK become rows of their own. Then they are
grouped by which case columns they name, and each group is joined with the observations on exactly those
columns. So one relational join judges table cells and sentences alike. What a claim expects and what was
observed are looked up in `model.VERDICTS`.

A claim that meets no observation on a run gives one `unobserved` row with the reason.
"""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from matrix.model import (
    CALLS,
    CASE_COLUMNS,
    CHECK_BY_ACCOUNT,
    DIFFERENT_ACCOUNTS,
    HOST_MEASURES,
    LIVE_STATES,
    OBSERVATION_COLUMNS,
    SAME_FAMILY,
    VOCABULARY,
    Account,
    Expected,
    Family,
    Host,
    Outcome,
    Standing,
    Verdict,
    verdict_of,
    version_key,
    within,
)  # fmt: skip
from matrix.runs import Run

KEYS = (*CASE_COLUMNS, "measure")
VERDICT_COLUMNS = (
    "claim", "source", "section", "target", "standing", *KEYS, "expected", "observed", "error", "verdict", "reason",
)  # fmt: skip


def observations(runs: Iterable[Run]) -> pd.DataFrame:
    """All runs' observations in one frame, with the target in front."""
    frames = [run.frame.assign(target=run.host.target) for run in runs]
    columns = ["target", *OBSERVATION_COLUMNS]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns, dtype=str)


def standing(system: str, since: str, until: str, host: Host) -> Standing | None:
    """What a host is to a claim about a system between two versions; None where the claim says nothing about it.

    A comparison is made only with claims that hold today (no `until`), and whatever their `since`.
    """
    systems = system.split("|")
    if host.system in systems:
        return Standing.SUBJECT if within(host.version, since, until) else None
    if host.imitates and host.imitates.system in systems:
        return Standing.IMITATION if within(host.imitates.version, since, until) else None
    return None if until else Standing.COMPARISON


def applicable(claims: pd.DataFrame, runs: Iterable[Run]) -> pd.DataFrame:
    """Every claim with every run that it can be held against, and the standing."""
    spoken_of = claims[["system", "since", "until"]].drop_duplicates()
    rows = []
    for run in runs:
        for system, since, until in spoken_of.itertuples(index=False):
            stands = standing(system, since, until, run.host)
            if stands:
                rows.append((system, since, until, run.host.target, str(stands)))
    pairs = pd.DataFrame(rows, columns=["system", "since", "until", "target", "standing"], dtype=str)
    return claims.merge(pairs, on=["system", "since", "until"])


def spelled_out(claims: pd.DataFrame) -> pd.DataFrame:
    """Claims without alternatives, `same` and CHECK, with live states and accounts named: more rows, the same ids."""
    frame = claims.copy()
    about_host = frame["measure"].isin([str(each) for each in HOST_MEASURES])
    frame.loc[~about_host & (frame["first_state"] == ""), "first_state"] = "|".join(LIVE_STATES)
    for column in KEYS:
        frame[column] = frame[column].str.split("|")
        frame = frame.explode(column, ignore_index=True)
    like_first = (frame["second_family"] == SAME_FAMILY) & (frame["first_family"] == "")
    spread = frame[like_first].drop(columns="first_family").merge(
        pd.DataFrame({"first_family": list(map(str, Family))}), how="cross")  # fmt: skip
    frame = pd.concat([frame[~like_first], spread[frame.columns]], ignore_index=True)
    same = frame["second_family"] == SAME_FAMILY
    frame.loc[same, "second_family"] = frame.loc[same, "first_family"]
    by_account = pd.DataFrame(
        [(str(account), str(Expected.CHECK), str(expected)) for account, expected in CHECK_BY_ACCOUNT.items()],
        columns=["decided_by", "expected", "decided"],
    )
    frame = frame.merge(by_account, on="expected", how="left")
    decided = frame["decided"].notna()
    frame = frame[~decided | (frame["account"] == "") | (frame["account"] == frame["decided_by"])].copy()
    decided = frame["decided"].notna()
    frame.loc[decided, "expected"] = frame.loc[decided, "decided"]
    frame.loc[decided, "account"] = frame.loc[decided, "decided_by"]
    frame = frame.drop(columns=["decided", "decided_by"])
    different = ~frame["measure"].isin([str(each) for each in HOST_MEASURES]) & (frame["account"] == Account.OTHER)
    frame["account"] = frame["account"].where(~different, "|".join(DIFFERENT_ACCOUNTS)).str.split("|")
    return frame.explode("account", ignore_index=True)


def judge(claims: pd.DataFrame, runs: Sequence[Run]) -> pd.DataFrame:
    """One row for each claim and observation that meet, and for each claim that meets none: VERDICT_COLUMNS."""
    asked = spelled_out(applicable(claims, runs)).rename(columns={"id": "claim"})
    seen = observations(runs).rename(columns={"outcome": "observed", "detail": "reason"})
    seen = seen[["target", *KEYS, "observed", "error", "reason"]]
    met = joined(asked, seen)
    met["verdict"] = [str(verdict_of(expected, observed)) for expected, observed in zip(met["expected"], met["observed"], strict=True)]
    met.loc[~met["verdict"].isin([Verdict.UNOBSERVED]), "reason"] = ""
    missed = unmet(asked, met, runs)
    every = pd.concat([met, missed], ignore_index=True)[list(VERDICT_COLUMNS)]
    return every.sort_values(list(VERDICT_COLUMNS), ignore_index=True)


def joined(asked: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """The pattern join: each group of claims that name the same columns, merged on just those."""
    named = asked[list(KEYS)] != ""
    signature = named.apply(lambda row: tuple(column for column in KEYS if row[column]), axis=1) if len(asked) else []
    about = ["claim", "source", "section", "target", "standing", "expected"]
    parts = [pd.DataFrame(columns=[*about, *KEYS, "observed", "error", "reason"], dtype=str)]
    for columns, group in asked.groupby(signature, sort=True) if len(asked) else []:
        on = ["target", *columns]
        parts.append(group[[*about, *columns]].merge(seen, on=on))
    return pd.concat(parts, ignore_index=True)


def unmet(asked: pd.DataFrame, met: pd.DataFrame, runs: Iterable[Run]) -> pd.DataFrame:
    """A row for each claim and run that met no observation, with the reason."""
    pairs = met[["claim", "target"]].drop_duplicates().assign(met="yes")
    lonely = asked.drop_duplicates(["claim", "target"]).merge(pairs, on=["claim", "target"], how="left")
    lonely = lonely[lonely["met"].isna()].drop(columns="met")
    words = {run.host.target: {column: frozenset(run.frame[column]) for column in KEYS} for run in runs}
    absent = {run.host.target: absent_accounts(run) for run in runs}
    reasons = [
        absent[claim["target"]].get(claim["account"]) or why_unmet(claim, words)
        for claim in (dict(zip(lonely.columns, row, strict=True)) for row in lonely.itertuples(index=False))
    ]
    return lonely.assign(observed="", error="", verdict=str(Verdict.UNOBSERVED), reason=reasons)


def absent_accounts(run: Run) -> dict[str, str]:
    """The accounts of a run of which nothing was measured, and the reason that its rows give."""
    return {
        str(account): str(group["detail"].iloc[0])
        for account, group in run.frame.groupby("account")
        if (group["outcome"] == Outcome.NOT_RUN).all()
    }


def why_unmet(claim: dict[str, str], words: Mapping[str, Mapping[str, frozenset[str]]]) -> str:
    """Why a run has no observation for a claim, by the words that occur in the run's columns."""
    seen = words[claim["target"]]
    for option in (claim["first_option"], claim["second_option"]):
        if option and option not in seen["second_option"]:
            return f"this run has no {option}"
    for column in ("account", "measure", "first_state", "second_address"):
        if claim[column] and claim[column] not in seen[column]:
            return f"{column.replace('_', ' ')} {claim[column]} was not measured"
    return "no case of this run fits"


def disagreements(claims: pd.DataFrame) -> pd.DataFrame:
    """Pairs of claims that speak of one case and expect different outcomes, before anything is measured.

    Columns: those of CASE_COLUMNS and measure that the pair shares, `_a` and `_b` for id, source,
    section and expected. Two claims meet when no column tells them apart and their versions overlap.
    """
    frame = spelled_out(claims[claims["measure"].isin([str(each) for each in CALLS])])
    about = ["id", "source", "section", "system", "since", "until", "expected"]
    shared = ["measure", "first_state"]
    pairs = frame[[*about, *KEYS]].merge(frame[[*about, *KEYS]], on=shared, suffixes=("_a", "_b"))
    pairs = pairs[(pairs["id_a"] < pairs["id_b"]) & (pairs["expected_a"] != pairs["expected_b"])]
    refused = [str(Expected.REFUSED)]
    vague = pairs["expected_a"].isin(refused) | pairs["expected_b"].isin(refused)
    success = (pairs["expected_a"] == Expected.SUCCESS) | (pairs["expected_b"] == Expected.SUCCESS)
    pairs = pairs[~vague | success]
    for column in [column for column in (*KEYS, "system") if column not in shared]:
        a, b = pairs[f"{column}_a"], pairs[f"{column}_b"]
        pairs = pairs[(a == b) | (a == "") | (b == "")]
        pairs[column] = pairs[f"{column}_a"].where(pairs[f"{column}_a"] != "", pairs[f"{column}_b"])
    if len(pairs):
        overlap = [versions_overlap(*bounds) for bounds in pairs[["since_a", "until_a", "since_b", "until_b"]].itertuples(index=False)]
        pairs = pairs[overlap]
    return pairs.sort_values(["id_a", "id_b", *KEYS], ignore_index=True)


def versions_overlap(since_a: str, until_a: str, since_b: str, until_b: str) -> bool:
    """Whether two ranges of versions have a version in common."""
    starts = [since for since in (since_a, since_b) if since] or ["0"]
    start = max(starts, key=version_key)
    return within(start, since_a, until_a) and within(start, since_b, until_b)


def undocumented(verdicts: pd.DataFrame, runs: Sequence[Run]) -> pd.DataFrame:
    """How many observations of each run no claim speaks of: target, count."""
    seen = observations(runs)
    spoken = verdicts[verdicts["observed"] != ""][["target", *KEYS]].drop_duplicates().assign(spoken="yes")
    left = seen.merge(spoken, on=["target", *KEYS], how="left")
    left = left[left["spoken"].isna()]
    return left.groupby("target", sort=True).size().rename("count").reset_index()


def alike(runs: Sequence[Run]) -> pd.DataFrame:
    """Cases as rows, targets as columns, outcomes as cells; blank where a run has no such case."""
    seen = observations(runs)
    wide = seen.pivot(index=list(KEYS), columns="target", values="outcome")
    wanted = list(KEYS) + sorted(wide.columns)
    table: pd.DataFrame = wide.fillna("").reset_index()[wanted]
    order = {column: {str(word): n for n, word in enumerate(words)} for column, words in VOCABULARY.items()}
    return table.sort_values(list(KEYS), key=lambda column: column.map(order[str(column.name)]), ignore_index=True)
