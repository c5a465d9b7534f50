"""What `explain` and `find` share: a question in words, read, and answered or not."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matrix.commands.loading import first_faults, format_argument, loaded, show
from matrix.commands.streams import complain, say, width
from matrix.errors import UsageError

if TYPE_CHECKING:
    from matrix.findings.view import View
    from matrix.questions.reader import Meaning
    from matrix.report.blocks import Block
    from matrix.report.screen import Detail

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
    """The question and the folders of runs behind it: those that are written as paths, or that exist behind other words."""
    rest = list(words)
    while rest and (is_path(rest[-1]) or (len(rest) > 1 and Path(rest[-1]).is_dir())):
        rest.pop()
    return " ".join(rest), [Path(word) for word in words[len(rest) :]]


def is_path(word: str) -> bool:
    """Whether a word is written as a path, whether or not it leads anywhere."""
    return word.startswith((f".{os.sep}", f"..{os.sep}")) or Path(word).is_absolute()


def answer(arguments: argparse.Namespace, *, inverse: bool = False) -> int:
    """Read a question and show its answer; the exit status. Raises UsageError for a question that nobody could answer."""
    from matrix.questions.grammar import grammar
    from matrix.questions.reader import read
    from matrix.report import asked as shown
    from matrix.report.screen import EVERYTHING, Detail, fitted

    text, folders = divided(arguments.words)
    meaning = read(text, inverse=inverse)
    refuse(meaning)
    language = getattr(arguments, "code", None)
    if language:
        return reproduce(meaning, language)
    topics = {topic.id: topic for topic in grammar().topics}
    blocks: list[Block] = []
    found: dict[str, Any] = {"question": meaning}
    if meaning.topic:
        blocks += shown.topic(topics[meaning.topic])
        found["topic"] = topics[meaning.topic]
    if meaning.kind in ("topic", "error"):
        found["errors"] = [grammar().errors[name] for name in meaning.errors]

        def of_errors(detail: Detail) -> "list[Block]":
            answered = [block for each in found["errors"] for block in shown.error(each, detail)]
            return [*blocks, *answered, *shown.unclear_words(meaning), *shown.better_asked(meaning, lambda _: "")]

        show(arguments.format, of_errors(EVERYTHING) if arguments.everything else fitted(of_errors, width()), found)
        return 0
    view = loaded(folders, cached=True)
    made = of_kind(view, meaning, found)
    page = page_link(found, text) if arguments.format == "table" else ""
    offers_code = meaning.kind == "case" and arguments.format == "table"

    def whole(detail: Detail) -> "list[Block]":
        answered = [*blocks, *made(detail)]
        for name in meaning.errors:
            answered += shown.error(grammar().errors[name], detail)
        if meaning.port is not None and 0 < meaning.port < PRIVILEGED:
            answered.append(shown.privileged(meaning.port))
        answered += shown.better_asked(meaning, lambda system: newest(view, system))
        if arguments.format == "table" and meaning.kind not in ("fact", "command"):
            answered += shown.more(text, page, everything=arguments.everything, code=offers_code and has_program(meaning))
        return answered

    show(arguments.format, whole(EVERYTHING) if arguments.everything else fitted(whole, width()), found)
    return 1 if complain(first_faults(view)) else 0


PRIVILEGED = 1024


def newest(view: "View", system: str) -> str:
    """The run of the newest version of a system; blank where there is none."""
    from matrix.findings.classes import release_of
    from matrix.vocabulary import version_key

    runs = [target for target in view.targets if view.hosts[target].system == system]
    return max(runs, key=lambda target: version_key(release_of(view.hosts[target])), default="")


def of_kind(view: "View", meaning: "Meaning", found: dict[str, Any]) -> "Callable[[Detail], list[Block]]":
    """Find the answer of a case, a pattern of ids, an inverse question, or a fact of the host; what shows it in some detail."""
    from matrix.findings import asked, facts, inverse, lookup
    from matrix.report import asked as shown
    from matrix.report import inverse as shown_inverse
    from matrix.report import lookup as shown_lookup

    if meaning.kind == "command":
        return lambda _: shown.unclear_words(meaning)
    if meaning.kind == "find":
        pairs = found["find"] = inverse.find(view, meaning)
        return lambda detail: shown_inverse.found(pairs, detail)
    if meaning.kind == "fact":
        of_hosts = found["facts"] = facts.facts(view, meaning)
        return lambda detail: [*shown.unclear_words(meaning), *shown.facts(of_hosts, detail)]
    answered = found["answer"] = asked.answer(view, meaning)

    def made(detail: "Detail") -> "list[Block]":
        blocks = shown.answered(answered, detail)
        if detail.everything:
            cases = found["cases"] = [each for case in answered.cases for each in lookup.every_measure(view, case.words)]
            blocks += shown_lookup.cases(cases)
        return blocks

    return made


def page_link(found: dict[str, Any], text: str) -> str:
    """The permalink of an answer on the page that was written last on this machine; blank where there is none."""
    from urllib.parse import urlencode

    from matrix.data.cache import last_page

    page = last_page()
    if page is None:
        return ""
    answer = found.get("answer")
    state = {"case": answer.cases[0].id} if answer and len(answer.cases) == 1 else {"q": text}
    return f"{page.as_uri()}#{urlencode(state)}"


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
