"""Loads and validates the claims: `claims/sources.toml` and one CSV for each source.

A claim is a pattern over cases. In its case columns blank means "any", `a|b` means "a or b", and `same`
in `second_family` means "the first socket's family". A blank `first_state` means any socket that lives, bound or
listening: a port after a close is meant only by a claim that names the state. `other` in `account` means every pair
of different accounts. All columns are checked against the vocabulary; every fault is collected, so that an author sees
all of them at once.

A claim's id names its source first. The claims of one sentence, or of one test, have one id but for the number at the end.

Two more tables may lie beside them: `readings.csv`, the sentences that have a second, narrower reading, and `unmeasured.csv`,
those that no row can judge, each with its reason.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matrix.data.history import load_history
from matrix.data.sources import TEST, check_id, load_sources, rows_by_source
from matrix.data.strict import Faults, read_bytes, read_table
from matrix.errors import MatrixError
from matrix.records import Claim, Fault, Note, Reading, Source, Unmeasured
from matrix.vocabulary import (
    ANSWERS,
    CASE_COLUMNS,
    CLAIM_COLUMNS,
    KEYS,
    NO_EVIDENCE,
    SAME_FAMILY,
    SYSTEMS,
    WORDS,
    ClaimKind,
    Expected,
)  # fmt: skip

CLAIMS = Path(__file__).parent.parent / "claims"
AVAILABILITY_COLUMNS = ("platform", "SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE", "enhanced_socket_security")
READING_COLUMNS = ("sentence", "until", "reason")
UNMEASURED_COLUMNS = ("source", "system", "section", "sentence", "reason")
VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){0,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """All claims that are valid, and where they come from."""

    claims: tuple[Claim, ...]
    sources: Mapping[str, Source]
    availability: tuple[tuple[str, ...], ...]  # the guide's table of platforms and options, as the document has it
    readings: Mapping[str, Reading]  # by sentence: those that can be read in two ways
    unmeasured: tuple[Unmeasured, ...]  # sentences that no row can judge
    faults: tuple[Fault, ...]
    history: tuple[Note, ...] = ()  # commits behind measured changes


def load_claims(folder: Path = CLAIMS) -> Claims:
    """Read a claims folder. Rows with a fault are left out and named in `faults`; nothing is raised for them.

    Raises MatrixError when there is no such folder.
    """
    if not folder.is_dir():
        raise MatrixError(f"{folder}: no such folder of claims; name one that holds sources.toml")
    sources, found = load_sources(folder / "sources.toml")
    claims: list[Claim] = []
    seen: dict[str, str] = {}
    for source, line, cells, faults in rows_by_source(folder, sources, CLAIM_COLUMNS, found):
        if valid_claim(cells, source, line, seen, faults):
            pattern = tuple(cells[column] for column in KEYS)
            named = {name: cells[name] for name in ("id", "source", "kind", "section", "system", "since", "until", "expected", "statement")}
            claims.append(Claim(pattern=pattern, **named))
    availability, more = load_availability(folder / "availability.csv")
    readings, unread = load_readings(folder / "readings.csv", claims)
    unmeasured, unknown = load_unmeasured(folder / "unmeasured.csv", sources)
    fair = (replace(claim, fair_until=readings[name].until) if (name := sentence_of(claim.id)) in readings else claim for claim in claims)
    history, odd = load_history(folder / "history.toml")
    return Claims(claims=tuple(fair), sources=sources, availability=availability, readings=readings, unmeasured=unmeasured,
                  history=history, faults=(*found, *more, *unread, *unknown, *odd))  # fmt: skip


def sentence_of(claim_id: str) -> str:
    """The id of a sentence: that of its claims, without the number at the end."""
    return claim_id.rsplit("/", 1)[0]


def load_readings(path: Path, claims: Sequence[Claim]) -> tuple[dict[str, Reading], tuple[Fault, ...]]:
    """The sentences with a second reading; a folder of claims may be without the table."""
    faults, found = Faults(path), dict[str, Reading]()
    versions: dict[str, set[tuple[str, str]]] = {}
    for claim in claims:
        versions.setdefault(sentence_of(claim.id), set()).add((claim.since, claim.until))
    for line, row in optional_table(path, READING_COLUMNS, faults):
        reading = Reading(**dict(zip(READING_COLUMNS, row, strict=True)))
        if versions.get(reading.sentence) != {("", "")}:
            faults.add(line, "no sentence whose claims name no version", reading.sentence, "write the id of its claims without the number")
        elif not VERSION.fullmatch(reading.until) or not reading.reason:
            faults.add(line, "until is not a dotted number, or the reason is blank", reading.until, "write the version as 5.1, and why")
        elif reading.sentence in found:
            faults.add(line, "the sentence has a reading already", reading.sentence, "keep one of the two")
        else:
            found[reading.sentence] = reading
    return found, faults.all()


def load_unmeasured(path: Path, sources: Mapping[str, Source]) -> tuple[tuple[Unmeasured, ...], tuple[Fault, ...]]:
    """The sentences that no row can judge; a folder of claims may be without the table."""
    faults, found = Faults(path), list[Unmeasured]()
    for line, row in optional_table(path, UNMEASURED_COLUMNS, faults):
        each = Unmeasured(**dict(zip(UNMEASURED_COLUMNS, row, strict=True)))
        if each.source not in sources:
            faults.add(line, "unknown source", each.source, "name one of sources.toml")
        elif not set(each.system.split("|")) <= set(SYSTEMS):
            faults.add(line, "unknown system", each.system, f"use {', '.join(SYSTEMS)}, with | between")
        elif not all(row):
            faults.add(line, "a cell is blank", None, "a sentence has its place, its words and the reason why it is not judged")
        else:
            found.append(each)
    return tuple(found), faults.all()


def optional_table(path: Path, columns: tuple[str, ...], faults: Faults) -> list[tuple[int, tuple[str, ...]]]:
    """The rows of a table that a folder of claims may be without."""
    if not path.exists() and not path.is_symlink():
        return []
    data = read_bytes(path, faults)
    return [(line, tuple(row)) for line, row in read_table(data, columns, faults)] if data is not None else []


def load_availability(path: Path) -> tuple[tuple[tuple[str, ...], ...], tuple[Fault, ...]]:
    """The guide's table of platforms; a folder of claims may be without it."""
    faults = Faults(path)
    rows = optional_table(path, AVAILABILITY_COLUMNS, faults)
    for line, row in rows:
        for cell in row:
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 .]{0,59}", cell):
                faults.add(line, "not a platform or a word about it", cell, "write it in plain letters")
    return tuple(row for _, row in rows) if not faults.count() else (), faults.all()


def valid_claim(claim: dict[str, str], source: Source, line: int, seen: dict[str, str], faults: Faults) -> bool:
    """Check one claim against the vocabulary; note each fault and say whether there was none."""
    before = faults.count()
    check_id(claim, "claim", source, line, seen, faults)
    kinds = [str(kind) for kind in ClaimKind if (kind == ClaimKind.ASSERTION) is (source.kind == TEST)]
    if claim["kind"] not in kinds:
        faults.add(line, f"not a kind of claim that a {source.kind} makes", claim["kind"], f"use {', '.join(kinds)}")
    for column in (*CASE_COLUMNS, "measure"):
        allowed = [*WORDS[column], *([SAME_FAMILY] if column == "second_family" else [])]
        for word in claim[column].split("|") if claim[column] else []:
            if word not in allowed:
                faults.add(line, f"unknown {column}", word, f"use {', '.join(allowed)}, or leave it blank for any")
    check_expected(claim, line, faults)
    for system in claim["system"].split("|"):
        if system not in SYSTEMS:
            faults.add(line, "unknown system", system, f"use {', '.join(SYSTEMS)}")
    for bound in ("since", "until"):
        if claim[bound] and not VERSION.fullmatch(claim[bound]):
            faults.add(line, f"{bound} is not a dotted number", claim[bound], "write it as 6.1, or leave it blank")
    for column in ("measure", "section", "statement"):
        if not claim[column]:
            faults.add(line, f"{column} is blank", None, "a claim names its place and what it says")
    if source.kind == TEST and not re.match(r"\S+:\d+ \S", claim["section"]):
        faults.add(line, "the section of a test's claim names no file and line", claim["section"],
                   "write it as path/file.c:123 name of the test")  # fmt: skip
    return faults.count() == before


def check_expected(claim: dict[str, str], line: int, faults: Faults) -> None:
    """What a claim expects is an answer to each measure that it names."""
    for measure in claim["measure"].split("|"):
        words = [word for word in ANSWERS.get(measure, ()) if word not in NO_EVIDENCE]
        named = claim["expected"].split("|") if words else [claim["expected"]]
        allowed = words or list(Expected)
        if claim["expected"] != Expected.LEFT_OPEN and not set(named) <= set(allowed):
            shown = ", ".join(dict.fromkeys([*allowed, Expected.LEFT_OPEN]))
            faults.add(line, f"unknown expected outcome of {measure}", claim["expected"], f"use {shown}")
