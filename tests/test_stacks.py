"""Real network stacks: each is recognised for what it is, and measured twice alike."""

import csv
import io
import json
import platform
import struct
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from matrix.data.runs import Run, load_run
from matrix.errors import StackError, UsageError
from matrix.platforms.stacks import STACKS, Stack, stack
from matrix.platforms.stacks.gvisor import platform as runsc_platform
from matrix.platforms.stacks.stack import FACTS, run, version_in
from matrix.platforms.stacks.uml import (
    ASK_HOST,
    UNDER_FILTER,
    WITHOUT_AVX,
    boot_command,
    init_script,
    too_wide,
    without_xsave,
    xsave_filter,
)
from matrix.platforms.stacks.wine import check_hash, unpack_zip, windows_path, zip_inside
from matrix.probe.product import sha256
from matrix.records import Faulty
from tests.conftest import CACHE, PROBE, ROOT, different

STACK_RUNS = ROOT / "build" / "stack-runs"
IS = {"uml": "user-mode-linux", "gvisor": "gvisor", "wine": "wine", "wine-python3.8": "wine"}


@pytest.mark.parametrize("name", sorted(IS))
def test_a_stack_is_named_for_what_it_is_and_answers_twice_alike(name: str, need_stack: Callable[[str], Stack], tmp_path: Path) -> None:
    """And the probe inside finds out by itself. What `nox -s stacks` has just measured by this probe is not measured once more."""
    wanted = need_stack(name)
    target = wanted.target(CACHE)
    one, two = already_measured(target) or tmp_path / "one" / target, tmp_path / "two" / target
    for folder in {one, two} - {STACK_RUNS / target}:
        wanted.measure(CACHE, PROBE, folder, ["--repeat", "1"])
    assert answers(one) == answers(two)
    loaded = load_run(two)
    assert not isinstance(loaded, Faulty), loaded
    assert loaded.host.system == IS[name]
    assert len(loaded.lines) > 3000


def already_measured(target: str) -> Path | None:
    """The run of `nox -s stacks`, where this very probe made it and it is whole."""
    run = load_run(STACK_RUNS / target)
    return STACK_RUNS / target if isinstance(run, Run) and run.host.probe_sha256 == sha256() else None


def answers(folder: Path) -> list[list[str]]:
    """Every question with its outcome and error, whatever the number of attempts."""
    return [row[:12] for row in csv.reader((folder / "observations.csv").read_text("utf-8").splitlines())]


def test_both_pythons_under_wine_get_the_same_answers(need_stack: Callable[[str], Stack], tmp_path: Path) -> None:
    """CPython 3.8 is the last one for Windows 7: what it measures is the stack, not the interpreter."""
    rows = []
    for name in ("wine", "wine-python3.8"):
        need_stack(name).measure(CACHE, PROBE, tmp_path / name, ["--only", "ipv4 bound ipv4"])
        rows.append((tmp_path / name / "observations.csv").read_bytes())
    versions = [json.loads((tmp_path / name / "host.json").read_text("utf-8"))["python"]["version"] for name in ("wine", "wine-python3.8")]
    assert [version.rsplit(".", 1)[0] for version in versions] == ["3.13", "3.8"]
    assert rows[0] == rows[1]


def test_two_probes_at_once_under_one_wine(need_stack: Callable[[str], Stack], tmp_path: Path) -> None:
    """And beside one of the machine itself: they share the kernel's ports and never meet."""
    from concurrent.futures import ThreadPoolExecutor

    wine, host = need_stack("wine"), STACKS["host"]
    only = ["--only", "ipv4 listening ipv4"]
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(each.measure, CACHE, PROBE, tmp_path / name, only) for name, each in (("a", wine), ("b", wine), ("c", host))]
        for job in jobs:
            job.result()
    assert different(tmp_path / "a", tmp_path / "b") == []


def test_a_probe_that_fails_inside_is_told(need_stack: Callable[[str], Stack], tmp_path: Path) -> None:
    """The guest's exit status comes out, with the reason."""
    with pytest.raises(StackError, match="status 1 in user-mode Linux"):
        need_stack("uml").measure(CACHE, PROBE, tmp_path, ["--only", "no such case"])


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("runsc version 0.0~20240729.0\nspec: 1.2.0\n", "20240729.0"),
        ("runsc version release-20250811.0\n", "20250811.0"),
        ("wine-8.0 (Debian 8.0~repack-4)\n", "8.0"),
        ("wine-10.0~rc2\n", "10.0"),
        ("6.1.176\n", "6.1.176"),
    ],
)
def test_versions_are_read_from_what_programs_print(printed: str, version: str) -> None:
    """The number that names the target."""
    assert version_in(printed, "it") == version


def test_a_program_without_a_version_is_told() -> None:
    """Never a target named after nothing."""
    with pytest.raises(StackError, match="printed no version"):
        version_in("hello", "it")


def test_a_program_that_does_not_end_is_stopped() -> None:
    """And told."""
    with pytest.raises(StackError, match="no end after"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.2)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups")
def test_what_a_program_started_is_stopped_with_it() -> None:
    """Its whole process group; the output would stay open as long as one of them lived."""
    began = time.monotonic()
    with pytest.raises(StackError, match="no end after"):
        run(["sh", "-c", "sleep 60 & wait"], timeout=0.2)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("name", sorted(IS))
def test_a_stack_says_where_it_can_never_be_had(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a sentence, whatever is installed; and no other system but Linux is asked anything."""
    monkeypatch.setattr(sys, "platform", "win32")
    never = "it can be run only on Linux, and this system is win32"
    assert (STACKS[name].impossible(), STACKS[name].missing(tmp_path)) == (never, never)
    assert STACKS["host"].impossible() is None


def test_a_program_that_fails_shows_its_last_lines() -> None:
    """The reason usually stands there."""
    with pytest.raises(StackError, match=r"(?s)exit status 3.*\| because"):
        run([sys.executable, "-c", "print('because'); raise SystemExit(3)"])


def test_the_guest_powers_off_whatever_the_probe_does() -> None:
    """Status before power off, words quoted, IPv6 and the length of its queue before the loopback interface."""
    script = init_script(["python3", "a b"], PurePosixPath("/w x"))
    assert "python3 'a b' </dev/null" in script
    assert "\nmount -t proc proc /proc || exec " in script
    order = [
        script.index(each)
        for each in ("mount -t proc", "modprobe", "netdev_max_backlog", "ip link set lo up", "'a b'", "status", "\nexec ")
    ]
    assert order == sorted(order)
    assert "init=/w/init.sh" in boot_command(PurePosixPath("/w/init.sh"), PurePosixPath("/w"))


@pytest.mark.parametrize(
    ("kernel", "size", "expected"),
    [
        ("6.1.176", 11008, True),  # Debian 12 on a processor with AMX
        ("6.12.57", 11008, True),
        ("5.10.0-rc1", 2697, True),
        ("6.1.176", 2696, False),  # all that there was up to AVX-512
        ("6.1.176", 832, False),
        ("6.1.176", 0, False),  # no XSAVE at all
        ("6.13.0", 11008, False),  # asks for the size itself
        ("6.13+", 11008, False),
        ("7.0.1", 11008, False),
    ],
)
def test_only_an_old_guest_kernel_on_a_wide_processor_needs_the_filter(kernel: str, size: int, expected: bool) -> None:
    """A newer one counts on the answer that the filter refuses."""
    assert too_wide(kernel, size) is expected


def verdict(architecture: int, number: int, *arguments: int) -> int:
    """What the filter answers to a system call: the few instructions of classic BPF that it is made of."""
    call = struct.pack("=iIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    steps, place, loaded = list(struct.iter_unpack("=HBBI", xsave_filter())), 0, 0
    while True:
        code, yes, no, value = steps[place]
        place += 1
        if code == 0x20:
            (loaded,) = struct.unpack_from("=I", call, value)
        elif code == 0x15:
            place += yes if loaded == value else no
        else:
            assert code == 0x06
            return int(value)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ((0xC000003E, 101, 0x4204, 7, 0x202, 9), 0x00050013),  # PTRACE_GETREGSET of NT_X86_XSTATE: ENODEV
        ((0xC000003E, 101, 0x4205, 7, 0x202, 9), 0x00050013),  # PTRACE_SETREGSET
        ((0xC000003E, 101, 0x4204, 7, 1, 9), 0x7FFF0000),  # of the general registers
        ((0xC000003E, 101, 0x4206, 7, 0x202, 9), 0x7FFF0000),  # PTRACE_SEIZE
        ((0xC000003E, 101, 15, 7, 0x202, 9), 0x7FFF0000),  # PTRACE_SETFPREGS
        ((0xC000003E, 102, 0x4204, 7, 0x202, 9), 0x7FFF0000),  # getuid
        ((0x40000003, 101, 0x4204, 7, 0x202, 9), 0x7FFF0000),  # the same numbers in a program for i386
    ],
)
def test_the_filter_refuses_two_requests_and_nothing_else(call: tuple[int, ...], expected: int) -> None:
    """The numbers of seccomp_data, one by one."""
    assert verdict(*call) == expected


@pytest.mark.skipif((sys.platform, platform.machine()) != ("linux", "x86_64"), reason="the filter is for Linux on x86-64")
def test_under_the_filter_the_host_seems_to_have_no_xsave() -> None:
    """The kernel takes the filter, and the same question gets the other answer."""
    ask = [sys.executable, "-I", "-c", ASK_HOST]
    if int(run(ask)) == 0:
        pytest.skip("this host hands over no vector registers")
    assert int(run([sys.executable, "-I", "-c", UNDER_FILTER, xsave_filter().hex(), *ask])) == 0


def test_a_guest_without_xsave_is_told_to_leave_avx_alone() -> None:
    """The kernel's own words stay in front; whatever it does not know, its first process gets as environment."""
    command = without_xsave(["linux.uml", "mem=512M"])
    assert command[-2 - len(WITHOUT_AVX) :] == ["linux.uml", "mem=512M", *WITHOUT_AVX]
    assert [word.partition("=")[0] for word in WITHOUT_AVX] == ["GLIBC_TUNABLES", "OPENSSL_ia32cap"]
    assert {"-AVX2", "-AVX2_Usable"} <= set(WITHOUT_AVX[0].rpartition("=")[2].split(","))


@pytest.mark.parametrize(("release", "expected"), [("20221219.0", "ptrace"), ("20240729.0", "systrap")])
def test_an_old_runsc_is_asked_for_a_platform_that_it_knows(release: str, expected: str) -> None:
    """Debian 12's own refuses systrap as unknown."""
    assert runsc_platform(release) == expected


def test_a_changed_download_is_refused() -> None:
    """With both hashes."""
    with pytest.raises(StackError, match=r"x\.tar\.gz: SHA-256 is [0-9a-f]{64}, pinned is 00"):
        check_hash("x.tar.gz", b"data", "00")


def zipped(name: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, b"x")
    return data.getvalue()


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out", "C:/out", "..\\out"])
def test_a_zip_cannot_lead_out_of_its_folder(tmp_path: Path, name: str) -> None:
    """Nothing is unpacked then."""
    with pytest.raises(StackError, match="leads out of its folder"):
        unpack_zip(zipped(name), tmp_path / "in")
    assert not (tmp_path / "in").exists()


def test_the_zip_is_found_in_the_distribution(tmp_path: Path) -> None:
    """And its absence is told."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        member = tarfile.TarInfo("p-1/src/data.zip")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"zip!"))
    assert zip_inside(data.getvalue()) == b"zip!"
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w:gz").close()
    with pytest.raises(StackError, match=r"no data\.zip"):
        zip_inside(empty.getvalue())


@pytest.mark.skipif(sys.platform == "win32", reason="translates the paths of a system that has no drives")
def test_paths_are_translated_for_wine() -> None:
    """Drive Z is the machine's root."""
    assert windows_path(Path("/a/b.py")) == "Z:\\a\\b.py"


def test_a_stack_that_nobody_knows_is_wrong_usage() -> None:
    """With the names that there are."""
    with pytest.raises(UsageError, match="there are host, uml"):
        stack("vms")


def test_every_pinned_python_has_a_hash() -> None:
    """Facts with a date, complete."""
    assert all(len(facts["sha256"]) == 64 for facts in FACTS["cpython"].values())
