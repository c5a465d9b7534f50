"""Badges: files that shields.io's endpoint badge reads, one for all platforms, one for each, and how far an imitation goes."""

import json

from matrix.findings.classes import release_of
from matrix.findings.titles import release
from matrix.report.chapters import Report

VERSION = 1  # of the endpoint's schema
GOOD, PLAIN = "brightgreen", "blue"


def badges(report: Report) -> dict[str, str]:
    """The files by name."""
    measured = report.findings["platforms"].measured
    found = {"platforms.json": badge("bind-matrix", f"{len(measured)} platforms measured", PLAIN)}
    for each in measured:
        host = each.host
        name = release(host.system, release_of(host))
        found[f"{host.target}.json"] = badge(f"bind, {name}", f"{each.rows:,} observations, {host.measured}", PLAIN)
    for number, each in enumerate(report.findings["in_short"].fidelity, start=1):
        whole = GOOD if each.whole == each.cells else PLAIN
        found[f"as-documented-{number}.json"] = badge(f"{each.platforms} as documented", f"{each.whole} of {each.cells} cells", whole)
    return found


def badge(label: str, message: str, colour: str) -> str:
    """One file."""
    return json.dumps({"schemaVersion": VERSION, "label": label, "message": message, "color": colour}, sort_keys=True) + "\n"
