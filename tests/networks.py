"""Network namespaces for tests: a machine with a broken network, or one whose ports nobody else uses."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LO = "ip link set lo up; "


def why_no_namespace() -> str:
    """Why no network namespace can be made here; blank where one can."""
    if not sys.platform.startswith("linux"):
        return "network namespaces are Linux's"
    if os.geteuid() or not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        return "making a network namespace takes root, unshare, nsenter and ip"
    done = subprocess.run(["unshare", "-n", "sh", "-c", LO], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"unshare -n: {done.stderr.strip()}"


@contextmanager
def own_network() -> Iterator[list[str]]:
    """Words before a command that run it in a network of its own; none where no namespace can be made."""
    if why_no_namespace():
        yield []
        return
    holder = subprocess.Popen(["unshare", "-n", "sh", "-c", f"{LO} echo ready; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"ready\n"
        yield ["nsenter", f"--net=/proc/{holder.pid}/ns/net"]
    finally:
        holder.stdin.close()
        holder.wait(30)
        holder.stdout.close()


def is_free(port: int) -> bool:
    """Whether the wildcard can be bound by TCP and by UDP."""
    family = socket.AF_INET6 if socket.has_ipv6 else socket.AF_INET
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(family, kind) as asked:
                if family == socket.AF_INET6:
                    asked.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                asked.bind(("", port))
    except OSError:
        return False
    return True
