"""Reads legs.json, the result of a workflow's legs, and what GitHub says of its artifacts. Both may come from anywhere."""

import re
from pathlib import Path
from typing import Any

from matrix.data.strict import Faults, read_json
from matrix.errors import MatrixError
from matrix.records import LEG_STATES, Leg

MAX_LEGS = 1_000
MAX_REASON = 2_000  # characters
MAX_LISTING = 16 * 1024 * 1024
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
DAY = re.compile(r"(20\d\d-\d\d-\d\d)?")
FIELDS = {"target", "state", "shown", "reason", "may_fail"}


def load_legs(path: Path) -> tuple[Leg, ...]:
    """The legs that `merge` wrote. Raises MatrixError with every fault when it isn't such a file."""
    faults = Faults(path)
    found = read_json(path, faults)
    legs = []
    if found is not None and (not isinstance(found, list) or len(found) > MAX_LEGS):
        faults.add(None, "not a list of legs", found, "let `merge` write it again")
    for number, each in enumerate(found if isinstance(found, list) else [], start=1):
        if good_leg(each):
            legs.append(Leg(**each))
        else:
            faults.add(None, f"leg {number} is none", each, "let `merge` write it again")
    raise_for(faults)
    return tuple(legs)


def good_leg(each: Any) -> bool:
    """Whether an object of JSON is a leg, each field of its own kind."""
    if not isinstance(each, dict) or set(each) - {"may_fail"} != FIELDS - {"may_fail"} or not isinstance(each.get("may_fail", False), bool):
        return False
    if not all(isinstance(each[name], str) for name in FIELDS - {"may_fail"}):
        return False
    reason = each["reason"]
    return bool(
        NAME.fullmatch(each["target"]) and each["state"] in LEG_STATES and DAY.fullmatch(each["shown"])
        and len(reason) <= MAX_REASON and reason.isprintable()
    )  # fmt: skip


def last_report(listing: Path, branch: str, name: str) -> str:
    """The workflow run whose artifact of this name is the newest usable one of a branch; blank where there is none.

    `listing` is what GitHub answers to "list artifacts for a repository". Raises MatrixError when it isn't that.
    """
    faults = Faults(listing)
    found = read_json(listing, faults, MAX_LISTING)
    artifacts = found.get("artifacts") if isinstance(found, dict) else None
    if found is not None and not isinstance(artifacts, list):
        faults.add(None, "not a list of artifacts", found, "ask GitHub for it again")
    usable = []
    for each in artifacts if isinstance(artifacts, list) else []:
        run = each.get("workflow_run") if isinstance(each, dict) else None
        made = each.get("created_at") if isinstance(each, dict) else None
        if (
            not isinstance(run, dict)
            or type(run.get("id")) is not int
            or not isinstance(made, str)
            or not isinstance(each.get("expired"), bool)
        ):
            faults.add(None, "not a list of artifacts: one of them is none", each, "ask GitHub for it again")
        elif each.get("name") == name and not each["expired"] and run.get("head_branch") == branch:
            usable.append((made, run["id"]))
    raise_for(faults)
    return str(max(usable)[1]) if usable else ""


def raise_for(faults: Faults) -> None:
    """Raise MatrixError with every fault, where there is one."""
    if faults.count():
        raise MatrixError("\n".join(map(str, faults.all())))
