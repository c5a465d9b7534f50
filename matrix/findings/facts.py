"""Facts of the hosts by class of platforms: which options there are, what is on by default, where the system's own ports lie."""

from dataclasses import dataclass

from matrix.findings.asked import platforms_of
from matrix.findings.classes import named
from matrix.findings.view import View
from matrix.questions.reader import Meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact, for the platforms that answer equally."""

    measure: str
    about: str  # protocol and options
    name: str
    targets: tuple[str, ...]
    outcome: str
    error: str


def facts(view: View, meaning: Meaning) -> tuple[Fact, ...]:
    """What a question of kind `fact` asks."""
    targets, _ = platforms_of(view, meaning)
    observed = view.judgement.observed
    catalogue = observed.catalogue
    gathered: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for question in view.where(measure=meaning.measures).tolist():
        protocol, first, second = (view.word(question, column) for column in ("protocol", "first_option", "second_option"))
        if meaning.protocols and protocol not in meaning.protocols:
            continue
        if meaning.options and not {first, second} & {*meaning.options}:
            continue
        about = " ".join((protocol.upper(), " and ".join(option for option in (first, second) if option))).strip()
        for target in targets:
            line = int(observed.line[question, view.number(target)])
            if line >= 0:
                given = catalogue.answers[catalogue.answer_of[line]]
                gathered.setdefault((view.word(question, "measure"), about, given.outcome, given.error), {})[target] = None
    return tuple(
        Fact(measure=measure, about=about, name=named(tuple(members), view.hosts), targets=tuple(members), outcome=outcome, error=error)
        for (measure, about, outcome, error), members in gathered.items()
    )
