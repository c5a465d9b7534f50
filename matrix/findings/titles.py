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


# The first Windows of each version number; 10.0 by its build. Source: Microsoft's "Operating System Version" and "Windows Server release
# information"; Windows 95, 98 and Me by its page on OSVERSIONINFO.
WINDOWS = {
    "4.0": "NT 4.0", "5.0": "2000",
    "5.1": "XP", "5.2": "Server 2003", "6.0": "Vista", "6.1": "7", "6.2": "8", "6.3": "8.1", "10.0.10240": "10",
    "10.0.14393": "Server 2016", "10.0.17763": "Server 2019", "10.0.20348": "Server 2022", "10.0.22000": "11", "10.0.26100": "Server 2025",
}  # fmt: skip
WINDOWS_9X = {"4.0": "95", "4.10": "98", "4.90": "Me"}
NAMED = {"windows": WINDOWS, "windows-9x": WINDOWS_9X}


def version_name(name: str, version: str) -> str:
    """A version as people call it, blank for any: `XP`, `6.1`."""
    return NAMED.get(name, {}).get(version, version)


def version_words(name: str, version: str) -> str:
    """A version of a system, blank for any: `Windows XP`, `Linux 6.1`; of Windows by its name where it has one."""
    known = version_name(name, version)
    return f"{'Windows' if known != version else system(name)} {known}".strip()


def bounds(name: str, since: str, until: str) -> str:
    """Versions from a first to a last one, without the system: `Server 2003 and later`; blank for all."""
    first, last = version_name(name, since), version_name(name, until)
    if since == until:
        return first
    if not until:
        return f"{first} and later"
    return f"{first} to {last}" if since else f"{last} and earlier"


def range_words(name: str, since: str, until: str) -> str:
    """Versions from a first to a last one, either or both of which may be blank: `Windows Server 2003 and later`, `every Windows`."""
    if not since and not until:
        return f"every {system(name)}"
    named = any(version_name(name, each) != each for each in (since, until))
    return f"{'Windows' if named else system(name)} {bounds(name, since, until)}"
