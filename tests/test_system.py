"""What this machine is: named truly, whatever it imitates."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from matrix.probe import lookup, system
from matrix.probe.vocabulary import SYSTEMS


@pytest.mark.parametrize(
    ("release", "version", "cpuinfo", "log", "uname", "name"),
    [
        ("6.18.44", "Linux version 6.18.44", "vendor_id: GenuineIntel", "Linux version", "#1 SMP", "linux"),
        ("4.4.0", "Linux version 4.4.0", "", "Starting gVisor...", "#1 SMP", "gvisor"),
        ("6.1.176", "Linux version", "vendor_id\t: User Mode Linux", "", "#1", "user-mode-linux"),
        ("5.15.167.4-microsoft-standard-WSL2", "Linux", "", "", "#1", "wsl2"),
        ("4.4.0-19041-Microsoft", "Linux", "", "", "#1", "wsl1"),
        ("2.6.32", "Linux", "", "", "BrandZ virtual linux", "illumos-lx"),
        ("5.15.0", "Linux version 5.15.0 (des@freebsd.org)", "", "", "#1", "freebsd-linuxulator"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_answers_like_linux_is_named_for_what_it_is(release: str, version: str, cpuinfo: str, log: str, uname: str, name: str) -> None:
    """The name is the system's own; what it imitates is said beside it, and Linux imitates nothing."""
    found, imitates = system.name_linux(release, version, cpuinfo, log, uname)
    assert found == name
    assert (imitates is None) == (name == "linux")
    assert name in SYSTEMS


@pytest.mark.parametrize(
    ("wine", "product", "name"),
    [("8.0", "Microsoft Windows 7", "wine"), ("", "ReactOS", "reactos"), ("", "Windows Server 2025 Datacenter", "windows")],
)
def test_what_answers_like_windows_is_named_for_what_it_is(wine: str, product: str, name: str) -> None:
    """Wine and ReactOS are never Windows, and say which one they imitate."""
    found, imitates = system.name_windows(wine, product, "6.1.7601")
    assert found == name
    assert imitates == (None if name == "windows" else {"system": "windows", "version": "6.1.7601"})
    assert name in SYSTEMS


@pytest.mark.parametrize(
    ("text", "number"), [("6.18.44-fc", "6.18.44"), ("15.0-CURRENT", "15.0"), ("5", "5"), ("v5", ""), ("", ""), (None, "")]
)
def test_a_version_is_the_number_that_it_begins_with(text: str | None, number: str) -> None:
    """Distributions add what they like behind it."""
    assert system.numeric_version(text) == number


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"system": "linux", "version": "6.18.44"}, "linux-6.18.44"),
        ({"system": "gvisor", "version": ""}, "gvisor"),
        ({"system": "user-mode-linux", "version": "6.1.176"}, "uml-6.1.176"),
        ({"system": "Haiku OS", "version": "1"}, "haiku-os-1"),
    ],
)
def test_a_run_without_a_name_is_named_for_its_system(facts: dict[str, str], name: str) -> None:
    """In the letters that a target's name may have."""
    assert system.default_target(facts) == name
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name)


def uname_of(monkeypatch: pytest.MonkeyPatch, sysname: str, release: str, version: str = "") -> None:
    class AnotherUnix:
        pass

    AnotherUnix.sysname, AnotherUnix.release, AnotherUnix.version = sysname, release, version  # type: ignore[attr-defined]
    monkeypatch.setattr(os, "uname", lambda: AnotherUnix, raising=False)


@pytest.mark.parametrize(
    ("sysname", "release", "version", "printed", "name", "container"),
    [
        ("FreeBSD", "14.2-RELEASE", "", "1\n", "freebsd", "jail"),
        ("FreeBSD", "14.2-RELEASE", "", "0\n", "freebsd", ""),
        ("OpenBSD", "7.6", "GENERIC", "", "openbsd", ""),
        ("SunOS", "5.11", "omnios-r151052", "illumos\n", "illumos", ""),
        ("SunOS", "5.11", "11.4.0.15.0", "Solaris\n", "solaris", ""),
        ("Darwin", "24.1.0", "Darwin Kernel Version 24.1.0", "", "darwin", ""),
    ],
)
def test_other_unixes_are_named_by_uname(
    monkeypatch: pytest.MonkeyPatch, sysname: str, release: str, version: str, printed: str, name: str, container: str
) -> None:
    """illumos calls itself SunOS as Solaris does, and says illumos elsewhere; only FreeBSD has jails."""
    uname_of(monkeypatch, sysname, release, version)
    monkeypatch.setattr(system, "output_of", lambda command: printed)
    monkeypatch.setattr(system, "text_of", lambda path: "")
    facts = system.unix_facts()
    assert (facts["system"], facts["container"], facts["imitates"]) == (name, container, None)
    assert facts["version"] == re.match(r"[\d.]+", release).group()  # type: ignore[union-attr]
    assert name in SYSTEMS


def container(monkeypatch: pytest.MonkeyPatch, namespace: str, existing: str, texts: dict[str, str]) -> str:
    monkeypatch.setattr(os, "readlink", lambda path: namespace)
    monkeypatch.setattr(os.path, "exists", lambda path: path == existing)
    monkeypatch.setattr(system, "text_of", lambda path: texts.get(path, ""))
    found: str = system.linux_container()
    return found


@pytest.mark.parametrize(
    ("existing", "texts", "name"),
    [
        ("/.dockerenv", {}, "docker"),
        ("/run/.containerenv", {}, "podman"),
        ("", {"/proc/1/cgroup": "0::/kubepods/besteffort"}, "kubepods"),
        ("", {"/proc/1/environ": "container=lxc"}, "lxc"),
        ("", {}, "container"),
    ],
)
def test_a_container_is_named_by_its_mark(monkeypatch: pytest.MonkeyPatch, existing: str, texts: dict[str, str], name: str) -> None:
    """Where the PID namespace is not the first one, there is a container, whether it has a mark or not."""
    assert container(monkeypatch, "pid:[4026532000]", existing, texts) == name


def test_a_mark_alone_makes_no_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual machine may run on a file system that was made for a container."""
    assert container(monkeypatch, system.INITIAL_PID_NAMESPACE, "/.dockerenv", {}) == ""


def test_this_machine_has_every_fact() -> None:
    """The keys are the same on every system, and the name is one that the vocabulary knows."""
    facts: dict[str, Any] = system.system_facts()
    assert set(facts) == {"system", "version", "kernel", "imitates", "name", "container"}
    assert facts["system"] in SYSTEMS
    assert facts["kernel"].startswith(facts["version"]) or facts["system"] == "wine"
    assert system.machine() == system.machine().lower() != ""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux' settings")
def test_settings_are_what_the_system_has_now() -> None:
    """Each is named as sysctl names it, and read as it is."""
    found = system.settings_facts()
    for name, value in found.items():
        assert Path("/proc/sys", *name.split(".")).read_text("ascii").strip() == value
    assert set(found) <= {name.replace("/", ".") for name in system.LINUX_SETTINGS}
    assert "net.ipv4.ip_nonlocal_bind" in found


def test_what_is_not_there_says_nothing(tmp_path: Path) -> None:
    """No file, no command, a command that fails, no registry: blank, and never an error. A file is read up to a limit."""
    assert lookup.text_of(str(tmp_path / "none")) == ""
    assert lookup.output_of([str(tmp_path / "none")]) == ""
    assert lookup.output_of([sys.executable, "-c", "raise SystemExit('no')"]) == ""
    assert lookup.registry_value("SOFTWARE\\No such key", "name") == ""
    (tmp_path / "text").write_bytes(b"abc\xff")
    assert lookup.text_of(str(tmp_path / "text"), 2) == "ab"
    assert lookup.text_of(str(tmp_path / "text")) == "abc\N{REPLACEMENT CHARACTER}"
    assert lookup.output_of([sys.executable, "-c", "print('said')"]).split() == ["said"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_the_limit_of_open_files_is_the_soft_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that refuses a socket; none where there is no limit."""
    import resource

    limits = {"soft": 256}
    monkeypatch.setattr(resource, "getrlimit", lambda which: (limits["soft"], 4096))
    assert lookup.open_files() == 256
    limits["soft"] = resource.RLIM_INFINITY
    assert lookup.open_files() is None
