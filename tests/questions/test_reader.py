"""The reader is held to the table of questions and meanings, as any other reader of the grammar is."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.data.recipes import load_recipes
from matrix.questions.grammar import PATH, grammar
from matrix.questions.reader import Meaning, read
from matrix.questions.words import cut, distance, impossible, split

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
        "options": "|".join(meaning.options),
        "errors": "|".join(meaning.errors),
        "topic": meaning.topic,
        "platforms": ",".join(" ".join(each).strip() for each in meaning.platforms),
        "port": "" if meaning.port is None else str(meaning.port),
        "versions": "yes" if meaning.versions else "",
        "goals": " ".join(meaning.goals),
        "runtimes": "|".join(meaning.runtimes),
        "leads": meaning.leads,
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
    assert {row["kind"] for row in ROWS} == {"case", "find", "fact", "error", "topic", "command", "pattern", "empty", "unknown"}


def test_every_word_of_the_grammar_is_in_the_table() -> None:
    """Each topic and each error is met by some question."""
    assert {row["topic"] for row in ROWS} >= {topic.id for topic in grammar().topics}
    assert {each for row in ROWS for each in row["errors"].split("|")} >= set(grammar().errors)


@pytest.mark.parametrize("topic", grammar().topics, ids=lambda topic: topic.id)
def test_what_is_near_a_topic_can_be_asked(topic: object) -> None:
    """The question that a topic leads to has sockets, or is a fact of the host."""
    assert read(topic.near).kind in ("case", "find", "fact")  # type: ignore[attr-defined]


def test_every_word_is_understood_or_listed() -> None:
    """Over all wordings of the table: each word is in a token, carries no meaning, or is named as not understood."""
    for row in ROWS:
        if row["kind"] != "pattern":
            found = cut(row["question"], grammar())
            named = " ".join((*(token.typed for token in found.tokens), *found.ignored, *found.unknown)).split()
            assert set(split(row["question"], grammar())) == set(named), row["question"]
            assert set(found.unknown) <= set(read(row["question"]).unknown), row["question"]


SLOTS = ("option", "address", "literal", "family", "state", "owner", "account", "port", "wanted")


@given(st.lists(st.sampled_from(sorted(phrase for phrase, (slot, _) in grammar().phrases.items() if slot in SLOTS)), max_size=5), st.data())
def test_nothing_but_what_was_typed_is_listed(phrases: list[tuple[str, ...]], data: st.DataObject) -> None:
    """What is listed was typed, word for word: nothing but the question's own words is ever shown as left out."""
    text = data.draw(st.sampled_from([" ", " then ", ", ", " after "])).join(" ".join(phrase) for phrase in phrases)
    typed = f" {' '.join(split(text, grammar()))} "
    assert all(f" {each} " in typed for each in read(text).unknown)


def test_the_runtimes_are_those_of_the_recipes() -> None:
    """By the same names, each of them."""
    known = {name for slot, names in grammar().phrases.values() if slot == "runtime" for name in names.split("|")}
    assert known == {recipe.runtime for recipe in load_recipes()}


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


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("10.0.0.300", "IPv4 address"),
        ("256.1.1.1:80", "IPv4 address"),
        ("10.0.0.3", ""),
        ("10.0.19045.3803", ""),
        ("1::2::3", "IPv6 address"),
        ("[12345::1]:80", "IPv6 address"),
        ("1:2:3:4:5:6:7", "IPv6 address"),
        ("::ffff:1.2.3.400", "IPv6 address"),
        ("1:2:3:4:5:6:1.2.3.4", ""),
        ("fe80::1", ""),
        ("::", ""),
        ("0.0.0.0:99999", "port"),
        ("99999", "port"),
        ("65535", ""),
        ("frobnicate", ""),
    ],
)
def test_what_only_has_the_form_of_an_address_is_none(word: str, form: str) -> None:
    """And is named as what it is not."""
    assert impossible(word, grammar()) == form
