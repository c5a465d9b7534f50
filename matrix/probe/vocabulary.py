"""Every word of a case and of an answer, declared once. The reporter's enums are built from these tables.

To add an option, an address, a destination, an account or a measure, add its entry here. An option needs nothing else, at
whatever level it is set. A destination is an entry of DESTINATIONS and a word in the `serves` of the addresses that take
traffic for it, one of which takes no other: by that one it is found out whether it can be reached. A measure needs the
code that asks it, in `delivery`, `attempts` or `facts`. The states of a connection after its listener was closed are
declared where they are made, in `afterclose`.

Whoever changes a word, or what is asked, counts VOCABULARY up: a run names the one that it was asked with.
"""

from collections import namedtuple

from . import afterclose

SCHEMA = 2              # of the columns below and of the keys of host.json
VOCABULARY = 1          # of the words and of the questions
MAX_REASON = 200        # characters of a reason in `detail` or host.json; no loader takes a longer one
EXTRA_ATTEMPTS = 5      # made at most beyond the repeats, where answers dissent or an attempt failed
# Source ports of one attempt. Sharing sockets are chosen by a hash of the source port, one chance in two for either: one port
# proves nothing, and 20 take a split for `first` or `second` with the odds of 2 * 2**-20. In a run with 992 rows that split
# (gVisor has them), three attempts each, one run in 176 has such an attempt, which is named as a dissent; two of them in one
# row, UNSTABLE, come in one run of ten million, and three, a wrong word, in one of 6e14.
SENDERS = 20
MULTICAST_SENDERS = 4

CASE_COLUMNS = (
    "protocol", "first_family", "first_option", "first_address", "first_state",
    "second_family", "second_option", "second_address", "account",
)
COLUMNS = CASE_COLUMNS + ("measure", "outcome", "error", "agreed", "attempts", "detail")
COUNT_COLUMNS = CASE_COLUMNS + ("measure", "sent", "first", "second")

PROTOCOLS = ("tcp", "udp")
FAMILIES = ("ipv4", "ipv6", "dual")     # V6ONLY is on for ipv6 and off for dual

# Where traffic is sent to. literal: None is the second address of this machine, found when measuring.
Destination = namedtuple("Destination", ("name", "family", "literal"))
DESTINATIONS = (
    Destination("ipv4", "ipv4", "127.0.0.1"),
    Destination("ipv4-other", "ipv4", None),
    Destination("ipv6", "ipv6", "::1"),
)

# What is passed to bind, and the destinations that a socket with it takes traffic for. `other-specific` is found on the
# machine: only 127.0.0.1 exists of 127/8 on macOS and the BSDs.
Address = namedtuple("Address", ("family", "name", "literal", "serves"))
ADDRESSES = (
    Address("ipv4", "wildcard", "0.0.0.0", ("ipv4", "ipv4-other")),
    Address("ipv4", "specific", "127.0.0.1", ("ipv4",)),
    Address("ipv4", "other-specific", None, ("ipv4-other",)),
    Address("ipv6", "wildcard", "::", ("ipv6",)),
    Address("ipv6", "specific", "::1", ("ipv6",)),
    Address("dual", "wildcard", "::", ("ipv4", "ipv4-other", "ipv6")),
    Address("dual", "specific", "::1", ("ipv6",)),
    Address("dual", "mapped-wildcard", "::ffff:0.0.0.0", ("ipv4", "ipv4-other")),
    Address("dual", "mapped-specific", "::ffff:127.0.0.1", ("ipv4",)),
)

# What setsockopt sets: level and name in C, and the number on systems where CPython lacks the name. A name counts only on
# a system that defines it, because the numbers mean something else elsewhere.
Setting = namedtuple("Setting", ("level", "name", "numbers"))
SO_REUSEADDR = Setting("SOL_SOCKET", "SO_REUSEADDR", ())
SO_REUSEPORT = Setting("SOL_SOCKET", "SO_REUSEPORT", ())

# The options of a spec: the word, what it sets, and for which protocols it is asked.
Option = namedtuple("Option", ("name", "settings", "protocols"))
OPTIONS = (
    Option("default", (), PROTOCOLS),
    Option("SO_REUSEADDR", (SO_REUSEADDR,), PROTOCOLS),
    Option("SO_EXCLUSIVEADDRUSE",                                               # ws2def.h: ~SO_REUSEADDR
           (Setting("SOL_SOCKET", "SO_EXCLUSIVEADDRUSE", (("win32", ~4),)),), PROTOCOLS),
    Option("SO_REUSEPORT", (SO_REUSEPORT,), PROTOCOLS),
    Option("SO_REUSEADDR+SO_REUSEPORT", (SO_REUSEADDR, SO_REUSEPORT), PROTOCOLS),
    Option("SO_REUSEPORT_LB",                                                   # FreeBSD's sys/socket.h
           (Setting("SOL_SOCKET", "SO_REUSEPORT_LB", (("freebsd", 0x00010000),)),), PROTOCOLS),
    Option("SO_EXCLBIND",                                                       # illumos' and Solaris' sys/socket.h
           (Setting("SOL_SOCKET", "SO_EXCLBIND", (("sunos", 0x1015),)),), PROTOCOLS),
)
# Options that are one setting: what facts of the host are asked of.
SINGLE_OPTIONS = tuple(option for option in OPTIONS if len(option.settings) == 1)
LEVELS = (("IPPROTO_IP", 0), ("IPPROTO_TCP", 6), ("IPPROTO_UDP", 17), ("IPPROTO_IPV6", 41))     # IANA, for old Pythons

# States of the first socket, for which protocols, and what they mean. The others are those of `afterclose`, TCP alone.
State = namedtuple("State", ("name", "protocols", "meaning"))
LIVE_STATES = (
    State("bound", ("tcp", "udp"), "bound, and for TCP not listening"),
    State("listening", ("tcp",), "bound and listening"),
)
LIVE_NAMES = tuple(state.name for state in LIVE_STATES)
STATES = LIVE_NAMES + afterclose.NAMES

# Whose the two sockets are: the word, and the processes that make the first and the second. `first` and `second` are of
# our own account, `other` and `third` of two others: both, because root is exempt on some systems.
Account = namedtuple("Account", ("name", "first", "second", "meaning"))
ACCOUNTS = (
    Account("same", "first", "second", "both are one account's"),
    Account("other", "first", "other", "the second socket is another account's"),
    Account("other-first", "other", "second", "the first socket is another account's"),
    Account("others", "other", "third", "they are two different unprivileged accounts'"),
)
ACCOUNT_NAMES = tuple(account.name for account in ACCOUNTS)

# What is asked. about: `bound`, of a case whose second socket bound; `case`, of a case; `host`, a fact of the host, whose
# case columns are mostly blank. answers: the words in which it answers; CALL is a call's SUCCESS or its error.
CALL = ()
RECEIVERS = ("first", "second", "split", "both", "none", "refused")
Measure = namedtuple("Measure", ("name", "about", "answers", "meaning"))


def per_destination(prefix, meaning):
    """A measure for each destination."""
    return tuple(Measure(prefix + to.name, "bound", RECEIVERS, meaning % (to.literal or "the other specific address"))
                 for to in DESTINATIONS)


MEASURES = (
    (Measure("bind", "case", CALL, "the second socket's bind"),
     Measure("listen", "bound", CALL, "the second socket's listen, after its bind succeeded"),
     Measure("first-listen", "bound", CALL, "the first socket's listen, after the second listens"))
    + per_destination("deliver-", "who receives what is sent to %s while both live")
    + (Measure("notice", "bound", ("silent",), "what the first socket has to report about itself after that (SO_ERROR)"),)
    + per_destination("inherit-", "who receives what is sent to %s after the first has closed")
    + (Measure("multicast-first", "bound", RECEIVERS, "who receives a group's datagrams that only the first has joined"),
       Measure("multicast-both", "bound", RECEIVERS, "who receives a group's datagrams that both have joined"),
       Measure("multicast-second", "bound", RECEIVERS, "who receives a group's datagrams that only the second has joined"),
       Measure("freed", "case", CALL, "the second socket's bind once the first's connection has been given up"),
       Measure("late-option", "case", ("ignored", "counts", "indistinct", "neither", "refused"),
               "whether an option counts that is set on the first socket after its bind"),
       Measure("available", "host", CALL, "whether an option can be set at all"),
       Measure("default", "host", ("on", "off"), "whether it is on without being set"),
       Measure("together", "host", CALL, "whether a second option can be set on the same socket"),
       Measure("ephemeral", "host", ("above-49151", "below-49152", "both-sides"), "where the system's own choice of ports lies"),
       Measure("linger-close", "host", ("blocks", "returns"), "whether close blocks over unsent data under SO_LINGER"),
       Measure("linger-loss", "host", ("all", "some", "nothing"), "what the peer can still read after a close with linger 0"))
)
MEASURE_NAMES = tuple(measure.name for measure in MEASURES)
HOST_MEASURES = tuple(measure.name for measure in MEASURES if measure.about == "host")
MULTICASTS = tuple(name for name in MEASURE_NAMES if name.startswith("multicast-"))

# Outcomes that are no answer of the system: not measured, for the reason in `detail`.
NOT_RUN, UNSUPPORTED = "NOT_RUN", "UNSUPPORTED"
NOT_MEASURED = (NOT_RUN, UNSUPPORTED)
UNSTABLE = "UNSTABLE"
# Outcomes of calls with a name of their own; every other error is its own symbolic name, as EINVAL.
NAMED_OUTCOMES = ("SUCCESS", "INUSE", "ACCESS")

# Controls: questions with one answer everywhere, by name, with that answer. The first is asked once a round, the others of
# TCP and of UDP, as `tcp-same-port`. Those of other accounts have the account before their name, as `other-udp-after-close`.
PROCESSES_CONTROL = ("three-processes", "3")
SOCKET_CONTROLS = (
    ("first-alone", "SUCCESS"), ("same-port", "refused"), ("port-beside", "SUCCESS"), ("other-protocol", "SUCCESS"),
    ("after-close", "SUCCESS"),
)

# Names that are given to systems. To add one, enter its name here and let the functions of `system` find it; claims may speak
# of all of them, and of windows-9x.
SYSTEMS = (
    "windows", "linux", "darwin", "freebsd", "openbsd", "netbsd", "dragonfly", "illumos", "solaris", "cygwin",
    "windows-9x", "wine", "reactos", "gvisor", "user-mode-linux", "wsl1", "wsl2", "illumos-lx", "freebsd-linuxulator",
)
