"""The ports that each system keeps for itself, as it documents them or ships with them."""

from typing import Any

import pytest

from matrix.probe import ports
from matrix.probe.ports import BLOCK

HYPER_V = [[start, start + 99] for start in range(49700, 54700, 100)]
# (declared, excluded, drawn), what is taken, blocks. The ranges are those that each system documents or ships with.
SYSTEMS: dict[str, tuple[tuple[Any, Any, Any], str, int]] = {
    "linux": (([[32768, 60999]], [], None), "outside", 68),  # Documentation/networking/ip-sysctl.rst
    "linux with reserved ports": (([[32768, 60999]], [[8080, 8080], [9000, 9010]], None), "outside", 66),
    "openbsd": (([[1024, 49151], [49152, 65535]], [], None), "inside", 125),  # netinet/in.h, since 5.6
    "netbsd": (([[49152, 65535]], [], None), "outside", 93),  # ip(4), anonportmin and anonportmax
    "freebsd": (([[10000, 65535], [49152, 65535]], [], None), "outside", 17),  # ip(4), portrange.first
    "dragonfly": (([[1024, 5000], [49152, 65535]], [], None), "outside", 85),  # netinet/in.h
    "macos": (([[49152, 65535]], [], None), "outside", 93),  # netinet/in.h
    "illumos": (([[32768, 65535]], [], None), "outside", 61),  # ipadm(8), smallest_anon_port
    "windows": (([[49152, 65535]], [], None), "outside", 93),  # Microsoft, "The default dynamic port range for TCP/IP"
    "windows with Visual Studio": (([[1024, 65534]], [], None), "inside", 125),  # netsh: start 1024, 64511 ports
    "windows from 1025": (([[1025, 65535]], [], None), "inside", 125),
    "windows with Hyper-V": (([[49152, 65535]], HYPER_V, None), "outside", 93),
    "windows with Hyper-V and Visual Studio": (([[1024, 65534]], HYPER_V, None), "inside", 115),
    "windows-xp": (([], [], [1063, 1190]), "outside", 88),
    "unknown": (([], [], None), "outside", 93),
    "unknown and wide": (([], [], [1100, 64900]), "inside", 125),
    "all but eight blocks": (([[1024, 60928]], [], None), "outside", 8),
    "all but seven blocks": (([[1024, 60929]], [], None), "inside", 125),
}
WHERE = [pytest.param(*row, id=name) for name, row in SYSTEMS.items()]


def block_of(port: int) -> int:
    return port - (port - ports.LOWEST) % BLOCK
