"""Gives a question's tokens to its two sockets.

1. `literal`, `address`, `option`, `family` and `owner` describe a socket; everything else speaks of both.
2. The tokens are cut at separators of the first level. Where two or more parts describe a socket, the first two are the sockets. Where
   fewer do, a part with a state counts too, if that makes it two. If not, the same with the next level, where it must be
   exactly two that describe a socket; and at last with words such as `after`, which have the first socket behind them: the two
   parts change places.
3. Of several levels that cut it so, the first counts with which nothing is left over; if there is none, the first one.
4. Otherwise there is one row of tokens, from left to right: what describes a socket is the first one's until something comes that it
   has already; from there on it is the second one's.
5. A socket that has an option, and gets another one that the vocabulary knows together with it, has both. Between separators `dual`
   or `v6only` counts where `ipv6` was typed too, in any order: both are IPv6. A family that its socket has already is the other's,
   where that has an address and no family. What else a socket has already and gets again is left over.
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
    left_over: list[str] = field(default_factory=list)  # as typed


def shared(tokens: tuple[Token, ...], grammar: Grammar) -> Shared:
    """The two sockets that the tokens describe."""
    found = described(tokens, grammar)
    for draft in (found.first, found.second):
        draft.family = "ipv6" if draft.family == "v6only" else draft.family
    return found


def described(tokens: tuple[Token, ...], grammar: Grammar) -> Shared:
    """The sockets, with the families as they were typed."""
    candidates = []
    for level in (*map(str, range(grammar.levels)), REVERSING):
        pieces = cut_at(tokens, level)
        parts = [part for part in pieces if any(token.slot in DESCRIBING for token in part)]
        if level == "0" and len(parts) < 2:
            parts = [part for part in pieces if any(token.slot in (*DESCRIBING, "state") for token in part)]
        if len(parts) == 2 or (level == "0" and len(parts) > 2):
            candidates.append(between(parts[::-1] if level == REVERSING else parts))
    if candidates:
        return next((each for each in candidates if not each.left_over), candidates[0])
    found = Shared()
    current = found.first
    for token in tokens:
        if token.slot in DESCRIBING:
            current = found.second if current.has(token.slot) else current
            give(found, current, token)
    return found


def between(parts: list[list[Token]]) -> Shared:
    """The sockets of parts that separators cut."""
    found = Shared(separated=True, more=len(parts) > 2)
    drafts = (found.first, found.second)
    families: list[tuple[Draft, Token]] = []
    for draft, other, part in zip(drafts, drafts[::-1], parts, strict=False):
        for token in part:
            if token.slot == "family" and "ipv6" in (draft.family, token.value) and {draft.family, token.value} & {"dual", "v6only"}:
                draft.family = token.value if draft.family == "ipv6" else draft.family
            elif token.slot == "family" and draft.family not in ("", token.value):
                families.append((other, token))
            else:
                give(found, draft, token)
    for draft, token in families:
        if draft.has("literal") and not draft.family:
            draft.family = token.value
        else:
            found.left_over.append(token.typed)
    return found


def cut_at(tokens: tuple[Token, ...], level: str) -> list[list[Token]]:
    """The tokens between separators of one level."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if (token.slot, token.value) == ("separator", level):
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
        found.left_over.append(token.typed)
