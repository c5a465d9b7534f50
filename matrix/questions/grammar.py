"""Loads `grammar.toml`: phrases by their words, and the tables beside them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("grammar.toml")
MIN_CORRECTED = 5  # letters of a word that may be taken for another one
REVERSING = "reversing"  # the level of separators before the first socket
# Words of these slots may be meant by a word that is misspelt.
CORRECTED_SLOTS = ("protocol", "family", "option", "address", "state", "measure", "platform", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """An address as it is typed: the families that a socket with it can have, the usual one first, and the vocabulary's word."""

    families: tuple[str, ...]
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketError:
    """An error of a socket call: how it is written, what it means, and when it comes."""

    name: str
    windows: str  # Winsock's name; blank where there is none
    outcome: str  # the word for it in observations
    numbers: str
    means: str
    when: tuple[str, ...]  # with another socket, or what remained of one, on the port
    free: tuple[str, ...]  # without any
    source: str  # a link


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Something that cannot be asked yet, or only in part."""

    id: str
    when: tuple[frozenset[str], ...]  # alternatives; `slot=value` of the tokens that must all be there
    missing: str  # one sentence for a reader
    near: str  # the nearest question that has an answer
    partly: bool


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """Everything that the reader knows."""

    words: Mapping[str, str]  # characters that become a word of their own
    apostrophes: tuple[str, ...]
    suffixes: tuple[str, ...]  # what is dropped with the apostrophe before it
    blanks: tuple[str, ...]
    phrases: Mapping[tuple[str, ...], tuple[str, str]]  # words → (slot, value)
    longest: int  # words of the longest phrase
    literals: Mapping[str, Literal]
    groups: Mapping[str, tuple[tuple[str, str], ...]]  # family → (slot, value) of a group's address
    versions: Mapping[str, Mapping[str, str]]  # system → name → number
    udp_ports: frozenset[int]
    levels: int  # of separators
    errors: Mapping[str, SocketError]
    topics: tuple[Topic, ...]
    goals: Mapping[str, tuple[frozenset[str], ...]]  # goal → alternatives; `slot=value` of the tokens that must all be there
    known: frozenset[str]  # every word of a phrase
    correctable: tuple[str, ...]  # what a misspelt word may be, in the order of the file


@cache
def grammar() -> Grammar:
    """The grammar that ships."""
    return parsed(grammar_data())


def grammar_data() -> dict[str, Any]:
    """The file as it is, for a reader in another language: the order of its tables counts."""
    return tomllib.loads(PATH.read_text("utf-8"))


def parsed(data: Mapping[str, Any]) -> Grammar:
    """The tables of the file as records. Raises ValueError where a phrase has two meanings."""
    phrases: dict[tuple[str, ...], tuple[str, str]] = {}
    correctable: dict[str, None] = {}

    def add(phrase: str, slot: str, value: str) -> None:
        words = tuple(phrase.split())
        if phrases.setdefault(words, (slot, value)) != (slot, value):
            raise ValueError(f"{phrase!r} means {phrases[words]} and {(slot, value)}")
        if slot in CORRECTED_SLOTS:
            correctable.update((word, None) for word in words if len(word) >= MIN_CORRECTED and word.isalpha())

    for slot, values in data["words"].items():
        for value, of_value in values.items():
            for phrase in of_value:
                add(phrase, slot, value)
    for error in data["errors"]:
        for phrase in error["words"]:
            add(phrase, "error", error["name"])
    for level, separators in enumerate(data["text"]["separators"]):
        for phrase in separators:
            add(phrase, "separator", str(level))
    for phrase in data["text"]["reversing"]:
        add(phrase, "separator", REVERSING)
    return Grammar(
        words=data["text"]["words"],
        apostrophes=tuple(data["text"]["apostrophes"]),
        suffixes=tuple(data["text"]["suffixes"]),
        blanks=tuple(data["text"]["blanks"]),
        phrases=phrases,
        longest=max(map(len, phrases)),
        literals={text: Literal(families=tuple(each["families"]), address=each["address"]) for text, each in data["literals"].items()},
        groups={family: tuple(tuple(each.split("=", 1)) for each in tokens) for family, tokens in data["groups"].items()},
        versions=data["versions"],
        udp_ports=frozenset(data["ports"]["udp"]),
        levels=len(data["text"]["separators"]),
        errors={each["name"]: error_of(each) for each in data["errors"]},
        topics=tuple(topic_of(each) for each in data["topics"]),
        goals={goal: tuple(map(frozenset, when)) for goal, when in data["goals"].items()},
        known=frozenset(word for words in phrases for word in words),
        correctable=tuple(correctable),
    )


def error_of(data: Mapping[str, Any]) -> SocketError:
    """One entry of `errors`."""
    texts = {name: str(data[name]) for name in ("name", "windows", "outcome", "numbers", "means", "source")}
    return SocketError(**texts, when=tuple(data["when"]), free=tuple(data["free"]))


def topic_of(data: Mapping[str, Any]) -> Topic:
    """One entry of `topics`."""
    return Topic(id=data["id"], when=tuple(map(frozenset, data["when"])), missing=data["missing"], near=data["near"],
                 partly=data.get("partly", False))  # fmt: skip
