"""What systems, classes of platforms, options and outcomes are called where people read them."""

SYSTEMS = {
    "windows": "Windows", "linux": "Linux", "darwin": "macOS", "freebsd": "FreeBSD", "openbsd": "OpenBSD", "netbsd": "NetBSD",
    "dragonfly": "DragonFly BSD", "illumos": "illumos", "solaris": "Solaris", "cygwin": "Cygwin", "wine": "Wine", "reactos": "ReactOS",
    "gvisor": "gVisor", "user-mode-linux": "user-mode Linux", "wsl1": "WSL 1", "wsl2": "WSL 2", "windows-9x": "Windows 9x",
    "illumos-lx": "illumos lx", "freebsd-linuxulator": "FreeBSD's Linuxulator",
}  # fmt: skip


UML = "uml-"  # how its targets' names begin


def system(name: str) -> str:
    """A system as people write it."""
    return SYSTEMS.get(name, name)


def platform(name: str) -> str:
    """What a class of platforms is called (`classes.named`), with the names of systems as people write them."""
    return ", ".join(map(one_platform, name.split(", ")))


def one_platform(part: str) -> str:
    """One system with its versions, or a target's name that begins with a system's."""
    if part.startswith(UML):
        return f"{SYSTEMS['user-mode-linux']} {part.removeprefix(UML)}"
    for known in sorted(SYSTEMS, key=lambda each: -len(each)):
        if part.startswith((f"{known} ", f"{known}-")):
            return f"{SYSTEMS[known]} {part[len(known) + 1 :]}"
    return part


def settings(option: str) -> tuple[str, ...]:
    """The names that an option of the vocabulary sets together."""
    return tuple(option.split("+"))


def alternatives(outcome: str) -> tuple[str, ...]:
    """The outcomes of which any will do."""
    return tuple(outcome.split("|"))


def spaced(column: str) -> str:
    """The name of a column as words."""
    return column.replace("_", " ")


# The first Windows of each version number; 10.0 by its build.
WINDOWS = {
    "5.0": "2000", "5.1": "XP", "5.2": "Server 2003", "6.0": "Vista", "6.1": "7", "6.2": "8", "6.3": "8.1", "10.0.10240": "10",
    "10.0.14393": "Server 2016", "10.0.17763": "Server 2019", "10.0.20348": "Server 2022", "10.0.22000": "11", "10.0.26100": "Server 2025",
}  # fmt: skip


def version_words(name: str, version: str) -> str:
    """A version of a system, blank for any: `Windows XP`, `Linux 6.1`; of Windows by its name where it has one."""
    known = WINDOWS.get(version, version) if name == "windows" else version
    return f"{system(name)} {known}".strip()


def range_words(name: str, since: str, until: str) -> str:
    """Versions from a first to a last one, either or both of which may be blank: `Windows Server 2003 and later`, `every Windows`."""
    if since == until:
        return version_words(name, since) if since else f"every {system(name)}"
    if not until:
        return f"{version_words(name, since)} and later"
    if not since:
        return f"{version_words(name, until)} and earlier"
    return f"{version_words(name, since)} to {version_words(name, until).removeprefix(f'{system(name)} ')}"
