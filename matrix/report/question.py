"""A question as it was understood, in a sentence; what was assumed; and the words of an answer."""

from collections.abc import Callable, Iterable

from matrix.findings.titles import settings, system
from matrix.questions.grammar import grammar
from matrix.questions.reader import Meaning, Socket
from matrix.questions.settled import ANY
from matrix.questions.words import impossible
from matrix.vocabulary import LIVE_NAMES

LITERALS = {
    ("ipv4", "wildcard"): "0.0.0.0",
    ("ipv4", "specific"): "127.0.0.1",
    ("ipv4", "other-specific"): "a second IPv4 address of the machine",
    ("ipv6", "wildcard"): ":: (V6ONLY on)",
    ("ipv6", "specific"): "::1",
    ("dual", "wildcard"): ":: (V6ONLY off)",
    ("dual", "specific"): "::1 (V6ONLY off)",
    ("dual", "mapped-wildcard"): "::ffff:0.0.0.0",
    ("dual", "mapped-specific"): "::ffff:127.0.0.1",
}
# What the first socket does, or what became of it.
STATES = {
    "bound": "is bound to {}",
    "listening": "listens on {}",
    "accepted": "listened on {} and was closed; a connection that it accepted is still open",
    "time-wait": "listened on {} and was closed; its connection is in TIME_WAIT",
    "peer-closed": "listened on {} and was closed; its connection was closed by the peer first",
    "graceful": "listened on {} and was closed; its connection was shut down, read to the end and closed",
    "reset": "listened on {} and was closed; its connection was reset (linger 0)",
    "unsent": "listened on {} and was closed; its connection was closed with data unsent",
    "client": "is a connected client, bound to {}",
    "client-ephemeral": "is a connected client on a port that the system chose",
}
SHORT_STATES = {
    "accepted": "open connection", "time-wait": "TIME_WAIT", "peer-closed": "closed by the peer first", "graceful": "graceful close",
    "reset": "reset", "unsent": "unsent data", "client": "client", "client-ephemeral": "client on the system's port",
}  # fmt: skip
ACCOUNTS = {
    "same": "same account",
    "other": "the second socket is another account's",
    "other-first": "the first socket is another account's",
    "others": "two different unprivileged accounts",
}


def options(option: str, noun: str = "socket") -> str:
    """`socket without options`, `socket with SO_REUSEADDR`, `socket with any option`."""
    if option == "default":
        return f"{noun} without options"
    return f"{noun} with {'any options' if option == ANY else ' and '.join(settings(option))}"


def place(socket: Socket) -> str:
    """The address of a socket."""
    return LITERALS.get((socket.family, socket.address), f"{socket.family} {socket.address}")


def sentence(meaning: Meaning) -> str:
    """The question as it was understood."""
    first, second = meaning.first, meaning.second
    if not first or not second:
        return meaning.text
    states = meaning.states
    if len(meaning.protocols) > 1:
        does = f"listens on (TCP) or is bound to (UDP) {place(first)}"
    elif len(states) == 1:
        does = STATES[states[0]].format(place(first))
    else:
        live = "still listens, or " if set(states) & set(LIVE_NAMES) else ""
        does = f"listened on {place(first)} and {live}was closed, with its connection in one of the states below"
    protocols = " and ".join(each.upper() for each in meaning.protocols)
    return (
        f"{protocols} over {families(first, second)}, {ACCOUNTS[meaning.account]}: a first {options(first.option)} {does}; "
        f"a second one {options(second.option, '').strip()} binds {place(second)}."
    )


def families(first: Socket, second: Socket) -> str:
    """The families of both sockets."""
    names = {"ipv4": "IPv4", "ipv6": "IPv6", "dual": "IPv6 with V6ONLY off"}
    found = dict.fromkeys(names[each.family] for each in (first, second))
    return ", then ".join(found)


def assumed(meaning: Meaning) -> str:
    """What was not typed and got its usual meaning; blank for nothing."""
    first, second = meaning.first, meaning.second
    if not first or not second:
        return ""
    words = {
        "protocol": meaning.protocols[0].upper(),
        "first-option": f"first {options(first.option, '').strip()}",
        "first-address": f"first on {place(first)}",
        "second-option": f"second {options(second.option, '').strip()}",
        "second-address": f"second on {place(second)}",
        "v6only": "V6ONLY off, the default of Linux and macOS",
        "state": {"bound": "bound", "listening": "listening"}.get(meaning.states[0], meaning.states[0]),
        "account": "same account",
    }
    return ", ".join(words[each] for each in meaning.assumed)


def unclear(meaning: Meaning) -> list[str]:
    """What was read otherwise than typed, and what was not understood, a sentence each."""
    found = [f"{typed!r} was read as {read!r}." for typed, read in meaning.corrected]
    wrong = {word: form for word in meaning.unknown if (form := impossible(word, grammar()))}
    found += [f"{word!r} is not {'an' if form[0] == 'I' else 'a'} {form}, and was left out." for word, form in wrong.items()]
    rest = [repr(word) for word in meaning.unknown if word not in wrong]
    guesses = "".join(f" Instead of {word!r}, did you mean {' or '.join(each)}?" for word, each in meaning.near)
    found += [f"Left out of the question: {', '.join(rest)}.{guesses}"] if rest else []
    if meaning.privileged and meaning.account != "same":
        found.append("Root, or an administrator, is the probe's own account, where it ran as that; the other one is unprivileged.")
    return found


def better(meaning: Meaning, newest: Callable[[str], str]) -> list[str]:
    """The commands that answer what a question of two sockets can't, a line each. `newest`: the run of a system's newest version."""
    if meaning.leads == "compare":
        newest_of = [(name, newest(name)) for name, _ in meaning.platforms]
        runs = [run for _, run in newest_of if run]
        commands = [f"bind-matrix diff {' '.join(runs[:2])}"] if len(runs) > 1 else [f"bind-matrix compare {run}" for run in runs]
        missing = [system(name) for name, run in newest_of if not run]
        found = [f"What it answers otherwise than others: {command}" for command in commands]
        found += [f"{', '.join(missing)}: not measured by us, so there is nothing to compare."] if missing else []
        return [*found, "Name two sockets, and each answer is shown beside what is documented."]
    if meaning.leads != "advise":
        return []
    if meaning.runtimes:
        return [f"What {', '.join(meaning.runtimes)} set{'s' if len(meaning.runtimes) == 1 else ''} by default: "
                f'bind-matrix advise "{" ".join(meaning.runtimes)}"']  # fmt: skip
    protocols = () if "protocol" in meaning.assumed else meaning.protocols
    words = " ".join((*meaning.goals, *protocols, *(" ".join(each).strip() for each in meaning.platforms)))
    return [f'Which options reach that: bind-matrix advise "{words}"']


def receiver(who: str, places: Iterable[str]) -> str:
    """Who receives, in words."""
    to = f"what is sent to {' and '.join(places)}"
    return {
        "first": f"the first receives {to}",
        "second": f"the second receives {to}",
        "split": f"both share {to}",
        "both": f"each gets a copy of {to}",
        "none": f"nobody receives {to}",
        "refused": f"connections to {' and '.join(places)} are refused",
    }.get(who, f"{to}: {who}")
