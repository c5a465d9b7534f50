"""The reporter's closed sets of words, built from the probe's tables: nothing is declared twice.

What only claims say, and what only the reporter knows of a word, is here; how a claim is judged stands in `verdicts`.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Any

from matrix.probe import afterclose
from matrix.probe import vocabulary as probe
from matrix.probe.vocabulary import (
    CALL,
    CASE_COLUMNS,
    COLUMNS,
    COUNT_COLUMNS,
    EXTRA_ATTEMPTS,
    HOST_MEASURES,
    LIVE_NAMES,
    MULTICAST_SENDERS,
    NOT_MEASURED,
    RECEIVERS,
    SCHEMA,
    SENDERS,
    SYSTEMS,
    VOCABULARY,
)

__all__ = [
    "CALLS", "CASE_COLUMNS", "CLAIM_COLUMNS", "COLUMNS", "COUNT_COLUMNS", "DIFFERENT_ACCOUNTS", "EVIDENCE_COLUMNS", "EXTRA_ATTEMPTS",
    "HOST_MEASURES", "KEYS", "LIVE_NAMES", "MULTICAST_SENDERS", "NOT_MEASURED", "NO_EVIDENCE", "RECEIVERS", "SCHEMA", "SENDERS",
    "SYSTEMS", "VOCABULARY", "WINSOCK", "Account", "Address", "ClaimKind", "Expected", "Family", "Measure", "Option", "Outcome", "Protocol",
    "Relation", "State",
]  # fmt: skip


def enumerated(name: str, words: tuple[str, ...]) -> Any:
    """An enum of words; a member is named like its word, `SO_REUSEADDR+SO_REUSEPORT` as REUSEADDR_REUSEPORT."""
    return StrEnum(name, [(re.sub(r"\W", "_", word.replace("SO_", "")).upper(), word) for word in words])


Protocol = enumerated("Protocol", probe.PROTOCOLS)
Family = enumerated("Family", probe.FAMILIES)
Option = enumerated("Option", tuple(option.name for option in probe.OPTIONS))
Address = enumerated("Address", tuple(dict.fromkeys(address.name for address in probe.ADDRESSES)))
State = enumerated("State", probe.STATES)
Account = enumerated("Account", probe.ACCOUNT_NAMES)
Measure = enumerated("Measure", probe.MEASURE_NAMES)
# What a row answers: a word of its measure, or one of these, or the symbolic name of another error.
Outcome = enumerated("Outcome", (*probe.NAMED_OUTCOMES, probe.UNSTABLE, *NOT_MEASURED))

KEYS = (*CASE_COLUMNS, "measure")  # what makes an observation one question
CLAIM_COLUMNS = (
    "id", "source", "kind", "section", "system", "since", "until",
    *CASE_COLUMNS, "measure", "expected", "statement",
)  # fmt: skip
EVIDENCE_COLUMNS = (
    "id", "source", "section", "system", "since", "until",
    *CASE_COLUMNS, "measure", "outcome", "statement",
    "versions", "date", "processes", "method", "sure", "why", "link", "revision",
)  # fmt: skip
# The words of each column of a question, in the vocabulary's order.
WORDS: dict[str, tuple[str, ...]] = {
    "protocol": tuple(map(str, Protocol)),
    "first_family": tuple(map(str, Family)),
    "first_option": tuple(map(str, Option)),
    "first_address": tuple(map(str, Address)),
    "first_state": tuple(map(str, State)),
    "second_family": tuple(map(str, Family)),
    "second_option": tuple(map(str, Option)),
    "second_address": tuple(map(str, Address)),
    "account": tuple(map(str, Account)),
    "measure": tuple(map(str, Measure)),
}

DIFFERENT_ACCOUNTS: tuple[str, ...] = tuple(str(account) for account in Account if account != Account.SAME)
# The words in which a measure answers; those without are calls, whose answer is a success or an error.
ANSWERS: dict[str, tuple[str, ...]] = {measure.name: measure.answers for measure in probe.MEASURES}
CALLS = tuple(measure.name for measure in probe.MEASURES if measure.answers == CALL)
# Words of a measure that are no evidence for or against anything: the case can't tell (see `probe/lateoption.py`).
NO_EVIDENCE = {"indistinct": "the answer is the same with the option set in time as without it, so that it shows nothing"}
# Measures that are asked only where the second socket's bind of the same case succeeded.
AFTER_BIND = frozenset(measure.name for measure in probe.MEASURES if measure.about == "bound")
STATE_MEANINGS: dict[str, str] = {state.name: state.meaning for state in (*probe.LIVE_STATES, *afterclose.AFTER_CLOSE)}
MEANINGS: dict[str, str] = {measure.name: measure.meaning for measure in probe.MEASURES}
LITERALS: dict[tuple[str, str], str] = {(each.family, each.name): each.literal for each in probe.ADDRESSES}
SERVES: dict[tuple[str, str], tuple[str, ...]] = {(each.family, each.name): each.serves for each in probe.ADDRESSES}

# The system whose behaviour another one promises. No other system imitates anything.
IMITATES = {
    "wine": "windows", "reactos": "windows", "cygwin": "windows",
    "gvisor": "linux", "user-mode-linux": "linux", "wsl1": "linux", "wsl2": "linux", "illumos-lx": "linux", "freebsd-linuxulator": "linux",
}  # fmt: skip
# Of these, what promises that behaviour because it runs the other one's own kernel: it is never called an imitation.
SAME_KERNEL = frozenset(("user-mode-linux", "wsl2"))
# The systems whose errors have Windows' names, WSAEADDRINUSE and the like. Cygwin has those of Unix.
WINSOCK = frozenset(("windows", "windows-9x", "wine", "reactos"))
# The names that `sys.platform` begins with in the numbers of the vocabulary's settings, and the systems on which Python says so.
PLATFORMS = {
    "win32": frozenset({"windows", "windows-9x", "wine", "reactos", "cygwin"}),
    "freebsd": frozenset({"freebsd", "dragonfly"}),
    "sunos": frozenset({"solaris", "illumos"}),
}


def systems_with(option: str) -> frozenset[str]:
    """The systems that can define an option: all, or those of the platforms that its settings have numbers for."""
    settings = next(each.settings for each in probe.OPTIONS if each.name == option)
    possible = frozenset(SYSTEMS)
    for setting in settings:
        if setting.numbers:
            possible &= frozenset().union(*(PLATFORMS[platform] for platform, _ in setting.numbers))
    return possible


class Expected(StrEnum):
    """What a claim may expect of a call; LEFT_OPEN of any measure.

    REFUSED: the source says that it fails, and not how. INUSE|ACCESS: it says, with one of these two. LEFT_OPEN: it promises
    nothing ("indeterminate", "cannot be guaranteed", "undefined", "may"), so that no answer confirms or refutes it.
    """

    SUCCESS = "SUCCESS"
    INUSE = "INUSE"
    ACCESS = "ACCESS"
    INUSE_OR_ACCESS = "INUSE|ACCESS"
    REFUSED = "REFUSED"
    CHECK = "CHECK"
    LEFT_OPEN = "LEFT_OPEN"


# CHECK: "an access check decides" (Microsoft's kernel page). Which answer that is depends on the account.
CHECK_BY_ACCOUNT = {Account.SAME: Expected.SUCCESS, Account.OTHER: Expected.ACCESS}
# In a claim's second_family: the same family as the first socket's.
SAME_FAMILY = "same"


class ClaimKind(StrEnum):
    """What a claim is in its source."""

    CELL = "cell"  # a cell of a table of outcomes
    SENTENCE = "sentence"  # a sentence, or a part of one
    AVAILABILITY = "availability"  # a cell of a table of what exists where
    ASSERTION = "assertion"  # what a published test asserts


class Relation(StrEnum):
    """What a run is to a claim."""

    SUBJECT = "subject"  # the claim speaks of this system
    IMITATION = "imitation"  # this system promises to behave like the one that the claim speaks of
    COMPARISON = "comparison"  # another system altogether: what a ported program would meet


# Symbolic names of errors that calls of sockets, or what stands before them, can give on any of the systems. WSA is Windows' prefix.
ERRORS = frozenset(
    "EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EBADMSG EBUSY ECANCELED ECONNABORTED ECONNREFUSED ECONNRESET "
    "EDESTADDRREQ EDISCON EDOM EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN EHOSTUNREACH EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN "
    "EISDIR ELOOP EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENETDOWN ENETRESET ENETUNREACH ENFILE ENOBUFS ENODATA ENODEV ENOENT "
    "ENOEXEC ENOLCK ENOLINK ENOMEM ENOMSG ENOPROTOOPT ENOSPC ENOSR ENOSTR ENOSYS ENOTCONN ENOTDIR ENOTEMPTY ENOTSOCK ENOTSUP ENOTTY "
    "ENXIO EOPNOTSUPP EOVERFLOW EPERM EPFNOSUPPORT EPIPE EPROCLIM EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EREMOTE ESHUTDOWN "
    "ESOCKTNOSUPPORT ESPIPE ESRCH ESTALE ETIME ETIMEDOUT ETOOMANYREFS ETXTBSY EUSERS EWOULDBLOCK".split()
)


def known_error(error: str) -> bool:
    """Whether an error's name is one that a probe can write: a symbolic name, or `error N` where the system has none."""
    return error.removeprefix("WSA") in ERRORS or re.fullmatch(r"error \d{1,10}", error) is not None


@lru_cache(maxsize=4096)
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
