"""What a run must hold: the footer's promise, the controls, and exactly the cases that its host can be asked.

A whole run (blank `selection`) of this vocabulary has one `bind` row for each case of the probe's `cases_of` with the host's
options; a selection has those that the pattern matches. A run of an older vocabulary was asked other questions, so only its
rows are checked.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from matrix.data.cases import CaseTable, Numbers
from matrix.data.catalogue import ACCOUNT, MEASURES, Catalogue
from matrix.data.rows import BIND
from matrix.data.strict import Faults
from matrix.probe.vocabulary import ACCOUNT_NAMES, PROCESSES_CONTROL, SOCKET_CONTROLS
from matrix.records import Host
from matrix.vocabulary import NOT_MEASURED, VOCABULARY, WORDS, Account

AGAIN = "run the probe again into this folder"
WHENS = ("before", "after")
MAX_NAMED = 3  # missing cases that a fault names


def check_footer(facts: dict[str, Any], observations: bytes, counts: bytes, faults: Faults) -> None:
    """So many rows, and exactly these bytes."""
    promised = facts.get("counts")
    for name, facts_of_file, data in (("observations.csv", facts, observations), ("counts.csv", promised, counts)):
        if not isinstance(facts_of_file, dict):
            faults.add(None, f"says nothing of {name}", facts_of_file, AGAIN)
            continue
        number, digest = max(data.count(b"\n") - 1, 0), hashlib.sha256(data).hexdigest()
        if facts_of_file.get("rows") != number or isinstance(facts_of_file.get("rows"), bool):
            faults.add(None, f"rows does not match the {number:,} rows of {name}", facts_of_file.get("rows"),
                       f"the run was cut off, or the CSV was changed afterwards; {AGAIN}")  # fmt: skip
        if facts_of_file.get("sha256") != digest:
            faults.add(None, f"sha256 is not that of {name}, {digest}", facts_of_file.get("sha256"),
                       f"the run was cut off, or the CSV was changed afterwards; {AGAIN}")  # fmt: skip


class Expected:
    """The cases that runs must hold, as numbers of a catalogue, looked up once for each set of options."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._found: dict[tuple[tuple[str, ...], str], Numbers] = {}

    def cases(self, host: Host) -> Numbers:
        """The numbers of the cases of which a host must have been asked `bind`, sorted."""
        key = (host.options, host.selection)
        if key not in self._found:
            self._found[key] = self.catalogue.cases.expected(*key)
        return self._found[key]

    def is_whole(self, host: Host, lines: Numbers) -> bool:
        """Whether a run's binds are exactly those."""
        binds = self.catalogue.binds(lines)
        if host.vocabulary < VOCABULARY:
            return len(binds) > 0
        return len(binds) > 0 and np.array_equal(binds, self.cases(host))


def name_cases(host: Host, table: CaseTable, rows: Iterable[tuple[int, list[str]]], faults: Faults) -> None:
    """Name what a run's binds have too much and too little."""
    binds = {",".join(row[:9]): line for line, row in rows if row[9] == BIND}
    if not binds:
        faults.add(None, "no bind was measured", None, AGAIN)
    if host.vocabulary < VOCABULARY:
        return
    expected = [table.texts[number] for number in table.expected(host.options, host.selection).tolist()]
    wanted = set(expected)
    for case, line in binds.items():
        if case not in wanted:
            faults.add(line, "a case that this host can't be asked", case.replace(",", " "), AGAIN)
    missing = [case for case in expected if case not in binds]
    if missing:
        shown = "; ".join(case.replace(",", " ") for case in missing[:MAX_NAMED])
        faults.add(None, f"{len(missing):,} of {len(expected):,} cases are missing", shown,
                   f"the run is not whole; {AGAIN}, or name its --only")  # fmt: skip


def measured_accounts(catalogue: Catalogue, lines: Numbers) -> set[str]:
    """The accounts of which something was measured."""
    measured = np.array([answer.outcome not in NOT_MEASURED for answer in catalogue.answers], np.bool_)
    cases = catalogue.question_of[lines[measured[catalogue.answer_of[lines]]]] // MEASURES
    seen = np.zeros(len(WORDS["account"]) + 2, np.bool_)  # -1 and -2, of no account, are found at the end
    seen[catalogue.cases.codes[cases, ACCOUNT]] = True
    return {word for word, there in zip(WORDS["account"], seen.tolist(), strict=False) if there}


def controls_of(accounts: Iterable[str]) -> dict[str, str]:
    """The names of the controls that a run asks with these accounts, and their known answers."""
    once = [PROCESSES_CONTROL] + [(f"{protocol}-{name}", answer) for protocol in WORDS["protocol"] for name, answer in SOCKET_CONTROLS]
    prefixes = [""] + [f"{account}-" for account in accounts if account != Account.SAME]
    return {prefix + name: answer for prefix in prefixes for name, answer in once}


def check_controls(facts: dict[str, Any], accounts: set[str], faults: Faults) -> None:
    """Every control of every account that was measured is there, before and after, and answered as it does everywhere."""
    controls = facts.get("controls")
    wanted, known = controls_of(sorted({str(Account.SAME), *accounts})), controls_of(ACCOUNT_NAMES)
    found: set[tuple[str, str]] = set()
    if not isinstance(controls, list) or len(controls) > 4 * len(known):
        faults.add(None, "controls is no list of them", controls, AGAIN)
        controls = []
    for control in controls:
        cells = [control.get(field) for field in ("name", "when", "expected", "observed")] if isinstance(control, dict) else []
        if not cells or not all(isinstance(cell, str) for cell in cells) or cells[0] not in known or cells[1] not in WHENS:
            faults.add(None, "not a control that the probe asks", control, AGAIN)
            continue
        name, when, expected, observed = map(str, cells)
        found.add((name, when))
        if name in wanted and not expected == observed == wanted[name]:
            faults.add(None, "a control failed, so the run is void", f"{name}, {when}: expected {wanted[name]}, observed {observed}",
                       "find out what is wrong with the harness; run it again")  # fmt: skip
    for when in WHENS:
        missing = [name for name in wanted if (name, when) not in found]
        if missing:
            faults.add(None, f"{len(missing)} controls from {when} the run are missing", ", ".join(missing[:MAX_NAMED]),
                       f"the run is void; {AGAIN}")  # fmt: skip
