"""What systems, options and outcomes are called where people read them; what runs are called together is `classes.named`."""

SYSTEMS = {
    "windows": "Windows", "linux": "Linux", "darwin": "macOS", "freebsd": "FreeBSD", "openbsd": "OpenBSD", "netbsd": "NetBSD",
    "dragonfly": "DragonFly BSD", "illumos": "illumos", "solaris": "Solaris", "cygwin": "Cygwin", "wine": "Wine", "reactos": "ReactOS",
    "gvisor": "gVisor", "user-mode-linux": "user-mode Linux", "wsl1": "WSL 1", "wsl2": "WSL 2", "windows-9x": "Windows 9x",
    "illumos-lx": "illumos' LX zone", "freebsd-linuxulator": "FreeBSD's Linuxulator",
}  # fmt: skip
# Where the version is not that of the name that people know: macOS 15 has Darwin 24.
VERSIONED = {"darwin": "macOS with Darwin"}


def system(name: str) -> str:
    """A system as people write it."""
    return SYSTEMS.get(name, name)


def systems(names: str) -> str:
    """The systems of a claim, `a|b`, as people write them."""
    return " or ".join(map(system, alternatives(names)))


def release(system_id: str, version: str = "") -> str:
    """A system with its version, or several of them: `Linux 6.1`; without one its name."""
    return f"{VERSIONED.get(system_id, system(system_id))} {version}" if version else system(system_id)


def settings(option: str) -> tuple[str, ...]:
    """The names that an option of the vocabulary sets together."""
    return tuple(option.split("+"))


def alternatives(words: str) -> tuple[str, ...]:
    """The words of which any will do."""
    return tuple(words.split("|"))


def spaced(column: str) -> str:
    """The name of a column as words."""
    return column.replace("_", " ")
