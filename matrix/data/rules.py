"""The rules for one run as words, limits and patterns, so that the page holds a reader's own run to the same ones.

Patterns are written as Python and JavaScript both read them, and are meant for whole texts. What no browser can see stays out: whether
a file is a link, and how many other runs are read at the same time.
"""

from typing import Any

from matrix.data import host, rows, strict, whole
from matrix.probe.vocabulary import ACCOUNT_NAMES, MULTICAST_SENDERS
from matrix.vocabulary import (
    AFTER_BIND,
    ANSWERS,
    COLUMNS,
    COUNT_COLUMNS,
    ERRORS,
    EXTRA_ATTEMPTS,
    HOST_MEASURES,
    IMITATES,
    NOT_MEASURED,
    SENDERS,
    SYSTEMS,
    WORDS,
    Account,
    systems_with,
)


def rules() -> dict[str, Any]:
    """Everything that the page (`site/source/rules.ts`, `host.ts`) needs to know of a run that the probe can have written."""
    return {
        "columns": list(COLUMNS),
        "count_columns": list(COUNT_COLUMNS),
        "limits": {"bytes": strict.MAX_BYTES, "rows": strict.MAX_ROWS, "cell": strict.MAX_CELL, "line": strict.MAX_LINE,
                   "json": strict.MAX_JSON, "faults": strict.MAX_FAULTS, "digits": strict.MAX_DIGITS, "text": host.MAX_TEXT,
                   "entries": host.MAX_ENTRIES, "repeat": host.MAX_REPEAT, "named": whole.MAX_NAMED},
        "patterns": {"reason": rows.REASON.pattern, "counted": rows.COUNTED.pattern, "word": host.WORD.pattern, "free": host.FREE.pattern},
        "answers": {measure: list(words) for measure, words in ANSWERS.items()},
        "places": {measure: [sorted(protocols), sorted(states)] for measure, (protocols, states) in rows.PLACES.items()},
        "host_measures": list(HOST_MEASURES),
        "after_bind": sorted(AFTER_BIND),
        "not_measured": list(NOT_MEASURED),
        "errors": sorted(ERRORS),
        "extra": EXTRA_ATTEMPTS,
        "senders": SENDERS,
        "multicast_senders": MULTICAST_SENDERS,
        "systems": list(SYSTEMS),
        "imitates": IMITATES,
        "systems_with": {option: sorted(systems_with(option)) for option in WORDS["first_option"]},
        "target_words": host.TARGET_WORDS,
        "accounts": list(host.ACCOUNTS),
        "roles": list(host.ROLES),
        "other_specific": list(host.OTHER_SPECIFIC),
        # Of each account the controls that are asked with it; those of `same` always.
        "controls": {account: controls_with(account) for account in ACCOUNT_NAMES},
    }  # fmt: skip


def controls_with(account: str) -> dict[str, str]:
    """The controls that a run asks because of one account, with their known answers."""
    every, same = whole.controls_of([account]), whole.controls_of([Account.SAME])
    return {name: answer for name, answer in every.items() if account == Account.SAME or name not in same}
