"""Verdicts, documents against each other, the documented tables, and every contradiction."""

from matrix.findings.classes import Departure
from matrix.findings.documents import Cell, Contradictions, Spec, Table, TablePair, Tables, Verdicts
from matrix.findings.places import Part
from matrix.report.blocks import Block, Bullets, Cite, Fold, Heading, Inline, Own, Strong, counted, joined, paragraph, prose, table
from matrix.report.words import MAX_OMITTED, heads, judged, mark, marked, omitted, spec
from matrix.verdicts import STYLES, Verdict

MAX_WAYS = 8  # in which one platform contradicts one table
OF_TABLES = tuple(verdict for verdict in Verdict if verdict != Verdict.LEFT_OPEN)  # no cell of a table leaves anything open


def verdicts(found: Verdicts) -> list[Block]:
    """How many observations agree with each table, on Windows and its imitations."""
    rows: list[tuple[Inline, ...]] = [
        (each.platforms, Cite(each.source), each.section, *(f"{each.verdicts.get(str(verdict), 0):,}" for verdict in OF_TABLES))
        for each in found.counts
    ]
    silence = joined(((Own(f"{count:,} on "), platforms) for platforms, count in found.undocumented), "; ")
    legend: tuple[Inline, ...] = tuple(
        (mark(verdict), Own(" "), Strong(Own(str(verdict))), Own(f": {style.meaning}")) for verdict, style in STYLES.items()
    )
    return [
        Heading(2, "Verdicts"),
        paragraph(
            "Each cell of a table is held against TCP and UDP, IPv4, IPv6 and dual stack, bound and listening "
            "first sockets, and against every pair of accounts that it speaks of. Systems that promise nothing about Windows are not "
            "judged here, but compared further down."
        ),
        *table(["platform", "document", "table", *(marked(verdict) for verdict in OF_TABLES)], rows, keys=3),
        Bullets(legend),
        paragraph("Observations that no document speaks of: {}.", silence or Own("none")),
    ]


def documents_against_each_other(found: tuple[TablePair, ...]) -> list[Block]:
    """Cells for which two documents expect different outcomes, and whose side each platform takes."""
    heading = Heading(2, "Where the documents contradict each other")
    if not found:
        return [heading, paragraph("Nowhere.")]
    folds = []
    for pair in found:
        (source_a, section_a), (source_b, section_b) = pair.a, pair.b
        rows = [
            (spec(*each.first), spec(*each.second), each.a, each.b, *(sides(answer) for answer in each.sides)) for each in pair.conflicts
        ]  # fmt: skip
        header: list[Inline] = ["first socket", "second socket", "A", "B",
                  *((name, Own(" sides with")) for name in heads(pair.columns))]  # fmt: skip
        headline = prose(
            "**{}**: A “{}” of {} against B “{}” of {}", counted(len(rows), "cell"), section_a, Cite(source_a), section_b, Cite(source_b)
        )
        folds.append(Fold(headline, (*table(header, rows), *omitted(pair.columns))))
    return [
        heading,
        paragraph(
            "Before anything is measured: pairs of tables that speak of the same versions of Windows and expect different outcomes. "
            "The last columns say which of the two a platform's observations confirm, and where."
        ),
        *folds,
    ]


def sides(answer: tuple[Part, ...]) -> Inline:
    """Which of two cells is confirmed, and where."""
    if not answer:
        return Own("not measured")
    return joined(((part.outcome, Own(" for "), part.place) if part.place else part.outcome for part in answer), "; ")


def documented_tables(found: Tables) -> list[Block]:
    """Each documented table in its own layout."""
    return [
        Heading(2, "The documented tables, with what was observed"),
        paragraph(
            "Rows: the first socket; columns: the second. Each cell has what the document says, then ✓ where every observation agrees, "
            "or what was observed instead and where. `CHECK`: an access check decides, so the same account is expected to succeed and "
            "another to get ACCESS."
        ),
        *(documented_table(each) for each in found.tables),
        *not_shown(found.omitted),
    ]


def not_shown(omitted: tuple[tuple[str, Departure], ...]) -> list[Block]:
    """What is said of classes of platforms that have no table of their own."""
    gathered: dict[tuple[str, str], list[Departure]] = {}
    for table_name, each in omitted[:MAX_OMITTED]:
        gathered.setdefault((table_name, each.nearest), []).append(each)
    lines = tuple(
        prose("{}, not shown, by how many of {} cells are otherwise than of {}: {}.", table_name, str(members[0].questions), nearest,
              joined(((each.name, Own(f" {each.differences}")) for each in members), "; "))
        for (table_name, nearest), members in gathered.items()
    )  # fmt: skip
    more = len(omitted) - MAX_OMITTED
    if more > 0:
        lines = (*lines, prose("and {} more; `verdicts.csv` has them all.", str(more)))
    return [Bullets(lines)] if lines else []


def documented_table(each: Table) -> Block:
    """One table against one class of platforms, folded, with a headline that says how it went."""
    name = Strong((Cite(each.source), Own(", "), each.section))
    cells = sum(cell is not None for row in each.cells for cell in row)
    if not each.platforms:
        result: Inline = Own("nothing that it speaks of was measured")
    elif not each.applies:
        result = prose("does not speak of {}", each.platforms)
    elif not each.measured:
        result = prose("{}: not measured ({})", each.platforms, ", ".join(each.reasons))
    else:
        result = prose("{}: {} of {} cells as documented wherever it was measured", each.platforms, str(each.agreed), str(cells))
    rows = [(spec(*first), *map(documented_cell, row)) for first, row in zip(each.firsts, each.cells, strict=True)]
    return Fold((name, Own(" — "), result), tuple(table([Own("first socket, then:"), *(spec(*second) for second in each.seconds)], rows)))


def documented_cell(cell: Cell | None) -> Inline:
    """What a document says, and what was observed."""
    if cell is None:
        return Own("—")
    return (cell.expected, Own(" "), judged(cell.parts)) if cell.parts else cell.expected


def every_contradiction(found: Contradictions) -> list[Block]:
    """Every cell that a platform contradicts, by document and platform."""
    folds: list[Block] = []
    for each in found.departures:
        rows = [
            (
                marked(way.part.verdict),
                named_spec(way.first),
                named_spec(way.second),
                way.expected,
                way.part.outcome,
                way.part.place or "everywhere",
            )
            for way in each.ways
        ]
        headline = prose("**{}** on {}: {}, {}", counted(each.cells, "cell"), each.platforms, Cite(each.source), each.section)
        folds.append(
            Fold(
                headline,
                tuple(table(["verdict", "first socket", "second socket", "documented", "observed", "where"], rows, MAX_WAYS, keys=3)),
            )
        )
    return [
        Heading(2, "Every contradiction"),
        paragraph("Cells of the documents that a platform does not confirm, with where."),
        *(folds or [paragraph("None.")]),
        *not_shown(found.omitted),
    ]


def named_spec(each: Spec) -> Inline:
    """A socket of a cell."""
    return spec(*each)
