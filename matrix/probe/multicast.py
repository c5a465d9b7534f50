"""Multicast groups that stay on this machine, and the interface over which they come back to it."""

import binascii
import socket
import struct

from .cases import level_number

HERE = b"here?"


def interfaces():
    """Numbers of this machine's interfaces, the loopback one first: 1 on Windows and Linux, else asked for by name."""
    found = []
    for name in ("lo", "lo0"):
        try:
            found.append(socket.if_nametoindex(name))
        except (AttributeError, OSError):
            pass
    try:
        found += sorted(index for index, _ in socket.if_nameindex() if index not in found)
    except (AttributeError, OSError):
        pass
    return found or [1]


class Group(object):
    """A group that stays on this machine: 239.255/16 over the loopback interface (RFC 2365), ff11::/16, of scope 1 and
    nobody's for good (RFC 4291)."""

    def __init__(self, family, turn, index):
        self.family, self.index = family, index
        self.address = "239.255.%d.%d" % (77 + turn // 254, turn % 254 + 1) if family == "ipv4" else "ff11::4d:%x" % (turn + 1)

    def request(self, joining):
        """[level, option, request in hex] of setsockopt to join or to leave."""
        if self.family == "ipv4":
            option = socket.IP_ADD_MEMBERSHIP if joining else socket.IP_DROP_MEMBERSHIP
            packed = socket.inet_aton(self.address) + socket.inet_aton("127.0.0.1")
            return [int(socket.IPPROTO_IP), int(option), binascii.hexlify(packed).decode("ascii")]
        option = socket.IPV6_JOIN_GROUP if joining else socket.IPV6_LEAVE_GROUP
        packed = socket.inet_pton(socket.AF_INET6, self.address) + struct.pack("I", self.index)
        return [level_number("IPPROTO_IPV6"), int(option), binascii.hexlify(packed).decode("ascii")]

    def sender(self):
        """A socket that sends to the group and to nowhere else. Bound to 127.0.0.1 for IPv4; for IPv6 the system chooses,
        because the interface isn't always the loopback one. Raises OSError."""
        made = socket.socket(socket.AF_INET if self.family == "ipv4" else socket.AF_INET6, socket.SOCK_DGRAM)
        try:
            if self.family == "ipv4":
                made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
                made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
                made.bind(("127.0.0.1", 0))
            else:
                made.setsockopt(level_number("IPPROTO_IPV6"), socket.IPV6_MULTICAST_IF, self.index)
                made.setsockopt(level_number("IPPROTO_IPV6"), socket.IPV6_MULTICAST_LOOP, 1)
            return made
        except OSError:
            made.close()
            raise

    def send(self, data, port, number):
        """Send so many datagrams to the group, each from a socket of its own. Raises OSError."""
        to = (self.address, port) if self.family == "ipv4" else (self.address, port, 0, self.index)
        for _ in range(number):
            made = self.sender()
            try:
                made.sendto(data, to)
            finally:
                made.close()


def find_interface(family):
    """The first interface over which a group reaches this machine itself: (number, role) or (None, `none`).

    An IPv4 group goes over the loopback interface. Scope 1 of IPv6 never leaves the machine, whatever the interface (RFC
    4291, 2.7): Linux has no route for groups over its loopback interface.
    """
    for turn, index in 2 * list(enumerate(interfaces() if family == "ipv6" else [0])):     # twice: what fails may do so once
        group, receiver = Group(family, 253, index), None
        try:
            receiver = socket.socket(socket.AF_INET6 if family == "ipv6" else socket.AF_INET, socket.SOCK_DGRAM)
            receiver.bind(("::" if family == "ipv6" else "0.0.0.0", 0))
            level, option, request = group.request(True)
            receiver.setsockopt(level, option, binascii.unhexlify(request))
            receiver.settimeout(0.3)
            group.send(HERE, receiver.getsockname()[1], 1)
            if receiver.recv(64) == HERE:
                return index, "interface" if turn else "loopback"
        except (OSError, AttributeError):
            pass
        finally:
            if receiver is not None:
                receiver.close()
    return None, "none"
