"""Cuts a text into tokens, as far as single words and phrases go.

1. Letters A to Z become small. Each text of `text.words`, in their order, becomes the word beside it with a blank before and after;
   then each of `text.blanks` becomes a blank. The rest is cut at white space. `.` at the end of a word is dropped, and so
   is a `:` that is the only one in it.
2. A word is an address where it is one of `literals`, alone or in brackets, with or without a port after a colon; or where it has
   the form of another IPv4 or IPv6 address. `:80` is a port.
3. A word of at least five letters, and nothing but letters, that is in no phrase is taken for the nearest of the words that may be
   meant, if there is one nearest: one letter away (added, left out, changed, or exchanged with its neighbour), or up to two from
   eight letters on. What is nearest but not alone is only named.
4. From left to right the longest phrase is taken. After the name of a system a version may follow: one with a name, or numbers with
   dots. Another number is a port. What is left is not understood.
"""

import re
from typing import NamedTuple

from matrix.questions.grammar import MIN_CORRECTED, Grammar

BRACKETS = re.compile(r"\[([^\[\]]*)\](?::([0-9]{1,5}|\*))?")
WITH_PORT = re.compile(r"(::|[^:]*):([0-9]{1,5}|\*)")
IPV4 = re.compile(r"[0-9]+(\.[0-9]+){3}")
IPV6 = re.compile(r"[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*")
NUMBERS = re.compile(r"[0-9]+(\.[0-9]+)*")
PORT = re.compile(r"[0-9]{1,5}")
LETTERS = re.compile(r"[a-z]+")
LONG = 8  # letters of a word from which on two of them may be wrong
OTHER = ("any other ipv4", "any other ipv6")


class Token(NamedTuple):
    """What a word or a phrase means: `value` of `slot`."""

    slot: str
    value: str


class Cut(NamedTuple):
    """A text in tokens."""

    tokens: tuple[Token, ...]
    corrected: tuple[tuple[str, str], ...]  # (as typed, as read)
    unknown: tuple[str, ...]  # words that were not understood
    near: tuple[tuple[str, tuple[str, ...]], ...]  # unknown words with those that they may stand for


def cut(text: str, grammar: Grammar) -> Cut:
    """The tokens of a text, in their order."""
    tokens: list[Token] = []
    unknown: list[str] = []
    words, corrected, near = corrected_words(split(text, grammar), grammar)
    place = 0
    while place < len(words):
        address = address_of(words[place], grammar)
        if address:
            tokens += address
            place += 1
            continue
        length, token = longest_phrase(words, place, grammar)
        if token:
            place += length
            if token.slot in ("platform", "distribution"):
                version = version_of(words[place] if place < len(words) else "", token, grammar)
                place += version is not None
                token = Token("platform", f"{token.value} {version}" if version and token.slot == "platform" else token.value)
            tokens.append(token)
            continue
        word = words[place]
        tokens += [port_of(word)] if PORT.fullmatch(word) else []
        unknown += [] if PORT.fullmatch(word) else [word]
        place += 1
    meaningful = tuple(token for token in tokens if token.slot != "ignored")
    return Cut(meaningful, corrected, tuple(dict.fromkeys(unknown)), tuple(each for each in near if each[0] in unknown))


def split(text: str, grammar: Grammar) -> list[str]:
    """The words of a text."""
    changed = "".join(chr(ord(each) + 32) if "A" <= each <= "Z" else each for each in text)
    for mark, word in grammar.words.items():
        changed = changed.replace(mark, f" {word} ")
    for blank in grammar.blanks:
        changed = changed.replace(blank, " ")
    found = []
    for word in changed.split():
        bare = word.rstrip(".")
        found.append(bare[:-1] if bare.endswith(":") and bare.count(":") == 1 and len(bare) > 1 else bare)
    return [word for word in found if word]


def address_of(word: str, grammar: Grammar) -> list[Token]:
    """The address that a word is, and its port; empty where it is none."""
    literals = grammar.literals
    match = BRACKETS.fullmatch(word) or (None if word in literals else WITH_PORT.fullmatch(word))
    head, port = match.groups() if match else (word, None)
    key = head if head in literals else OTHER[0] if IPV4.fullmatch(head) else OTHER[1] if IPV6.fullmatch(head) else ""
    if not key and not (match and head == ""):
        whole = OTHER[1] if IPV6.fullmatch(word) else ""
        return [Token("literal", whole)] if whole else []
    return ([Token("literal", key)] if key else []) + ([port_of(port)] if port and port != "*" else [])


def port_of(number: str) -> Token:
    """A port; port 0 is a topic of its own."""
    return Token("port", str(int(number))) if int(number) else Token("mark", "port-zero")


def longest_phrase(words: list[str], place: int, grammar: Grammar) -> tuple[int, Token | None]:
    """The longest phrase that begins here: how many words, and what it means."""
    for length in range(min(grammar.longest, len(words) - place), 0, -1):
        found = grammar.phrases.get(tuple(words[place : place + length]))
        if found:
            return length, Token(*found)
    return 0, None


def version_of(word: str, system: Token, grammar: Grammar) -> str | None:
    """The version that a word is after the name of a system; None where it is none."""
    named = grammar.versions.get(system.value, {}).get(word)
    return named or (word if NUMBERS.fullmatch(word) and not IPV4.fullmatch(word) else None)


def corrected_words(
    words: list[str], grammar: Grammar
) -> tuple[list[str], tuple[tuple[str, str], ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """The words, misspelt ones replaced; what was replaced; and what else may have been meant by which word."""
    found, corrected, near = [], {}, {}
    for word in words:
        candidates = nearest(word, grammar) if word not in grammar.known else ()
        if len(candidates) == 1:
            corrected[word] = candidates[0]
        elif candidates:
            near[word] = candidates
        found.append(corrected.get(word, word))
    return found, tuple(corrected.items()), tuple(near.items())


def nearest(word: str, grammar: Grammar) -> tuple[str, ...]:
    """The known words that a misspelt one is nearest to, in the order of the grammar."""
    if len(word) < MIN_CORRECTED or not LETTERS.fullmatch(word):
        return ()
    limit = 2 if len(word) >= LONG else 1
    distances = {known: distance(word, known) for known in grammar.correctable if abs(len(known) - len(word)) <= limit}
    best = min(distances.values(), default=limit + 1)
    return tuple(known for known, each in distances.items() if each == best) if best <= limit else ()


def distance(one: str, other: str) -> int:
    """How many letters are added, left out, changed, or exchanged with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        last, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
