"""From a question in anybody's words to what it asks: the one reader of `explain`, `find`, `advise` and the page.

Theory of operation; a reader in another language follows these steps, the data of `grammar.toml`, and agrees with `questions.csv`.

1. A text with a word that has both `@` and `*` is a pattern of ids, taken as it is (kind `pattern`). All else is cut into tokens
   (`words.py`), and these are given to two sockets (`sockets.py`).
2. No token with a meaning: kind `unknown` where there are words that were not understood, else kind `empty`.
3. A topic is met where all `slot=value` of one of its alternatives are among the tokens (of a platform, its system alone). The first
   that is met counts; unless it is `partly`, that is the answer (kind `topic`). More than two sockets are the mark `three`.
   Measures are those that were named; `deliver-…` is left out where `multicast-…` or `inherit-…` was named, too.
   `leads` is the command that is the better answer: `compare` by its mark, with a system; `advise` for a runtime, for the
   goals `restart` and `protect` together, and for any goal of an inverse question.
4. With errors, and no socket, state, twin, measure, wanted or inverse: kind `error`. With measures of the host alone, and no socket
   but by its options: kind `fact`, of these `options`. With `leads`, without the argument `inverse`, socket and twin, and for
   `compare` without anything else, for `advise` with a runtime or both goals: kind `command`.
5. States: those of the first part (between separators of the first level) that has any, all of them together; but a group of
   states, such as those of a restart, counts only if each state named by itself is one of it, or is no state after a close.
   Protocol: as typed; else UDP
   for multicast, TCP for states after a close or `listening`, UDP for a port in `ports.udp`, TCP. UDP sockets are `bound`, whatever
   state was typed. No state: `listening` for TCP, but `bound` for measures that are only asked there, and both
   for both protocols. `twin` with the restart of a server adds `listening`.
6. A question is inverse (kind `find`) where it is asked so (the argument `inverse`, the token, or `live` is wanted), where no socket was
   described and none is a twin, or where only one was, and neither a twin nor another account speaks of a second; else
   it is a case. In a state after a close an option makes a twin of the second socket, because that is a server that
   starts again. An inverse question that names an error, and no other outcome than a refusal, wants the error's.
7. Options that were not typed: a twin's are those of the other; in an inverse question they are any, `*`; a second socket of
   which nothing was typed has the first one's; else `default`.
8. Addresses that were not typed are those of the other socket, with its family; if there is none, `wildcard`. Families: as typed where
   the address allows it (else the other socket's, where that allows it); else the usual one of the literal; else that of the other
   socket; else `ipv4`. After a close everything is `ipv4`, `wildcard` or `specific`; a client on a port of the system's choice
   is at `specific`, and who wants its port at `wildcard`.
9. Account: as typed; else by the sockets' owners. `own` is root, who runs the probe, and `other` somebody else: `other` where the
   second is another's or the first root's, `other-first` the other way round, `others` where both are another's. Where nothing
   separates the sockets, one owner counts for the second. Without an owner, or with root as both: `same`.
10. `versions` is whether its token is there; `goals` are those of the table `goals` of which one alternative has all of its tokens.
11. `unknown` are the words that were not understood, then those that were and are not used: what a socket has already, another
    port, account or wanted answer than the first, a state of another part, a family that its address or a state after a close
    does not have. No word is left out without being named here, but for the grammar's words that carry no meaning.
12. `assumed` names, in this order, what was not typed: protocol, first-option, first-address, second-option, second-address, v6only,
    state, account. Options that are any are not assumed, nor is anything that a twin has from the other by a word such as `twice`.
"""

from dataclasses import dataclass, replace

from matrix.questions.grammar import Grammar, Topic, grammar
from matrix.questions.settled import AFTER_CLOSE, ANY, settled_account, settled_options, settled_places, settled_states
from matrix.questions.sockets import DESCRIBING, Shared, cut_at, shared
from matrix.questions.words import Token, cut
from matrix.vocabulary import HOST_MEASURES, WORDS, Expected

ORDER = ("protocol", "first-option", "first-address", "second-option", "second-address", "v6only", "state", "account")
ASKING = frozenset((*DESCRIBING, "state", "twin", "measure", "wanted", "inverse", "account"))  # slots of a question about sockets
FAMILIES = {"ipv6": ("ipv6", "dual"), "v6only": ("ipv6",)}  # that a family's word may stand for, where it is not its own
REFUSED = str(Expected.REFUSED)
BOTH_GOALS = frozenset(("protect", "restart"))  # of one server: as a question about two sockets it would be the inverse


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket:
    """One socket of a question. `option` is ANY where it may be any."""

    family: str
    option: str
    address: str

    def __str__(self) -> str:
        """As in a case's id."""
        return f"{self.family} {self.option}@{self.address}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a question asks. Its sockets are None unless the kind is `case` or `find`."""

    kind: str  # case, find, fact, error, topic, command, pattern, empty, unknown
    text: str  # as typed
    protocols: tuple[str, ...] = ()
    first: Socket | None = None
    states: tuple[str, ...] = ()
    second: Socket | None = None
    account: str = ""
    measures: tuple[str, ...] = ()  # empty for all
    wanted: str = ""  # `live`, an outcome, REFUSED, or who receives
    options: tuple[str, ...] = ()  # that a fact of the host is about; empty for all
    errors: tuple[str, ...] = ()
    topic: str = ""
    platforms: tuple[tuple[str, str], ...] = ()  # (system, version), the version blank for any
    port: int | None = None
    versions: bool = False  # asked is what changed from version to version
    goals: tuple[str, ...] = ()  # what a server wants, for `advise`
    runtimes: tuple[str, ...] = ()  # as the recipes name them
    leads: str = ""  # the command that answers better: advise, compare
    privileged: bool = False  # root or an administrator was named
    assumed: tuple[str, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    near: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def case(self) -> str:
        """The case in the words of an id, `|` between alternatives and `*` for any; blank where no sockets are asked about."""
        if self.kind == "pattern":
            return self.text
        if not self.first or not self.second:
            return ""
        return f"{'|'.join(self.protocols)} {self.first} {'|'.join(self.states)} {self.second} {self.account}"


def read(text: str, *, inverse: bool = False, known: Grammar | None = None) -> Meaning:
    """What a text asks. `inverse`: what was not typed may be anything (step 6)."""
    stripped = " ".join(text.split())
    if any("@" in word and ANY in word for word in stripped.split()):
        return Meaning(kind="pattern", text=stripped)
    words = known or grammar()
    found = cut(stripped, words)
    values: dict[str, list[str]] = {}
    for slot, value, _ in found.tokens:
        values.setdefault(slot, []).append(value)
    sockets = shared(found.tokens, words)
    topic = topic_of(found.tokens, sockets, words)
    asked = Meaning(
        kind="unknown" if found.unknown else "empty",
        text=stripped,
        protocols=distinct(values.get("protocol", [])),
        measures=measures_of(values.get("measure", [])),
        wanted=wanted_of(values.get("wanted", [])),
        errors=distinct(values.get("error", [])),
        topic=topic.id if topic else "",
        platforms=platforms_of(values.get("platform", [])),
        port=int(values["port"][0]) if "port" in values else None,
        versions="versions" in values,
        goals=goals_of(found.tokens, words),
        runtimes=distinct(values.get("runtime", [])),
        privileged="own" in values.get("owner", []),
        corrected=found.corrected,
        unknown=(*found.unknown, *spare(found.tokens)),
        near=found.near,
    )
    spoken = set(values) - {"separator"}
    if not spoken:
        return asked
    asked = replace(asked, leads=leads_of(asked, values))
    if topic and not topic.partly:
        return replace(asked, kind="topic")
    if asked.errors and not inverse and not spoken & ASKING:
        return replace(asked, kind="error")
    if asked.measures and set(asked.measures) <= set(HOST_MEASURES) and not spoken & {*DESCRIBING, "twin"} - {"option"}:
        return replace(asked, kind="fact", options=distinct(values.get("option", [])))
    alone = not spoken & ASKING if asked.leads == "compare" else asked.runtimes or set(asked.goals) >= BOTH_GOALS
    if asked.leads and alone and not inverse and not spoken & {*DESCRIBING, "twin"}:
        return replace(asked, kind="command")
    return of_sockets(found.tokens, sockets, asked, inverse, words)


def of_sockets(tokens: tuple[Token, ...], sockets: Shared, asked: Meaning, inverse: bool, words: Grammar) -> Meaning:
    """A case, or an inverse question: what was not typed is filled in (steps 5 to 10)."""
    there = {slot: [token.value for token in tokens if token.slot == slot] for slot in ("account", "twin", "inverse")}
    first, second, assumed = sockets.first, sockets.second, set()
    typed_states, by = states_of(tokens)
    protocols = asked.protocols
    if not protocols:
        assumed.add("protocol")
        protocols = (guessed_protocol(typed_states, asked, words),)
    states, state_assumed = settled_states(typed_states, protocols, asked.measures)
    assumed |= {"state"} if state_assumed else set()
    closed = states[0] in AFTER_CLOSE
    twin = bool(there["twin"])
    restarted = closed and bool(first.option) and not second.described
    if twin and {"accepted", "time-wait"} == set(states):
        states = ("listening", *states)
    several = bool(there["account"]) and there["account"][0] != "same"
    alone = not (second.described or second.owner or twin or restarted or several)
    undescribed = not (first.described or second.described or twin)
    inverse = inverse or alone or undescribed or bool(there["inverse"]) or asked.wanted == "live"
    options = settled_options(first, second, twin, inverse, restarted, assumed)
    places = settled_places(first, second, twin, closed, "client-ephemeral" in states, assumed, words)
    pair = [Socket(family=family, option=option, address=address) for (family, address), option in zip(places, options, strict=True)]
    by_error = words.errors[asked.errors[0]].outcome if asked.errors else ""
    account = settled_account(there["account"], sockets, assumed)
    unused = without_use(tokens, by, states, places, words)
    return replace(
        asked,
        kind="find" if inverse else "case",
        protocols=protocols,
        first=pair[0],
        states=states,
        second=pair[1],
        measures=tuple(measure for measure in asked.measures if measure not in HOST_MEASURES),
        account=account,
        wanted=(by_error if by_error and asked.wanted in ("", REFUSED) else asked.wanted) if inverse else "",
        assumed=tuple(each for each in ORDER if each in assumed),
        unknown=tuple(dict.fromkeys((*asked.unknown, *sockets.left_over, *unused))),
    )


def distinct(values: list[str]) -> tuple[str, ...]:
    """Values of which each may be several with `|` between, each once."""
    return tuple(dict.fromkeys(part for value in values for part in value.split("|")))


def spare(tokens: tuple[Token, ...]) -> tuple[str, ...]:
    """What was typed of ports, accounts and wanted answers beside the first of each, which alone counts."""
    found = []
    for slot in ("port", "account", "wanted"):
        these = [token for token in tokens if token.slot == slot]
        found += [token.typed for token in these if wanted_of([token.value]) != wanted_of([these[0].value])]
    return tuple(dict.fromkeys(found))


def without_use(
    tokens: tuple[Token, ...], part: list[Token], states: tuple[str, ...], places: list[tuple[str, str]], words: Grammar
) -> list[str]:
    """What was understood and is not used: states of another part than `part`, families and addresses, facts of the host."""
    of_part = {token.value for token in part}
    unused = [
        token.typed for token in tokens
        if token.slot == "state" and token.value not in of_part and not {*token.value.split("|")} & {*states}
    ]  # fmt: skip
    unused += [token.typed for token in tokens if token.slot in ("family", "literal") and not serves(token, places, words)]
    return unused + [token.typed for token in tokens if token.slot == "measure" and {*token.value.split("|")} <= {*HOST_MEASURES}]


def serves(token: Token, places: list[tuple[str, str]], words: Grammar) -> bool:
    """Whether a family or an address that was typed is one of those that are asked about."""
    families = {family for family, _ in places}
    meant = FAMILIES.get(token.value, (token.value,)) if token.slot == "family" else words.literals[token.value].families
    return bool(families & {*meant})


def leads_of(asked: Meaning, values: dict[str, list[str]]) -> str:
    """The command that is the better answer (step 3); blank for none."""
    if "compare" in values.get("mark", []) and asked.platforms:
        return "compare"
    return "advise" if asked.runtimes or set(asked.goals) >= BOTH_GOALS or (asked.goals and "inverse" in values) else ""


def measures_of(values: list[str]) -> tuple[str, ...]:
    """The measures that were named; who receives a group's datagrams, or after a close, is not also who receives at large."""
    found = distinct(values)
    special = any(measure.startswith(("multicast-", "inherit-")) for measure in found)
    return tuple(measure for measure in found if not (special and measure.startswith("deliver-")))


def wanted_of(values: list[str]) -> str:
    """What is wanted, by the first word for it: a server that protects its port wants refusals."""
    return {"protect": REFUSED}.get(values[0], values[0]) if values else ""


def platforms_of(values: list[str]) -> tuple[tuple[str, str], ...]:
    """(system, version) of each platform that was named."""
    pairs = [value.partition(" ") for value in dict.fromkeys(values)]
    return tuple((system, version) for system, _, version in pairs)


def topic_of(tokens: tuple[Token, ...], sockets: Shared, words: Grammar) -> Topic | None:
    """The first topic that the tokens meet."""
    there = {f"{slot}={value.partition(' ')[0]}" for slot, value, _ in tokens} | ({"mark=three"} if sockets.more else set())
    return next((topic for topic in words.topics if any(wanted <= there for wanted in topic.when)), None)


def goals_of(tokens: tuple[Token, ...], words: Grammar) -> tuple[str, ...]:
    """The goals that the tokens meet, in the order of the grammar."""
    there = {f"{slot}={value}" for slot, value, _ in tokens}
    return tuple(goal for goal, alternatives in words.goals.items() if any(wanted <= there for wanted in alternatives))


def platform_of(text: str, known: Grammar | None = None) -> tuple[str, str] | None:
    """(system, version) of the name of a platform, and of nothing else; None where a text is none."""
    found = cut(" ".join(text.split()), known or grammar())
    if len(found.tokens) != 1 or found.tokens[0].slot != "platform" or found.unknown or found.corrected:
        return None
    return platforms_of([found.tokens[0].value])[0]


def states_of(tokens: tuple[Token, ...]) -> tuple[tuple[str, ...], list[Token]]:
    """The states of the first part, between separators of the first level, that names any; and that part."""
    for part in cut_at(tokens, "0"):
        named = [token.value for token in part if token.slot == "state"]
        alone = {value for value in named if "|" not in value} & {*AFTER_CLOSE}
        found = distinct([value for value in named if "|" not in value or alone <= {*value.split("|")}])
        if found:
            return tuple(state for state in WORDS["first_state"] if state in found), part
    return (), []


def guessed_protocol(states: tuple[str, ...], asked: Meaning, words: Grammar) -> str:
    """The protocol that is meant where none is typed."""
    if any(measure.startswith("multicast-") for measure in asked.measures):
        return "udp"
    return "udp" if asked.port in words.udp_ports and not set(states) & {"listening", *AFTER_CLOSE} else "tcp"
