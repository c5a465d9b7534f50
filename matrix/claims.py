"""Loads and validates the claims: `claims/sources.toml` and one CSV for each source.

A claim is a pattern over cases. In its case columns blank means "any", `a|b` means "a or b", and `same`
in `second_family` means "the first socket's family". A blank `first_state` means any socket that lives, bound or
listening: a port left behind is meant only by a claim that names it. `other` in `account` means every pair
of different accounts. All columns are checked against the vocabulary
of `model.py`; every fault is collected, so that an author sees all of them at once.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from matrix.errors import MatrixError
from matrix.model import CASE_COLUMNS, CLAIM_COLUMNS, SAME_FAMILY, SYSTEMS, VOCABULARY, WORDS, Expected, Fault, Source
from matrix.table import Faults, read_bytes, read_table

CLAIMS = Path(__file__).parent / "claims"
TEST = "test"  # the kind of a source that is a published test suite


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """All claims as a frame of CLAIM_COLUMNS, every cell a string, and where they come from."""

    frame: pd.DataFrame
    sources: Mapping[str, Source]
    availability: pd.DataFrame  # the guide's table of platforms and options, as the document has it
    faults: tuple[Fault, ...]


def load_claims(folder: Path = CLAIMS) -> Claims:
    """Read a claims folder. Rows with a fault are left out and named in `faults`; nothing is raised for them.

    Raises MatrixError when there is no such folder.
    """
    if not folder.is_dir():
        raise MatrixError(f"{folder}: no such folder of claims; name one that holds sources.toml")
    sources, found = load_sources(folder / "sources.toml")
    rows: list[list[str]] = []
    seen: dict[str, str] = {}
    for source in sources.values():
        path = folder / f"{source.id}.csv"
        faults = Faults(str(path))
        data = read_bytes(path, faults)
        for line, row in read_table(data, CLAIM_COLUMNS, faults) if data is not None else []:
            if valid_claim(dict(zip(CLAIM_COLUMNS, row, strict=True)), source.id, source.kind, line, seen, faults):
                rows.append(row)
        found.extend(faults.all())
    availability = folder / "availability.csv"
    return Claims(
        frame=pd.DataFrame(rows, columns=list(CLAIM_COLUMNS), dtype=str),
        sources=sources,
        availability=pd.read_csv(availability, dtype=str, keep_default_na=False) if availability.exists() else pd.DataFrame(),
        faults=tuple(found),
    )


def load_sources(path: Path) -> tuple[dict[str, Source], list[Fault]]:
    """The sources by id; one with a missing or unknown field is left out and named."""
    faults = Faults(str(path))
    data = read_bytes(path, faults)
    found: dict[str, Source] = {}
    known = {each.name for each in fields(Source)} - {"id"}
    try:
        tables = tomllib.loads((data or b"").decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        faults.add(None, "not valid TOML", broken, "mend the file")
        tables = {}
    for name, table in tables.items():
        wrong = sorted(set(table) - known) + sorted(known - {"note"} - set(table))
        if wrong:
            faults.add(None, f"source {name}: fields missing or unknown", ", ".join(wrong), f"a source has {', '.join(sorted(known))}")
            continue
        found[name] = Source(id=name, **table)
    return found, list(faults.all())


def valid_claim(claim: dict[str, str], source: str, sources_kind: str, line: int, seen: dict[str, str], faults: Faults) -> bool:
    """Check one claim against the vocabulary; note each fault and say whether there was none."""
    before = len(faults.found) + faults.beyond
    if claim["id"] in seen:
        faults.add(line, f"the id stands already in {seen[claim['id']]}", claim["id"], "give each claim an id of its own")
    if not re.fullmatch(r"[a-z0-9][a-z0-9./_+@-]*", claim["id"], re.IGNORECASE):
        faults.add(line, "not an id", claim["id"], "use letters, digits and ./_+@-")
    seen[claim["id"]] = f"{faults.file}, row {line}"
    if claim["source"] != source:
        faults.add(line, "the source is not the one that the file is named for", claim["source"], f"write {source}")
    for column in (*CASE_COLUMNS, "measure"):
        allowed = [*map(str, VOCABULARY[column]), *([SAME_FAMILY] if column == "second_family" else [])]
        for word in claim[column].split("|") if claim[column] else []:
            if word not in allowed:
                faults.add(line, f"unknown {column}", word, f"use {', '.join(allowed)}, or leave it blank for any")
    for measure in claim["measure"].split("|"):
        allowed = list(WORDS.get(measure, ())) or list(map(str, Expected))
        words = claim["expected"].split("|") if measure in WORDS else [claim["expected"]]
        if not set(words) <= set(allowed):
            faults.add(line, f"unknown expected outcome of {measure}", claim["expected"], f"use {', '.join(allowed)}")
    for system in claim["system"].split("|"):
        if system not in SYSTEMS:
            faults.add(line, "unknown system", system, f"use {', '.join(SYSTEMS)}")
    for bound in ("since", "until"):
        if not re.fullmatch(r"(\d+(\.\d+)*)?", claim[bound]):
            faults.add(line, f"{bound} is not a dotted number", claim[bound], "write it as 6.1, or leave it blank")
    for column in ("measure", "section", "statement"):
        if not claim[column]:
            faults.add(line, f"{column} is blank", None, "a claim says where it stands and what it says")
    if sources_kind == TEST and not re.match(r"\S+:\d+ \S", claim["section"]):
        faults.add(
            line, "the section of a test's claim names no file and line", claim["section"], "write it as path/file.c:123 name of the test"
        )
    return len(faults.found) + faults.beyond == before
