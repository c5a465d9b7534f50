"""Where the programs of a stack are: this machine, or a root of another suite of Debian."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from matrix.errors import MatrixError, StackError
from matrix.platforms.stacks import GROUPS, OWN, STACKS, named, places, survey
from matrix.platforms.stacks.places import Machine, Root, debian_among, make_root, place, unpack
from matrix.platforms.stacks.stack import FACTS, Stack, run
from matrix.platforms.stacks.uml import memory_folder, no_memory
from tests.conftest import ROOT


@pytest.fixture
def need_namespaces() -> None:
    """A mount namespace; only root gets one."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux makes mount namespaces")
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody make a mount namespace")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in front of all other programs, for stand-ins; nobody becomes root for them."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(places, "as_root", list)
    return folder


def stand_in(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (folder / name).chmod(0o755)


def test_the_machines_own_suite_needs_no_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container image of a suite is the same thing as a root of it."""
    monkeypatch.setattr(places, "own_suite", lambda: "trixie")
    assert [type(place("x", suite)) for suite in ("", "trixie", "forky")] == [Machine, Machine, Root]


def test_a_system_without_a_name_has_no_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows, and a Linux that says nothing of itself."""

    def says_nothing() -> dict[str, str]:
        raise OSError

    monkeypatch.setattr(platform, "freedesktop_os_release", says_nothing)
    assert places.own_suite() == ""
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "ubuntu", "VERSION_CODENAME": "noble"})
    assert places.own_suite() == ""


def test_a_suite_is_one_line_of_data() -> None:
    """Each of its kinds is a stack, named after both; the targets are named after what runs."""
    assert {f"{kind}-{suite}" for suite, kinds in FACTS["suites"].items() for kind in kinds} == set(STACKS) - set(OWN)
    assert list(named([])) == list(GROUPS["own"])
    assert set(named(["versions"])) == {name for name in STACKS if "python" not in name}
    assert next(iter(named(["uml-trixie", "own", "uml-trixie"]))) == "uml-trixie"


def test_a_mirror_of_debian_is_found_among_others() -> None:
    """The machine's own, never one that is written down here."""
    assert debian_among("http://mirror.example/debian-security\nhttp://mirror.example/debian/\n") == "http://mirror.example/debian/"
    with pytest.raises(StackError, match="no mirror of Debian"):
        debian_among("http://mirror.example/ubuntu\n")


@pytest.mark.skipif(sys.platform == "win32", reason="roots are made on Linux")
@pytest.mark.parametrize(("status", "whole"), [(0, True), (1, False)])
def test_a_root_is_whole_or_not_there(programs: Path, tmp_path: Path, status: int, whole: bool) -> None:
    """What was made by halves has another name, and is no root at the next try."""
    stand_in(programs, "apt-get", "echo http://mirror.example/debian")
    stand_in(
        programs,
        "mmdebstrap",
        f'for each; do [ -d "$(dirname "$each")" ] && mkdir -p "$each/usr/bin"; done; echo "$@" >"{tmp_path}/words"; exit {status}',
    )
    folder = tmp_path / "uml-forky"
    try:
        make_root("forky", ["python3", "user-mode-linux"], folder)
    except StackError:
        assert not whole
    assert folder.is_dir() is whole
    words = (tmp_path / "words").read_text("utf-8")
    assert "--include=python3,user-mode-linux" in words
    assert "deb http://mirror.example/debian forky main" in words
    assert 'Acquire::Check-Valid-Until "false"' in words


@pytest.mark.skipif(sys.platform == "win32", reason="packages are unpacked on Linux")
def test_a_package_that_never_came_leaves_nothing(programs: Path, tmp_path: Path) -> None:
    """Nothing that would be taken for an unpacked one."""
    stand_in(programs, "apt-get", "echo http://mirror.example/debian")
    with pytest.raises(StackError, match="no package runsc of forky"):
        unpack("forky", "runsc", tmp_path / "gvisor-forky")
    assert not (tmp_path / "gvisor-forky").exists()


def test_a_command_in_a_root_sees_what_is_shared_and_leaves_nothing_mounted(
    need_namespaces: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same path inside as outside; the caller's temporary folder is not asked for; afterwards the root can be removed."""
    root, shared = tmp_path / "here", tmp_path / "shared"
    for each in (*(root / name for name in ("dev", "proc", "sys", "tmp")), shared):
        each.mkdir(parents=True)
    for name in ("bin", "lib", "lib64", "sbin"):
        if Path("/", name).is_symlink():
            (root / name).symlink_to(Path("/", name).readlink())
    if not (root / "bin").is_symlink():
        pytest.skip("this machine has programs in /bin, so that /usr alone makes no root")
    (shared / "in").write_text("came in\n", "utf-8")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    place = Root("here", "forky")
    script = (
        f'cat "{shared}/in"; echo "$WORD,$TMPDIR,$(id -u),$(ls / | wc -l)"; echo out >"{shared}/out"; test -c /dev/null && test -d /proc/1'
    )
    printed = run(place.inside(tmp_path, ["sh", "-c", script], shared=[shared, Path("/usr")], settings={"WORD": "a b"}))
    assert printed == f"came in\na b,,0,{len(list(root.iterdir()))}\n"
    assert (shared / "out").read_text("utf-8") == "out\n"
    assert str(root) not in Path("/proc/self/mountinfo").read_text("utf-8")
    place.remove(tmp_path)
    assert not root.exists()
    assert (shared / "in").exists()


def test_a_root_knows_its_programs_by_its_own_files(tmp_path: Path) -> None:
    """A link in it may lead anywhere: inside, it leads somewhere else."""
    place = Root("here", "forky")
    assert place.missing(tmp_path, ["wine"]) == ["wine"]
    (tmp_path / "here" / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "here" / "usr" / "bin" / "wine").symlink_to("/etc/alternatives/nowhere")
    assert place.missing(tmp_path, ["wine", "ip"]) == ["ip"]


IN_NAMESPACE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from matrix.platforms.stacks.uml import no_memory
print(no_memory(Path("/dev/shm")))
"""


@pytest.mark.parametrize(
    ("mounts", "expected"),
    [
        (["noexec,size=1g"], "/dev/shm is mounted noexec"),
        (["exec,size=64m"], "/dev/shm has room for 64 MB"),
        (["noexec,size=64m", "rw,nosuid,nodev,exec,size=1g"], "None"),  # the option that the workflows give to docker
    ],
)
def test_a_container_whose_shared_memory_will_not_do_is_recognised(need_namespaces: None, mounts: Sequence[str], expected: str) -> None:
    """As Docker mounts it, and with the option that helps: asked for real, in a mount namespace."""
    mount = " && ".join(f"mount -t tmpfs -o {options} tmpfs /dev/shm" for options in mounts)
    command = ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh", sys.executable, "-B", "-c", IN_NAMESPACE, str(ROOT)]
    printed = run(command)
    assert printed.startswith(expected)
    assert expected == "None" or "--tmpfs /dev/shm:rw,nosuid,nodev,exec,size=1g" in printed


@pytest.mark.skipif(sys.platform != "linux", reason="user-mode Linux runs on Linux")
def test_a_guests_memory_lies_where_the_environment_says() -> None:
    """As the guest kernel itself chooses; a folder that is not there is named."""
    assert memory_folder({"TMPDIR": "", "TMP": "/a", "TEMP": "/b"}) == Path("/a")
    assert memory_folder({}) in (Path("/dev/shm"), Path("/tmp"))
    assert "name another folder by TMPDIR" in str(no_memory(Path("/no/such/folder")))


class Fake(Stack):
    """Installs and measures what it is asked to."""

    system = "fake"

    def __init__(self, target: str, *, breaks: str = "", missing: str = "", finds: str = "fake") -> None:
        self.name, self.breaks, self.lacks, self.finds, self.removed = target, breaks, missing, finds, False

    def impossible(self) -> str | None:
        return None

    def missing(self, cache: Path) -> str | None:
        return self.lacks or None

    def install(self, cache: Path) -> None:
        self.lacks = ""

    def remove(self, cache: Path) -> None:
        self.removed = True

    def target(self, cache: Path) -> str:
        return self.name

    def measure(self, cache: Path, probe: Path, output: Path, arguments: Sequence[str]) -> str:
        if self.breaks:
            raise StackError(self.breaks)
        output.mkdir(parents=True)
        (output / "host.json").write_text(json.dumps({"system": self.finds}), "utf-8")
        return ""


def surveyed(tmp_path: Path, stacks: dict[str, Stack], **options: bool) -> Iterator[tuple[str, bool, str]]:
    for step in survey.survey(stacks, cache=tmp_path / "cache", probe=tmp_path, output=tmp_path / "out", **options):
        yield step.stack, step.failed, step.message


def test_a_stack_that_fails_keeps_no_other_from_being_measured(tmp_path: Path) -> None:
    """And is named with its reason."""
    steps = list(surveyed(tmp_path, {"a": Fake("a-1", breaks="it broke"), "b": Fake("b-1", missing="it is absent"), "c": Fake("c-1")}))
    assert [(name, message) for name, failed, message in steps if failed] == [
        ("a", "it broke"), ("b", "it is absent; --install installs what can be installed"),
    ]  # fmt: skip
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["c-1"]


def test_a_target_is_measured_once_whatever_leads_to_it(tmp_path: Path) -> None:
    """The machine's own version is also that of its suite; one that failed is tried again by its other name."""
    steps = list(surveyed(tmp_path, {"a": Fake("x-1", breaks="no"), "b": Fake("x-1"), "c": Fake("x-1")}))
    assert [message for name, _, message in steps if name == "c"] == ["it is x-1, which was measured as b"]


def test_a_run_of_something_else_is_not_one_of_the_stack(tmp_path: Path) -> None:
    """A guest that sees the machine's own /proc takes itself for the machine."""
    (last,) = [message for _, failed, message in surveyed(tmp_path, {"a": Fake("a-1", finds="linux")}) if failed]
    assert "the probe found linux there, and it should be fake" in last


def test_what_is_missing_is_installed_and_what_was_asked_for_is_removed(tmp_path: Path) -> None:
    """Each once it is measured, also one that failed: nothing of it stays."""
    stacks = {"a": Fake("a-1", missing="it is absent"), "b": Fake("b-1", breaks="no")}
    steps = list(surveyed(tmp_path, dict(stacks), install=True, remove=True))
    assert steps[0] == ("a", False, "installing it: it is absent")
    assert all(each.removed for each in stacks.values())


def test_a_removal_that_fails_is_a_failure(tmp_path: Path) -> None:
    """Half a gigabyte that stays is worth a word."""

    class Stays(Fake):
        def remove(self, cache: Path) -> None:
            raise MatrixError("it stays")

    assert ("a", True, "it stays") in list(surveyed(tmp_path, {"a": Stays("a-1")}, remove=True))


def test_removing_a_stack_of_this_machine_takes_nothing_from_it(tmp_path: Path) -> None:
    """What apt installed is the machine's."""
    (tmp_path / "uml").mkdir()
    STACKS["uml"].remove(tmp_path)
    assert (tmp_path / "uml").exists()
    shutil.rmtree(tmp_path / "uml")
