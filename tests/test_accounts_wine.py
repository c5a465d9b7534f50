"""Other accounts under Wine: every Windows call for real, in one run from beginning to end."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matrix.platforms.stacks import Stack
from matrix.platforms.stacks.wine import environment, settle, windows_path
from matrix.probe import product
from matrix.probe.accounts import windows
from tests.conftest import CACHE, rows

SOURCES = Path(windows.__file__).parent
DRIVER = """
import os, sys, types
package = types.ModuleType("probe")
package.__path__ = [sys.argv[1]]
sys.modules["probe"] = package
from probe import command
from probe.accounts import windows
windows.new_password = lambda: os.environ.pop("WANTED", "") or "aA1!another"
sys.exit(command.main(sys.argv[2:]))
"""
PASSWORD = "aA1!0123456789abcdef01234567"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The probe as one file."""
    (tmp_path / "probe.pyz").write_bytes(product.archive())
    return tmp_path / "probe.pyz"


def test_under_wine_the_windows_way_is_gone_to_its_end_and_every_account_is_one(
    need_stack: Callable[[str], Stack], archive: Path, tmp_path: Path
) -> None:
    """Made, logged on, started, asked, found to be the same account, removed: with a reason, and by no special case."""
    wine = need_stack("wine")
    common_folder = Path(environment(CACHE)["WINEPREFIX"]) / "drive_c" / "ProgramData"
    stale = common_folder / "bind-matrix-0123456789abcdef"
    stale.mkdir(parents=True, exist_ok=True)
    (stale / "probe.pyz").write_bytes(b"")
    os.utime(stale, (0, 0))
    before = set(common_folder.glob("bind-matrix-*"))
    wine.measure(CACHE, archive, tmp_path / "run", ["--only", "udp ipv4 bound ipv4"])
    assert set(common_folder.glob("bind-matrix-*")) <= before - {stale}
    facts = json.loads((tmp_path / "run" / "host.json").read_text("utf-8"))
    assert facts["accounts"]["other"]["method"].startswith("CreateProcess")
    assert facts["accounts"]["own"]["elevated"] in (True, False, None)
    assert facts["stale_accounts"] == {"found": 0, "removed": 0}
    assert facts["system"] == "wine"
    reasons = {(row["outcome"], row["detail"]) for row in rows(tmp_path / "run") if row["account"] != "same"}
    assert reasons == {("NOT_RUN", "the system started the helper, and it is the same account as ours")}
    assert not [path.name for path in SOURCES.glob("*.py") if re.search(r"\bwine(_|\b)", path.read_text("utf-8").lower())]


def start_under_wine(wine: Any, archive: Path) -> subprocess.Popen[str]:
    """A probe under Wine whose password is known."""
    driver = archive.with_name("driver.py")
    driver.write_text(DRIVER, "utf-8")
    words = ["wine", str(wine.interpreter(CACHE)), "-I", windows_path(driver), windows_path(archive),
             "--output", windows_path(archive.with_name("run")), "--only", "udp bound"]  # fmt: skip
    return subprocess.Popen(
        words,
        env={**environment(CACHE), "WANTED": PASSWORD},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_password_is_found_nowhere(need_stack: Callable[[str], Stack], archive: Path, tmp_path: Path) -> None:
    """In no output, no file, and no process list entry, looked at all the time while the run goes on."""
    wine = need_stack("wine")
    started = start_under_wine(wine, archive)
    seen: set[str] = set()
    looks = helpers = 0
    while started.poll() is None and looks < 2000:
        looks += 1
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            helpers += "--helper" in line
            if PASSWORD in line:
                seen.add(line)
        time.sleep(0.02)
    printed, _ = started.communicate(timeout=120)
    settle(CACHE)
    assert started.returncode == 0, printed
    assert (looks > 10, helpers > 10) == (True, True)
    assert not seen
    assert PASSWORD not in printed
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    prefix = Path(environment(CACHE)["WINEPREFIX"])
    files += [path for path in prefix.rglob("*") if path.is_file() and not path.is_symlink() and path.stat().st_mtime > time.time() - 300]
    assert len(files) > 3
    for path in files:
        assert PASSWORD.encode() not in (data := path.read_bytes()), path
        assert PASSWORD.encode("utf-16-le") not in data, path


def test_after_a_killed_run_the_next_one_looks_for_its_accounts(need_stack: Callable[[str], Stack], archive: Path, tmp_path: Path) -> None:
    """It finds none under Wine, whose accounts die with the process, and takes the killed one's files for no run."""
    wine = need_stack("wine")
    started = start_under_wine(wine, archive)
    deadline = time.time() + 60
    while not (tmp_path / "run" / "observations.csv").exists() and time.time() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    os.kill(started.pid, signal.SIGKILL)
    started.communicate(timeout=60)
    settle(CACHE)
    assert not (tmp_path / "run" / "host.json").exists()
    wine.measure(CACHE, archive, tmp_path / "next", ["--only", "udp ipv4 *@specific bound ipv4 *@specific"])
    facts = json.loads((tmp_path / "next" / "host.json").read_text("utf-8"))
    assert facts["stale_accounts"] == {"found": 0, "removed": 0}
