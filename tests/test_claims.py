"""The claims that ship are valid, complete and traceable; a spoiled one is named."""

import shutil
from pathlib import Path

import pytest

from matrix.claims import CLAIMS, load_claims
from matrix.errors import MatrixError
from matrix.judge import disagreements


def test_all_documented_outcomes_are_there() -> None:
    """189 cells of five tables in three documents, without a fault."""
    claims = load_claims()
    assert claims.faults == ()
    tables = claims.frame[claims.frame["section"].str.startswith("Table: ")]
    counts = tables.groupby(["source", "section"]).size().to_dict()
    assert counts == {
        ("microsoft-guide", "Table: Windows XP and earlier"): 36,
        ("microsoft-guide", "Table: Windows Server 2003 and later, same account"): 36,
        ("microsoft-guide", "Table: Windows Server 2003 and later, different accounts"): 36,
        ("microsoft-kernel", "Table: sharing transport addresses"): 36,
        ("microsoft-option-page", "Table: second bind by option and address"): 45,
    }
    assert len(claims.availability) == 10


def test_every_sentence_and_every_cell_of_availability_is_there() -> None:
    """28 sentences and 30 cells, each with its own statement; a sentence may take several patterns."""
    frame = load_claims().frame
    sentences = frame[frame["id"].str.contains("/says/")]
    assert sentences["id"].str.rsplit("/", n=1).str[0].nunique() == sentences["statement"].nunique() == 28
    assert frame["id"].str.contains("/availability/").sum() == 30


def test_what_is_known_of_the_documents_comes_out_of_the_join() -> None:
    """12 of 36 cells against the option page, 1 of 36 against the kernel page."""
    pairs = disagreements(load_claims().frame).drop_duplicates(["id_a", "id_b"])
    counts = pairs.groupby(["section_a", "source_b"]).size()
    same = "Table: Windows Server 2003 and later, same account"
    assert counts[same, "microsoft-option-page"] == 12
    assert counts[same, "microsoft-kernel"] == 1


@pytest.mark.parametrize("path", sorted(CLAIMS.glob("*.csv")), ids=lambda path: path.stem)
def test_claims_are_plain_files(path: Path) -> None:
    """UTF-8 and LF, one record a line, ending in a newline."""
    data = path.read_bytes()
    data.decode("utf-8")
    assert b"\r" not in data
    assert data.endswith(b"\n")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (",INUSE,", ",MAYBE,", "unknown expected outcome of bind: 'MAYBE'"),
        (",windows,", ",plan9,", "unknown system: 'plan9'"),
        (",bind,CHECK,", ",deliver-ipv4,CHECK,", "unknown expected outcome of deliver-ipv4: 'CHECK'"),
        (",default,wildcard,", ",default,everywhere,", "unknown first_address: 'everywhere'"),
        ("microsoft-kernel/table/default@wildcard/default@specific", "microsoft-kernel/table/default@wildcard/default@wildcard", "the id stands already in"),
        ("id,source", "name,source", "row 1: the header is not the one expected"),
    ],
)  # fmt: skip
def test_a_spoiled_claim_is_named_and_the_others_kept(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """With file, row and value."""
    folder = Path(shutil.copytree(CLAIMS, tmp_path / "claims"))
    path = folder / "microsoft-kernel.csv"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8", newline="\n")
    claims = load_claims(folder)
    assert expected in "\n".join(map(str, claims.faults))
    assert "microsoft-kernel.csv" in str(claims.faults[0])
    assert len(claims.frame) >= 189 + 58 - 36


def test_a_test_that_names_no_line_is_named(tmp_path: Path) -> None:
    """A claim of a published test is traceable to the line."""
    folder = Path(shutil.copytree(CLAIMS, tmp_path / "claims"))
    path = folder / "sources.toml"
    path.write_text(path.read_text("utf-8").replace('kind = "document"', 'kind = "test"', 1), "utf-8")
    assert "names no file and line" in str(load_claims(folder).faults[0])


def test_a_source_without_a_revision_is_named(tmp_path: Path) -> None:
    """Every claim is traceable."""
    folder = Path(shutil.copytree(CLAIMS, tmp_path / "claims"))
    path = folder / "sources.toml"
    path.write_text(path.read_text("utf-8").replace('revision = "47e64c189dcb1c1a42c221380ccf0ec81cc82d4b"\n', "", 1), "utf-8")
    assert "microsoft-guide: fields missing or unknown: 'revision'" in str(load_claims(folder).faults[0])


def test_no_claims_at_all_is_an_error(tmp_path: Path) -> None:
    """Named, with what to do."""
    with pytest.raises(MatrixError, match="no such folder of claims"):
        load_claims(tmp_path / "nowhere")
