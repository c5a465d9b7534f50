"""The report's sections in words and small tables: one function each, a View in, Markdown out."""

import pandas as pd

from matrix.judge import undocumented
from matrix.model import CONTRADICTIONS, LOOKS, Faulty, Host, Outcome, Verdict
from matrix.report.condense import Situation, where_each
from matrix.report.markdown import bullets, code, codes, counted, fold, safe, table
from matrix.report.view import CURRENT, View, availability_row, situations, spec

TITLE = "# What `bind` does when the port is taken"
CELL = ["first_option", "first_address", "second_option", "second_address"]


def opening(view: View) -> str:
    """The first line says whether any Windows was measured at all."""
    if view.windows:
        first = f"**Measured on {len(view.windows)} Windows:** {', '.join(code(host.target) for host in view.windows)}."
    else:
        first = (
            "**No Windows has been measured yet.** What stands here about Windows is what its documents say; "
            "Wine imitates Windows and is not Windows."
        )
    return (
        f"{first}\n\n{TITLE}\n\n"
        "A first socket holds a port; a second one, in another process, wants it. Each outcome below was measured by "
        "one probe on a real network stack, several times and on ports of its own, and is held against what Microsoft documents. "
        "`SUCCESS` means that the second socket's call succeeded, `INUSE` is EADDRINUSE (WSAEADDRINUSE 10048), "
        "`ACCESS` is EACCES (WSAEACCES 10013)."
    )


def conclusions(view: View) -> str:
    """What a reader should take away, computed from the frames."""
    lines = [*document_conclusions(view)]
    for target in view.held:
        lines += imitation_conclusions(view, target)
    return "## In short\n\n" + bullets(lines) + "\n\n" + protection(view)


def document_conclusions(view: View) -> list[str]:
    """How many cells the documents contradict each other in."""
    pairs = view.table_disagreements.drop_duplicates(["id_a", "id_b"])
    grouped = pairs.groupby(["source_a", "section_a", "source_b", "section_b"]).size()
    lines = []
    for (source_a, section_a, source_b, section_b), count in grouped.items():
        if (source_a, section_a) == CURRENT or (source_b, section_b) == CURRENT:
            other = (source_b, section_b) if (source_a, section_a) == CURRENT else (source_a, section_a)
            title = view.claims.sources[other[0]].title
            lines.append(
                f"**The documents contradict each other.** “{title}” differs from the guide's table for Windows Server "
                f"2003 and later, same account, in {count} of 36 cells."
            )
    return lines


def imitation_conclusions(view: View, target: str) -> list[str]:
    """In how many cells of the current table a target does what is documented, and where it departs."""
    frame = view.judged
    frame = frame[(frame["target"] == target) & (frame["source"] == CURRENT[0]) & (frame["section"] == CURRENT[1])]
    frame = frame[frame["verdict"] != Verdict.UNOBSERVED]
    if frame.empty:
        return []
    whole = partly = 0
    for _, cell in frame.groupby(CELL):
        agreed = (cell["verdict"] == Verdict.AGREES).sum()
        whole += agreed == len(cell)
        partly += 0 < agreed < len(cell)
    cells = frame.drop_duplicates(CELL).shape[0]
    text = (
        f"**{code(target)}** ({standing_words(view.hosts[target])}) does what the guide says for the same account in all "
        f"situations in {whole} of {cells} cells, in some situations in {partly}, in none in {cells - whole - partly}."
    )
    clean = []
    for (protocol, state), part in frame.groupby(["protocol", "first_state"]):
        bad = (part["verdict"] != Verdict.AGREES).sum()
        clean.append(f"{protocol.upper()} {state}: {bad} of {len(part)}")
    return [f"{text} Departures by situation: {'; '.join(clean)}."]


def standing_words(host: Host) -> str:
    """What a host is, for a reader who knows only its name."""
    if host.imitates:
        return f"an imitation of {host.imitates.system} {host.imitates.version}, {host.name}"
    return host.name


def protection(view: View) -> str:
    """Which TCP listeners can be joined by a second listener, on the very address or on one that overlaps it."""
    frame = view.wide
    listening = (frame["protocol"] == "tcp") & (frame["first_state"] == "listening") & (frame["account"] == "same")
    plain = (frame["first_family"] == "ipv4") & (frame["second_family"] == "ipv4")
    frame = frame[listening & plain]
    alike = frame["first_address"] == frame["second_address"]
    overlap = ~alike & ((frame["first_address"] == "wildcard") | (frame["second_address"] == "wildcard"))
    frame = frame.assign(meets=alike.map({True: "same", False: ""}).mask(overlap, "overlapping"))
    rows: dict[tuple[str, str, str], list[str]] = {}
    for target in view.hosts:
        present = frame[(frame["measure"] == "bind") & (frame[target] != "")]
        for option in dict.fromkeys(present["first_option"]):
            mine = frame[(frame["measure"] == "listen") & (frame["first_option"] == option) & (frame[target] == "SUCCESS")]
            takers = (takers_of(mine[mine["meets"] == "same"]), takers_of(mine[mine["meets"] == "overlapping"]))
            rows.setdefault((code(option), *takers), []).append(code(target))
    return (
        "**Who can also listen where a TCP listener already listens** (IPv4, same account). *Overlapping*: the wildcard over a "
        "specific address, or a specific address under the wildcard. Who then receives what stands further down.\n\n"
        + table(
            ["the first listener's option", "joined on the same address with", "joined on an overlapping address with", "platforms"],
            [[*row, ", ".join(targets)] for row, targets in rows.items()],
        )
    )


def takers_of(listens: pd.DataFrame) -> str:
    """The options of the second sockets that listen beside the first."""
    return codes(listens["second_option"], "nobody")


def platforms(view: View) -> str:
    """What was measured, and what was not yet."""
    rows = [host_row(run.host, len(run.frame)) for run in view.runs.good]
    measured = table(
        ["platform", "what it is", "version", "kernel as it says", "architecture", "Python", "account", "measured", "rows"], rows
    )
    available = view.measure("available")
    surprises = [
        f"{code(target)} lets an option be set that nobody ever defined, so there `setsockopt`'s success says nothing."
        for target in view.hosts if (available[target] == Outcome.NOT_RUN).any()
    ]  # fmt: skip
    waiting = []
    for row in view.claims.availability.itertuples(index=False):
        runs = [host.target for host in view.windows if row[0] in availability_row(host)]
        waiting.append([row[0], *row[1:4], ", ".join(map(code, runs)) or "**no run yet**"])
    documented = table(["platform of the guide", "SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE", "enhanced socket security", "run"], waiting)
    return (
        f"## Platforms\n\n{measured}\n\n"
        + (bullets(surprises) + "\n\n" if surprises else "")
        + "The guide's own list of platforms, with what it says of each, and the run that would show it:\n\n"
        + documented
    )


def legs(view: View) -> str:
    """What came of each leg of a matrix: an expected platform that is absent is shown as missing, an old run with its day."""
    if not view.legs:
        return ""
    words = {"fresh": "measured now", "kept": "**missing, the last good run is shown**", "missing": "**missing, never measured**"}
    rows = [
        [
            code(leg.target),
            words.get(leg.state, safe(leg.state)) + (" (may fail)" if leg.may_fail else ""),
            leg.shown or "—",
            safe(leg.reason),
        ]
        for leg in view.legs
    ]
    absent = sum(leg.state != "fresh" for leg in view.legs)
    return f"## Legs\n\n{absent} of {len(rows)} expected platforms sent no new run.\n\n" + table(
        ["platform", "state", "shown as of", "why"], rows
    )


def host_row(host: Host, rows: int) -> list[object]:
    """One line of the platforms' table."""
    imitates = f", imitates {host.imitates.system} {host.imitates.version}" if host.imitates else ""
    container = f", in {host.container}" if host.container else ""
    partial = f" (only {safe(host.selection)})" if host.selection else ""
    stated = "".join(f", {safe(name)} {safe(value)}" for name, value in sorted(host.stated.items()))
    return [
        code(host.target), f"{host.system}{imitates}{container}{stated}", host.version or "not told", safe(host.kernel),
        host.machine, host.python, host.account, host.measured, f"{rows:,}{partial}",
    ]  # fmt: skip


def verdict_counts(view: View) -> str:
    """How many observations agree with each table, on Windows and its imitations."""
    frame = view.judged
    shown = [verdict for verdict in Verdict if verdict != Verdict.UNDOCUMENTED]
    rows = []
    for (target, source, section), group in frame.groupby(["target", "source", "section"]):
        counts = group["verdict"].value_counts()
        rows.append([code(target), code(source), section, *(str(counts.get(str(verdict), 0)) for verdict in shown)])
    silent = undocumented(view.verdicts, view.runs.good)
    silence = ", ".join(f"{code(target)} {count:,}" for target, count in silent.itertuples(index=False))
    legend = bullets(f"{LOOKS[verdict].symbol} **{verdict}**: {LOOKS[verdict].meaning}" for verdict in shown)
    header = ["platform", "document", "table", *(f"{LOOKS[verdict].symbol} {verdict}" for verdict in shown)]
    return (
        "## Verdicts\n\nEach cell of a table is held against TCP and UDP, IPv4, IPv6 and dual stack, bound and listening "
        "first sockets, and against every pair of accounts that it speaks of. Systems that promise nothing about Windows are not "
        "judged here, but compared further down.\n\n"
        f"{table(header, rows)}\n\n{legend}\n\n"
        f"Observations that no document speaks of: {silence or 'none'}."
    )


def documents_against_each_other(view: View) -> str:
    """Cells for which two documents expect different outcomes, and whose side each platform takes."""
    pairs = view.table_disagreements
    if pairs.empty:
        return "## Where the documents contradict each other\n\nNowhere."
    held = view.held
    folds = []
    for (source_a, section_a, source_b, section_b), group in pairs.groupby(["source_a", "section_a", "source_b", "section_b"]):
        cells = group.drop_duplicates(["id_a", "id_b"])
        rows = [
            [spec(row.first_option, row.first_address), spec(row.second_option, row.second_address), row.expected_a, row.expected_b,
             *(side(view, target, row.id_a, row.id_b) for target in held)]
            for row in cells.itertuples(index=False)
        ]  # fmt: skip
        header = ["first socket", "second socket", f"A: {source_a}", f"B: {source_b}", *(f"{target} sides with" for target in held)]
        folds.append(
            fold(
                f"<b>{counted(len(cells), 'cell')}</b>: A “{section_a}” of {source_a} against B “{section_b}” of {source_b}",
                table(header, rows),
            )
        )
    return (
        "## Where the documents contradict each other\n\nBefore anything is measured: pairs of tables that speak of the same "
        "versions of Windows and expect different outcomes. "
        "The last column says which of the two a platform's observations bear out, and where.\n\n" + "\n\n".join(folds)
    )


def side(view: View, target: str, claim_a: str, claim_b: str) -> str:
    """Which of two claims a target's observations bear out, and where if they don't all bear out the same."""
    frame = view.verdicts[(view.verdicts["target"] == target) & (view.verdicts["verdict"] != Verdict.UNOBSERVED)]
    borne_out: dict[str, dict[Situation, str]] = {}
    for name, claim in (("A", claim_a), ("B", claim_b)):
        borne_out[name] = situations(frame[frame["claim"] == claim], "verdict")
    shared = {
        situation: next((name for name in ("A", "B") if borne_out[name][situation] == Verdict.AGREES), "neither")
        for situation in borne_out["A"]
        if situation in borne_out["B"]
    }
    found = where_each(shared)
    return "; ".join(f"{name} for {place}" if place else name for name, place in found) or "not measured"


def contradictions(view: View) -> str:
    """Every cell that a platform contradicts, by document and platform."""
    frame = view.judged
    frame = frame[frame["verdict"].isin([str(each) for each in CONTRADICTIONS])]
    folds = []
    for (target, source, section), group in frame.groupby(["target", "source", "section"]):
        everything = view.verdicts[(view.verdicts["target"] == target) & (view.verdicts["source"] == source)]
        rows = [row for _, cell in group.groupby("claim", sort=True) for row in contradiction_rows(cell, everything)]
        folds.append(fold(f"<b>{counted(group['claim'].nunique(), 'cell')}</b> on {target}: {source}, {section}", table(
            ["", "first socket", "second socket", "documented", "observed", "where"], rows)))  # fmt: skip
    body = "\n\n".join(folds) or "None."
    return f"## Every contradiction\n\nCells of the documents that a platform does not bear out, with where.\n\n{body}"


def contradiction_rows(cell: pd.DataFrame, everything: pd.DataFrame) -> list[list[str]]:
    """One line for each way in which a cell's observations depart."""
    first = cell.iloc[0]
    whole = situations(everything[everything["claim"] == first["claim"]].assign(
        told=lambda frame: frame["verdict"] + " " + frame["observed"]), "told")  # fmt: skip
    rows = []
    for told, place in where_each(whole):
        verdict, observed = told.split(" ", 1)
        if Verdict(verdict) in CONTRADICTIONS:
            rows.append([
                f"{LOOKS[Verdict(verdict)].symbol} {verdict}", spec(first["first_option"], first["first_address"]),
                spec(first["second_option"], first["second_address"]), first["expected"], observed, place or "everywhere",
            ])  # fmt: skip
    return rows


def left_out(view: View) -> str:
    """Runs that could not be reported, and faults in the claims."""
    lines = [faulty_line(each) for each in view.runs.faulty] + [safe(fault) for fault in view.claims.faults]
    if not lines:
        return ""
    return "## Left out\n\nThese are not in the report, because they can't be believed:\n\n" + bullets(lines)


def faulty_line(faulty: Faulty) -> str:
    """A run that is left out, and its first reasons."""
    shown = "; ".join(safe(fault) for fault in faulty.faults[:3])
    more = len(faulty.faults) - 3
    return f"**{safe(faulty.folder.name)}**: {shown}" + (f"; and {more} more" if more > 0 else "")


def reading(view: View) -> str:
    """Where it all comes from."""
    sources = [
        f"{code(source.id)}: {source.publisher}, “{source.title}”, {code(source.repository)} at {code(source.revision)}, "
        f"{code(source.path)}, read {source.read}." + (f" {source.note}" if source.note else "")
        for source in view.claims.sources.values()
    ]
    return (
        "## Sources and method\n\n"
        + bullets(sources)
        + "\n\nEvery case has ports of its own outside the system's ranges; a refusal counts only if the second socket can bind "
        "that port alone; each case is attempted several times, and attempts that disagree are `UNSTABLE`. "
        "`verdicts.csv` holds each verdict, `observations.csv` of each run each outcome."
    )
