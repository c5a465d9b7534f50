"""What the documents say in sentences, and what published tests assert: a section a claim, and what to believe."""

import pandas as pd

from matrix.model import LOOKS, Standing, Verdict
from matrix.report.markdown import code, counted, fold, safe, table
from matrix.report.view import TABLE, View

SAYS, AVAILABILITY = "/says/", "/availability/"
# Worst first: what a sentence's rows come to on one platform.
GRAVEST = (Verdict.WEAKER, Verdict.DIFFERS, Verdict.STRICTER, Verdict.WRONG_ERROR, Verdict.UNSTABLE, Verdict.AGREES)


def sentence_of(claim: str) -> str:
    """The sentence that a claim is a part of: its id without the number at the end."""
    return claim.rsplit("/", 1)[0]


def sentences(view: View) -> pd.DataFrame:
    """Claims that are sentences of Microsoft's pages, with the sentence's name."""
    frame = view.claims.frame
    frame = frame[frame["id"].str.contains(SAYS, regex=False)]
    return frame.assign(sentence=frame["id"].map(sentence_of))


def what_to_believe(view: View) -> str:
    """One line a sentence: what Windows and its imitations bear out, and what the others do."""
    frame = sentences(view)
    if frame.empty:
        return ""
    rows = []
    verdicts = grouped_verdicts(view)
    for sentence, claims in frame.groupby("sentence", sort=False):
        told = [short_word(verdicts.get((str(sentence), target))) for target in view.hosts]
        rows.append([claims.iloc[0]["statement"], *told])
    windows = (
        ""
        if view.windows
        else "No Windows has been measured yet: **what Windows itself does stays open for each of them**, and Wine is only its imitation. "
    )
    return (
        "## What to believe\n\nEvery sentence of Microsoft's pages that can be measured, and what was. "
        f"{windows}✓ borne out; ✗ not; ◐ in part; · not measured, for a reason given below. In brackets: a system that promises "
        "nothing about Windows, as a program moved there would meet it.\n\n"
        + table(["the sentence", *(code(target) for target in view.hosts)], rows)
    )


def grouped_verdicts(view: View) -> dict[tuple[str, str], pd.DataFrame]:
    """(sentence, target) → its verdicts."""
    frame = view.verdicts
    frame = frame[frame["claim"].str.contains(SAYS, regex=False)]
    groups = frame.assign(sentence=frame["claim"].map(sentence_of)).groupby(["sentence", "target"])
    return {(str(sentence), str(target)): group for (sentence, target), group in groups}


def short_word(group: pd.DataFrame | None) -> str:
    """A symbol for all the verdicts of a sentence on one platform."""
    if group is None:
        return "·"
    measured = group[group["verdict"] != Verdict.UNOBSERVED]
    if measured.empty:
        return "·"
    agreed = (measured["verdict"] == Verdict.AGREES).sum()
    symbol = "✓" if agreed == len(measured) else "◐" if agreed else "✗"
    return symbol if group.iloc[0]["standing"] != Standing.COMPARISON else f"({symbol})"


def sentence_by_sentence(view: View) -> str:
    """A section a sentence: where it stands, what was measured where, the verdict, and the tables that contradict it."""
    frame = sentences(view)
    if frame.empty:
        return ""
    verdicts = grouped_verdicts(view)
    beside = beside_tables(view)
    parts = []
    for sentence, claims in frame.groupby("sentence", sort=False):
        first = claims.iloc[0]
        name = str(sentence).split(SAYS)[1]
        rows = [[code(target), *told(view, claims, verdicts.get((str(sentence), target)), target)] for target in view.hosts]
        body = (
            f"“{first['section']}” of {code(first['source'])}; asked as {counted(len(claims), 'pattern')} of "
            f"{', '.join(code(measure) for measure in dict.fromkeys('|'.join(claims['measure']).split('|')))}.\n\n"
            + table(["platform", "what it is to the claim", "verdict", "observed"], rows)
        )
        parts.append(f"### {name}\n\n{first['statement']}\n\n{body}" + (f"\n\n{beside[str(sentence)]}" if str(sentence) in beside else ""))
    return "## Sentence by sentence\n\n" + "\n\n".join(parts)


def told(view: View, claims: pd.DataFrame, group: pd.DataFrame | None, target: str) -> list[str]:
    """What the sentence is to a platform, its verdict, and what was observed there."""
    if group is None:
        bounds = sorted({bound_words(row.system, row.since, row.until) for row in claims.itertuples(index=False)})
        return ["—", f"{LOOKS[Verdict.UNOBSERVED].symbol} unobserved", f"it speaks of {' and '.join(bounds)}, and {target} is none"]
    standing = str(group.iloc[0]["standing"])
    measured = group[group["verdict"] != Verdict.UNOBSERVED]
    if measured.empty:
        reasons = "; ".join(sorted(set(group["reason"])))
        return [standing, f"{LOOKS[Verdict.UNOBSERVED].symbol} unobserved", safe(reasons)]
    counts = measured["verdict"].value_counts()
    words = ", ".join(f"{LOOKS[verdict].symbol} {verdict} {counts[verdict]}" for verdict in GRAVEST if verdict in counts)
    seen = measured.groupby(["measure", "expected", "observed"]).size()
    observed = "; ".join(
        f"{measure}: {outcome} {count}" + ("" if outcome == expected else f" (expected {safe(expected)})")
        for (measure, expected, outcome), count in seen.items()
    )
    return [standing, words, observed]


def bound_words(system: str, since: str, until: str) -> str:
    """`windows until 5.1`, for a reader."""
    return " ".join([system.replace("|", " or "), *([f"from {since}"] if since else []), *([f"until {until}"] if until else [])])


def beside_tables(view: View) -> dict[str, str]:
    """For each sentence that a table of the documents contradicts: which, and in how many cells."""
    pairs = view.disagreements.drop_duplicates(["id_a", "id_b"])
    found: dict[str, dict[str, set[str]]] = {}
    for row in pairs.itertuples(index=False):
        for sentence, section, cell, source in (
            (row.id_a, row.section_b, row.id_b, row.source_b),
            (row.id_b, row.section_a, row.id_a, row.source_a),
        ):
            if SAYS in sentence and section.startswith(TABLE):
                found.setdefault(sentence_of(sentence), {}).setdefault(f"{source}, {section.removeprefix(TABLE)}", set()).add(cell)
    return {
        sentence: "**The documents contradict it themselves:** "
        + "; ".join(f"{counted(len(cells), 'cell')} of {name}" for name, cells in sorted(tables.items()))
        + "."
        for sentence, tables in found.items()
    }


def availability(view: View) -> str:
    """The guide's table of platforms: each cell, and what each measured platform shows of it."""
    frame = view.claims.frame
    frame = frame[frame["id"].str.contains(AVAILABILITY, regex=False)]
    if frame.empty:
        return ""
    verdicts = {(str(claim), str(target)): group for (claim, target), group in view.verdicts.groupby(["claim", "target"])}
    rows = []
    for claim in frame.itertuples(index=False):
        cells = []
        for target in view.hosts:
            group = verdicts.get((claim.id, target))
            cells.append(cell_word(claim, group))
        rows.append([claim.section.split(": ", 1)[1], claim.id.rsplit("/", 1)[1].replace("_", " ") if "SO_" not in claim.id
                     else code(claim.id.rsplit("/", 1)[1]), claim.expected, *cells])  # fmt: skip
    return (
        "## What exists where\n\nThe guide's table of platforms, cell by cell: `SUCCESS` where it says that the option can be "
        "set, `REFUSED` where not; for enhanced socket security, what another account's `SO_REUSEADDR` meets on the wildcard of a "
        "socket without options.\n\n"
        + fold(f"<b>{len(rows)} cells</b>", table(["platform of the guide", "what", "documented", *map(code, view.hosts)], rows))
    )


def cell_word(claim: object, group: pd.DataFrame | None) -> str:
    """What one platform shows of one availability cell, or why it shows nothing."""
    if group is None:
        return f"· it speaks of {bound_words(claim.system, claim.since, claim.until)}"  # type: ignore[attr-defined]
    measured = group[group["verdict"] != Verdict.UNOBSERVED]
    if measured.empty:
        return "· " + safe("; ".join(sorted(set(group["reason"]))))
    return "; ".join(
        f"{LOOKS[Verdict(verdict)].symbol} {observed}"
        for verdict, observed in sorted(set(zip(measured["verdict"], measured["observed"], strict=True)))
    )


def other_documents(view: View) -> str:
    """What the other systems' own documents say, judged on those systems and their imitations, or why not."""
    theirs = {source.id for source in view.claims.sources.values() if source.publisher != "Microsoft"} - view.sources_of_tests
    frame = view.claims.frame
    frame = frame[frame["source"].isin(theirs)]
    if frame.empty:
        return ""
    verdicts = view.verdicts[view.verdicts["standing"] != Standing.COMPARISON]
    rows = []
    for (source, _), claims in frame.groupby(["source", frame["id"].map(sentence_of)], sort=False):
        here = verdicts[verdicts["claim"].isin(claims["id"])]
        words = []
        for target, group in here.groupby("target"):
            _, verdict, observed = told(view, claims, group, str(target))
            agreed = set(group["verdict"]) <= {Verdict.AGREES}
            words.append(f"{code(target)} {verdict}" + ("" if agreed else f": {observed}"))
        system = claims.iloc[0]["system"]
        rows.append([code(source), safe(claims.iloc[0]["section"]), claims.iloc[0]["statement"],
                     "<br>".join(words) or f"· unobserved: no run of {system} yet"])  # fmt: skip
    return "## What the other systems' own documents say\n\nEach is judged on its own system and on those that imitate it.\n\n" + table(
        ["document", "where", "what it says", "verdict"], rows
    )


def published_tests(view: View) -> str:
    """Published tests, told apart from documents: what they assert, against the documents and against the runs."""
    tests = view.claims.frame[view.claims.frame["source"].isin(view.sources_of_tests)]
    if tests.empty:
        return ""
    rows, folds = [], []
    for source, group in tests.groupby("source"):
        verdicts = view.verdicts[(view.verdicts["source"] == source) & (view.verdicts["standing"] != Standing.COMPARISON)]
        counts = verdicts["verdict"].value_counts()
        borne_out = ", ".join(f"{LOOKS[verdict].symbol} {counts[verdict]} {verdict}" for verdict in Verdict if verdict in counts)
        rows.append([code(source), view.claims.sources[str(source)].publisher, str(len(group)), borne_out or "—"])
        bad = verdicts[~verdicts["verdict"].isin([Verdict.AGREES, Verdict.UNOBSERVED])]
        lines = [
            [
                code(target),
                safe(str(claim).split("/", 1)[1]),
                safe(section),
                safe(expected),
                ", ".join(sorted(set(cells["observed"]))),
                str(len(cells)),
            ]
            for (target, claim, section, expected), cells in bad.groupby(["target", "claim", "section", "expected"])
        ]
        if lines:
            folds.append(fold(f"<b>{source}</b>: {counted(len(lines), 'assertion')} that a run does not bear out",
                              table(["platform", "assertion", "file and line", "asserted", "observed", "cases"], lines)))  # fmt: skip
    pairs = view.disagreements.drop_duplicates(["id_a", "id_b"])
    pairs = pairs[pairs["source_a"].isin(view.sources_of_tests) ^ pairs["source_b"].isin(view.sources_of_tests)]
    refuted = []
    for row in pairs.itertuples(index=False):
        a_is_test = row.source_a in view.sources_of_tests
        test = (row.id_a, row.section_a, row.expected_a) if a_is_test else (row.id_b, row.section_b, row.expected_b)
        page = (row.id_b, row.section_b, row.expected_b) if a_is_test else (row.id_a, row.section_a, row.expected_a)
        refuted.append([safe(page[0]), safe(page[2]), safe(test[0]), safe(test[1]), safe(test[2])])
    against = (
        "\n\nWhere a test that passes on the system refutes a document about it, before anything is measured:\n\n"
        + fold(f"<b>{counted(len(refuted), 'pair')}</b>", table(["document", "says", "test", "file and line", "asserts"], refuted))
        if refuted
        else ""
    )
    return (
        "## Published tests\n\nProjects whose tests run on the real systems assert outcomes of `bind`. They are no documents and no "
        "measurements of this project, but good evidence; verdicts are those of the systems that they speak of and of their imitations.\n\n"
        + table(["tests", "project", "assertions", "borne out by the runs"], rows)
        + "".join("\n\n" + each for each in folds)
        + against
    )
