"""What claims and evidence have in common: `sources.toml`, one CSV for each source, and an id for each row of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from matrix.data.strict import Faults, read_bytes, read_table, read_toml
from matrix.records import Fault, Source

DOCUMENT, TEST, REPORT = "document", "test", "report"  # the kinds of a source; claims have the first two
MAX_FIELD = 700  # characters of a field in sources.toml
SOURCE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def load_sources(path: Path, kinds: Sequence[str] = (DOCUMENT, TEST)) -> tuple[dict[str, Source], list[Fault]]:
    """The sources by id; one with a field that is missing, unknown or no text is left out and named."""
    faults = Faults(path)
    found: dict[str, Source] = {}
    known = {each.name for each in fields(Source)} - {"id"}
    for name, table in read_toml(path, faults).items():
        if not SOURCE_ID.fullmatch(name) or not isinstance(table, dict):
            faults.add(None, "not the table of a source", name, "write [its-id] in letters, digits and -, then its fields")
            continue
        wrong = sorted(set(table) - known) + sorted(known - {"note"} - set(table))
        wrong += [key for key, value in table.items() if not isinstance(value, str) or not value.isprintable() or len(value) > MAX_FIELD]
        if wrong or table["kind"] not in kinds:
            shown = ", ".join(wrong) or f"kind {table['kind']}"
            faults.add(None, f"source {name}: fields missing, unknown or no plain text", shown, f"a source has {', '.join(sorted(known))}")
            continue
        found[name] = Source(id=name, **table)
    return found, list(faults.all())


def rows_by_source(
    folder: Path, sources: Mapping[str, Source], columns: Sequence[str], found: list[Fault]
) -> Iterator[tuple[Source, int, dict[str, str], Faults]]:
    """(source, line, cells by column, faults of the file) of every row, source by source.

    Whoever takes a row adds its faults to those of the file; all of them are in `found` once the file is over.
    """
    for source in sources.values():
        path = folder / f"{source.id}.csv"
        faults = Faults(path)
        data = read_bytes(path, faults)
        for line, row in read_table(data, columns, faults) if data is not None else []:
            yield source, line, dict(zip(columns, row, strict=True)), faults
        found.extend(faults.all())


def check_id(row: Mapping[str, str], noun: str, source: Source, line: int, seen: dict[str, str], faults: Faults) -> None:
    """An id of its own, that begins with the source that the file is named for. `seen` gets the place of each id."""
    if row["id"] in seen:
        faults.add(line, f"the id is used already in {seen[row['id']]}", row["id"], f"give each {noun} an id of its own")
    if not re.fullmatch(r"[a-z0-9][a-z0-9./_+@-]{0,199}", row["id"], re.IGNORECASE) or not row["id"].startswith(source.id + "/"):
        faults.add(line, "not an id", row["id"], f"use letters, digits and ./_+@-, and begin with {source.id}/")
    seen.setdefault(row["id"], f"{faults.file}, row {line}")
    if row["source"] != source.id:
        faults.add(line, "the source is not the one that the file is named for", row["source"], f"write {source.id}")
