"""Specs, cases and their ids: every question that can be asked on this system, in the order of the vocabulary."""

import fnmatch
import socket
import sys

from . import afterclose
from .vocabulary import ACCOUNT_NAMES, ADDRESSES, LEVELS, LIVE_STATES, OPTIONS, PROTOCOLS

KINDS = {"tcp": int(socket.SOCK_STREAM), "udp": int(socket.SOCK_DGRAM)}


def level_number(name):
    """The number of a level of setsockopt."""
    return int(getattr(socket, name, dict(LEVELS).get(name, 0)))


def option_number(setting):
    """The number of a socket option on this system, or None where the system doesn't define it."""
    if hasattr(socket, setting.name):
        return int(getattr(socket, setting.name))
    for system, number in setting.numbers:
        if sys.platform.startswith(system):
            return number
    return None


def settings_of(option):
    """[level, number, 1] for each call of setsockopt that an option of the vocabulary takes; None where it isn't defined here."""
    numbers = [option_number(setting) for setting in option.settings]
    if None in numbers:
        return None
    return [[level_number(setting.level), number, 1] for setting, number in zip(option.settings, numbers)]


class Spec(object):
    """How one socket is made: family, option and address, and what they mean to the system."""

    def __init__(self, address, option, literal, settings):
        self.family = address.family
        self.address = address.name
        self.serves = address.serves    # the destinations that it takes traffic for
        self.option = option.name
        self.protocols = option.protocols
        self.literal = literal          # what bind is given; None where this machine has no such address
        self.settings = settings        # [level, number, value] for each setsockopt of the option

    def label(self):
        return "%s %s@%s" % (self.family, self.option, self.address)

    def is_wildcard(self):
        return self.address in ("wildcard", "mapped-wildcard")

    def wire(self):
        """What a helper needs to make this socket: family, setsockopt calls, address."""
        if self.family == "ipv4":
            return [int(socket.AF_INET), self.settings, self.literal]
        v6only = [level_number("IPPROTO_IPV6"), int(getattr(socket, "IPV6_V6ONLY", 27)), 1 if self.family == "ipv6" else 0]
        return [int(socket.AF_INET6), [v6only] + self.settings, self.literal]


def options_here():
    """The options that this system defines, with what setsockopt takes for them: [(Option, settings)]."""
    asked = [(option, settings_of(option)) for option in OPTIONS]
    return [(option, settings) for option, settings in asked if settings is not None]


def options_named(names):
    """Options by their names, for a system that is elsewhere: enough to list its cases, not to make a socket."""
    return [(option, None) for option in OPTIONS if option.name in names]


def specs_of(other_specific, options=None):
    """All specs that make sense with these options (this system's), in the order of the vocabulary."""
    found = []
    for address in ADDRESSES:
        literal = other_specific if address.name == "other-specific" else address.literal
        found += [Spec(address, option, literal, settings) for option, settings in options or options_here()]
    return found


class Case(object):
    """One question: protocol, first spec (an index) and state, second spec (an index), account."""

    __slots__ = ("protocol", "first", "state", "second", "account", "columns")

    def __init__(self, protocol, first, state, second, account, specs):
        self.protocol = protocol
        self.first = first
        self.state = state
        self.second = second
        self.account = account
        a, b = specs[first], specs[second]
        self.columns = (protocol, a.family, a.option, a.address, state,
                        b.family, b.option, b.address, account)

    def identity(self):
        return case_id(self.columns)


def case_id(columns):
    """The readable, stable id of a case: `tcp ipv4 default@wildcard bound ipv4 default@specific same`."""
    return "%s %s %s@%s %s %s %s@%s %s" % tuple(columns)


def case_matches(identity, pattern):
    """Whether the pattern's words, each a shell glob, are found in the id's words, in that order.

    `tcp SO_REUSEADDR@wildcard *@specific` therefore needs no word for what doesn't matter. Several patterns, with commas
    between them, match what any of them matches.
    """
    for each in patterns_in(pattern):
        words = iter(identity.split())
        if all(any(fnmatch.fnmatchcase(word, wanted) for word in words) for wanted in each.split()):
            return True
    return False


def patterns_in(text):
    """The patterns that commas separate."""
    return [each.strip() for each in text.split(",") if each.strip()]


def situations(specs):
    """(protocol, state, indexes of the specs that are asked there), in the order of the vocabulary."""
    everything = list(range(len(specs)))
    for protocol in PROTOCOLS:
        for state in LIVE_STATES:
            if protocol in state.protocols:
                yield protocol, state.name, everything, everything
    # After a close, on plain IPv4 only: who may take the port is asked of wildcard and specific address. A client whose
    # port the system chose has that one address, and no wildcard.
    plain = [n for n in everything if specs[n].family == "ipv4" and specs[n].address in ("wildcard", "specific")]
    for state in afterclose.AFTER_CLOSE:
        yield "tcp", state.name, [n for n in plain if not state.system_port or specs[n].address == "specific"], plain


def cases_of(specs, pattern=""):
    """Every case that can be asked with these specs, as far as the pattern allows."""
    found = []
    for account in ACCOUNT_NAMES:
        for protocol, state, firsts, seconds in situations(specs):
            firsts = [n for n in firsts if protocol in specs[n].protocols]
            seconds = [n for n in seconds if protocol in specs[n].protocols]
            for first in firsts:
                for second in seconds:
                    case = Case(protocol, first, state, second, account, specs)
                    if not pattern or case_matches(case.identity(), pattern):
                        found.append(case)
    return found


def without_cases(cases, pattern):
    """Those of the patterns that match none of these cases."""
    return [each for each in patterns_in(pattern) or [pattern] if each and not any(case_matches(case.identity(), each) for case in cases)]


def undefined_options(pattern):
    """Options that the pattern names and this system doesn't define."""
    words = [word.split("@")[0] for word in pattern.split()]
    return [option.name for option in OPTIONS if settings_of(option) is None and option.name in words]
