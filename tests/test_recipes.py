"""Recipes: what runtimes set by default, as it was read from their sources, and as it is on the sockets of those that are here."""

import ctypes
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from matrix.data.recipes import COLUMNS, Recipe, load_recipes
from matrix.errors import MatrixError
from matrix.findings.recipes import judged
from matrix.findings.view import View
from matrix.report import goals as shown
from matrix.report.terminal import terminal
from tests.reporter.conftest import results, view  # noqa: F401  # fixtures

GETFD = 438  # the number of pidfd_getfd, equal on every architecture of Linux
GROUP = "ff02::1"  # every machine on a link: a group that needs no membership
PATIENCE = 60  # seconds for a runtime to start
GOOD = "asyncio,loop.create_server,tcp,unix,SO_REUSEADDR,on,python/cpython,v3.11.7,Lib/a.py,1478,create_server,2026-11-25,"


def test_the_recipes_that_ship_are_valid_and_cover_the_runtimes() -> None:
    """Each names where it was read; every runtime has a server of TCP, on Linux and on Windows."""
    recipes = load_recipes()
    runtimes = {each.runtime for each in recipes}
    assert runtimes == {"asyncio", "trio", "libuv (Node.js)", "Go", "Rust std", "mio (tokio)", ".NET", "JDK", "nginx"}
    for runtime in runtimes:
        own = [each for each in recipes if each.runtime == runtime]
        assert any(each.protocol == "tcp" and each.is_for("linux") for each in own)
        assert any(each.is_for("windows") for each in own)
    assert all(each.link.startswith(f"https://github.com/{each.repository}/blob/{each.revision}/") for each in recipes)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (GOOD.replace("tcp", "sctp"), "protocol is none of tcp, udp"),
        (GOOD.replace("SO_REUSEADDR", "SO_REUSE"), "option is none of"),
        (GOOD.replace(",on,", ",maybe,"), "v6only is none of on, off, system"),
        (GOOD.replace("unix", "beos"), "a system that is none"),
        (GOOD.replace("v3.11.7", "main"), "revision is not one"),
        (GOOD.replace("python/cpython", "cpython"), "repository is not one"),
        (GOOD.replace("1478", "here"), "line is not one"),
        (f"{GOOD}\n{GOOD}", "the same call of the same runtime is there already"),
        (GOOD.rstrip(",") + ",a,b", "14 cells where 13 belong"),
    ],
)
def test_a_row_that_is_not_right_is_named(tmp_path: Path, row: str, problem: str) -> None:
    """With file, row and value; nothing is taken of such a file."""
    path = tmp_path / "recipes.csv"
    path.write_text(",".join(COLUMNS) + f"\n{row}\n", "utf-8", newline="\n")
    with pytest.raises(MatrixError, match=problem) as raised:
        load_recipes(path)
    assert str(path) in str(raised.value)


def test_a_recipe_is_judged_where_it_is_for_and_measured(view: View) -> None:  # noqa: F811
    """On the imaginary Linux a server with SO_REUSEADDR starts again at once and is kept; Windows was not measured, Wine is its own."""
    found = judged(view, load_recipes(), ["tcp"])
    asyncio = {each.platforms: [check.met for check in each.checks] for each in found if each.recipe.runtime == "asyncio"}
    assert asyncio == {"Linux 6.1 and 6.2": [True, True, True], "Wine 8.0": [False, True, None]}
    text = terminal(shown.recipes(found))
    assert "https://github.com/python/cpython/blob/v3.11.7/Lib/asyncio/base_events.py#L1478" in text
    assert not any("windows" in target for each in found for target in each.targets)


def test_sources_read_here_say_it_at_that_line() -> None:
    """The asyncio of this Python, where it is the version that was read."""
    import asyncio.base_events

    if sys.version_info[:3] != (3, 11, 7):
        pytest.skip(f"the recipe was read from Python 3.11.7, this is {sys.version.split()[0]}")
    lines = Path(asyncio.base_events.__file__).read_text("utf-8").splitlines()
    (recipe,) = [each for each in load_recipes() if each.runtime == "asyncio" and each.protocol == "tcp" and each.is_for("linux")]
    assert lines[int(recipe.line) - 1].strip() == 'reuse_address = os.name == "posix" and sys.platform != "cygwin"'


# Programs that serve on [::], any port, print it, and live until their input ends.

ASYNCIO_TCP = """
import asyncio, sys
async def main():
    server = await asyncio.start_server(lambda r, w: None, "::", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""
ASYNCIO_UDP = """
import asyncio, sys
async def main():
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("::", 0))
    print(transport.get_extra_info("sockname")[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""
TRIO_TCP = """
import sys, trio
async def main():
    listener, = await trio.open_tcp_listeners(0, host="::")
    print(listener.socket.getsockname()[1], flush=True)
    await trio.to_thread.run_sync(sys.stdin.read)
trio.run(main)
"""
NODE_TCP = "const s = require('net').createServer().listen({port: 0, host: '::'}, () => console.log(s.address().port)); process.stdin.resume(); process.stdin.on('end', () => process.exit())"
NODE_UDP = "const s = require('dgram').createSocket('udp6').bind({address: '::'}, () => console.log(s.address().port)); process.stdin.resume(); process.stdin.on('end', () => process.exit())"
RUST = """
use std::io::Read;
fn main() {
    let server = std::net::KIND::bind("[::]:0").unwrap();
    println!("{}", server.local_addr().unwrap().port());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
"""
GO = """
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

func main() {
	server, err := MADE
	if err != nil {
		panic(err)
	}
	_, port, _ := net.SplitHostPort(server.ADDRESS().String())
	fmt.Println(port)
	io.ReadAll(os.Stdin)
}
"""
DOTNET = """
import sys
from pathlib import Path
import dotnetcore2
from clr_loader import get_coreclr
from pythonnet import set_runtime
root = Path(dotnetcore2.__file__).parent / "bin"
version = next((root / "shared" / "Microsoft.NETCore.App").iterdir()).name
config = Path(sys.argv[1]) / "served.runtimeconfig.json"
config.write_text('{"runtimeOptions": {"tfm": "netcoreapp3.1", "framework": {"name": "Microsoft.NETCore.App", "version": "%s"}, '
                  '"configProperties": {"System.Globalization.Invariant": true}}}' % version)
set_runtime(get_coreclr(runtime_config=str(config), dotnet_root=str(root)))
import clr
for name in ("System.Net.Sockets", "System.Net.Primitives"):
    clr.AddReference(name)
from System.Net import IPAddress, IPEndPoint
from System.Net.Sockets import TcpListener, UdpClient
MADE
print(port, flush=True)
sys.stdin.read()
"""
DOTNET_TCP = "server = TcpListener(IPAddress.IPv6Any, 0); server.Start(); port = server.LocalEndpoint.Port"
DOTNET_UDP = "server = UdpClient(IPEndPoint(IPAddress.IPv6Any, 0)); port = server.Client.LocalEndPoint.Port"
JAVA = """
public class Served {
    public static void main(String[] words) throws Exception {
        var server = new KIND;
        System.out.println(server.getLocalPort());
        System.in.readAllBytes();
    }
}
"""


def python(program: str) -> Callable[[Path], list[str]]:
    """A program of this Python."""
    return lambda folder: [sys.executable, "-I", "-c", program]


def trio(folder: Path) -> list[str]:
    """The same, where trio is installed."""
    pytest.importorskip("trio", reason="trio is not installed")
    return [sys.executable, "-I", "-c", TRIO_TCP]


def node(program: str) -> Callable[[Path], list[str]]:
    """A program of Node.js."""
    return lambda folder: [found("node"), "-e", program]


def rust(kind: str) -> Callable[[Path], list[str]]:
    """A program of Rust's standard library."""

    def made(folder: Path) -> list[str]:
        (folder / "served.rs").write_text(RUST.replace("KIND", kind), "utf-8")
        built = subprocess.run([found("rustc"), "-o", "served", "served.rs"], cwd=folder, capture_output=True, text=True, check=False)
        if built.returncode:
            pytest.skip(f"rustc makes no program here: {built.stderr.strip().splitlines()[-1]}")
        return [str(folder / "served")]

    return made


def java(made: str) -> Callable[[Path], list[str]]:
    """A program of the JDK."""

    def written(folder: Path) -> list[str]:
        found("javac")
        (folder / "Served.java").write_text(JAVA.replace("KIND", made), "utf-8")
        return [found("java"), str(folder / "Served.java")]

    return written


def go(made: str, address: str) -> Callable[[Path], list[str]]:
    """A program of Go's standard library."""

    def built(folder: Path) -> list[str]:
        (folder / "served.go").write_text(GO.replace("MADE", made).replace("ADDRESS", address), "utf-8")
        # Neither the user's own settings nor a toolchain from elsewhere.
        own = {"GOCACHE": str(folder / "cache"), "GOPATH": str(folder / "path"), "GOTOOLCHAIN": "local", "GOFLAGS": "", "CGO_ENABLED": "0"}
        subprocess.run([found("go"), "build", "-o", "served", "served.go"], cwd=folder, env={**os.environ, **own}, check=True,
                       timeout=10 * PATIENCE)  # fmt: skip
        return [str(folder / "served")]

    return built


def dotnet(made: str) -> Callable[[Path], list[str]]:
    """A program of .NET, run in this Python, where the runtime and the bridge to it are installed."""

    def written(folder: Path) -> list[str]:
        for name in ("dotnetcore2", "clr_loader", "pythonnet"):
            if find_spec(name) is None:
                pytest.skip(f"{name} is not installed")
        return [sys.executable, "-I", "-c", DOTNET.replace("MADE", made), str(folder)]

    return written


def found(name: str) -> str:
    """A program's path; without it the test is skipped."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


RUNNING: list[tuple[str, str, str, Callable[[Path], list[str]]]] = [
    ("asyncio", "loop.create_server", "tcp", python(ASYNCIO_TCP)),
    ("asyncio", "loop.create_datagram_endpoint", "udp", python(ASYNCIO_UDP)),
    ("trio", "trio.open_tcp_listeners", "tcp", trio),
    ("libuv (Node.js)", "uv_tcp_bind", "tcp", node(NODE_TCP)),
    ("libuv (Node.js)", "uv_udp_bind", "udp", node(NODE_UDP)),
    ("Go", "net.Listen", "tcp", go('net.Listen("tcp", ":0")', "Addr")),
    ("Go", "net.ListenPacket", "udp", go('net.ListenPacket("udp", ":0")', "LocalAddr")),
    ("Go", "net.ListenMulticastUDP", "udp", go(f'net.ListenPacket("udp", "[{GROUP}]:0")', "LocalAddr")),
    ("Rust std", "TcpListener::bind", "tcp", rust("TcpListener")),
    ("Rust std", "UdpSocket::bind", "udp", rust("UdpSocket")),
    (".NET", "Socket.Bind", "tcp", dotnet(DOTNET_TCP)),
    (".NET", "Socket.Bind", "udp", dotnet(DOTNET_UDP)),
    ("JDK", "ServerSocket and ServerSocketChannel", "tcp", java("java.net.ServerSocket(0)")),
    ("JDK", "DatagramSocket and DatagramChannel", "udp", java("java.net.DatagramSocket(0)")),
    ("JDK", "MulticastSocket", "udp", java("java.net.MulticastSocket(0)")),
]


@pytest.mark.skipif(sys.platform != "linux", reason="a socket of another process is read by pidfd_getfd, which only Linux has")
@pytest.mark.parametrize(("runtime", "call", "protocol", "program"), RUNNING, ids=[f"{each[0]}-{each[1]}-{each[2]}" for each in RUNNING])
def test_what_was_read_is_what_the_socket_has(
    runtime: str, call: str, protocol: str, program: Callable[[Path], list[str]], tmp_path: Path
) -> None:
    """The runtime's own server, its socket's options read by the kernel's word."""
    own = [each for each in load_recipes() if (each.runtime, each.call, each.protocol) == (runtime, call, protocol)]
    (recipe,) = [each for each in own if each.is_for("linux")]
    with running(program(tmp_path)) as (pid, port):
        check(recipe, pid, port)


@pytest.mark.skipif(sys.platform != "linux", reason="a socket of another process is read by pidfd_getfd, which only Linux has")
def test_what_was_read_is_what_nginx_sets(tmp_path: Path) -> None:
    """TCP and UDP alike: a UDP listener of nginx has SO_REUSEADDR."""
    nginx = found("nginx")
    with socket.socket(socket.AF_INET6) as free:
        free.bind(("::", 0))
        port = free.getsockname()[1]
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/log;\n"
        f"events {{}}\nhttp {{ access_log off; client_body_temp_path {tmp_path}; proxy_temp_path {tmp_path}; fastcgi_temp_path {tmp_path};\n"
        f"uwsgi_temp_path {tmp_path}; scgi_temp_path {tmp_path}; server {{ listen [::]:{port}; }} }}\n", "utf-8",
    )  # fmt: skip
    server = subprocess.Popen([nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        while not (tmp_path / "pid").exists() and server.poll() is None:
            time.sleep(0.05)
        if server.poll() is not None:
            pytest.skip(f"nginx ends by itself here: {(tmp_path / 'log').read_text('utf-8')[-200:]}")
        (recipe,) = [each for each in load_recipes() if (each.runtime, each.protocol) == ("nginx", "tcp")]
        check(recipe, server.pid, port)
    finally:
        server.terminate()
        server.wait(PATIENCE)


def check(recipe: Recipe, pid: int, port: int) -> None:
    """Hold a process's socket against a recipe."""
    with taken(pid, port, recipe.protocol) as served:
        options = set(recipe.option.split("+")) - {"default"}
        for name in ("SO_REUSEADDR", "SO_REUSEPORT"):
            assert bool(served.getsockopt(socket.SOL_SOCKET, getattr(socket, name))) == (name in options), name
        if recipe.v6only != "system":
            assert served.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == (recipe.v6only == "on")


@contextmanager
def running(command: list[str]) -> Iterator[tuple[int, int]]:
    """A server's process id and port; it ends with its input."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        try:
            yield started.pid, int(started.stdout.readline())
        finally:
            started.communicate(timeout=PATIENCE)


def sockets_of(pid: int, port: int, protocol: str) -> list[int]:
    """The descriptors of a process's sockets on a port. The system's table may lack a line while others open and close sockets."""
    inodes = {line.split()[9] for line in Path(f"/proc/net/{protocol}6").read_text("ascii").splitlines()[1:]
              if int(line.split()[1].rpartition(":")[2], 16) == port}  # fmt: skip
    links = {}
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            links[int(each.name)] = str(each.readlink())
    return [fd for fd, link in links.items() if link.removeprefix("socket:[").rstrip("]") in inodes]


@contextmanager
def taken(pid: int, port: int, protocol: str) -> Iterator[socket.socket]:
    """A process's socket on a port, as a descriptor of our own."""
    end = time.monotonic() + PATIENCE
    while not (numbers := sockets_of(pid, port, protocol)) and time.monotonic() < end:
        time.sleep(0.05)
    (number,) = numbers
    process = os.pidfd_open(pid)
    try:
        mine = ctypes.CDLL(None, use_errno=True).syscall(GETFD, process, number, 0)
        if mine < 0:
            pytest.skip(f"another process's socket can't be read here: {os.strerror(ctypes.get_errno())}")
        with socket.socket(fileno=mine) as served:
            yield served
    finally:
        os.close(process)
