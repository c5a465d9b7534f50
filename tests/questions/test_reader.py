"""The reader is held to the table of questions and meanings, as any other reader of the grammar is."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.questions.grammar import PATH, grammar
from matrix.questions.reader import Meaning, read
from matrix.questions.words import distance

TABLE = PATH.with_name("questions.csv")
with Path(TABLE).open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines))


def cells(meaning: Meaning) -> dict[str, str]:
    """A meaning as a row of the table has it."""
    return {
        "kind": meaning.kind,
        "case": meaning.case,
        "measures": "|".join(meaning.measures),
        "wanted": meaning.wanted,
        "errors": "|".join(meaning.errors),
        "topic": meaning.topic,
        "platforms": ",".join(" ".join(each).strip() for each in meaning.platforms),
        "port": "" if meaning.port is None else str(meaning.port),
        "versions": "yes" if meaning.versions else "",
        "goals": " ".join(meaning.goals),
        "assumed": " ".join(meaning.assumed),
        "corrected": " ".join("=".join(each) for each in meaning.corrected),
        "unknown": " ".join(meaning.unknown),
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['command']}: {row['question']}")
def test_a_question_means_what_the_table_says(row: dict[str, str]) -> None:
    """Every column of every row."""
    expected = {name: cell for name, cell in row.items() if name not in ("question", "command")}
    assert cells(read(row["question"], inverse=row["command"] == "find")) == expected


def test_the_table_is_large_and_asks_nothing_twice() -> None:
    """A small table would hold nobody to anything."""
    asked = [(row["command"], row["question"]) for row in ROWS]
    assert len(asked) == len(set(asked)) >= 250
    assert {row["kind"] for row in ROWS} == {"case", "find", "fact", "error", "topic", "pattern", "empty", "unknown"}


def test_every_word_of_the_grammar_is_in_the_table() -> None:
    """Each topic and each error is met by some question."""
    assert {row["topic"] for row in ROWS} >= {topic.id for topic in grammar().topics}
    assert {each for row in ROWS for each in row["errors"].split("|")} >= set(grammar().errors)


@pytest.mark.parametrize("topic", grammar().topics, ids=lambda topic: topic.id)
def test_what_is_near_a_topic_can_be_asked(topic: object) -> None:
    """The question that a topic leads to has sockets, or is a fact of the host."""
    assert read(topic.near).kind in ("case", "find", "fact")  # type: ignore[attr-defined]


@given(st.text(max_size=200))
def test_no_text_is_too_odd(text: str) -> None:
    """Whatever is typed means something, or nothing; it never fails."""
    assert read(text).kind


@given(st.sampled_from([row["question"] for row in ROWS if row["kind"] != "pattern"]), st.data())
def test_letter_case_means_nothing(question: str, data: st.DataObject) -> None:
    """Any letter may be large."""
    large = "".join(data.draw(st.sampled_from([each, each.upper()])) if each.isascii() else each for each in question)
    one, other = cells(read(question)), cells(read(large))
    assert one == other


@pytest.mark.parametrize(
    ("one", "other", "letters"),
    [
        ("", "", 0),
        ("bind", "bind", 0),
        ("bind", "bin", 1),
        ("bind", "blind", 1),
        ("bind", "bidn", 1),
        ("bind", "bond", 1),
        ("abc", "cba", 2),
    ],
)
def test_distance_counts_letters(one: str, other: str, letters: int) -> None:
    """Added, left out, changed, exchanged."""
    assert distance(one, other) == distance(other, one) == letters
