"""Which programs show a case, and what fills their places.

Everything that depends on no case is in `tables`, which the page gets as it is: `site/source/programs.ts` makes the same of it.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from matrix.probe.afterclose import AFTER_CLOSE
from matrix.probe.vocabulary import ADDRESSES
from matrix.programs.filling import filled
from matrix.programs.settings import checked_c_lines, needed_in_c, python_lines
from matrix.vocabulary import LIVE_NAMES, SERVES, WORDS, Account

LANGUAGES = {"python": "Python", "c": "C"}
TEXTS = {"python": ("head", "second", "receive", "freed", "live", "closed", "outgoing", "groups", "late", "tail"),
         "c": ("head", "second", "accounts", "main", "receive", "freed", "live", "closed", "outgoing", "groups", "late")}  # fmt: skip
OTHER_ADDRESS = "127.0.0.2"  # stands for another address of the machine: Linux and Windows have it
GROUPS = {"ipv4": "239.255.77.1", "ipv6": "ff11::4d:1"}  # they stay on this machine: RFC 2365, RFC 4291
# What joins such a group, and what leaves it.
MEMBERSHIP = {"ipv4": ("IP_ADD_MEMBERSHIP", "IP_DROP_MEMBERSHIP"), "ipv6": ("IPV6_JOIN_GROUP", "IPV6_LEAVE_GROUP")}
# On Unix, where root may be anybody: whose the sockets are.
USERS = {Account.OTHER: ("root", "nobody"), Account.OTHER_FIRST: ("nobody", "root"), Account.OTHERS: ("nobody", "daemon")}
# What programs besides the usual one show: the measures that ask for them begin so, and readers call it so.
SPECIAL = {"groups": ("multicast", "multicast groups"), "late": ("late-option", "the option set after bind")}


@cache
def tables() -> dict[str, Any]:
    """All that programs are made of, as JSON has it."""
    folder = files("matrix.programs")
    return {
        "languages": LANGUAGES,
        "texts": {language: {name: folder.joinpath(language, f"{name}.txt").read_text("utf-8") for name in names}
                  for language, names in TEXTS.items()},
        "states": {**dict.fromkeys(LIVE_NAMES, "live"), **{each.name: "closed" if each.close else "outgoing" for each in AFTER_CLOSE}},
        "literals": {f"{each.family} {each.name}": each.literal or OTHER_ADDRESS for each in ADDRESSES},
        "groups": GROUPS,
        "membership": MEMBERSHIP,
        "users": USERS,
        "special": SPECIAL,
        "options": {option: {"python": python_lines(option), "c": checked_c_lines(option), "needed": needed_in_c(option)}
                    for option in WORDS["first_option"]},
        "v6only": {family: {"python": python_lines("default", on), "c": checked_c_lines("default", on)}
                   for family, on in (("ipv4", None), ("ipv6", True), ("dual", False))},
    }  # fmt: skip


def programs_of(words: Sequence[str]) -> tuple[str, ...]:
    """The names of the programs that show a case (the cells of CASE_COLUMNS), the usual one first."""
    protocol, family, option, address, state, second_family, _, second_address, account = words
    names = [tables()["states"][state]]
    if protocol == "udp" and address == second_address == "wildcard" and family == second_family:
        names.append("groups")
    plain = family == second_family == "ipv4" and "other-specific" not in (address, second_address)
    if state == "bound" and account == Account.SAME and plain and option != "default":
        names.append("late")
    return tuple(names)


def example(cases: Sequence[Sequence[str]], measures: Sequence[str]) -> Sequence[str]:
    """The case that stands for several: one that shows these measures and whose sockets share most, by SO_REUSEADDR on both."""
    special = [words for words in cases if name_for(words, measures) in SPECIAL]
    return max(special or cases, key=lambda words: (words[2], words[6]).count("SO_REUSEADDR"))


def name_for(words: Sequence[str], measures: Sequence[str]) -> str:
    """The name of the program that shows these measures of a case; the usual one where it shows some of them."""
    usual, *special = programs_of(words)
    return next((name for name in special if measures and all(each.startswith(SPECIAL[name][0]) for each in measures)), usual)


def program(words: Sequence[str], language: str, name: str) -> str:
    """The program of this name for a case, in a language."""
    return filled(tables()["texts"][language], name, facts_of(words, name), values_of(words, language))


def facts_of(words: Sequence[str], name: str) -> set[str]:
    """The words that are true of a case in this program."""
    protocol, family, option, address, state, second_family, second_option, second_address, account = words
    first, second = SERVES[family, address], SERVES[second_family, second_address]
    facts = {name, protocol, address, state, second_address, account}
    if name == "groups":
        facts.add("ipv4-groups" if family == "ipv4" else "ipv6-groups")
    if account != Account.SAME:
        facts.add("accounts")
    if (option, second_option) != ("default", "default") or (family, second_family) != ("ipv4", "ipv4"):
        facts.add("sets")
    if name == "live" and (protocol == "udp" or state == "listening") and set(first) & set(second):
        facts |= {"traffic", *(f"deliver-{to}" for to in (*first, *second)), *(f"inherit-{to}" for to in second)}
    return facts


def values_of(words: Sequence[str], language: str) -> dict[str, str]:
    """What stands in the places of a case's programs."""
    protocol, *first, state, second_family, second_option, second_address, account = words
    made = tables()
    group = "ipv4" if first[0] == "ipv4" else "ipv6"
    join, leave = made["membership"][group]
    needed = dict.fromkeys((*made["options"][first[1]]["needed"], *made["options"][second_option]["needed"]))
    values = {
        "protocol": protocol, "state": state, "kind": "SOCK_STREAM" if protocol == "tcp" else "SOCK_DGRAM", "needed": "\n".join(needed),
        "group": made["groups"][group], "join": join, "leave": leave,
    }  # fmt: skip
    both = (("first", *first), ("second", second_family, second_option, second_address))
    for (which, family, option, address), user in zip(both, made["users"].get(account, ("", "")), strict=True):
        lines = (*made["v6only"][family][language], *made["options"][option][language])
        values |= {
            f"{which}.spec": f"{family} {option}@{address}", f"{which}.family": "AF_INET" if family == "ipv4" else "AF_INET6",
            f"{which}.address": made["literals"][f"{family} {address}"], f"{which}.options": "\n".join(lines), f"{which}.user": user,
        }  # fmt: skip
    return values
