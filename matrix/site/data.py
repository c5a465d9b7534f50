"""What the page's script works on, as one JSON object: `findings.packed`, and the vocabulary and hosts for readers."""

import json
from typing import Any

from matrix.findings import packed
from matrix.findings.platforms import Platform
from matrix.findings.view import CURRENT, View
from matrix.probe import vocabulary as probe
from matrix.probe.afterclose import AFTER_CLOSE
from matrix.report.chapters import Report
from matrix.report.tabular import jsonable
from matrix.verdicts import GRAVEST, STYLES
from matrix.vocabulary import KEYS, SCHEMA, VOCABULARY, WORDS

SYSTEM_NAMES = {
    "windows": "Windows", "linux": "Linux", "darwin": "macOS", "freebsd": "FreeBSD", "openbsd": "OpenBSD", "netbsd": "NetBSD",
    "dragonfly": "DragonFly", "solaris": "Solaris", "cygwin": "Cygwin", "windows-9x": "Windows 9x", "wine": "Wine", "reactos": "ReactOS",
    "gvisor": "gVisor", "user-mode-linux": "User-mode Linux", "wsl1": "WSL 1", "wsl2": "WSL 2",
}  # fmt: skip


def site_data(report: Report) -> dict[str, Any]:
    """Everything that the script needs, as JSON has it."""
    view = report.view
    observed, claims = packed.observations(view), packed.claims(view)
    return {
        "about": about(view),
        "words": words(),
        "platforms": [platform(each) for each in report.findings["platforms"].measured],
        **jsonable(observed),
        "sources": jsonable(dict(view.claims.sources)),
        "claims": [claim(each) for each in claims.claims],
        "scopes": jsonable(claims.scopes),
        "verdicts": claims.verdicts,
        "styles": {str(verdict): [style.symbol, style.colour, style.meaning] for verdict, style in STYLES.items()},
        "gravest": [str(verdict) for verdict in GRAVEST],
        "guide": list(CURRENT),
    }


def script_json(data: dict[str, Any]) -> str:
    """JSON that can stand in a script element: nothing in it ends the element or begins a comment there."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def about(view: View) -> dict[str, Any]:
    """What this page is made of: the day of the newest run, and the probes that measured."""
    hosts = view.hosts.values()
    return {
        "measured": max((host.measured for host in hosts), default=""),
        "probes": [list(each) for each in sorted({(host.probe_version, host.probe_sha256) for host in hosts})],
        "windows_measured": bool(view.windows),
    }


def words() -> dict[str, Any]:
    """The vocabulary, as the probe declares it."""
    states = [*probe.LIVE_STATES, *((state.name, ("tcp",), state.meaning) for state in AFTER_CLOSE)]
    return {
        "keys": list(KEYS),
        "codes": {column: list(each) for column, each in WORDS.items()},
        "options": [[option.name, list(option.protocols)] for option in probe.OPTIONS],
        "addresses": [[each.family, each.name, each.literal, list(each.serves)] for each in probe.ADDRESSES],
        "live": [[state.name, list(state.protocols)] for state in probe.LIVE_STATES],
        "after": [[state.name, state.system_port] for state in AFTER_CLOSE],
        "states": {name: meaning for name, _, meaning in states},
        "accounts": {account.name: account.meaning for account in probe.ACCOUNTS},
        "measures": [[measure.name, measure.about, list(measure.answers), measure.meaning] for measure in probe.MEASURES],
        "destinations": [[to.name, to.literal] for to in probe.DESTINATIONS],
        "senders": probe.SENDERS,
        "extra": probe.EXTRA_ATTEMPTS,
        "schema": SCHEMA,
        "vocabulary": VOCABULARY,
        "not_measured": list(probe.NOT_MEASURED),
        "systems": SYSTEM_NAMES,
    }


def platform(each: Platform) -> dict[str, Any]:
    """A run's host, as far as a reader asks for it."""
    host = each.host
    return {
        "target": host.target, "system": host.system, "version": host.version, "kernel": host.kernel, "name": host.name,
        "imitates": jsonable(host.imitates), "container": host.container, "machine": host.machine, "python": host.python,
        "account": host.account, "measured": host.measured, "repeat": host.repeat, "selection": host.selection,
        "options": list(host.options), "probe": [host.probe_version, host.probe_sha256], "stated": dict(host.stated),
        "older": each.older, "rows": each.rows,
        "accounts": {name: str(account) or account.reason for name, account in host.accounts.items()},
    }  # fmt: skip


def claim(each: packed.PackedClaim) -> list[Any]:
    """A claim as the script has it: id, source, kind, section, number of its scope, patterns by what is expected, statement."""
    its = each.claim
    return [its.id, its.source, its.kind, its.section, each.scope, each.patterns, its.statement]
