"""For other projects' tests: does a second bind succeed here, by what was measured?

    from matrix.lookup import second_bind

    def test_a_second_server_gets_the_answer_that_was_measured(server):
        known = second_bind(first="SO_REUSEADDR", second="SO_REUSEADDR")
        if known.succeeds is None:
            pytest.skip(known.reason)
        with socket.socket() as other, nullcontext() if known.succeeds else pytest.raises(OSError, match="in use"):
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(server.getsockname())

`succeeds` is True or False where every published run of the platform answers so, None where they differ or nothing was measured.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from matrix.errors import UsageError
from matrix.probe.vocabulary import ADDRESSES
from matrix.vocabulary import NOT_MEASURED, WORDS

if TYPE_CHECKING:
    from matrix.findings.view import View

# What is passed to bind → family and address of the vocabulary. Of addresses that two families share, an IPv6 socket is meant.
LITERALS = {each.literal: (each.family, each.name) for each in reversed(ADDRESSES) if each.literal}
SYSTEMS = {"win32": "windows", "cygwin": "cygwin"}  # what sys.platform says, where it is not the system's name


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondBind:
    """What happens to the second socket."""

    succeeds: bool | None  # None where runs differ, or nothing was measured
    outcomes: dict[str, str]  # target → SUCCESS, INUSE, ACCESS or another error's name
    reason: str  # why `succeeds` is None; blank where it is not


def second_bind(
    platform: str = "", *, protocol: str = "tcp", first: str = "default", first_address: str = "0.0.0.0", state: str = "",
    second: str = "default", second_address: str = "", account: str = "same", measure: str = "bind", results: Sequence[Path] = (),
) -> SecondBind:  # fmt: skip
    """Whether a second socket can bind while a first one holds the port.

    `platform` is a system, one of its versions or a run (`linux`, `linux 6.1`, `wine-8.0`), by default the system that this runs
    on. Options are words of the vocabulary, `default` for none. Addresses are what bind is given; the second's is by default the
    first's. `state` is by default that of a server: listening for TCP, bound for UDP. `measure` may be any that calls answer, as
    `listen`. `results` are folders of runs, by default the published ones.

    Raises UsageError for a word that is none.
    """
    from matrix.findings.named import platforms_named

    view = known_runs(tuple(results))
    first_family, first_name = placed(first_address)
    second_family, second_name = placed(second_address or first_address)
    question = {
        "protocol": protocol, "first_family": first_family, "first_option": first, "first_address": first_name,
        "first_state": state or {"tcp": "listening"}.get(protocol, "bound"), "second_family": second_family, "second_option": second,
        "second_address": second_name, "account": account, "measure": measure,
    }  # fmt: skip
    for column, word in question.items():
        if word not in WORDS[column]:
            raise UsageError(f"{column.replace('_', ' ')} {word!r} is none of {', '.join(WORDS[column])}")
    chosen = platforms_named(view, [platform or SYSTEMS.get(sys.platform, sys.platform.rstrip("0123456789"))])
    questions = view.where(**question)
    found = {target: answer for target in chosen.targets for answer in view.answers(questions, target)}
    outcomes = {target: answer for target, answer in found.items() if answer and answer not in NOT_MEASURED}
    answers = {outcome == "SUCCESS" for outcome in outcomes.values()}
    if len(answers) == 1:
        return SecondBind(succeeds=answers.pop(), outcomes=outcomes, reason="")
    reason = (
        "the runs of this platform differ" if answers else "there is no run of this platform" if chosen.absent else "it was not measured"
    )
    return SecondBind(succeeds=None, outcomes=outcomes, reason=reason)


def placed(literal: str) -> tuple[str, str]:
    """Family and address of what bind is given. Raises UsageError."""
    if literal not in LITERALS:
        raise UsageError(f"address {literal!r} is none of {', '.join(sorted(LITERALS))}")
    return LITERALS[literal]


@lru_cache(maxsize=4)
def known_runs(results: tuple[Path, ...]) -> "View":
    """The runs, read once."""
    from matrix.commands.loading import loaded

    return loaded(results, cached=True)
