"""What a run must be to count as one of a target."""

from types import SimpleNamespace
from typing import Any

import pytest

from matrix.platforms.legs import belongs
from matrix.platforms.targets import Target, is_not, load_targets

TARGETS = load_targets()


def host(system: str, version: str, **stated: str) -> Any:
    return SimpleNamespace(system=system, version=version, stated=stated)


@pytest.mark.parametrize(
    ("target", "found", "problem"),
    [
        ("ubuntu-24.04", host("linux", "7.0.0", image="ubuntu24 20261120.1"), ""),  # its kernel moved on
        ("ubuntu-24.04", host("linux", "6.17.0", image=" "), ""),  # a runner that says nothing of its image
        ("ubuntu-24.04", host("linux", "6.17.0"), ""),
        ("ubuntu-24.04", host("linux", "7.0.0", image="ubuntu26 20261120.1"), "its runner says that it is ubuntu26 20261120.1, and ubuntu24 was asked for"),
        ("ubuntu-24.04", host("darwin", "25.0"), "it is darwin, and linux was asked for"),
        ("ubuntu-24.04-arm", host("linux", "7.0.0", image="Linux 20250408"), ""),
        ("macos-15", host("darwin", "25.6", image="macos26 1"), "its runner says that it is macos26 1, and macos15 was asked for"),
        ("windows-2025", host("windows", "10.0.20348", image="win25 1"), "it is windows 10.0.20348, and 10.0.26100 was asked for"),
        ("windows-2025", host("windows", ""), "it is windows (version unknown), and 10.0.26100 was asked for"),
        ("wsl2", host("wsl1", "4.4.0"), "it is wsl1, and wsl2 was asked for"),
        ("uml", host("user-mode-linux", "6.1.176", image="anything"), ""),
    ],
)  # fmt: skip
def test_a_run_is_one_of_the_target_by_what_the_probe_found(target: str, found: Any, problem: str) -> None:
    """A build of Windows by its number; a runner whose kernel moves on by its image's own name, where it says one."""
    assert is_not(found, TARGETS[target]) == problem


@pytest.mark.parametrize(
    ("run", "target", "expected"),
    [("uml-6.1.176", "uml", True), ("uml-6.12.113", "uml-6.12", True), ("uml-6.12.113", "uml-6.1", False), ("wine-10.0", "wine-1", False),
     ("linux", "uml", False)],
)  # fmt: skip
def test_a_stack_s_run_belongs_to_the_target_that_its_name_begins_with(run: str, target: str, expected: bool) -> None:
    """Up to a dot or a hyphen, so that 6.1 is not 6.12."""
    assert belongs(run, Target(id=target, reach="stack", system="x", why="x")) is expected


def test_a_stack_of_another_suite_is_named_as_stacks_knows_it() -> None:
    """A leg is started by that name."""
    from matrix.platforms.stacks import STACKS

    assert {target.stack or target.id for target in TARGETS.values() if target.reach == "stack"} <= set(STACKS)
