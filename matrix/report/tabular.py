"""verdicts.csv and report.json: the findings for programs, and for people with a spreadsheet."""

import csv
import io
import json
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from matrix.findings.view import View
from matrix.judge import VERDICT_LIST, patterns_of, reason_of
from matrix.verdicts import Verdict
from matrix.vocabulary import KEYS, Relation

VERDICT_COLUMNS = (
    "claim", "source", "kind", "section", "relation", *KEYS, "expected", "observed", "error", "verdict", "reason", "runs",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@cache
def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, and that is one line."""
    line = cell if cell.isprintable() else "".join(each if each.isprintable() else " " for each in cell)
    return f"'{line}" if cell.startswith(FORMULA) or line.lstrip().startswith(FORMULA) else line


def verdicts_csv(view: View) -> str:
    """A row for each distinct verdict, with the runs that it holds for, blanks between them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(VERDICT_COLUMNS)
    judgement = view.judgement
    observed, catalogue = judgement.observed, judgement.observed.catalogue
    met, questions = judgement.pairs
    answers = observed.answer[questions]
    asked = [tuple(map(guarded, catalogue.question(question))) for question in observed.questions.tolist()]
    for number, claim in enumerate(judgement.claims):
        about = [guarded(cell) for cell in (claim.id, claim.source, claim.kind, claim.section)]
        low, high = int(judgement.slices[number]), int(judgement.slices[number + 1])
        by_relation: dict[Relation, list[str]] = {}
        for target in view.targets:
            relation = judgement.relation(claim, target)
            if relation:
                by_relation.setdefault(relation, []).append(target)
        for relation, targets in by_relation.items():
            runs = view.numbers(targets)
            unmet = set(targets)
            for pair in range(low, high):
                by_answer: dict[int, list[str]] = {}
                for target, answer in zip(targets, answers[pair, runs].tolist(), strict=True):
                    if answer >= 0:
                        by_answer.setdefault(answer, []).append(target)
                for answer, members in sorted(by_answer.items()):
                    unmet.difference_update(members)
                    given = catalogue.answers[answer]
                    verdict = VERDICT_LIST[judgement.verdict[pair, judgement.run_number[members[0]]]]
                    reason = reason_of(verdict, given.outcome, given.detail)
                    cells = (judgement.patterns[met[pair]].expected, given.outcome, given.error, str(verdict), reason)
                    writer.writerow([*about, str(relation), *asked[questions[pair]], *map(guarded, cells), " ".join(members)])
            by_reason: dict[str, list[str]] = {}
            for target in targets:
                if target in unmet:
                    by_reason.setdefault(judgement.reason_unmet(claim, target), []).append(target)
            words, expected = (patterns_of(claim) or [(claim.pattern, claim.expected)])[0]
            for reason, members in by_reason.items():
                cells = (expected, "", "", str(Verdict.UNOBSERVED), reason)
                writer.writerow([*about, str(relation), *map(guarded, (*words, *cells)), " ".join(members)])
    return out.getvalue()


def jsonable(value: Any) -> Any:
    """A finding as JSON has it: records as objects, tuples as arrays."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): jsonable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(each) for each in value]
    if isinstance(value, frozenset):
        return sorted(jsonable(each) for each in value)
    return value if isinstance(value, int | float | bool) or value is None else str(value)


def answer_json(answer: dict[str, Any]) -> str:
    """The answer to one question, for programs: `schemas/` says what is in it. Plain ASCII."""
    return json.dumps(jsonable(answer), indent=1)


def report_json(view: View, findings: dict[str, Any]) -> str:
    """The findings of every chapter, and what a program asks first. Plain ASCII, whatever the findings say."""
    whole = {
        "targets": list(view.targets),
        "observations": {run.host.target: len(run.lines) for run in view.runs.good},
        "windows_measured": bool(view.windows),
        "left_out": [each.folder.name for each in view.runs.faulty],
        "findings": jsonable(findings),
    }
    return json.dumps(whole, sort_keys=True, separators=(",", ":")) + "\n"
