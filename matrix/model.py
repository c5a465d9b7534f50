"""The vocabulary: closed sets of words, frozen records, and the one table by which claims are judged.

The probe has the same words as tuples of strings (`probe.py`), because it may import nothing;
`tests/test_vocabulary.py` holds the two together.

How a claim is judged. A claim expects an outcome, an observation has one. Both are first put into a
class (`kind`), then the pair of classes is looked up in `VERDICTS`. There is no other way to judge.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

CASE_COLUMNS = (
    "protocol", "first_family", "first_option", "first_address", "first_state",
    "second_family", "second_option", "second_address", "account",
)  # fmt: skip
OBSERVATION_COLUMNS = (*CASE_COLUMNS, "measure", "outcome", "error", "agreed", "attempts", "detail")
CLAIM_COLUMNS = (
    "id", "source", "section", "system", "since", "until",
    *CASE_COLUMNS, "measure", "expected", "statement",
)  # fmt: skip
SCHEMA = 2


# Names that the probe gives to systems, and that claims may speak of.
SYSTEMS = (
    "windows", "linux", "darwin", "freebsd", "openbsd", "netbsd", "dragonfly", "illumos", "solaris", "cygwin",
    "windows-9x", "wine", "reactos", "gvisor", "user-mode-linux", "wsl1", "wsl2", "illumos-lx", "freebsd-linuxulator",
)  # fmt: skip


class Protocol(StrEnum):
    TCP = "tcp"
    UDP = "udp"


class Family(StrEnum):
    IPV4 = "ipv4"
    IPV6 = "ipv6"  # V6ONLY on
    DUAL = "dual"  # V6ONLY off


class Option(StrEnum):
    DEFAULT = "default"
    REUSEADDR = "SO_REUSEADDR"
    EXCLUSIVEADDRUSE = "SO_EXCLUSIVEADDRUSE"
    REUSEPORT = "SO_REUSEPORT"
    REUSEADDR_REUSEPORT = "SO_REUSEADDR+SO_REUSEPORT"
    REUSEPORT_LB = "SO_REUSEPORT_LB"
    EXCLBIND = "SO_EXCLBIND"


class Address(StrEnum):
    WILDCARD = "wildcard"
    SPECIFIC = "specific"
    OTHER_SPECIFIC = "other-specific"
    MAPPED_WILDCARD = "mapped-wildcard"
    MAPPED_SPECIFIC = "mapped-specific"


class State(StrEnum):
    BOUND = "bound"
    LISTENING = "listening"
    # Ways in which a TCP port is left behind; `LeftBehind` of the probe makes them.
    ACCEPTED = "accepted"  # listener closed while an accepted connection lives
    TIME_WAIT = "time-wait"  # closed on this side first
    PEER_CLOSED = "peer-closed"  # closed by the peer first
    GRACEFUL = "graceful"  # shutdown for sending, recv until it returns nothing, close
    RESET = "reset"  # closed with linger 0
    UNSENT = "unsent"  # the peer stopped reading, data unsent, closed on this side
    CLIENT = "client"  # a connected client, bound by hand
    CLIENT_EPHEMERAL = "client-ephemeral"  # a connected client, its port chosen by the system


LIVE_STATES = (State.BOUND, State.LISTENING)


class Account(StrEnum):
    SAME = "same"
    OTHER = "other"  # the second socket is another account's
    OTHER_FIRST = "other-first"  # the first socket is another account's
    OTHERS = "others"  # both are, of two different unprivileged accounts


DIFFERENT_ACCOUNTS = (Account.OTHER, Account.OTHER_FIRST, Account.OTHERS)


class Measure(StrEnum):
    BIND = "bind"  # the second socket's bind
    LISTEN = "listen"  # the second socket's listen, after its bind succeeded
    FIRST_LISTEN = "first-listen"  # the first socket's, after the second listens
    DELIVER_IPV4 = "deliver-ipv4"  # who receives what is sent to 127.0.0.1, while both live
    DELIVER_IPV4_OTHER = "deliver-ipv4-other"  # … to the other specific address
    DELIVER_IPV6 = "deliver-ipv6"  # … to ::1
    NOTICE = "notice"  # what the first socket has to report about itself after that (SO_ERROR)
    INHERIT_IPV4 = "inherit-ipv4"  # who receives after the first has closed
    INHERIT_IPV4_OTHER = "inherit-ipv4-other"
    INHERIT_IPV6 = "inherit-ipv6"
    MULTICAST_FIRST = "multicast-first"  # who receives a group's datagrams that only the first has joined
    MULTICAST_BOTH = "multicast-both"
    MULTICAST_SECOND = "multicast-second"
    FREED = "freed"  # the second socket's bind once a port left behind has been given up
    LATE_OPTION = "late-option"  # whether an option counts that is set on the first after its bind
    AVAILABLE = "available"  # whether an option can be set at all
    DEFAULT = "default"  # whether it is on without being set
    TOGETHER = "together"  # whether a second option can be set on the same socket
    EPHEMERAL = "ephemeral"  # where the system's own choice of ports lies
    LINGER_CLOSE = "linger-close"  # whether close blocks over unsent data under SO_LINGER
    LINGER_LOSS = "linger-loss"  # what the peer can still read after a close with linger 0


# Facts of the host: most case columns of their rows are blank.
HOST_MEASURES = (
    Measure.AVAILABLE, Measure.DEFAULT, Measure.TOGETHER, Measure.EPHEMERAL, Measure.LINGER_CLOSE, Measure.LINGER_LOSS,
)  # fmt: skip
# Measures whose answer is a call's success or error.
CALLS = (
    Measure.BIND, Measure.LISTEN, Measure.FIRST_LISTEN, Measure.FREED, Measure.AVAILABLE, Measure.TOGETHER,
)  # fmt: skip
# Measures that need no successful bind of the same case.
BINDLESS = (*HOST_MEASURES, Measure.BIND, Measure.FREED, Measure.LATE_OPTION)
RECEIVERS = ("first", "second", "split", "both", "none", "refused")
# The other measures, and the words in which they answer.
WORDS: dict[str, tuple[str, ...]] = {
    **{str(measure): RECEIVERS for measure in Measure if measure.startswith(("deliver-", "inherit-", "multicast-"))},
    Measure.NOTICE: ("silent",),
    Measure.LATE_OPTION: ("ignored", "counts", "indistinct", "neither", "refused"),
    Measure.DEFAULT: ("on", "off"),
    Measure.EPHEMERAL: ("above-49151", "below-49152", "both-sides"),
    Measure.LINGER_CLOSE: ("blocks", "returns"),
    Measure.LINGER_LOSS: ("all", "some", "nothing"),
}


VOCABULARY: dict[str, type[StrEnum]] = {
    "protocol": Protocol,
    "first_family": Family,
    "first_option": Option,
    "first_address": Address,
    "first_state": State,
    "second_family": Family,
    "second_option": Option,
    "second_address": Address,
    "account": Account,
    "measure": Measure,
}


class Outcome(StrEnum):
    """Outcomes with a name of their own; every other error is its own symbolic name, as `EINVAL`."""

    SUCCESS = "SUCCESS"
    INUSE = "INUSE"
    ACCESS = "ACCESS"
    UNSTABLE = "UNSTABLE"
    NOT_RUN = "NOT_RUN"
    UNSUPPORTED = "UNSUPPORTED"


NOT_MEASURED = (Outcome.NOT_RUN, Outcome.UNSUPPORTED)


class Expected(StrEnum):
    """What a claim may expect. REFUSED: the source says that it fails, and not how."""

    SUCCESS = "SUCCESS"
    INUSE = "INUSE"
    ACCESS = "ACCESS"
    REFUSED = "REFUSED"
    CHECK = "CHECK"


# CHECK: "an access check decides" (Microsoft's kernel page). What that comes to depends on the account.
CHECK_BY_ACCOUNT = {Account.SAME: Expected.SUCCESS, Account.OTHER: Expected.ACCESS}

# In a claim's second_family: the same family as the first socket's.
SAME_FAMILY = "same"


class Standing(StrEnum):
    """What a run is to a claim."""

    SUBJECT = "subject"  # the claim speaks of this system
    IMITATION = "imitation"  # this system promises to behave like the one that the claim speaks of
    COMPARISON = "comparison"  # another system altogether: what a ported program would meet


class Verdict(StrEnum):
    AGREES = "agrees"
    WRONG_ERROR = "wrong-error"
    WEAKER = "weaker"
    STRICTER = "stricter"
    DIFFERS = "differs"
    UNSTABLE = "unstable"
    UNOBSERVED = "unobserved"
    UNDOCUMENTED = "undocumented"


@dataclass(frozen=True, slots=True)
class VerdictLook:
    """How a verdict is shown: never by colour alone."""

    symbol: str
    colour: str  # a class of the page's style sheet
    meaning: str


LOOKS = {
    Verdict.AGREES: VerdictLook("✓", "good", "observed as documented"),
    Verdict.WRONG_ERROR: VerdictLook("≠", "minor", "refused as documented, with another error"),
    Verdict.WEAKER: VerdictLook("▼", "bad", "documented as refused, observed to succeed: a port thought safe can be taken"),
    Verdict.STRICTER: VerdictLook("▲", "warn", "documented as success, observed to be refused"),
    Verdict.DIFFERS: VerdictLook("✗", "bad", "something else was observed than what is documented"),
    Verdict.UNSTABLE: VerdictLook("~", "warn", "the attempts did not agree with each other"),
    Verdict.UNOBSERVED: VerdictLook("·", "none", "not measured, for a stated reason"),
    Verdict.UNDOCUMENTED: VerdictLook("+", "none", "measured, and no document says anything"),
}  # fmt: skip
CONTRADICTIONS = (Verdict.WRONG_ERROR, Verdict.WEAKER, Verdict.STRICTER, Verdict.DIFFERS, Verdict.UNSTABLE)

# (class of what is expected, class of what was observed) → verdict. A blank class stands for absent.
VERDICTS = {
    ("SUCCESS", "SUCCESS"): Verdict.AGREES,
    ("SUCCESS", "INUSE"): Verdict.STRICTER,
    ("SUCCESS", "ACCESS"): Verdict.STRICTER,
    ("SUCCESS", "other-error"): Verdict.STRICTER,
    ("INUSE", "SUCCESS"): Verdict.WEAKER,
    ("INUSE", "INUSE"): Verdict.AGREES,
    ("INUSE", "ACCESS"): Verdict.WRONG_ERROR,
    ("INUSE", "other-error"): Verdict.WRONG_ERROR,
    ("ACCESS", "SUCCESS"): Verdict.WEAKER,
    ("ACCESS", "INUSE"): Verdict.WRONG_ERROR,
    ("ACCESS", "ACCESS"): Verdict.AGREES,
    ("ACCESS", "other-error"): Verdict.WRONG_ERROR,
    ("REFUSED", "SUCCESS"): Verdict.WEAKER,
    ("REFUSED", "INUSE"): Verdict.AGREES,
    ("REFUSED", "ACCESS"): Verdict.AGREES,
    ("REFUSED", "other-error"): Verdict.AGREES,
    ("word", "the-word"): Verdict.AGREES,
    ("word", "another-word"): Verdict.DIFFERS,
    **{(expected, "UNSTABLE"): Verdict.UNSTABLE for expected in ("SUCCESS", "INUSE", "ACCESS", "REFUSED", "word")},
    **{(expected, "not-measured"): Verdict.UNOBSERVED for expected in ("SUCCESS", "INUSE", "ACCESS", "REFUSED", "word")},
}  # fmt: skip


def verdict_of(expected: str, observed: str) -> Verdict:
    """The verdict on an observation. `expected` is one of Expected, or words joined by `|` of which any will do."""
    seen = kind(observed)
    if expected in tuple(Expected):
        return VERDICTS[expected, seen]
    if seen not in ("not-measured", Outcome.UNSTABLE):
        seen = "the-word" if observed in expected.split("|") else "another-word"
    return VERDICTS["word", seen]


def kind(outcome: str) -> str:
    """The class of an observed outcome, as `VERDICTS` knows it."""
    if outcome in NOT_MEASURED:
        return "not-measured"
    if outcome in tuple(Outcome):
        return outcome
    return "other-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with data: where, what, and what to do about it."""

    file: str
    row: int | None  # line of the file, 1 for the header; None where it concerns the whole file
    problem: str
    value: str  # the offending value, shortened; blank where there is none
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}, row {self.row}"
        value = f": {self.value}" if self.value else ""
        return plain(f"{place}: {self.problem}{value} — {self.remedy}")


def plain(text: object) -> str:
    """Foreign text in one line that no log takes for a command: GitHub's older ones, `##[…]`, count anywhere in it."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in str(text)).replace("##[", "#\\x23[")


def shortened(value: object, most: int = 60) -> str:
    """A value as it can be shown in one line: control characters escaped, length bounded."""
    text = str(value)
    cut = text[:most]
    return repr(cut) + (f"… ({len(text):,} characters)" if len(text) > most else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document, or a published test, at a known revision."""

    id: str
    kind: str  # "document" or "test"
    title: str
    publisher: str
    repository: str  # owner/name
    path: str
    revision: str  # full commit hash, or the release read
    read: str  # date on which it was read
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imitated:
    """The system whose behaviour a host promises."""

    system: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """One of the accounts under which a run's sockets were made: what it may do, never who it is."""

    role: str  # "administrator", "standard", or blank where it could not be had
    how: str  # the call that started a helper under it
    reason: str  # why it could not be had
    elevated: bool | None = None  # whether an administrator's rights are switched on; None where there is no such thing

    def __str__(self) -> str:
        """`administrator (elevated)`, for a reader."""
        return self.role + {True: " (elevated)", False: " (not elevated)", None: ""}[self.elevated]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What the probe found out about the machine, from host.json."""

    target: str
    system: str
    version: str  # dotted number; blank where the system does not tell it
    kernel: str
    name: str
    imitates: Imitated | None
    container: str
    machine: str
    python: str
    account: str
    measured: str  # day, ISO 8601
    repeat: int
    selection: str  # the probe's --only; blank for a whole run
    probe_version: str
    probe_sha256: str
    other_specific: str
    ephemeral: tuple[tuple[int, int], ...]
    accounts: dict[str, AccountFacts] = field(default_factory=dict)  # "own", "other", "third"
    multicast: dict[str, str] = field(default_factory=dict)  # "ipv6" → role of the interface
    stated: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """A run that is not reported, and why."""

    folder: Path
    faults: tuple[Fault, ...]


def version_key(version: str) -> tuple[int, ...]:
    """A dotted number as something that compares: 10.0.26100 is more than 6.1."""
    return tuple(int(part) for part in version.split(".")) if version else ()


def within(version: str, since: str, until: str) -> bool:
    """Whether a version lies between two bounds, both inclusive, blank meaning unbounded.

    A bound speaks of all that begins like it: 5.1.2600 is until 5.1. A blank version is within nothing
    but two blank bounds, because nobody knows what it is.
    """
    if not version:
        return not since and not until
    key = version_key(version)
    low, high = version_key(since), version_key(until)
    return key >= low and (not high or key[: len(high)] <= high)
