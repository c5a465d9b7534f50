"""Two accounts: the guide's second and third tables side by side, and what another account can take from you."""

import pandas as pd

from matrix.model import CASE_COLUMNS, DIFFERENT_ACCOUNTS, LIVE_STATES, Account, Outcome, Verdict
from matrix.report.markdown import bullets, code, codes, fold, safe, table
from matrix.report.matrices import PAIR
from matrix.report.view import ABSENT, CURRENT, DIFFERENT, View, outcome_words, spec

CASE = [column for column in CASE_COLUMNS if column != "account"]
ACCOUNT_MEANINGS = {
    Account.OTHER: "ours first, then another account's",
    Account.OTHER_FIRST: "another account's first, then ours",
    Account.OTHERS: "two unprivileged accounts, neither ours",
}


def two_accounts(view: View) -> str:
    """The section: which accounts were had, the two tables, and what can be taken."""
    if not view.hosts:
        return ""
    binds = {target: by_account(view, target) for target in view.hosts}
    parts = ("## Two accounts", accounts_had(view), tables_side_by_side(view), taken(binds), left_to_others(binds))
    return "\n\n".join(text for text in parts if text)


def accounts_had(view: View) -> str:
    """Under which accounts each run's sockets were made, or why it was not measured."""
    rows = []
    for run in view.runs.good:
        reasons = run.frame[
            (run.frame["account"] != Account.SAME) & (run.frame["outcome"] == Outcome.NOT_RUN) & (run.frame["measure"] == "bind")
        ]
        facts = run.host.accounts
        ours = str(facts["own"]) if "own" in facts else run.host.account
        others = ", ".join(
            f"{facts[name]} by {code(facts[name].how)}" for name in ("other", "third") if name in facts and facts[name].how
        )
        missing = sorted(set(reasons["detail"])) if reasons["detail"].nunique() <= 3 else []
        rows.append([code(run.host.target), ours, others or "—", safe("; ".join(missing)) or "measured"])
    return (
        "Each pair of sockets was also made by two accounts. Every helper process says who it really is, and what is not two accounts "
        "is not measured.\n\n" + table(["platform", "our account", "the others", "outcome"], rows)
    )


def tables_side_by_side(view: View) -> str:
    """The guide's tables for the same account and for different ones, cell by cell, with what was observed."""
    frame = view.claims.frame
    same, other = (
        frame[(frame["source"] == source) & (frame["section"] == section)].set_index(PAIR)[["id", "expected"]].add_suffix(suffix)
        for (source, section), suffix in ((CURRENT, "_same"), (DIFFERENT, "_other"))
    )
    both = same.join(other, how="inner")
    if both.empty:
        return ""
    targets = view.held
    observed = {
        (target, claim): outcome_words(group, "observed")
        for (target, claim), group in view.verdicts[view.verdicts["verdict"] != Verdict.UNOBSERVED].groupby(["target", "claim"])
    }
    rows = []
    for (first_option, first_address, second_option, second_address), row in both.iterrows():
        differ = row["expected_same"] != row["expected_other"]
        words = [observed.get((target, row[f"id_{which}"]), "not measured") for target in targets for which in ("same", "other")]
        mark = "**" if differ else ""
        rows.append((differ, [spec(first_option, first_address), spec(second_option, second_address),
                              row["expected_same"], f"{mark}{row['expected_other']}{mark}", *words]))  # fmt: skip
    header = ["first socket", "second socket", "same account", "different accounts",
              *(f"{target}, {which}" for target in targets for which in ("same", "different"))]  # fmt: skip
    differing = [row for differ, row in rows if differ]
    return (
        "### What the guide says\n\nIts tables for Windows Server 2003 and later, side by side. They differ in "
        f"{len(differing)} of {len(rows)} cells:\n\n" + table(header, differing) + "\n\n"
        + fold(f"<b>All {len(rows)} cells</b>, those that differ in bold", table(header, [row for _, row in rows]))
    )  # fmt: skip


def by_account(view: View, target: str) -> pd.DataFrame:
    """Cases as rows, accounts as columns: outcome of the second socket's bind on one platform, where all were measured."""
    wide = view.measure("bind").pivot(index=CASE, columns="account", values=target).fillna("")
    accounts = [str(account) for account in Account]
    wide = wide.reindex(columns=accounts, fill_value="")
    return wide[~wide.isin(ABSENT).any(axis=1)]


def taken(binds: dict[str, pd.DataFrame]) -> str:
    """What the account changes on each platform, by protocol, state and options."""
    lines, folds = [], []
    for target, wide in binds.items():
        if wide.empty:
            lines.append(f"{code(target)}: not measured with two accounts.")
            continue
        unlike = wide[wide.nunique(axis=1) > 1]
        if unlike.empty:
            lines.append(
                f"{code(target)}: **the account changes nothing** in {len(wide):,} cases; what the same account can take, another can."
            )
            continue
        ways = ", ".join(f"{ACCOUNT_MEANINGS[account]}: {(wide[account] != wide[Account.SAME]).sum():,}" for account in DIFFERENT_ACCOUNTS)
        lines.append(f"{code(target)}: the account changes {len(unlike):,} of {len(wide):,} cases ({ways}).")
        grouped = unlike.reset_index().groupby(
            ["protocol", "first_state", "first_option", "second_option", *(str(each) for each in Account)]
        )
        rows = [
            [protocol.upper(), state, code(first), code(second), *outcomes, str(size)]
            for (protocol, state, first, second, *outcomes), size in grouped.size().items()
        ]
        header = ["", "first socket's state", "first option", "second option", *map(str, Account), "cases"]
        folds.append(fold(f"<b>{target}</b>: every difference, by options", table(header, rows)))
    meanings = ", ".join(f"{code(account)} is {meaning}" for account, meaning in ACCOUNT_MEANINGS.items())
    return "### What the account changes\n\n" + bullets(lines) + f"\n\n{meanings}.\n\n" + "\n\n".join(folds)


def left_to_others(binds: dict[str, pd.DataFrame]) -> str:
    """What another account can take from a socket that lives: the pairs of options with which its bind succeeds on the same address."""
    rows = []
    for target, measured in binds.items():
        wide = measured.reset_index()
        live = wide[wide["first_state"].isin([str(state) for state in LIVE_STATES]) & (wide["first_family"] == wide["second_family"])]
        live = live[live["first_address"] == live["second_address"]]
        for (protocol, state, first), group in live.groupby(["protocol", "first_state", "first_option"]):
            takers = group[(group[[str(each) for each in DIFFERENT_ACCOUNTS]] == "SUCCESS").all(axis=1)]
            rows.append(((protocol, state, first, codes(takers["second_option"], "nothing")), code(target)))
    gathered: dict[tuple[str, str, str, str], list[str]] = {}
    for key, target in rows:
        gathered.setdefault(key, []).append(target)
    if not gathered:
        return ""
    lines = [[key[0].upper(), key[1], code(key[2]), key[3], ", ".join(targets)] for key, targets in sorted(gathered.items())]
    return "### What another account can take\n\nThe very address that a socket holds, whichever of the two is ours.\n\n" + table(
        ["", "the holder", "with option", "can be joined by another account's", "platforms"], lines
    )
