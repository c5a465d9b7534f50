"""What `explain` and `find` share: a question in words, read, and answered or not."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matrix.commands.loading import first_faults, format_argument, loaded, show
from matrix.commands.streams import complain, say
from matrix.errors import UsageError

if TYPE_CHECKING:
    from matrix.questions.reader import Meaning
    from matrix.report.blocks import Block

EXAMPLES = (
    "0.0.0.0 then 127.0.0.1 reuseaddr", "udp reuseaddr twice, who receives", "exclusive on windows", "restart reuseaddr",
    "[::] then 0.0.0.0", "which options share a udp port", "10013",
)  # fmt: skip


def question_arguments(parser: argparse.ArgumentParser) -> None:
    """The question, runs, and how the answer is shown."""
    parser.add_argument("words", nargs="*", metavar="QUESTION",
                        help="in your own words, e.g. '0.0.0.0 then 127.0.0.1 reuseaddr', or an id, globs allowed; "
                             "runs, or folders of runs, may follow")  # fmt: skip
    parser.add_argument("--all", action="store_true", dest="everything", help="every measure, record and statement")
    format_argument(parser)


def divided(words: list[str]) -> tuple[str, list[Path]]:
    """The question and the folders of runs behind it: those that exist, or are written as paths."""
    folders: list[Path] = []
    rest = list(words)
    while len(rest) > 1 and (Path(rest[-1]).is_dir() or rest[-1].startswith((os.sep, f".{os.sep}", f"..{os.sep}"))):
        folders.insert(0, Path(rest.pop()))
    if len(rest) == 1 and rest[0] and Path(rest[0]).is_absolute() and Path(rest[0]).is_dir():
        return "", [Path(rest[0]), *folders]
    return " ".join(rest), folders


def answer(arguments: argparse.Namespace, *, inverse: bool = False) -> int:
    """Read a question and show its answer; the exit status. Raises UsageError for a question that nobody could answer."""
    from matrix.questions.grammar import grammar
    from matrix.questions.reader import read

    text, folders = divided(arguments.words)
    meaning = read(text, inverse=inverse)
    refuse(meaning)
    language = getattr(arguments, "code", None)
    if language:
        return reproduce(meaning, language)
    topics = {topic.id: topic for topic in grammar().topics}
    blocks: list[Block] = []
    found: dict[str, Any] = {"question": meaning}
    from matrix.report import asked as shown

    if meaning.topic:
        blocks += shown.topic(topics[meaning.topic])
        found["topic"] = topics[meaning.topic]
    if meaning.kind in ("topic", "error"):
        for name in meaning.errors:
            blocks += shown.error(grammar().errors[name])
            found.setdefault("errors", []).append(grammar().errors[name])
        show(arguments.format, blocks, found)
        return 0
    view = loaded(folders, cached=True)
    of_kind(view, meaning, arguments.everything, blocks, found)
    for name in meaning.errors:
        blocks += shown.error(grammar().errors[name])
    if meaning.port is not None and 0 < meaning.port < PRIVILEGED:
        blocks.append(shown.privileged(meaning.port))
    if meaning.kind == "case" and arguments.format == "table":
        blocks += shown.more(text, arguments.everything, code=has_program(meaning))
    show(arguments.format, blocks, found)
    return 1 if complain(first_faults(view)) else 0


PRIVILEGED = 1024


def of_kind(view: Any, meaning: "Meaning", everything: bool, blocks: "list[Block]", found: dict[str, Any]) -> None:
    """Add the answer of a case, an inverse question, a fact of the host, or a pattern of ids."""
    from matrix.findings import asked, facts, inverse, lookup
    from matrix.report import asked as shown
    from matrix.report import inverse as shown_inverse
    from matrix.report import lookup as shown_lookup

    if meaning.kind == "find":
        found["find"] = inverse.find(view, meaning)
        blocks += shown_inverse.found(found["find"], everything=everything)
    elif meaning.kind == "fact":
        found["facts"] = facts.facts(view, meaning)
        blocks += shown.facts(found["facts"])
    elif meaning.kind == "pattern":
        found["cases"] = lookup.explain(view, meaning.text)
        blocks += shown_lookup.cases(found["cases"])
        if not view.windows:
            blocks.append(shown.no_windows())
    else:
        found["answer"] = asked.answer(view, meaning)
        blocks += shown.answered(found["answer"], everything=everything)
        if everything:
            found["cases"] = [each for case in found["answer"].cases for each in lookup.every_measure(view, case.words)]
            blocks += shown_lookup.cases(found["cases"])


def refuse(meaning: "Meaning") -> None:
    """Raise UsageError for a question without a word that was understood."""
    if meaning.kind == "empty":
        raise UsageError("ask in your own words, as\n" + "\n".join(f'  bind-matrix explain "{each}"' for each in EXAMPLES))
    if meaning.kind == "unknown":
        near = [f"{word!r}: did you mean {' or '.join(each)}?" for word, each in meaning.near]
        words = ", ".join(repr(word) for word in meaning.unknown)
        raise UsageError("\n".join([f"nothing of this was understood: {words}", *near, "ask, for example,",
                                    *(f'  bind-matrix explain "{each}"' for each in EXAMPLES)]))  # fmt: skip


def has_program(meaning: "Meaning") -> bool:
    """Whether `--code` gives a program for a question."""
    from matrix.findings.asked import cases_of

    return bool(cases_of(meaning))


def reproduce(meaning: "Meaning", language: str) -> int:
    """Print a program that makes the sockets of a question. Raises UsageError for a question that names no sockets."""
    from matrix.findings.asked import cases_of
    from matrix.probe.cases import case_id
    from matrix.programs.cases import example, name_for, program

    cases = cases_of(meaning)
    if not cases:
        raise UsageError("a program shows two sockets, and this question names none; the probe asks everything, facts of the host too: "
                         "bind-matrix probe --output my-run")  # fmt: skip
    chosen = example(cases, meaning.measures)
    if len(cases) > 1:
        complain([f"one of the {len(cases)} cases that the question is about: {case_id(chosen)}; say more of the sockets for another"])
    say(program(chosen, language, name_for(chosen, meaning.measures)).rstrip("\n"))
    return 0
