"""Where this machine's second IPv4 address is found, and whether an address can be bound at all."""

import socket


def candidates():
    """IPv4 addresses that may be this machine's second one, with their role, each looked for only when needed.

    Where 127.0.0.2 doesn't exist, the address of an interface: connecting a UDP socket chooses one by route and sends
    nothing (the destinations are RFC 5737's, kept for documents).
    """
    yield "127.0.0.2", "loopback"
    for destination in ("192.0.2.1", "198.51.100.1", "203.0.113.1"):
        asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            asker.connect((destination, 9))
            yield asker.getsockname()[0], "interface"
        except OSError:
            pass
        finally:
            asker.close()


def can_be_bound(family, address):
    """Whether a socket can have this address, on any port."""
    try:
        trial = socket.socket(family, socket.SOCK_DGRAM)
    except OSError:
        return False
    try:
        trial.bind((address, 0))
        return True
    except OSError:
        return False
    finally:
        trial.close()


def find_other_specific():
    """A second IPv4 address of this machine and its role: (address, `loopback` | `interface`) or (None, `none`)."""
    for address, role in candidates():
        if address not in ("127.0.0.1", "0.0.0.0") and can_be_bound(socket.AF_INET, address):
            return address, role
    return None, "none"
