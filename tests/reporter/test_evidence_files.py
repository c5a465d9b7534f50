"""The files of evidence: those that ship, and how each way to spoil one is named."""

import re
from collections import Counter
from pathlib import Path

import pytest

from matrix.data.claims import load_claims
from matrix.data.evidence import EVIDENCE, EvidenceBook, load_evidence
from matrix.errors import MatrixError
from matrix.findings.rungs import as_claim
from matrix.judge import patterns_of
from matrix.vocabulary import EVIDENCE_COLUMNS, KEYS, ClaimKind


@pytest.fixture(scope="module")
def book() -> EvidenceBook:
    return load_evidence()


def test_the_evidence_that_ships_has_no_fault_and_every_rung(book: EvidenceBook) -> None:
    """Every source has rows, and no id is also a claims' source."""
    assert book.faults == ()
    assert {source.kind for source in book.sources.values()} == {"test", "report", "document"}
    assert {row.source for row in book.rows} == set(book.sources)
    assert not set(book.sources) & set(load_claims().sources)


def test_every_row_opens_its_source(book: EvidenceBook) -> None:
    """An address of the web; of a test, the file at a commit and the line wherever one is known."""
    for row in book.rows:
        assert re.fullmatch(r"https?://[^\s/]+/\S+", row.link), row.id
        if book.sources[row.source].kind == "test":
            assert re.fullmatch(r"https://github\.com/[^/]+/[^/]+/blob/[0-9a-f]{40}/[^#]+(#L\d+)?", row.link), row.id
            assert ("#L" in row.link) == bool(re.match(r"\S+:\d+", row.section)), row.id


def test_nothing_is_entered_twice(book: EvidenceBook) -> None:
    """No two rows of one source say the same, and none repeats what an assertion of the claims holds of that system."""
    same = Counter((row.source, row.system, row.since, row.until, row.pattern, row.outcome, row.statement) for row in book.rows)
    assert [each for each, count in same.items() if count > 1] == []
    held: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for claim in load_claims().claims:
        if claim.kind == ClaimKind.ASSERTION:
            for words, expected in patterns_of(claim):
                for system in claim.system.split("|"):
                    held.setdefault((system, words), set()).add(expected)
    tests = [row for row in book.rows if book.sources[row.source].kind == "test"]
    assert len(tests) > 30
    assert [row.id for row in tests if all((row.system, words) in held for words, _ in patterns_of(as_claim(row)))] == []


def test_evidence_has_the_columns_of_claims_patterns() -> None:
    """In their order."""
    start = EVIDENCE_COLUMNS.index(KEYS[0])
    assert EVIDENCE_COLUMNS[start : start + len(KEYS)] == KEYS


@pytest.mark.parametrize("path", sorted(EVIDENCE.glob("*.csv")), ids=lambda path: path.stem)
def test_evidence_is_plain_files(path: Path) -> None:
    """UTF-8 and LF, ending in a newline."""
    data = path.read_bytes()
    data.decode("utf-8")
    assert b"\r" not in data
    assert data.endswith(b"\n")


GOOD = {
    "id": "made/one", "source": "made", "section": "description", "system": "windows", "since": "10.0", "until": "10.0.26100", "protocol": "tcp",
    "first_family": "ipv4", "first_option": "default", "first_address": "specific", "first_state": "listening", "second_family": "same",
    "second_option": "default", "second_address": "specific", "account": "same", "measure": "bind", "outcome": "INUSE", "statement": "It fails.",
    "versions": "10", "date": "2026-11-25", "processes": "two", "method": "report", "sure": "low", "why": "One sentence.",
    "link": "https://example.org/issue/1", "revision": "opened 2026-11-25",
}  # fmt: skip
SOURCE = """[made]
kind = "report"
title = "A report"
publisher = "Somebody"
repository = "some/body"
path = "issues/1"
revision = "opened 2026-11-25"
read = "2026-11-25"
"""
TEST = {"source": SOURCE.replace('"report"', '"test"').replace("issues/1", "a/b.c, a/d.c")}
COMMIT = "0123456789abcdef0123456789abcdef01234567"
OF_TEST = {
    "method": "test",
    "revision": COMMIT,
    "section": "a/b.c:12 a_test",
    "link": f"https://github.com/some/body/blob/{COMMIT}/a/b.c#L12",
}


def folder(tmp_path: Path, *rows: dict[str, str], source: str = SOURCE) -> Path:
    lines = [",".join(f'"{cell}"' if "," in cell else cell for cell in (GOOD | row).values()) for row in rows or ({},)]
    (tmp_path / "made.csv").write_text("\n".join([",".join(EVIDENCE_COLUMNS), *lines, ""]), "utf-8", newline="\n")
    (tmp_path / "sources.toml").write_text(source, "utf-8")
    return tmp_path


def faults(path: Path) -> str:
    return "\n".join(map(str, load_evidence(path).faults))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"id": "other/one"}, "not an id: 'other/one' — use letters"),
        ({"id": "made/two words"}, "not an id: 'made/two words'"),
        ({"id": "made/one"}, "the id is used already in "),
        ({"source": "else"}, "the source is not the one that the file is named for: 'else' — write made"),
        ({"system": "plan9"}, "unknown system: 'plan9'"),
        ({"system": "windows|linux"}, "unknown system: 'windows|linux'"),
        ({"since": "ten"}, "since is not a dotted number: 'ten'"),
        ({"since": "11.0"}, "the range of versions is empty: '11.0 to 10.0.26100'"),
        ({"protocol": "sctp"}, "unknown protocol: 'sctp'"),
        ({"first_family": "same"}, "unknown first_family: 'same'"),
        ({"second_option": "SO_ANY"}, "unknown second_option: 'SO_ANY'"),
        ({"account": "root"}, "unknown account: 'root'"),
        ({"measure": ""}, "measure is blank"),
        ({"measure": "connect"}, "unknown measure: 'connect'"),
        ({"first_family": "ipv6", "first_address": "other-specific"}, "no such address of the first socket: 'ipv6 other-specific'"),
        ({"second_address": "mapped-wildcard"}, "no such address of the second socket: 'ipv4 mapped-wildcard'"),
        ({"protocol": "udp"}, "a UDP socket has no such state: 'listening' — write bound"),
        ({"outcome": "MAYBE"}, "not an outcome of bind: 'MAYBE' — use SUCCESS, INUSE, ACCESS, REFUSED"),
        ({"outcome": "CHECK"}, "not an outcome of bind: 'CHECK'"),
        ({"outcome": "UNSTABLE"}, "not an outcome of bind: 'UNSTABLE'"),
        ({"outcome": "NOT_RUN"}, "not an outcome of bind: 'NOT_RUN'"),
        ({"outcome": "first"}, "not an outcome of bind: 'first'"),
        ({"measure": "deliver-ipv4"}, "not an outcome of deliver-ipv4: 'INUSE' — use first, second, split"),
        ({"statement": ""}, "statement is blank"),
        ({"versions": ""}, "versions is blank"),
        ({"why": ""}, "why is blank"),
        ({"section": ""}, "section is blank"),
        ({"revision": ""}, "revision is blank"),
        ({"processes": "many"}, "unknown processes: 'many' — use one, two, not stated"),
        ({"method": "rumour"}, "unknown method: 'rumour'"),
        ({"method": "test"}, "not a way in which a report is got: 'test'"),
        ({"sure": "quite"}, "unknown sure: 'quite' — use high, medium, low"),
        ({"date": "yesterday"}, "date is no day: 'yesterday'"),
        ({"date": "2026-02-30"}, "date is no day: '2026-02-30'"),
        ({"link": ""}, "not an address of the web"),
        ({"link": "javascript:alert(1)"}, "not an address of the web: 'javascript:alert(1)'"),
        ({"link": "https://x.y/a b"}, "not an address of the web: 'https://x.y/a b'"),
        ({"link": "https://x.y/<script>"}, "not an address of the web"),
        ({"statement": "\x1b[31m"}, "column statement holds a control character"),
    ],
)  # fmt: skip
def test_a_spoiled_row_is_named_and_left_out(tmp_path: Path, row: dict[str, str], expected: str) -> None:
    """With file, row, value and what to do, and the good ones are kept."""
    path = folder(tmp_path, {}, {"id": "made/two"} | row)
    found = load_evidence(path)
    assert expected in "\n".join(map(str, found.faults))
    assert "made.csv, row 3" in str(found.faults[0])
    assert [each.id for each in found.rows] == ["made/one"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, ""),
        ({"section": "a/b.c a_test", "link": f"https://github.com/some/body/blob/{COMMIT}/a/b.c"}, ""),
        ({"section": "a/x.c:12 a_test"}, "the section names no file of the source: 'a/x.c:12 a_test' — write it as a/b.c, a/d.c:123"),
        ({"link": f"https://github.com/some/body/blob/{COMMIT}/a/b.c#L13"}, "the link does not open the section at the revision"),
        ({"link": f"https://github.com/some/body/blob/{COMMIT}/a/b.c"}, "the link does not open the section at the revision"),
        ({"link": "https://github.com/some/body/blob/main/a/b.c#L12"}, f"write https://github.com/some/body/blob/{COMMIT}/a/b.c#L12"),
        ({"method": "report"}, "not a way in which a test is got: 'report'"),
    ],
)  # fmt: skip
def test_a_row_of_a_test_opens_its_line(tmp_path: Path, row: dict[str, str], expected: str) -> None:
    """At the revision that was read."""
    found = faults(folder(tmp_path, OF_TEST | row, source=TEST["source"]))
    assert expected in found
    assert bool(found) == bool(expected)


@pytest.mark.parametrize(
    "row",
    [{"outcome": "EINVAL"}, {"outcome": "REFUSED"}, {"measure": "deliver-ipv4|deliver-ipv6", "outcome": "first"}, {"first_state": ""},
     {"account": ""}, {"date": ""}, {"since": "", "until": ""}, {"first_option": "default|SO_REUSEADDR"}],
)  # fmt: skip
def test_what_a_source_leaves_open_may_be_blank(tmp_path: Path, row: dict[str, str]) -> None:
    """Or several words, and a refusal may be without its error."""
    assert faults(folder(tmp_path, row)) == ""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('kind = "report"', 'kind = "rumour"', "kind rumour"),
        ('revision = "opened 2026-11-25"\n', "", "'revision'"),
        ("[made]", "[made", "not valid TOML"),
        ("[made]", '["../etc"]', "not the table of a source: '../etc'"),
    ],
)
def test_a_spoiled_source_of_evidence_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """As one of claims is."""
    assert expected in faults(folder(tmp_path, source=SOURCE.replace(old, new)))


def test_a_file_without_a_source_is_named(tmp_path: Path) -> None:
    """Nothing lies there unread."""
    path = folder(tmp_path)
    (path / "stray.csv").write_text("x\n", "utf-8")
    assert "stray.csv: a file of no source: 'stray' — describe it as [stray] in sources.toml" in faults(path)


def test_no_evidence_folder_is_an_error(tmp_path: Path) -> None:
    """Named, with what to do."""
    with pytest.raises(MatrixError, match="no such folder of evidence"):
        load_evidence(tmp_path / "nowhere")
