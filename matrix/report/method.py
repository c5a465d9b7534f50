"""Sources and method."""

from matrix.findings.platforms import Sources
from matrix.report.blocks import Block, Bullets, Code, Heading, Own, paragraph, prose


def sources(found: Sources) -> list[Block]:
    """Where it all comes from."""
    items = tuple(
        (
            prose("{}: {}, “{}”, {} at {}, {}, read {}.", Code(each.id), each.publisher, each.title, Code(each.repository),
                  Code(each.revision), Code(each.path), each.read),
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
