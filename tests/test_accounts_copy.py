"""The copy of the probe for another account: everybody can read it, and nothing of it stays."""

import contextlib
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from matrix.probe import product
from matrix.probe.accounts import common

DAY = 24 * 3600.0


def test_the_copy_is_the_product_and_everybody_may_read_it(tmp_path: Path) -> None:
    """Whatever the umask is: the folder can be entered, and the file is the one that is published."""
    old = os.umask(0o077)
    try:
        folder, path = common.readable_copy(str(tmp_path))
    finally:
        os.umask(old)
    assert Path(path).read_bytes() == product.archive()
    assert Path(path).parent == Path(folder)
    assert common.FOLDER_NAME.match(Path(folder).name)
    if sys.platform != "win32":
        assert [Path(each).stat().st_mode & 0o777 for each in (folder, path)] == [0o755, 0o644]


def test_a_copy_that_cannot_be_written_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk as well."""

    def full(*words: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(common, "archive", full)
    with pytest.raises(OSError, match="No space left"):
        common.readable_copy(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_still_in_use_is_removed_a_moment_later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As Windows has it of a folder in which a process has just ended."""
    folder, _ = common.readable_copy(str(tmp_path))
    remove = shutil.rmtree
    looks: list[str] = []

    def busy_twice(path: str, **options: Any) -> None:
        looks.append(path)
        if len(looks) > 2:
            remove(path, **options)

    monkeypatch.setattr(shutil, "rmtree", busy_twice)
    common.remove_folder(folder)
    assert (looks, list(tmp_path.iterdir())) == ([folder] * 3, [])


def folder_of(parent: Path, name: str, age: float, *files: str) -> Path:
    """A folder of this age in seconds, with these files."""
    made = parent / name
    made.mkdir()
    for file in files:
        (made / file).write_bytes(b"")
    os.utime(made, (time.time() - age, time.time() - age))
    return made


def test_folders_of_killed_runs_are_removed_by_the_next(tmp_path: Path) -> None:
    """Ours by their name, a day old, and with nothing in them but the copy, or not even that. Everything else stays."""
    folder_of(tmp_path, "bind-matrix-0123456789abcdef", 2 * DAY, "probe.pyz")
    folder_of(tmp_path, "bind-matrix-00000000000000ff", 2 * DAY)
    kept = [
        folder_of(tmp_path, "bind-matrix-0123456789abcde0", DAY - 600, "probe.pyz"),
        folder_of(tmp_path, "bind-matrix-0123456789abcde1", 2 * DAY, "probe.pyz", "somebody's"),
        folder_of(tmp_path, "bind-matrix-0123456789abcde2x", 2 * DAY, "probe.pyz"),
        folder_of(tmp_path, "bind-matrix-0123456789ABCDEF", 2 * DAY, "probe.pyz"),
        folder_of(tmp_path, "another", 2 * DAY, "probe.pyz"),
    ]
    (tmp_path / "bind-matrix-0123456789abcde3").write_bytes(b"")
    os.utime(tmp_path / "bind-matrix-0123456789abcde3", (0, 0))
    kept.append(tmp_path / "bind-matrix-0123456789abcde3")
    with contextlib.suppress(OSError):  # Windows wants a privilege for it
        (tmp_path / "bind-matrix-0123456789abcde4").symlink_to(kept[-2], target_is_directory=True)
        os.utime(tmp_path / "bind-matrix-0123456789abcde4", (0, 0), follow_symlinks=False)
        kept.append(tmp_path / "bind-matrix-0123456789abcde4")
    common.remove_stale_folders(str(tmp_path))
    common.remove_stale_folders(str(tmp_path / "none"))
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    assert (tmp_path / "another" / "probe.pyz").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="folders of Windows say no owner")
def test_a_folder_of_another_account_is_not_ours_to_remove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where we could, as root."""
    stale = folder_of(tmp_path, "bind-matrix-0123456789abcdef", 2 * DAY, "probe.pyz")
    monkeypatch.setattr(os, "getuid", lambda: stale.stat().st_uid + 1)
    common.remove_stale_folders(str(tmp_path))
    assert (stale / "probe.pyz").exists()


@pytest.mark.parametrize("call", ["rmdir", "remove", "lstat"])
def test_a_stale_folder_that_cannot_be_removed_is_no_concern_of_this_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """It is passed over without a word."""
    stale = folder_of(tmp_path, "bind-matrix-0123456789abcdef", 2 * DAY, "probe.pyz")

    def refused(path: str) -> None:
        raise PermissionError(13, "no", path)

    with monkeypatch.context() as patched:
        patched.setattr(os, call, refused)
        common.remove_stale_folders(str(tmp_path))
    assert stale.exists()
