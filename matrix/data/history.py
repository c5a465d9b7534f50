"""Loads and validates `claims/history.toml`: commits behind changes that were measured between two versions of a system.

The file says what each key means. Every fault is collected.
"""

import re
from dataclasses import fields
from pathlib import Path

from matrix.data.strict import Faults, read_toml
from matrix.records import Fault, Note
from matrix.vocabulary import KEYS, SYSTEMS, WORDS, version_key

FIELDS = tuple(field.name for field in fields(Note))
MAX_TEXT = 400  # characters
FORMS = {
    "after": r"\d{1,5}(\.\d{1,9}){0,3}", "until": r"\d{1,5}(\.\d{1,9}){0,3}", "repository": r"[A-Za-z0-9][\w.-]{0,99}/[\w.-]{1,100}",
    "revision": r"[0-9a-f]{12,40}", "read": r"20\d\d-\d\d-\d\d", "kind": "allowed|refused|error|answer",
}  # fmt: skip
CHOICES = {"line": SYSTEMS, **{name: WORDS[column] for name, column in (("protocol", KEYS[0]), ("state", KEYS[4]), ("measure", KEYS[9]))}}


def load_history(path: Path) -> tuple[tuple[Note, ...], tuple[Fault, ...]]:
    """The notes that are good, and every fault; a folder of claims may be without the file."""
    faults = Faults(path)
    if not path.exists() and not path.is_symlink():
        return (), ()
    tables = read_toml(path, faults).get("note", [])
    notes = []
    for number, table in enumerate(tables if isinstance(tables, list) else [], start=1):
        if not isinstance(table, dict) or set(table) != set(FIELDS) or not all(isinstance(each, str) for each in table.values()):
            faults.add(None, f"note {number} has other keys than it should", None, f"write each of {', '.join(FIELDS)} as text")
            continue
        wrong = [name for name, form in FORMS.items() if not re.fullmatch(form, table[name])]
        wrong += [name for name, words in CHOICES.items() if table[name] not in words]
        wrong += [name for name in FIELDS if not table[name].isprintable() or len(table[name]) > MAX_TEXT]
        wrong += [name for name in ("first", "second") if table[name] and not is_address(table[name])]
        for name in wrong:
            faults.add(None, f"{name} of note {number} can't be right", table[name], "see the beginning of the file")
        if not wrong and version_key(table["after"]) >= version_key(table["until"]):
            faults.add(None, f"note {number} ends before it begins", table["until"], "name a later version in until")
        elif not wrong:
            notes.append(Note(**table))
    return tuple(notes), faults.all()


def is_address(text: str) -> bool:
    """Whether a text is a family and an address of the vocabulary."""
    family, _, address = text.partition(" ")
    return family in WORDS["first_family"] and address in WORDS["first_address"]
