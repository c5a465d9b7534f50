"""The report's large tables: the documents' own layout, the port to another system, and all platforms."""

from collections.abc import Iterable

import pandas as pd

from matrix.model import NOT_MEASURED, Option, Standing, Verdict
from matrix.report.markdown import code, fold, table
from matrix.report.view import CURRENT, TABLE, View, outcome_words, spec, verdict_words

PAIR = ["first_option", "first_address", "second_option", "second_address"]
FAMILY_PAIR = ["first_family", "first_option", "first_address", "second_family", "second_option", "second_address"]
PLAIN_ADDRESSES = ("wildcard", "specific", "other-specific")


def documented_tables(view: View) -> str:
    """Each documented table in its own layout, once for each platform that it is held against."""
    frame = view.claims.frame
    frame = frame[frame["section"].str.startswith(TABLE)]
    parts = []
    for (source, section), group in frame.groupby(["source", "section"], sort=False):
        folds = []
        for target in view.held or [""]:
            judged = view.verdicts[
                (view.verdicts["target"] == target) & (view.verdicts["source"] == source) & (view.verdicts["section"] == section)
            ]
            folds.append(documented_table(group, judged, target, f"{source}, {section}"))
        parts.append("\n\n".join(folds))
    return (
        "## The documented tables, with what was observed\n\nRows: the first socket; columns: the second. In each cell stands "
        "what the document says, then ✓ where every observation agrees, or what was observed instead and where. `CHECK`: an access "
        "check decides, so the same account is expected to succeed and another to get ACCESS.\n\n" + "\n\n".join(parts)
    )


def documented_table(group: pd.DataFrame, judged: pd.DataFrame, target: str, name: str) -> str:
    """One table against one platform, folded, with a headline that says how it went."""
    columns = list(dict.fromkeys(zip(group["second_option"], group["second_address"], strict=True)))
    cells = {tuple(pair): (claim, expected) for claim, expected, *pair in group[["id", "expected", *PAIR]].itertuples(index=False)}
    observed = dict(iter(judged.groupby("claim")))
    rows = []
    for first in dict.fromkeys(zip(group["first_option"], group["first_address"], strict=True)):
        row = [spec(*first)]
        for second in columns:
            claim, expected = cells.get((*first, *second), ("", "—"))
            words = verdict_words(observed[claim]) if claim in observed else ""
            row.append(f"{expected} {words}".strip())
        rows.append(row)
    agreed = sum(cell["verdict"].isin([Verdict.AGREES, Verdict.UNOBSERVED]).all() and (cell["verdict"] == Verdict.AGREES).any()
                 for cell in observed.values())  # fmt: skip
    measured = sum((cell["verdict"] != Verdict.UNOBSERVED).any() for cell in observed.values())
    if not target:
        told = "nothing that it speaks of was measured"
    elif judged.empty:
        told = f"does not speak of {target}"
    elif not measured:
        told = f"{target}: not measured ({', '.join(sorted(set(judged['reason'])))})"
    else:
        told = f"{target}: {agreed} of {len(group)} cells as documented wherever it was measured"
    return fold(f"<b>{name}</b> — {told}", table(["first ＼ second", *(spec(*column) for column in columns)], rows))


def porting(view: View) -> str:
    """What changes for a program that relies on Windows' documented answers and is moved elsewhere."""
    targets = [host.target for host in view.hosts.values() if not (host.system == "windows" or windows_like(host.imitates))]
    if not targets:
        return ""
    claims = view.claims.frame
    claims = claims[(claims["source"] == CURRENT[0]) & (claims["section"] == CURRENT[1])]
    claims = claims[~(claims[["first_option", "second_option"]] == Option.EXCLUSIVEADDRUSE).any(axis=1)]
    frame = view.verdicts[(view.verdicts["standing"] == Standing.COMPARISON) & (view.verdicts["observed"] != "")]
    groups = columns_alike(view.live("bind"), targets)
    rows = []
    for claim in claims.itertuples(index=False):
        cells = []
        for names in groups:
            here = frame[(frame["claim"] == claim.id) & (frame["target"] == names[0])]
            words = outcome_words(here, "observed")
            cells.append(words if words == claim.expected else f"**{words}**")
        rows.append(
            [spec(claim.first_option, claim.first_address), spec(claim.second_option, claim.second_address), claim.expected, *cells]
        )
    changed = sum(any(str(cell).startswith("**") for cell in row[3:]) for row in rows)
    header = ["first socket", "second socket", "Windows, documented", *(", ".join(names) for names in groups)]
    return (
        "## Moving a program from Windows\n\nThese systems promise nothing about Windows, so they are not judged. What the guide "
        "documents for Windows Server 2003 and later, same account, beside what they do; **bold** where it is not the same. "
        f"{changed} of {len(rows)} cells change somewhere. `SO_EXCLUSIVEADDRUSE` does not exist on them, so its cells have no "
        "counterpart here.\n\n" + table(header, rows)
    )


def windows_like(imitates: object) -> bool:
    """Whether a host promises to behave like Windows."""
    return getattr(imitates, "system", "") == "windows"


def columns_alike(frame: pd.DataFrame, targets: Iterable[str]) -> list[list[str]]:
    """Targets grouped so that those with the same outcome in every case share a column."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for target in targets:
        groups.setdefault(tuple(frame[target]), []).append(target)
    return list(groups.values())


def across_platforms(view: View) -> str:
    """Every pair of specs on every platform; pairs that answer alike everywhere are gathered in lines."""
    if not view.hosts or "bind" not in view.measures:
        return ""
    binds = view.live("bind")
    groups = columns_alike(binds, view.hosts)
    plain = binds["first_address"].isin(PLAIN_ADDRESSES) & binds["second_address"].isin(PLAIN_ADDRESSES)
    same = plain & (binds["first_family"] == binds["second_family"])
    mixed = binds[~same]
    return (
        "## All platforms\n\nThe second socket's `bind` after a first socket of the same family. A blank cell: this platform does "
        "not have the option, or the address.\n\n"
        + pair_table(binds[same], groups, PAIR, name_alike=True)
        + "\n\n"
        + fold(
            "<b>Two families, or IPv4-mapped addresses</b>: the pairs on which platforms differ, and how many answer alike",
            pair_table(
                mixed,
                groups,
                ["first_family", "first_option", "first_address", "second_family", "second_option", "second_address"],
                name_alike=False,
            ),
        )
    )


def pair_table(frame: pd.DataFrame, groups: list[list[str]], keys: list[str], *, name_alike: bool) -> str:
    """One row a pair on which platforms differ; the others are named by their common outcome, or only counted."""
    rows: list[list[str]] = []
    alike: dict[str, list[str]] = {}
    for key, cases in frame.groupby(keys, sort=False):
        words = [cell_words(cases, names[0]) for names in groups]
        said = {word for word in words if word}
        label = pair_label(keys, key)
        if len(said) == 1:
            alike.setdefault(said.pop(), []).append(" → ".join(label))
        elif said:
            rows.append([*label, *words])
    header = ["first socket", "second socket", *(", ".join(map(code, names)) for names in groups)]
    if name_alike:
        gathered = [
            fold(f"<b>{outcome}</b> on every platform that has them: {len(pairs)} pairs", "; ".join(pairs))
            for outcome, pairs in sorted(alike.items(), key=lambda item: -len(item[1]))
        ]
    else:
        gathered = [f"{sum(map(len, alike.values()))} further pairs answer alike on every platform that has them."]
    return "\n\n".join([*([table(header, rows)] if rows else []), *gathered])


def pair_label(keys: list[str], key: tuple[str, ...]) -> list[str]:
    """First and second spec as a reader would say them."""
    named = dict(zip(keys, key, strict=True))
    return [
        " ".join(part for part in (named.get(f"{which}_family", ""), spec(named[f"{which}_option"], named[f"{which}_address"])) if part)
        for which in ("first", "second")
    ]


def cell_words(cases: pd.DataFrame, target: str) -> str:
    """What a platform answers to a pair of specs; blank where it has no such case."""
    words = outcome_words(cases, target)
    return "" if words == "—" else words.replace(str(NOT_MEASURED[1]), "not supported")


def listening(view: View) -> str:
    """What happens after a bind that was let through: listen, and who is left without it."""
    parts = []
    for measure, asks in (
        ("listen", "The second socket's `listen`, after its bind succeeded"),
        ("first-listen", "The first socket's `listen`, once the second one listens: two servers that start together"),
    ):
        frame = view.live(measure)
        if frame.empty:
            continue
        rows = []
        for target in view.hosts:
            answers = frame[frame[target] != ""][target]
            refused = frame[~frame[target].isin(["", "SUCCESS"])]
            rows.append([code(target), f"{len(answers):,}", f"{len(refused):,}", listen_pairs(refused)])
        parts.append(f"**{asks}.**\n\n" + table(["platform", "asked", "refused", "refused for"], rows))
    if not parts:
        return ""
    return (
        "## A bind that succeeds is not yet a port\n\nA TCP socket that was let through at `bind` can still be refused at `listen`.\n\n"
        + "\n\n".join(parts)
    )


def listen_pairs(refused: pd.DataFrame) -> str:
    """The options of first and second socket for which listen was refused."""
    pairs = dict.fromkeys(zip(refused["first_option"], refused["second_option"], strict=True))
    return ", ".join(f"{code(first)} then {code(second)}" for first, second in list(pairs)[:8]) + (", …" if len(pairs) > 8 else "") or "—"
