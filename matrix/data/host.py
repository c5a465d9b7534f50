"""host.json into a record: every field typed and bounded, every text plain."""

import re
from datetime import date, timedelta
from typing import Any

from matrix.data.strict import Faults
from matrix.records import AccountFacts, Host, Imitated
from matrix.vocabulary import IMITATES, SCHEMA, SYSTEMS, VOCABULARY, WORDS, systems_with

AGAIN = "run the probe again"
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ()/._+:,#~-]*")
FREE = re.compile(r"[A-Za-z0-9 ()/._+:,#~@*?\[\]!'-]*")  # a selection holds globs
MAX_TEXT = 200
MAX_ENTRIES = 100  # of a table in host.json
MAX_REPEAT = 100
ACCOUNTS = ("own", "other", "third")
ROLES = ("administrator", "standard", "unknown", "")
OTHER_SPECIFIC = ("loopback", "interface", "none")
# The beginning of a target's name, where it isn't the name of the system.
TARGET_WORDS = {"uml": "user-mode-linux", "ubuntu": "linux", "debian": "linux", "macos": "darwin", "omnios": "illumos"}


class Reader:
    """Takes typed values out of an object of JSON and notes what isn't there or isn't right."""

    def __init__(self, facts: dict[str, Any], faults: Faults, inside: str = "") -> None:
        self.facts, self.faults, self.inside = facts, faults, inside

    def fault(self, name: str, problem: str, value: object, remedy: str = AGAIN) -> None:
        """Note what is wrong with a field."""
        self.faults.add(None, f"{self.inside}{name} {problem}", value, remedy)

    def of(self, name: str, wanted: type) -> Any:
        """A value of the wanted type, or that type's empty value with a fault. A bool is no number."""
        value = self.facts.get(name)
        if not isinstance(value, wanted) or isinstance(value, bool) is not (wanted is bool):
            self.fault(name, f"is not {'text' if wanted is str else f'of type {wanted.__name__}'}", value)
            return wanted()
        return value

    def object(self, name: str) -> "Reader":
        """An object inside of this one."""
        table = self.of(name, dict)
        if len(table) > MAX_ENTRIES:
            self.fault(name, f"has more than {MAX_ENTRIES} entries", len(table))
            table = {}
        return Reader(table, self.faults, f"{self.inside}{name}.")

    def text(self, name: str, pattern: re.Pattern[str] = WORD) -> str:
        """A short printable text without markup, blank allowed."""
        return plain_text(self, name, self.of(name, str), pattern)

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """A word of a closed set."""
        value: str = self.of(name, str)
        if value not in allowed:
            self.fault(name, "is none of its words", value, f"known are {', '.join(word or 'blank' for word in allowed)}")
        return value

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number within bounds."""
        value: int = self.of(name, int)
        if not low <= value <= high:
            self.fault(name, f"is not between {low} and {high:,}", value)
        return value

    def texts(self, name: str) -> dict[str, str]:
        """Texts by name."""
        table = self.object(name)
        return {plain_text(table, "a name", key): table.text(key) for key in table.facts}


def plain_text(read: Reader, name: str, value: str, pattern: re.Pattern[str] = WORD) -> str:
    """A text that is plain, or blank with a fault."""
    if value and (len(value) > MAX_TEXT or not pattern.fullmatch(value)):
        read.fault(name, "is not a plain word or name", value, f"{AGAIN}; it writes no such value")
        return ""
    return value


def host_of(facts: dict[str, Any], today: date | None, faults: Faults) -> Host | None:
    """The host record, or None with faults. A run that was measured after `today` is one; None accepts any day."""
    before = faults.count()
    read = Reader(facts, faults)
    if read.of("schema", int) != SCHEMA:
        read.fault("schema", f"is not {SCHEMA}", facts.get("schema"), "measure again with this project's probe")
        return None
    python, probe = read.object("python"), read.object("probe")
    accounts, stated = read.object("accounts"), read.texts("stated")
    host = Host(
        target=read.text("target"),
        system=read.one_of("system", SYSTEMS),
        version=dotted(read, "version"),
        kernel=read.text("kernel"),
        name=read.text("name"),
        imitates=imitated(read),
        container=read.text("container"),
        machine=read.text("machine"),
        python=f"{python.text('implementation')} {python.text('version')} ({python.number('bits', 16, 128)} bit)",
        account=read.one_of("account", ROLES[:3]),
        measured=day(read, "measured", today),
        repeat=read.number("repeat", 1, MAX_REPEAT),
        selection=read.text("selection", FREE),
        no_wildcard=read.of("no_wildcard", bool),
        options=options(read),
        vocabulary=vocabulary(read),
        probe_version=probe.text("version"),
        probe_sha256=sha256(probe, "sha256"),
        other_specific=read.one_of("other_specific", OTHER_SPECIFIC),
        ephemeral=port_ranges(read.object("ports")),
        accounts={name: account_facts(accounts.object(name)) for name in accounts.facts if known_account(accounts, name)},
        multicast=read.texts("multicast"),
        stated=stated,
        sha256=str(facts.get("sha256", "")),  # `whole.check_footer` holds it against the file
    )
    read.texts("settings")
    check_name(host, faults)
    return host if faults.count() == before else None


def known_account(accounts: Reader, name: str) -> bool:
    """Whether an entry of `accounts` is one of those that a run has."""
    if name in ACCOUNTS:
        return True
    accounts.fault("a name", "is none of its words", name, f"known are {', '.join(ACCOUNTS)}")
    return False


def account_facts(read: Reader) -> AccountFacts:
    """What one account's entry says."""
    elevated = read.facts.get("elevated")
    if elevated is not None and not isinstance(elevated, bool):
        read.fault("elevated", "is neither true, false nor null", elevated)
        elevated = None
    reason = read.of("reason", str)
    if len(reason) > 2 * MAX_TEXT or not reason.isprintable():
        read.fault("reason", "holds text that is too long or not printable", reason)
    return AccountFacts(role=read.one_of("role", ROLES), method=read.text("method"), reason=reason, elevated=elevated)


def imitated(read: Reader) -> Imitated | None:
    """Which system a host promises to be like: only those of IMITATES do, each the one that it is known for."""
    if read.facts.get("imitates") is None:
        return None
    other = read.object("imitates")
    found = Imitated(system=other.one_of("system", SYSTEMS), version=dotted(other, "version"))
    system = read.facts.get("system")
    if isinstance(system, str) and IMITATES.get(system) != found.system:
        read.fault("imitates", f"is not what {system} imitates", found.system, "only an imitation names a system here")
    return found


def options(read: Reader) -> tuple[str, ...]:
    """The options that the host says its system defines, in the vocabulary's order."""
    named = read.of("options", list)
    system = read.facts.get("system")
    wrong = [name for name in named if not isinstance(name, str) or name not in WORDS["first_option"]]
    impossible = [name for name in named if name not in wrong and isinstance(system, str) and system in SYSTEMS
                  and system not in systems_with(name)]  # fmt: skip
    if wrong or len(set(map(str, named))) != len(named) or "default" not in named:
        read.fault("options", "must name options of the vocabulary, each once, and default", ", ".join(map(str, named)))
        return ()
    if impossible:
        read.fault("options", f"names what {system} does not define", ", ".join(impossible))
    return tuple(option for option in WORDS["first_option"] if option in named)


def vocabulary(read: Reader) -> int:
    """The version of the words; an older one is accepted."""
    value = read.number("vocabulary", 1, 10_000)
    if value > VOCABULARY:
        read.fault("vocabulary", f"is newer than this program's {VOCABULARY}", value, "use the newer program")
    return value


def port_ranges(ports: Reader) -> tuple[tuple[int, int], ...]:
    """The system's own ranges of ports."""
    found = []
    for field in ("ephemeral", "excluded"):
        for pair in ports.of(field, list)[:MAX_ENTRIES]:
            good = isinstance(pair, list) and len(pair) == 2 and all(type(port) is int and 0 <= port <= 65535 for port in pair)
            if not good or pair[0] > pair[1]:
                ports.fault(field, "holds what is no range of ports", pair)
            elif field == "ephemeral":
                found.append((pair[0], pair[1]))
    return tuple(found)


def dotted(read: Reader, name: str) -> str:
    """A dotted number, or blank."""
    value: str = read.of(name, str)
    if not re.fullmatch(r"(\d{1,9}(\.\d{1,9}){0,5})?", value):
        read.fault(name, "is not a dotted number", value)
        return ""
    return value


def sha256(read: Reader, name: str) -> str:
    """A SHA-256 as it is written everywhere."""
    value: str = read.of(name, str)
    if not re.fullmatch(r"[0-9a-f]{64}", value):
        read.fault(name, "is no SHA-256", value)
    return value


def day(read: Reader, name: str, today: date | None) -> str:
    """A day as ISO 8601 writes it, not later than tomorrow: somewhere it is that already."""
    value: str = read.of(name, str)
    try:
        known = date.fromisoformat(value) if re.fullmatch(r"20\d\d-\d\d-\d\d", value) else None
    except ValueError:
        known = None
    if known is None:
        read.fault(name, "is not a day like 2026-11-24", value)
        return ""
    if today is not None and known > today + timedelta(days=1):
        read.fault(name, f"is after today, {today}", value, "set the machine's clock and run the probe again")
    return value


def check_name(host: Host, faults: Faults) -> None:
    """A target is called what it is: its first word names the system that was really found."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", host.target):
        faults.add(None, "target is not a name", host.target, "use a-z, 0-9, '.', '_' and '-'")
    word = re.split(r"[-.]", host.target)[0]
    if TARGET_WORDS.get(word, word) != host.system and word in {*TARGET_WORDS, *SYSTEMS}:
        faults.add(None, f"the target is named {word}, and the probe found {host.system}", host.target, "rename the target to what it is")
