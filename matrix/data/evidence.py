"""Loads and validates the evidence: `evidence/sources.toml` and one CSV for each source.

Evidence is second-hand: what a test asserts in a suite that is run on a system (a source of kind `test`), what somebody
reports to have measured (`report`), or what a maker's page states beside the claims (`document`). The rung of a row on the
ladder of `findings/rungs.py` is its source's kind. What a claim of kind `assertion` holds already is not entered again.

The case columns are those of claims, read otherwise: a blank, or `a|b`, means that **the source does not say which**, where
a claim would mean all of them; `same` in `second_family` means the first socket's family. All columns are checked against
the vocabulary, and every fault is collected, so that an author sees all of them at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from matrix.data.sources import DOCUMENT, REPORT, TEST, check_id, load_sources, rows_by_source
from matrix.data.strict import Faults
from matrix.errors import MatrixError
from matrix.records import Evidence, Fault, Source
from matrix.vocabulary import (
    ANSWERS,
    CASE_COLUMNS,
    EVIDENCE_COLUMNS,
    KEYS,
    LIVE_NAMES,
    SAME_FAMILY,
    SERVES,
    SYSTEMS,
    WORDS,
    Expected,
    Outcome,
    known_error,
    version_key,
)  # fmt: skip

EVIDENCE = Path(__file__).parent.parent / "evidence"
PROCESSES = ("one", "two", "not stated")  # that held the two sockets
METHODS = ("test", "transcript", "report", "document")  # how a row was got: a transcript shows what a program printed
SURENESS = ("high", "medium", "low")
CALL_OUTCOMES = (str(Outcome.SUCCESS), str(Outcome.INUSE), str(Outcome.ACCESS), str(Expected.REFUSED))
ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+/[A-Za-z0-9._~/?=&%+:,()-]*(#[A-Za-z0-9_.-]+)?")
LINE = re.compile(r"(?P<path>[^\s:]+)(:(?P<line>\d+))?( \S.*)?")  # the section of a test: file, line where it is known, test


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceBook:
    """All evidence that is valid, and where it comes from."""

    rows: tuple[Evidence, ...]
    sources: Mapping[str, Source]
    faults: tuple[Fault, ...]


EMPTY_BOOK = EvidenceBook(rows=(), sources={}, faults=())


def load_evidence(folder: Path = EVIDENCE) -> EvidenceBook:
    """Read a folder of evidence. Rows with a fault are left out and named in `faults`; nothing is raised for them.

    Raises MatrixError when there is no such folder.
    """
    if not folder.is_dir():
        raise MatrixError(f"{folder}: no such folder of evidence; name one that holds sources.toml")
    sources, found = load_sources(folder / "sources.toml", (DOCUMENT, TEST, REPORT))
    rows: list[Evidence] = []
    seen: dict[str, str] = {}
    for source, line, cells, faults in rows_by_source(folder, sources, EVIDENCE_COLUMNS, found):
        if valid_row(cells, source, line, seen, faults):
            named = {name: cells[name] for name in EVIDENCE_COLUMNS if name not in KEYS}
            rows.append(Evidence(pattern=tuple(cells[column] for column in KEYS), **named))
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in sources:
            orphan = Faults(path)
            orphan.add(None, "a file of no source", path.stem, f"describe it as [{path.stem}] in sources.toml, or remove it")
            found.extend(orphan.all())
    return EvidenceBook(rows=tuple(rows), sources=sources, faults=tuple(found))


def valid_row(row: dict[str, str], source: Source, line: int, seen: dict[str, str], faults: Faults) -> bool:
    """Check one row; note each fault and say whether there was none."""
    before = faults.count()
    check_id(row, "row", source, line, seen, faults)
    check_case(row, line, faults)
    check_outcome(row, line, faults)
    check_versions(row, line, faults)
    check_words(row, source, line, faults)
    check_link(row, source, line, faults)
    return faults.count() == before


def check_case(row: dict[str, str], line: int, faults: Faults) -> None:
    """Words of the vocabulary that can go together."""
    before = faults.count()
    for column in (*CASE_COLUMNS, "measure"):
        allowed = [*WORDS[column], *([SAME_FAMILY] if column == "second_family" else [])]
        for word in row[column].split("|") if row[column] else []:
            if word not in allowed:
                faults.add(line, f"unknown {column}", word, f"use {', '.join(allowed)}, or leave it blank where the source doesn't say")
    if not row["measure"]:
        faults.add(line, "measure is blank", None, "a row says what was asked")
    if faults.count() > before:
        return
    for end in ("first", "second"):
        family = row["first_family"] if row[f"{end}_family"] == SAME_FAMILY else row[f"{end}_family"]
        pairs = [(one, address) for one in family.split("|") for address in row[f"{end}_address"].split("|") if one and address]
        if pairs and not any(pair in SERVES for pair in pairs):
            faults.add(line, f"no such address of the {end} socket", " ".join(pairs[0]), "write a family and an address of it")
    if row["protocol"] == "udp" and row["first_state"] not in ("", LIVE_NAMES[0]):
        faults.add(line, "a UDP socket has no such state", row["first_state"], f"write {LIVE_NAMES[0]}")


def check_outcome(row: dict[str, str], line: int, faults: Faults) -> None:
    """An answer to each measure that the row may be about; an error that isn't stated is REFUSED."""
    for measure in row["measure"].split("|"):
        answers = ANSWERS.get(measure, ())
        good = row["outcome"] in (answers or CALL_OUTCOMES) or (not answers and known_error(row["outcome"]))
        if not good:
            allowed = ", ".join(answers or (*CALL_OUTCOMES, "or the error's symbolic name"))
            faults.add(line, f"not an outcome of {measure}", row["outcome"], f"use {allowed}")


def check_versions(row: dict[str, str], line: int, faults: Faults) -> None:
    """One system, and numbers that are in order."""
    if row["system"] not in SYSTEMS:
        faults.add(line, "unknown system", row["system"], f"use one of {', '.join(SYSTEMS)}")
    numbers = [row["since"], row["until"]]
    for bound, number in zip(("since", "until"), numbers, strict=True):
        if not re.fullmatch(r"(\d{1,9}(\.\d{1,9}){0,5})?", number):
            faults.add(line, f"{bound} is not a dotted number", number, "write it as 6.1, or leave it blank")
            return
    if all(numbers) and version_key(row["since"]) > version_key(row["until"]):
        faults.add(line, "the range of versions is empty", " to ".join(numbers), "write the older one in since")


def check_words(row: dict[str, str], source: Source, line: int, faults: Faults) -> None:
    """Nothing that a reader needs is blank, and what has few values has one of them."""
    for column in ("section", "statement", "versions", "why", "revision"):
        if not row[column]:
            faults.add(line, f"{column} is blank", None, "a row names its place, what it says, of which version, and how sure it is")
    for column, allowed in (("processes", PROCESSES), ("method", METHODS), ("sure", SURENESS)):
        if row[column] not in allowed:
            faults.add(line, f"unknown {column}", row[column], f"use {', '.join(allowed)}")
    if (row["method"] == TEST) != (source.kind == TEST):
        faults.add(line, f"not a way in which a {source.kind} is got", row["method"], "a source of kind test has rows of method test alone")
    try:
        if row["date"]:
            date.fromisoformat(row["date"])
    except ValueError:
        faults.add(line, "date is no day", row["date"], "write it as 2026-11-25, or leave it blank where the source has none")


def check_link(row: dict[str, str], source: Source, line: int, faults: Faults) -> None:
    """An address that opens the source; of a test the file at the revision, and its line where the section names one."""
    if not ADDRESS.fullmatch(row["link"]):
        faults.add(line, "not an address of the web", row["link"], "write the whole address, beginning with https://")
        return
    if source.kind != TEST:
        return
    place = LINE.fullmatch(row["section"])
    if not place or place["path"] not in re.split(r",\s*", source.path):
        faults.add(line, "the section names no file of the source", row["section"], f"write it as {source.path}:123 name of the test")
        return
    wanted = f"https://github.com/{source.repository}/blob/{row['revision']}/{place['path']}" + (
        f"#L{place['line']}" if place["line"] else ""
    )
    if row["link"] != wanted:
        faults.add(line, "the link does not open the section at the revision", row["link"], f"write {wanted}")
