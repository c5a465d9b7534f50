"""What Windows does, as far as anybody has shown."""

from collections.abc import Sequence
from dataclasses import replace

from matrix.findings.answers import Answers, Receivers, Taking, Way
from matrix.findings.cells import Cell, Held, Spec, Table
from matrix.findings.rungs import Known, Rung
from matrix.findings.secondhand import Page
from matrix.findings.windows import Windows
from matrix.records import Statement
from matrix.report.blocks import (
    Block,
    Break,
    Bullets,
    Code,
    Fold,
    Heading,
    Inline,
    Own,
    codes,
    counted,
    joined,
    paragraph,
    prose,
    table,
)  # fmt: skip
from matrix.report.evidence import origin, page_table, qualified, wrong_evidence
from matrix.report.grids import guide_grids
from matrix.report.words import NOTHING, mark
from matrix.verdicts import Verdict
from matrix.vocabulary import Address, Option

# Options as the headings of a six-column table have them.
SHORT = {str(Option.DEFAULT): "none", str(Option.REUSEADDR): "reuse", str(Option.EXCLUSIVEADDRUSE): "exclusive"}
RUNG_WORDS = {
    Rung.MEASURED: "measured by this probe",
    Rung.ASSERTED: "asserted by a test",
    Rung.REPORTED: "reported by somebody who measured",
    Rung.DOCUMENTED: "documented and nothing else",
}
ON = {str(Address.WILDCARD): "on the wildcard", str(Address.SPECIFIC): "on a specific address"}
PAIRS = {
    (str(Address.WILDCARD), str(Address.WILDCARD)): "on the wildcard",
    (str(Address.SPECIFIC), str(Address.SPECIFIC)): "on a specific address",
    (str(Address.WILDCARD), str(Address.SPECIFIC)): "on a specific address under the wildcard",
    (str(Address.SPECIFIC), str(Address.WILDCARD)): "on the wildcard over a specific address",
}
RECEIVER_WORDS = {"specific": "the socket on the specific address", "wildcard": "the socket on the wildcard"}


def windows(found: Windows) -> list[Block]:
    """The chapter: a sentence for each question, the table three times, and everything that stands behind or against it."""
    if found.measured:
        measured = codes(found.measured, "")
        first = paragraph("Measured on {}. Of what no run was asked, what others have shown and what is documented.", measured)
    else:
        first = paragraph(
            "**No Windows has been measured by this probe.** What follows is second-hand: asserted by a published test of what Windows "
            "does (that it passes is another matter), reported by somebody who measured it, or documented. Wine is not Windows, and "
            "nothing here was measured on it."
        )
    tables: list[Block] = []
    for each in found.tables:
        tables += [Heading(3, each.situation), *overview(each), behind(each)]
    return [
        Heading(2, "What Windows does"),
        first,
        paragraph("Each answer takes every cell of the guide's table from its strongest rung, and holds from one other socket."),
        Bullets(answers(found.answers)),
        paragraph(
            "The guide's table for one account, Windows Server 2003 and later, in each situation. Rows: the first socket; columns: the "
            "second, whose `bind` is asked. “none”, “reuse” and “exclusive” are no option, `SO_REUSEADDR` and `SO_EXCLUSIVEADDRUSE`. "
            "Below what is documented is each rung: {} where it agrees, or what it says instead. In brackets: how sure a record is.",
            mark(Verdict.AGREES),
        ),
        guide_grids(found.tables),
        *tables,
        *against_the_guide(found),
        *wrong_evidence(found.refuted),
        *beside(found.pages),
    ]


def answers(found: Answers) -> tuple[Inline, ...]:
    """A sentence for each question that people ask."""
    lines: list[Inline] = []
    for each in found.takings:
        where = Own("") if len(found.takings) == 1 else prose("{}: ", joined(each.situations, "; "))
        lines += taking(each, where)
    lines.append(prose("**Who then receives?** {}", joined(map(receiving, found.receivers), " ")))
    accounts = found.accounts
    lines.append(
        prose(
            "**And another account?** In {} of its {} cells the guide's table for two accounts refuses another account what the one above "
            "allows the same. Of these {} cells {}.",
            str(accounts.refused_instead), str(accounts.cells), str(accounts.cells), rungs(accounts.rungs),
        )
    )  # fmt: skip
    alone, cells = sum(each[1] for each in found.unknown), sum(each[2] for each in found.unknown)
    lines.append(
        prose(
            "**What remains unknown?** {} of {} cells rest on nothing but the document: {}. Of {} of evidence on Windows, tests and "
            "reports, {} name no version.",
            str(alone), str(cells), joined(((situation, Own(f" {count} of {of}")) for situation, count, of in found.unknown), "; "),
            counted(found.evidence, "row"), str(found.versionless),
        )
    )  # fmt: skip
    return tuple(lines)


def taking(each: Taking, where: Inline) -> list[Inline]:
    """Who gets in, by which options, where, and what protects."""
    return [
        prose(
            "**Can another process take my port?** {}One of the same account {}. Of the cells behind this and the next three answers {}.",
            where, gets_in(each), rungs(each.support),
        ),
        prose(
            "**By which options?** {}Beside a first socket without options a second one binds {}.",
            where, joined(map(second_way, each.over_default), "; ") if each.over_default else Own("never"),
        ),
        prose(
            "**On which address?** {}Where one has the wildcard and the other a specific address, the second binds {}.",
            where, joined((prose(f"{PAIRS[first, second]} with {{}} of {{}} pairs of options", str(joins), str(of))
                           for first, second, joins, of in each.beside), ", "),
        ),
        prose(
            "**What protects?** {}Nothing binds beside {}. On the very same address nothing binds beside {}.",
            where, sockets(each.protected), sockets(each.protected_address),
        ),
    ]  # fmt: skip


def gets_in(each: Taking) -> Inline:
    """Whether a second socket of the same account gets in, and where: what goes on from `one of the same account`."""
    same = joined(map(way, each.same_address), "; ") if each.same_address else Own("never")
    joins, of = sum(one[2] for one in each.beside), sum(one[3] for one in each.beside)
    plain = any(one.second == Option.DEFAULT for one in each.over_default)
    beside = (
        prose("where one has the wildcard and the other a specific address, with {} of {} pairs of options{}", str(joins), str(of),
              Own(", without any option too") if plain else ())
        if joins else Own("never where one has the wildcard and the other a specific address")
    )  # fmt: skip
    return prose("{}: on the very same address {}; {}", Own("can" if each.same_address or joins else "can't"), same, beside)


def way(each: Way) -> Inline:
    """`with SO_REUSEADDR on both, on the wildcard and on a specific address`."""
    both = each.first == each.second
    options = prose("only with {} on both", Code(each.first)) if both else prose("{} over {}", *map(Code, (each.second, each.first)))
    return (options, Own(", "), joined((Own(PAIRS[pair]) for pair in each.addresses), " and "))


def second_way(each: Way) -> Inline:
    """`with SO_REUSEADDR on the wildcard over a specific address`."""
    return (with_option(each.second), Own(" "), joined((Own(PAIRS[pair]) for pair in each.addresses), " and "))


def with_option(option: str) -> Inline:
    """An option in a sentence."""
    return Own("without options") if option == Option.DEFAULT else prose("with {}", Code(option))


def sockets(found: Sequence[Spec]) -> Inline:
    """First sockets in a sentence, those of one option together."""
    by_option: dict[str, list[str]] = {}
    for option, address in found:
        by_option.setdefault(option, []).append(ON[address])
    parts = [(Own("one "), with_option(option), Own(" "), joined(map(Own, where), " or ")) for option, where in by_option.items()]
    return joined(parts, ", nor beside ") if parts else Own("no socket at all")


def rungs(found: Sequence[tuple[Rung, int]]) -> Inline:
    """`36 are asserted by a test, 66 are documented and nothing else`."""
    return joined((Own(f"{count} {'is' if count == 1 else 'are'} {RUNG_WORDS[rung]}") for rung, count in found), ", ")


def receiving(each: Receivers) -> Inline:
    """Who receives over one protocol, by how many records say so."""
    name = each.protocol.upper()
    if not each.rungs:
        return prose("Over {} no record of these cells says.", name)
    parts = [
        *([prose("where one has the wildcard and one a specific address, {}", tallies(each.beside))] if each.beside else []),
        *([prose("where both have one address, {}", tallies(each.shared))] if each.shared else []),
    ]
    return prose("Over {}, once both are bound: {}. Of these records {}.", name, joined(parts, "; "), rungs(each.rungs))


def tallies(found: Sequence[tuple[str, int]]) -> Inline:
    """Receivers with the number of records that name them."""
    return joined((Own(f"{RECEIVER_WORDS.get(who, f'the {who}')} ({counted(count, 'record')})") for who, count in found), ", ")


def pair(first: Spec, second: Spec) -> Inline:
    """Two sockets in few letters."""
    return (short(first), Own(" → "), short(second))


def short(each: Spec) -> Inline:
    """A socket in few letters."""
    return (Own(SHORT.get(each[0], each[0])), Own(" "), each[1])


def stacked(each: Spec) -> Inline:
    """The same in two lines."""
    return (Own(SHORT.get(each[0], each[0])), Break(), each[1])


def overview(each: Table) -> list[Block]:
    """The table, with the rungs of each cell."""
    header: list[Inline] = [(Own("first ＼"), Break(), Own("second")), *map(stacked, each.specs)]
    rows = []
    for first in each.specs:
        mine = {cell.second: cell for cell in each.cells if cell.first == first}
        rows.append((stacked(first), *(shown(mine[second]) if second in mine else NOTHING for second in each.specs)))
    return table(header, rows)


def shown(cell: Cell) -> Inline:
    """What is documented, and below it each rung, or that there is none."""
    below: list[Inline] = [held(each) for each in cell.rungs] or [Own("document only")]
    return joined([cell.documented, *below], Break())


def held(each: Held) -> Inline:
    """`asserted ✓`, or what is said instead."""
    if each.verdict == Verdict.AGREES:
        return (Own(f"{each.rung} "), mark(each.verdict))
    return (Own(f"{each.rung} "), mark(each.verdict), Own(" "), joined(each.outcomes, ", "))


def behind(each: Table) -> Block:
    """What stands behind each cell that has more than its document, rung by rung, with the sources."""
    backed = [cell for cell in each.cells if cell.rungs]
    higher = [rung for rung in RUNG_WORDS if any(held.rung == rung for cell in backed for held in cell.rungs)]
    rows = [
        (pair(cell.first, cell.second), cell.documented,
         *(sources([record for record in cell.records if record.rung == rung]) for rung in higher))
        for cell in backed
    ]  # fmt: skip
    headline = prose("**Behind {} of {} cells is more than the document**; {} rest on nothing but the document",
                     str(len(backed)), str(len(each.cells)), str(each.alone))  # fmt: skip
    return Fold(headline, tuple(table(["sockets", "documented", *(str(rung) for rung in higher)], rows)))


def sources(records: Sequence[Known]) -> Inline:
    """The records of one rung by outcome: each source, and how sure it is. A suite of the claims has all its lines in its own chapter."""
    by_outcome: dict[str, dict[str, Inline]] = {}
    for each in records:
        line = each.link if each.sure else each.source
        by_outcome.setdefault(each.outcome, {}).setdefault(line or ", ".join(each.platforms), (origin(each), Own(qualified(each))))
    return joined(((outcome, Own(": "), joined(named.values())) for outcome, named in by_outcome.items()), Break()) or NOTHING


def against_the_guide(found: Windows) -> list[Block]:
    """Both sides of every disagreement, each with its source."""
    blocks: list[Block] = [Heading(3, "Who says otherwise than the guide")]
    if not found.disagreements:
        return [*blocks, paragraph("Nobody.")]
    guide = found.disagreements[0].guide
    blocks.append(paragraph("Of the guide, {}, this is the table “{}”.", origin(guide), guide.section))
    for other in dict.fromkeys(replace(each.other, outcome="", id="", statement="") for each in found.disagreements):
        mine = [each for each in found.disagreements if replace(each.other, outcome="", id="", statement="") == other]
        rows = [
            (pair(each.first, each.second), each.guide.outcome, each.other.outcome,
             Own("every one") if len(each.situations) == len(found.tables) else joined(each.situations, "; "))
            for each in mine
        ]  # fmt: skip
        place = (Own(", "), other.section) if other.section else ()
        headline = prose("**{}**: {}, {}{}", counted(len(rows), "cell"), origin(other), Own(str(other.rung)), place)
        blocks.append(Fold(headline, tuple(table(["sockets", "the guide", "the other", "situations"], rows))))
    return blocks


def beside(found: Sequence[Page]) -> list[Block]:
    """Evidence on everything that the table doesn't ask, page by page."""
    if not found:
        return []
    headline = prose("**{}** beside the table: traffic, after a close, pairs of families, and sockets whose options or addresses the "
                     "source doesn't state", counted(sum(len(each.records) for each in found), "record"))  # fmt: skip
    return [Fold(headline, tuple(page_table(found)))]


def statements(found: Sequence[Statement]) -> list[Block]:
    """Every statement of the guide, and what judges it or why nothing can."""
    judged = [each for each in found if each.judged]
    rows = [(str(number), each.text, codes(each.judged, "nothing"), each.reason or NOTHING) for number, each in enumerate(found, 1)]
    headline = prose("**{}**, {} of which claims judge, at least in part", counted(len(found), "statement"), str(len(judged)))
    return [
        Heading(2, "Statement by statement"),
        paragraph("What “Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE” states, in our words and its order, and the claims that judge it."),
        Fold(headline, tuple(table(["", "statement", "judged by", "what is not judged, and why"], rows))),
    ]
