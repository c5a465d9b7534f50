"""Frozen records that travel past the loaders. Nothing here reads a file or prints.

A new field of host.json is added to `Host` here and read in `data/host.py`.
"""

from dataclasses import dataclass, field
from pathlib import Path

from matrix.vocabulary import Relation, within

MAX_SHOWN = 60  # characters of a foreign value in a fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with data: where, what, and what to do about it."""

    file: str
    row: int | None  # line of the file, 1 for the header; None where it concerns the whole file
    problem: str
    value: str  # the offending value, shortened; blank where there is none
    remedy: str

    def __str__(self) -> str:
        """All of it in one line that no log takes for a command."""
        place = self.file if self.row is None else f"{self.file}, row {self.row}"
        value = f": {self.value}" if self.value else ""
        return plain(f"{place}: {self.problem}{value} — {self.remedy}")


def plain(text: object) -> str:
    """Foreign text in one line that neither a terminal nor a workflow's log takes for a command.

    GitHub's runner knows `::command::` at the beginning of a line and `##[command]` anywhere in it.
    """
    line = "".join(each if each.isprintable() else repr(each)[1:-1] for each in str(text)).replace("##[", "#\\x23[")
    return line.replace("::", "\\x3a:", 1) if line.lstrip().startswith("::") else line


def shortened(value: object, limit: int = MAX_SHOWN) -> str:
    """A value as it can be shown in one line: control characters escaped, length bounded."""
    text = str(value)
    return repr(text[:limit]) + (f"… ({len(text):,} characters)" if len(text) > limit else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document, a published test, or somebody's report, at a known revision."""

    id: str
    kind: str  # "document", "test" or "report"
    title: str
    publisher: str
    repository: str  # owner/name
    path: str
    revision: str  # full commit hash, or the release read
    read: str  # date on which it was read
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one source says of one pattern of cases. A blank column means any; see `data/claims.py`."""

    id: str
    source: str
    kind: str  # a ClaimKind
    section: str
    system: str  # one or several with `|` between
    since: str
    until: str
    pattern: tuple[str, ...]  # a cell for each of KEYS
    expected: str
    statement: str
    fair_until: str = ""  # the last version of its fair reading, where that is narrower than the words; see `Reading`

    @property
    def last(self) -> str:
        """The last version that it speaks of, read fairly; blank for no end."""
        return self.fair_until or self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A sentence that can be read in two ways: as its words stand, without a version, and as one on the versions of the table around it.

    The narrower one is the fair one: under it the page doesn't contradict itself.
    """

    sentence: str  # the id of its claims, without the number at the end
    until: str  # the last version of the narrower reading
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """A sentence of a source that no row can judge, and why."""

    source: str
    system: str  # that it speaks of; one or several with `|` between
    section: str
    sentence: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A commit that speaks of a change between two versions of a system; see `claims/history.toml`."""

    line: str  # the system
    after: str  # the change was measured after this version,
    until: str  # and no later than in this one
    kind: str  # what became of the call: allowed, refused, error, answer
    protocol: str
    measure: str
    state: str  # of the first socket
    first: str  # its family and address; blank for any
    second: str
    repository: str  # owner/name
    revision: str  # commit hash, at least twelve digits of it
    title: str  # the commit's own
    text: str  # what it does
    read: str  # date on which it was read


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement of Microsoft's guide, in our words, and what judges it."""

    text: str
    judged: tuple[str, ...]  # ids of sentences and tables of the claims; empty where nothing can
    reason: str  # why nothing can, or nothing of a part; blank where all of it is judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What somebody else measured, asserts by a test or states of a system: second-hand, never counted as measured.

    A blank cell of `pattern`, or one of several words with `|` between, means that the source doesn't say which; see
    `data/evidence.py`.
    """

    id: str
    source: str
    section: str  # file and line and test, or the place within a page or thread
    system: str
    since: str  # the versions that it was got on (of a document: that it speaks of); blank with the reason in `versions`
    until: str
    pattern: tuple[str, ...]  # a cell for each of KEYS
    outcome: str  # an answer of the measure; REFUSED where the source doesn't say with which error
    statement: str
    versions: str  # what the source says of the version
    date: str  # day of the measurement or of its publication, ISO 8601; blank where the source has none
    processes: str  # one of PROCESSES
    method: str  # one of METHODS
    sure: str  # one of SURENESS
    why: str
    link: str
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imitated:
    """The system whose behaviour a host promises."""

    system: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """One of the accounts under which a run's sockets were made: what it may do, never who it is."""

    role: str  # "administrator", "standard", or blank where it could not be had
    method: str  # the call that started a helper under it
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
    version: str  # dotted number; blank where the system does not name one
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
    no_wildcard: bool
    options: tuple[str, ...]  # those that the system defines, "default" among them
    vocabulary: int  # the version of the words that it was asked with
    probe_version: str
    probe_sha256: str
    other_specific: str
    ephemeral: tuple[tuple[int, int], ...]
    accounts: dict[str, AccountFacts] = field(default_factory=dict)  # "own", "other", "third"
    multicast: dict[str, str] = field(default_factory=dict)  # "ipv6" → role of the interface
    stated: dict[str, str] = field(default_factory=dict)
    sha256: str = ""  # of its observations.csv: what the run is, byte for byte

    def relation(self, system: str, since: str, until: str) -> Relation | None:
        """What this host is to a claim about systems (`a|b`) between two versions; None where the claim says nothing about it.

        A comparison is made only with claims that hold today (no `until`), and whatever their `since`.
        """
        systems = system.split("|")
        if self.system in systems:
            return Relation.SUBJECT if within(self.version, since, until) else None
        if self.imitates and self.imitates.system in systems:
            return Relation.IMITATION if within(self.imitates.version, since, until) else None
        return None if until else Relation.COMPARISON


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """A run that is not reported, and why."""

    folder: Path
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """The result of one target that a workflow asked for."""

    target: str
    state: str  # one of LEG_STATES
    shown: str  # day of the run that is shown; blank for none
    reason: str  # why there is no fresh run
    may_fail: bool = False


LEG_STATES = ("fresh", "kept", "missing")
