"""From frames to text. Everything here takes claims, runs and verdicts and returns text; nothing is printed.

- `condense.py` says in few words where an outcome holds: "TCP bound", "IPv4 only".
- `markdown.py` tables, folds and escapes.
- `view.py` looks things up for the sections: the same question is asked of the frames in one place.
- `sections.py`, `matrices.py`, `accounts.py`, `traffic.py`, `hijack.py` and `sentences.py` are the report's sections, one function each.
- `compare.py` answers on the terminal: one case everywhere, one run against another.
- `web.py` turns the same Markdown into a page.
"""

import json

from matrix.model import Verdict
from matrix.report import accounts, matrices, sections, sentences, traffic
from matrix.report.markdown import contents
from matrix.report.view import View
from matrix.report.web import page

SECTIONS = (
    sections.opening,
    sections.conclusions,
    sentences.what_to_believe,
    sections.legs,
    sections.platforms,
    sections.verdict_counts,
    sections.documents_against_each_other,
    matrices.documented_tables,
    sections.contradictions,
    matrices.porting,
    matrices.across_platforms,
    matrices.listening,
    accounts.two_accounts,
    traffic.delivery,
    traffic.multicast,
    traffic.left_behind,
    traffic.host_facts,
    sentences.sentence_by_sentence,
    sentences.availability,
    sentences.other_documents,
    sentences.published_tests,
    sections.left_out,
    sections.reading,
)


def render(view: View) -> dict[str, str]:
    """The published files by name: REPORT.md, index.html, verdicts.csv, report.json."""
    first, *others = [text for text in (section(view) for section in SECTIONS) if text]
    markdown = "\n\n".join([first, contents(others), *others]) + "\n"
    return {
        "REPORT.md": markdown,
        "index.html": page(markdown),
        "verdicts.csv": view.verdicts.to_csv(index=False, lineterminator="\n"),
        "report.json": json.dumps(summary(view), indent=2, sort_keys=True) + "\n",
    }


def summary(view: View) -> dict[str, object]:
    """Counts for programs: targets, verdicts by target and source, faulty runs."""
    counted = view.verdicts.groupby(["target", "standing", "source", "verdict"]).size()
    verdicts = [
        {"target": target, "standing": standing, "source": source, "verdict": verdict, "count": int(count)}
        for (target, standing, source, verdict), count in counted.items()
    ]
    return {
        "targets": [run.host.target for run in view.runs.good],
        "observations": {run.host.target: len(run.frame) for run in view.runs.good},
        "verdicts": verdicts,
        "left_out": [str(each.folder.name) for each in view.runs.faulty],
        "windows_measured": bool(view.windows),
    }


def one_line(view: View) -> str:
    """The summary that a command prints: runs, observations, verdicts."""
    held = view.judged["verdict"].value_counts()
    counts = ", ".join(f"{held.get(str(verdict), 0)} {verdict}" for verdict in Verdict if held.get(str(verdict), 0))
    total = sum(len(run.frame) for run in view.runs.good)
    return f"{len(view.runs.good)} platforms, {total:,} observations; claims on Windows and its imitations: {counts or 'none judged'}"
