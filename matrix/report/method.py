"""Sources and method."""

from matrix.findings.platforms import Sources
from matrix.report.blocks import Block, Bullets, Cite, Code, Heading, Own, paragraph, prose

REVISION = 12  # digits of a revision that are shown; links have all of them


def sources(found: Sources) -> list[Block]:
    """Where it all comes from."""
    items = tuple(
        (
            prose("{} ({}): {} at {}, {}, read {}{}.", Cite(each.id), each.publisher, Code(each.repository), Code(each.revision[:REVISION]),
                  Code(each.path), each.read, Own("; by line" if found.lines.get(each.id) else "")),
            *((Own(" "), each.note) if each.note else ()),
        )
        for each in found.sources
    )  # fmt: skip
    return [
        Heading(2, "Sources and method"),
        paragraph("“By line” are those whose sections name lines, to which links then lead; of the others links lead to the file."),
        Bullets(items),
        paragraph(
            "Every case has ports of its own outside the system's ranges where there are any; a refusal counts only if the second socket "
            "can bind that port alone; each case is attempted several times, and attempts that disagree are `UNSTABLE`. "
            "`verdicts.csv` holds each verdict, `observations.csv` of each run each outcome."
        ),
    ]
