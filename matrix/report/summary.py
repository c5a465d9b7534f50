"""A job's summary: the result of each leg, and what changed since the published runs, case by case."""

from collections.abc import Sequence

from matrix.findings.changes import Drift
from matrix.findings.platforms import Legs
from matrix.report.blocks import Heading
from matrix.report.markdown import block, markdown
from matrix.report.platforms import legs
from matrix.report.versions import drift_fold, too_many

MAX_BYTES = 900_000  # a job summary over 1 MiB is dropped whole


def job_summary(found: Legs | None, drifts: Sequence[Drift]) -> str:
    """Markdown, below the size at which a summary is dropped."""
    text = markdown([Heading(2, "The result of each leg"), *legs(found)[1:]]) if found else ""
    size = len(text.encode())
    for turn, drift in enumerate(drifts):
        part = f"\n{block(drift_fold(drift))}\n"
        size += len(part.encode())
        if size > MAX_BYTES:
            return f"{text}\n{block(too_many(len(drifts) - turn))}\n"
        text += part
    return text
