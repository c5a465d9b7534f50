"""The claims that ship are valid, complete and traceable; a spoiled one is named."""

import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from matrix.contradictions import contradictions
from matrix.data.claims import AVAILABILITY_COLUMNS, CLAIMS, load_claims
from matrix.errors import MatrixError
from matrix.findings.beliefs import sentences_of
from matrix.vocabulary import ClaimKind


def test_the_claims_that_ship_have_no_fault_and_every_kind() -> None:
    """Each claim's kind is a column, and a source that is a test makes assertions alone."""
    claims = load_claims()
    assert claims.faults == ()
    assert {claim.kind for claim in claims.claims} == set(map(str, ClaimKind))
    assert all((claim.kind == ClaimKind.ASSERTION) == (claims.sources[claim.source].kind == "test") for claim in claims.claims)


def test_documented_tables_are_whole() -> None:
    """Every pair of specs of a table is there once."""
    for (source, section), cells in by_table().items():
        firsts, seconds = ({cell.pattern[place : place + 2] for cell in cells} for place in (2, 6))
        assert len({cell.pattern for cell in cells}) == len(cells), (source, section)
        assert len(cells) in (len(firsts) * len(seconds), 36, 45), (source, section)


def by_table() -> dict[tuple[str, str], list]:  # type: ignore[type-arg]
    found: dict[tuple[str, str], list] = {}  # type: ignore[type-arg]
    for claim in load_claims().claims:
        if claim.kind == ClaimKind.CELL:
            found.setdefault((claim.source, claim.section), []).append(claim)
    return found


def test_every_cell_of_the_guides_table_of_platforms_has_a_claim_or_a_reason_for_none() -> None:
    """Availability is there twice: as the document has it, and as claims; what no row can judge says why."""
    claims = load_claims()
    found = {(claim.section, claim.id.rsplit("/", 1)[-1]) for claim in claims.claims if claim.kind == ClaimKind.AVAILABILITY}
    reasons = {(each.section, each.sentence) for each in claims.unmeasured if each.section.startswith("Windows ")}
    assert not found & reasons
    assert found | reasons == {(row[0], column) for row in claims.availability for column in AVAILABILITY_COLUMNS[1:]}


def test_the_claims_of_one_sentence_have_one_statement() -> None:
    """They are told apart by a number alone."""
    for sentence in sentences_of(claim for claim in load_claims().claims if claim.kind == ClaimKind.SENTENCE):
        assert len({(claim.statement, claim.section, claim.source) for claim in sentence.claims}) == 1, sentence.name


def test_what_is_known_of_the_documents_comes_out_of_the_join() -> None:
    """12 of 36 cells against the option page, 1 of 36 against the kernel page."""
    pairs = {(each.a.id, each.b.id): (each.a, each.b) for each in contradictions(load_claims().claims)}
    counts = Counter((a.section, b.source) for a, b in pairs.values() if a.kind == b.kind == ClaimKind.CELL)
    same = "Windows Server 2003 and later, same account"
    assert counts[same, "microsoft-option-page"] == 12
    assert counts[same, "microsoft-kernel"] == 1


@pytest.mark.parametrize("path", sorted(CLAIMS.glob("*.csv")), ids=lambda path: path.stem)
def test_claims_are_plain_files(path: Path) -> None:
    """UTF-8 and LF, one record a line, ending in a newline."""
    data = path.read_bytes()
    data.decode("utf-8")
    assert b"\r" not in data
    assert data.endswith(b"\n")


HEADER = "id,source,kind,section,system,since,until,protocol,first_family,first_option,first_address,first_state,second_family,second_option,second_address,account,measure,expected,statement"
GOOD = {
    "id": "made/says/one/1", "source": "made", "kind": "sentence", "section": "Here", "system": "windows", "since": "5.2", "until": "", "protocol": "",
    "first_family": "", "first_option": "", "first_address": "", "first_state": "", "second_family": "same", "second_option": "", "second_address": "",
    "account": "", "measure": "bind", "expected": "INUSE", "statement": "It fails.",
}  # fmt: skip
SOURCE = """[made]
kind = "document"
title = "A document"
publisher = "Somebody"
repository = "some/body"
path = "a.md"
revision = "1"
read = "2026-11-24"
"""


def folder(tmp_path: Path, *rows: dict[str, str], source: str = SOURCE) -> Path:
    lines = [",".join(f'"{cell}"' if "," in cell else cell for cell in (GOOD | row).values()) for row in rows or ({},)]
    (tmp_path / "made.csv").write_text("\n".join([HEADER, *lines, ""]), "utf-8", newline="\n")
    (tmp_path / "sources.toml").write_text(source, "utf-8")
    return tmp_path


def faults(path: Path) -> str:
    return "\n".join(map(str, load_claims(path).faults))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"expected": "MAYBE"}, "unknown expected outcome of bind: 'MAYBE'"),
        ({"measure": "deliver-ipv4", "expected": "CHECK"}, "unknown expected outcome of deliver-ipv4: 'CHECK'"),
        ({"measure": "deliver-ipv4", "expected": "first|third"}, "unknown expected outcome of deliver-ipv4"),
        ({"measure": "bind|deliver-ipv4"}, "unknown expected outcome of deliver-ipv4"),
        ({"expected": "INUSE|REFUSED"}, "unknown expected outcome of bind"),
        ({"expected": "ACCESS|INUSE"}, "unknown expected outcome of bind"),
        ({"measure": "late-option", "expected": "ignored|indistinct"}, "unknown expected outcome of late-option"),
        ({"measure": "deliver-ipv4", "expected": "first|LEFT_OPEN"}, "unknown expected outcome of deliver-ipv4"),
        ({"system": "plan9"}, "unknown system: 'plan9'"),
        ({"system": "windows|"}, "unknown system: ''"),
        ({"first_address": "everywhere"}, "unknown first_address: 'everywhere'"),
        ({"first_family": "same"}, "unknown first_family: 'same'"),
        ({"since": "six"}, "since is not a dotted number: 'six'"),
        ({"until": "6."}, "until is not a dotted number: '6.'"),
        ({"statement": ""}, "statement is blank"),
        ({"section": ""}, "section is blank"),
        ({"measure": ""}, "measure is blank"),
        ({"kind": "assertion"}, "not a kind of claim that a document makes: 'assertion'"),
        ({"kind": "rumour"}, "not a kind of claim that a document makes: 'rumour'"),
        ({"source": "wine-tests"}, "the source is not the one that the file is named for: 'wine-tests'"),
        ({"id": "other/says/1"}, "not an id: 'other/says/1'"),
        ({"id": "made/two words"}, "not an id"),
        ({"id": "made/" + "x" * 200}, "not an id"),
        ({"statement": "\x1b[31m"}, "column statement holds a control character"),
    ],
)  # fmt: skip
def test_a_spoiled_claim_is_named_and_left_out(tmp_path: Path, row: dict[str, str], expected: str) -> None:
    """With file and row, and the good ones are kept."""
    path = folder(tmp_path, {}, {"id": "made/says/two/1"} | row)
    found = load_claims(path)
    assert expected in "\n".join(map(str, found.faults))
    assert "made.csv, row 3" in str(found.faults[0])
    assert [claim.id for claim in found.claims] == ["made/says/one/1"]


def test_a_word_that_a_measure_can_answer_may_be_expected(tmp_path: Path) -> None:
    """All of them, too."""
    path = folder(
        tmp_path,
        {"measure": "notice", "expected": "silent"},
        {"id": "made/2", "measure": "default", "expected": "on|off"},
        {"id": "made/3", "measure": "deliver-ipv4|bind", "expected": "LEFT_OPEN"},
        {"id": "made/4", "expected": "INUSE|ACCESS"},
    )
    assert faults(path) == ""


def test_an_id_is_used_once(tmp_path: Path) -> None:
    """The second is named, with the first one's place."""
    assert f"the id is used already in {tmp_path / 'made.csv'}, row 2" in faults(folder(tmp_path, {}, {}))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('revision = "1"\n', "", "source made: fields missing, unknown or no plain text: 'revision'"),
        ('revision = "1"', "revision = 1", "source made: fields missing, unknown or no plain text: 'revision'"),
        ('title = "A document"', 'titel = "A document"', "titel"),
        ('kind = "document"', 'kind = "rumour"', "kind rumour"),
        ('kind = "document"', 'kind = "document"\nnote = "\\u001b"', "note"),
        ("[made]", "a = 5\n[made]", "not the table of a source: 'a'"),
        ("[made]", '["../etc"]', "not the table of a source: '../etc'"),
        ("[made]", "[made", "not valid TOML"),
        ("[made]", "\0[made]", "not valid TOML"),
    ],
)
def test_a_spoiled_source_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """Every claim is traceable."""
    assert expected in faults(folder(tmp_path, source=SOURCE.replace(old, new)))


def test_a_test_that_names_no_line_is_named(tmp_path: Path) -> None:
    """A claim of a published test is traceable to the line."""
    path = folder(tmp_path, {"kind": "assertion"}, source=SOURCE.replace("document", "test", 1))
    assert "names no file and line" in faults(path)
    path = folder(tmp_path, {"kind": "assertion", "section": "a/b.c:12 a_test"}, source=SOURCE.replace("document", "test", 1))
    assert faults(path) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("platform,x\n", "row 1: the header is not the one expected"),
        ("platform,SO_REUSEADDR,SO_EXCLUSIVEADDRUSE,enhanced_socket_security\nWindows,yes\n", "2 cells where 4 belong"),
        (
            "platform,SO_REUSEADDR,SO_EXCLUSIVEADDRUSE,enhanced_socket_security\nWindows,yes,no,=cmd()\n",
            "not a platform or a word about it: '=cmd()'",
        ),
    ],
)
def test_a_spoiled_table_of_availability_is_named(tmp_path: Path, text: str, expected: str) -> None:
    """It is read as strictly as the rest."""
    path = folder(tmp_path)
    (path / "availability.csv").write_text(text, "utf-8")
    assert expected in faults(path)
    assert load_claims(path).availability == ()


TIMELESS = {"id": "made/says/timeless/1", "since": ""}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("made/says/timeless,5.1,It stands beside a table.", ""),
        ("made/says/nowhere,5.1,why", "no sentence whose claims name no version: 'made/says/nowhere'"),
        ("made/says/one,5.1,why", "no sentence whose claims name no version: 'made/says/one'"),
        ("made/says/timeless/1,5.1,why", "no sentence whose claims name no version: 'made/says/timeless/1'"),
        ("made/says/timeless,XP,why", "until is not a dotted number, or the reason is blank: 'XP'"),
        ("made/says/timeless,,why", "until is not a dotted number, or the reason is blank"),
        ("made/says/timeless,5.1,", "until is not a dotted number, or the reason is blank"),
        ("made/says/timeless,5.1,why\nmade/says/timeless,5.0,why", "row 3: the sentence has a reading already"),
    ],
)
def test_a_second_reading_is_read_as_strictly_as_a_claim(tmp_path: Path, row: str, expected: str) -> None:
    """It belongs to a sentence without versions, and says why it is the fair one."""
    path = folder(tmp_path, {}, TIMELESS)
    (path / "readings.csv").write_text(f"sentence,until,reason\n{row}\n", "utf-8")
    assert expected in faults(path)
    ends = {claim.id: claim.last for claim in load_claims(path).claims}
    assert ends == {"made/says/one/1": "", "made/says/timeless/1": "5.1" if not expected or "already" in expected else ""}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("made,linux,Here,It might never end.,No measurement is endless.", ""),
        ("nobody,linux,Here,It might never end.,No measurement is endless.", "unknown source: 'nobody'"),
        ("made,plan9,Here,It might never end.,No measurement is endless.", "unknown system: 'plan9'"),
        ("made,linux,Here,It might never end.,", "a cell is blank"),
        ("made,Here", "2 cells where 5 belong"),
    ],
)
def test_a_sentence_that_no_row_can_judge_has_its_reason(tmp_path: Path, row: str, expected: str) -> None:
    """And a source that is known."""
    path = folder(tmp_path)
    (path / "unmeasured.csv").write_text(f"source,system,section,sentence,reason\n{row}\n", "utf-8")
    assert expected in faults(path)
    assert [each.reason for each in load_claims(path).unmeasured] == ([] if expected else ["No measurement is endless."])


@pytest.mark.skipif(sys.platform == "win32", reason="links as Unix has them")
@pytest.mark.parametrize("name", ["made.csv", "sources.toml", "availability.csv", "readings.csv", "unmeasured.csv"])
def test_claims_are_not_read_through_links(tmp_path: Path, name: str) -> None:
    """Nothing outside of the folder is shown."""
    path = folder(tmp_path)
    (path / name).unlink(missing_ok=True)
    (path / name).symlink_to("/etc/passwd")
    assert "not a regular file" in faults(path)


def test_a_nul_byte_is_named(tmp_path: Path) -> None:
    """In an id as anywhere."""
    path = folder(tmp_path)
    (path / "made.csv").write_bytes((path / "made.csv").read_bytes().replace(b"made/says", b"made/\0ays"))
    assert "a NUL byte in the text" in faults(path)


def test_no_claims_at_all_is_an_error(tmp_path: Path) -> None:
    """Named, with what to do."""
    with pytest.raises(MatrixError, match="no such folder of claims"):
        load_claims(tmp_path / "nowhere")


def test_the_shipped_folder_can_be_copied_and_read(tmp_path: Path) -> None:
    """It needs nothing beside it."""
    assert load_claims(Path(shutil.copytree(CLAIMS, tmp_path / "claims"))).claims == load_claims().claims
