"""Gives a question's tokens to its two sockets.

1. `literal`, `address`, `option`, `family` and `owner` describe a socket; everything else speaks of both.
2. The tokens are cut at separators of the first level. Where two or more parts describe a socket, the first two are the sockets. Where
   fewer do, a part with a state counts too, if that makes it two. If not, the same with the next level, where it must be
   exactly two that describe a socket.
3. Failing that, the same with words such as `after`, which have the first socket behind them: the two parts change places.
4. Otherwise there is one row of tokens, from left to right: what describes a socket is the first one's until something comes that it
   has already; from there on it is the second one's.
5. A socket that has an option, and gets another one that the vocabulary knows together with it, has both. What a socket has
   already and gets again is left over.
"""

from dataclasses import dataclass, field

from matrix.questions.grammar import REVERSING, Grammar
from matrix.questions.words import Token
from matrix.vocabulary import WORDS

DESCRIBING = ("literal", "address", "option", "family", "owner")
OPTIONS = WORDS["first_option"]


@dataclass(slots=True)
class Draft:
    """What was typed of a socket; blank where nothing was."""

    literal: str = ""
    address: str = ""
    option: str = ""
    family: str = ""
    owner: str = ""

    @property
    def described(self) -> bool:
        """Whether more was typed than whose it is."""
        return bool(self.literal or self.address or self.option or self.family)

    def has(self, slot: str) -> bool:
        """Whether there is something in a slot; an address is one, however it was typed."""
        return bool(self.literal or self.address) if slot in ("literal", "address") else bool(getattr(self, slot))


@dataclass(slots=True)
class Shared:
    """Both sockets, and how they were found."""

    first: Draft = field(default_factory=Draft)
    second: Draft = field(default_factory=Draft)
    separated: bool = False  # by a separator
    more: bool = False  # there were more than two
    left_over: list[str] = field(default_factory=list)


def shared(tokens: tuple[Token, ...], grammar: Grammar) -> Shared:
    """The two sockets that the tokens describe."""
    for level in (*map(str, range(grammar.levels)), REVERSING):
        pieces = cut_at(tokens, level)
        parts = [part for part in pieces if any(token.slot in DESCRIBING for token in part)]
        if level == "0" and len(parts) < 2:
            parts = [part for part in pieces if any(token.slot in (*DESCRIBING, "state") for token in part)]
        if len(parts) == 2 or (level == "0" and len(parts) > 2):
            found = Shared(separated=True, more=len(parts) > 2)
            for draft, part in zip((found.first, found.second), reversed(parts) if level == REVERSING else parts, strict=False):
                for token in part:
                    give(found, draft, token)
            return found
    found = Shared()
    current = found.first
    for token in tokens:
        if token.slot in DESCRIBING:
            current = found.second if current.has(token.slot) else current
            give(found, current, token)
    return found


def cut_at(tokens: tuple[Token, ...], level: str) -> list[list[Token]]:
    """The tokens between separators of one level."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token == Token("separator", level):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def give(found: Shared, draft: Draft, token: Token) -> None:
    """Put what a token says into a socket."""
    if token.slot not in DESCRIBING:
        return
    if not draft.has(token.slot):
        setattr(draft, token.slot, token.value)
        return
    joined = next((each for each in (f"{draft.option}+{token.value}", f"{token.value}+{draft.option}") if each in OPTIONS), "")
    if token.slot == "option" and joined:
        draft.option = joined
    elif getattr(draft, token.slot) != token.value:
        found.left_over.append(f"{token.slot}={token.value}")
