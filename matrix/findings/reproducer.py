"""A program that makes the two sockets of a case and shows what happens: stand-alone Python or C, sockets of one account.

Shown are the second socket's bind, for TCP both listens, and for Python who receives what is sent to 127.0.0.1 or ::1. A port
of a closed listener is shown in Python, in the states of CLOSES. What needs another account is no page of code, nor are the
states that are left: `probe` measures them.
"""

from matrix.errors import UsageError
from matrix.findings.settings import c_lines, python_lines
from matrix.vocabulary import LIVE_NAMES, SERVES, Account

LITERALS = {"wildcard": ("0.0.0.0", "::"), "specific": ("127.0.0.1", "::1"), "other-specific": ("127.0.0.2", "::1"),
            "mapped-wildcard": ("", "::ffff:0.0.0.0"), "mapped-specific": ("", "::ffff:127.0.0.1")}  # fmt: skip
DESTINATIONS = {"ipv4": "127.0.0.1", "ipv4-other": "127.0.0.2", "ipv6": "::1"}

PYTHON = '''"""{title}"""
import select
import socket

PORT = 47047


def made(family, address, options):
    s = socket.socket(family, socket.{kind})
    try:
        options(s)
    except (AttributeError, OSError) as missing:
        raise SystemExit("UNSUPPORTED: %s" % missing)
    s.bind((address, PORT))
    return s


def of_first(s):
    {first_options}


def of_second(s):
    {second_options}


first = made(socket.{first_family}, "{first_address}", of_first)
{prepare}try:
    second = made(socket.{second_family}, "{second_address}", of_second)
except OSError as refused:
    raise SystemExit("bind: %s" % refused)
print("bind: SUCCESS")
{calls}{deliver}'''
CALL = """try:
    {call}
    print("{name}: SUCCESS")
except OSError as refused:
    print("{name}: %s" % refused)
"""
SENDS = {"tcp": "connect((to, PORT))", "udp": 'sendto(b"?", (to, PORT))'}
SEND = """    try:
        client.{call}
    except OSError as refused:
        print("%s: %s" % (to, refused))
        continue
"""
DELIVER = """for to in {destinations}:    # one sender; where the two share, ask with many
    client = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.{kind})
    client.settimeout(3)
{send}    ready = select.select([first, second], [], [], 1)[0]
    print("%s: %s" % (to, " and ".join(name for name, s in (("first", first), ("second", second)) if s in ready) or "nobody"))
    for s in ready:
        s.{take}
    client.close()
"""
CLOSED = """first.listen(8)
client = socket.socket()
client.settimeout(10)
client.connect(("127.0.0.1", PORT))
connection = first.accept()[0]
first.close()
{close}"""
# How the connection of a closed listener ends, by the state of the port that comes of it.
CLOSES = {
    "accepted": "",
    "time-wait": "connection.close()\nclient.recv(1)\nclient.close()\n",
    "peer-closed": "client.close()\nconnection.recv(1)\nconnection.close()\n",
    "graceful": "connection.shutdown(socket.SHUT_WR)\nclient.recv(1)\nclient.close()\nconnection.recv(1)\nconnection.close()\n",
    "reset": 'import struct\nconnection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))\nconnection.close()\n',
}
C = """/* {title} */
#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#define REASON WSAGetLastError()
#else
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <errno.h>
#define REASON errno
#endif
#include <stdio.h>
#include <string.h>

static int on = 1, off = 0;

static int report(const char *call, int failed)
{{
    if (failed) printf("%s: error %d\\n", call, (int) REASON); else printf("%s: SUCCESS\\n", call);
    fflush(stdout);
    return failed;
}}

int main(void)
{{
#ifdef _WIN32
    WSADATA data;
    WSAStartup(MAKEWORD(2, 2), &data);
#endif
    (void) on; (void) off;
{sockets}    return 0;
}}
"""


def reproducible(words: tuple[str, ...], language: str) -> bool:
    """Whether there is a program for a case (the cells of CASE_COLUMNS) in a language."""
    state, account = words[4], words[8]
    return account == Account.SAME and (state in LIVE_NAMES or (language == "python" and state in CLOSES))


def program(words: tuple[str, ...], language: str) -> str:
    """The program for a case (the cells of CASE_COLUMNS). Raises UsageError for a case that is no page of code."""
    protocol, first_family, first_option, first_address, state, second_family, second_option, second_address, _ = words
    if not reproducible(words, language):
        raise UsageError(
            "a program of one page makes sockets of one account that live or, in Python, a port of a closed listener; "
            "for other states and accounts run the probe: bind-matrix probe --output my-run --only '...'"
        )
    title = f"{protocol}: {first_family} {first_option}@{first_address} {state}, then {second_family} {second_option}@{second_address}"
    first, second = (first_family, first_option, first_address), (second_family, second_option, second_address)
    if language == "c":
        return C.format(title=title, sockets=c_socket("first", *first, protocol, state == "listening")
                        + c_socket("second", *second, protocol, protocol == "tcp")
                        + (c_listen("first-listen", "first") if protocol == "tcp" and state == "bound" else ""))  # fmt: skip
    kind = "SOCK_STREAM" if protocol == "tcp" else "SOCK_DGRAM"
    served = dict.fromkeys((*SERVES[first_family, first_address], *SERVES[second_family, second_address]))
    calls = CALL.format(call="second.listen(8)", name="listen") if protocol == "tcp" else ""
    if protocol == "tcp" and state == "bound":
        calls += CALL.format(call="first.listen(8)", name="first-listen")
    deliver = DELIVER.format(destinations=tuple(DESTINATIONS[each] for each in served), kind=kind, send=SEND.format(call=SENDS[protocol]),
                             take="accept()[0].close()" if protocol == "tcp" else "recv(8)")  # fmt: skip
    prepare = "first.listen(8)\n" if state == "listening" else ""
    if state in CLOSES:
        prepare, deliver = CLOSED.format(close=CLOSES[state]), ""
    return PYTHON.format(
        title=title, kind=kind, first_options=python_options(first_family, first_option),
        second_options=python_options(second_family, second_option),
        first_family=c_family(first_family), second_family=c_family(second_family),
        first_address=literal(first_family, first_address), second_address=literal(second_family, second_address),
        prepare=prepare, calls=calls, deliver=deliver,
    )  # fmt: skip


def literal(family: str, address: str) -> str:
    """What bind is given."""
    return LITERALS[address][0 if family == "ipv4" else 1]


def c_family(family: str) -> str:
    """The address family's name."""
    return "AF_INET" if family == "ipv4" else "AF_INET6"


def v6only(family: str) -> bool | None:
    """What V6ONLY is set to."""
    return None if family == "ipv4" else family == "ipv6"


def python_options(family: str, option: str) -> str:
    """The lines that set options."""
    return "\n    ".join(python_lines(option, v6only(family)) or ("pass",))


def c_socket(name: str, family: str, option: str, address: str, protocol: str, listens: bool) -> str:
    """Make, bind and where wanted listen."""
    kind, field = ("SOCK_STREAM" if protocol == "tcp" else "SOCK_DGRAM"), "sin" if family == "ipv4" else "sin6"
    call = "bind" if name == "second" else "first-bind"
    lines = [
        f"struct sockaddr_{'in' if family == 'ipv4' else 'in6'} {name}_at;",
        f"int {name} = (int) socket({c_family(family)}, {kind}, 0);",
        *(line.replace("setsockopt(s,", f"setsockopt({name},") for line in c_lines(option, v6only(family))),
        f"memset(&{name}_at, 0, sizeof {name}_at);",
        f"{name}_at.{field}_family = {c_family(family)};",
        f"{name}_at.{field}_port = htons(47047);",
        f'inet_pton({c_family(family)}, "{literal(family, address)}", &{name}_at.{field}_addr);',
        f'if (report("{call}", bind({name}, (struct sockaddr *) &{name}_at, sizeof {name}_at) != 0)) return 1;',
    ]
    return "".join(f"    {line}\n" for line in lines) + (
        c_listen("listen" if name == "second" else "first-listens", name) if listens else ""
    )


def c_listen(call: str, name: str) -> str:
    """One listen."""
    return f'    report("{call}", listen({name}, 8) != 0);\n'
