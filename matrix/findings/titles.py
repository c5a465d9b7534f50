"""What systems, classes of platforms, options and outcomes are called where people read them."""

SYSTEMS = {
    "windows": "Windows", "linux": "Linux", "darwin": "macOS", "freebsd": "FreeBSD", "openbsd": "OpenBSD", "netbsd": "NetBSD",
    "dragonfly": "DragonFly BSD", "illumos": "illumos", "solaris": "Solaris", "cygwin": "Cygwin", "wine": "Wine", "reactos": "ReactOS",
    "gvisor": "gVisor", "user-mode-linux": "user-mode Linux", "wsl1": "WSL 1", "wsl2": "WSL 2", "windows-9x": "Windows 9x",
    "illumos-lx": "illumos lx", "freebsd-linuxulator": "FreeBSD's Linuxulator",
}  # fmt: skip


def system(name: str) -> str:
    """A system as people write it."""
    return SYSTEMS.get(name, name)


def platform(name: str) -> str:
    """What a class of platforms is called (`classes.named`), with the names of systems as people write them."""
    return ", ".join(map(one_platform, name.split(", ")))


def one_platform(part: str) -> str:
    """One system with its versions, or a target's name that begins with a system's."""
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
