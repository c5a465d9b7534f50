"""Sources and method."""

from matrix.findings.platforms import Sources
from matrix.report.blocks import Block, Bullets, Cite, Code, Heading, Own, paragraph, prose

# (whether its claims name lines, kind) → what its links lead to.
LINES = {
    (True, "document"): "links lead to the line", (True, "test"): "links lead to the line",
    (False, "document"): "its sections are named, not its lines: links lead to the file",
    (False, "test"): "its sections are named, not its lines: links lead to the file",
}  # fmt: skip


def sources(found: Sources) -> list[Block]:
    """Where it all comes from."""
    items = tuple(
        (
            prose("{} ({}): {} at {}, {}, read {}; {}.", Cite(each.id), each.publisher, Code(each.repository), Code(each.revision),
                  Code(each.path), each.read, Own(LINES[bool(found.lines.get(each.id)), each.kind])),
            *((Own(" "), each.note) if each.note else ()),
        )
        for each in found.sources
    )  # fmt: skip
    return [
        Heading(2, "Sources and method"),
        Bullets(items),
        paragraph(
            "Every case has ports of its own outside the system's ranges where there are any; a refusal counts only if the second socket "
            "can bind that port alone; each case is attempted several times, and attempts that disagree are `UNSTABLE`. "
            "`verdicts.csv` holds each verdict, `observations.csv` of each run each outcome."
        ),
    ]
