"""Cuts a text into tokens, as far as single words and phrases go.

1. Letters A to Z become small. An apostrophe of `text.apostrophes` between two letters goes: before `t` alone (`can't`), and with
   one of `text.suffixes` after it (`server's`). Each text of `text.words`, in their order, becomes the word beside it with a blank
   before and after; then each of `text.blanks` becomes a blank. The rest is cut at white space. `.` at the end of a word is
   dropped, and so is a `:` that is the only one in it.
2. A word is an address where it is one of `literals`, alone or in brackets, with or without a port after a colon; or where it is
   another IPv4 or IPv6 address. A group's address, of 224.0.0.0/4 or ff00::/8, is the tokens of `groups`. `:80` is a port, up to
   65535. What has the form of an address or a port and is none is not understood.
3. A word of at least five letters, and nothing but letters, that is in no phrase is taken for the nearest of the words that may be
   meant, if there is one nearest: one letter away (added, left out, changed, or exchanged with its neighbour), or up to two from
   eight letters on. What is nearest but not alone is only named.
4. From left to right the longest phrase is taken. After the name of a system a version may follow: one with a name, numbers with
   dots, or a number of up to three digits that is no phrase. The version of a distribution is no kernel's, and is left out. Another
   number is a port. What is left is not understood. So each word is in a token, ignored, or among those not understood.
"""

import re
from typing import NamedTuple

from matrix.questions.grammar import MIN_CORRECTED, Grammar

BRACKETS = re.compile(r"\[([^\[\]]*)\](?::([0-9]{1,5}|\*))?")
WITH_PORT = re.compile(r"(::|[^:]*):([0-9]{1,5}|\*)")
IPV4 = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
IPV6 = re.compile(r"[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*")
HEXADECIMAL = re.compile(r"[0-9a-f]{1,4}")
NUMBERS = re.compile(r"[0-9]+(\.[0-9]+)+|[0-9]{1,3}")
PORT = re.compile(r"[0-9]{1,5}")
MAX_PORT = 65535
LETTERS = re.compile(r"[a-z]+")
LONG = 8  # letters of a word from which on two of them may be wrong
OTHER = ("any other ipv4", "any other ipv6")
MAPPED = "any other mapped"
GROUPS = range(224, 240)  # the first number of an IPv4 group: RFC 5771
IPV6_GROUP = "ff"  # how an IPv6 group begins: RFC 4291, 2.7


class Token(NamedTuple):
    """What a word or a phrase means: `value` of `slot`."""

    slot: str
    value: str
    typed: str = ""


class Cut(NamedTuple):
    """A text in tokens."""

    tokens: tuple[Token, ...]
    corrected: tuple[tuple[str, str], ...]  # (as typed, as read)
    unknown: tuple[str, ...]  # words that were not understood
    ignored: tuple[str, ...]  # words and phrases that carry no meaning
    near: tuple[tuple[str, tuple[str, ...]], ...]  # unknown words with those that they may stand for


def cut(text: str, grammar: Grammar) -> Cut:
    """The tokens of a text, in their order."""
    tokens: list[Token] = []
    unknown: list[str] = []
    typed = split(text, grammar)
    words, corrected, near = corrected_words(typed, grammar)
    place = 0
    while place < len(words):
        address = address_of(words[place], grammar)
        if address:
            tokens += address
            place += 1
            continue
        length, token = longest_phrase(words, place, grammar)
        if token:
            token = token._replace(typed=" ".join(typed[place : place + length]))
            place += length
            if token.slot in ("platform", "distribution"):
                version = version_of(words[place] if place < len(words) else "", token, grammar)
                if version and token.slot == "distribution":
                    unknown.append(words[place])
                elif version:
                    token = token._replace(value=f"{token.value} {version}", typed=f"{token.typed} {words[place]}")
                place += version is not None
                token = token._replace(slot="platform")
            tokens.append(token)
            continue
        word = words[place]
        port = PORT.fullmatch(word) and int(word) <= MAX_PORT
        tokens += [port_of(word, word)] if port else []
        unknown += [] if port else [word]
        place += 1
    meaningful = tuple(token for token in tokens if token.slot != "ignored")
    ignored = tuple(token.typed for token in tokens if token.slot == "ignored")
    return Cut(meaningful, corrected, tuple(dict.fromkeys(unknown)), ignored, tuple(each for each in near if each[0] in unknown))


def split(text: str, grammar: Grammar) -> list[str]:
    """The words of a text."""
    changed = "".join(chr(ord(each) + 32) if "A" <= each <= "Z" else each for each in text)
    apostrophe = f"(?<=[a-z])[{''.join(grammar.apostrophes)}]"
    changed = re.sub(f"{apostrophe}(?=t(?![a-z]))", "", changed)
    changed = re.sub(f"{apostrophe}(?:{'|'.join(grammar.suffixes)})(?![a-z])", "", changed)
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
    head, port = with_port(word, grammar)
    key = form_of(head, grammar)
    if (not key and (head or not port)) or (port not in ("", "*") and int(port) > MAX_PORT):
        return []
    here = grammar.groups.get(key, (("literal", key),) if key else ())
    return [*(Token(slot, value, word) for slot, value in here), *([port_of(port, word)] if port not in ("", "*") else [])]


def with_port(word: str, grammar: Grammar) -> tuple[str, str]:
    """What stands before a port, without brackets, and the port; blank where there is none."""
    match = BRACKETS.fullmatch(word) or (None if word in grammar.literals else WITH_PORT.fullmatch(word))
    return (match[1], match[2] or "") if match else (word, "")


def form_of(head: str, grammar: Grammar) -> str:
    """The literal or the group that an address is; blank where it is none."""
    if head in grammar.literals:
        return head
    if is_ipv4(head):
        return "ipv4" if int(head.partition(".")[0]) in GROUPS else OTHER[0]
    if not is_ipv6(head):
        return ""
    return "ipv6" if head.startswith(IPV6_GROUP) and head.index(":") == len("ffff") else MAPPED if "." in head else OTHER[1]


def is_ipv4(word: str) -> bool:
    """Whether a word is four numbers up to 255."""
    return bool(IPV4.fullmatch(word)) and all(int(each) <= 255 for each in word.split("."))


def is_ipv6(word: str) -> bool:
    """Whether a word is an IPv6 address in letters: RFC 4291, 2.2."""
    if not IPV6.fullmatch(word):
        return False
    before, _, last = word.rpartition(":")
    if "." in last:
        if not is_ipv4(last):
            return False
        word = f"{before}:0:0"
    halves = word.split("::")
    numbers = [number for half in halves if half for number in half.split(":")]
    fits = len(numbers) == 8 if len(halves) == 1 else len(halves) == 2 and len(numbers) < 8
    return fits and all(HEXADECIMAL.fullmatch(number) for number in numbers)


def impossible(word: str, grammar: Grammar) -> str:
    """What a word has the form of without being one: `IPv4 address`, `IPv6 address`, `port`; blank for anything else."""
    head, port = with_port(word, grammar)
    for each in (head, word):
        if IPV4.fullmatch(each) and not is_ipv4(each):
            return "IPv4 address"
        if IPV6.fullmatch(each) and not is_ipv6(each) and each not in grammar.literals:
            return "IPv6 address"
    number = port or head
    return "port" if PORT.fullmatch(number) and int(number) > MAX_PORT else ""


def port_of(number: str, typed: str) -> Token:
    """A port; port 0 is a topic of its own."""
    return Token("port", str(int(number)), typed) if int(number) else Token("mark", "port-zero", typed)


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
    if named or (word,) in grammar.phrases:
        return named
    return word if NUMBERS.fullmatch(word) and not IPV4.fullmatch(word) else None


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
