"""What is asked, of which cases and how, where a chapter begins: enough to ask one row again by hand."""

from matrix.report.blocks import Block, Bullets, Code, Fold, Inline, paragraph, prose, table
from matrix.vocabulary import LIVE_NAMES, MULTICAST_SENDERS, SENDERS, STATE_MEANINGS


def traffic() -> Block:
    """`deliver`, `notice`, `inherit`."""
    return Fold(
        prose("**How it is asked**"),
        (
            Bullets(
                (
                    prose(
                        "`deliver-…` is asked where the second socket was bound, both serve an address in common, and both can "
                        "receive: of UDP, and of TCP where the first listened before the second bound and the second listens "
                        "too. Then {} connections or datagrams go to every address that either of the two serves, each from a "
                        "source port of its own: to 127.0.0.1, to the other specific IPv4 address, to ::1.", str(SENDERS)
                    ),
                    prose(
                        "Connections are made one at first, then four at a time, and both sockets accept all that wait for them; a "
                        "destination where a socket can't be reached even alone is not asked."
                    ),
                    prose("`first` and `second`: one of them got all; `split`: each got some; `none`: nothing arrived; "
                          "`refused`: no connection was made."),
                    prose("`notice` reads `SO_ERROR` of the first socket after that."),
                    prose("`inherit-…` closes the first socket, and sends the same to each of these addresses that the second serves."),
                )
            ),
        ),
    )  # fmt: skip


def multicast() -> Block:
    """`multicast-first`, `-both`, `-second`."""
    return Fold(
        prose("**How it is asked**"),
        (
            paragraph(
                "Of UDP pairs on the wildcard of one family, both alive: a group of its own for each pair, 239.255.x.y over the loopback "
                "interface, or ff11::/16 over the first interface that brings it back. `multicast-first`: the first socket has joined; "
                "`multicast-both`: then the second as well; `multicast-second`: then the first has left. Each time {} datagrams go to the "
                "group and the port, each from a socket of its own. `both`: each of the two got all of them.",
                str(MULTICAST_SENDERS),
            ),
        ),
    )


def after_close() -> Block:
    """The states of a connection after its listener was closed, and `freed`."""
    rows = [(Code(state), meaning) for state, meaning in STATE_MEANINGS.items() if state not in LIVE_NAMES]
    return Fold(
        prose("**What the {} states are, and how they are asked**", str(len(rows))),
        (
            *table(["state", "what was done before the second socket asks"], rows),
            paragraph(
                "TCP over IPv4, on wildcard and specific address (a port that the system chose has the specific one alone); the peer is "
                "at 127.0.0.1 in the first socket's process. Then the second socket sets its option, binds, and listens, and is closed."
            ),
            paragraph(
                "`freed` is asked only where that `bind` was refused: what lives of the connection is ended by reset "
                "(`SO_LINGER` 0), a TIME_WAIT by a connection from the peer's own port (RFC 1337), and the second socket asks "
                "again for a short while. Where a TIME_WAIT can't be ended so, `freed` is `NOT_RUN`: it is not waited for."
            ),
        ),
    )


def late_option() -> Inline:
    """What `late-option` asks."""
    return prose(
        "`late-option` asks it of a first socket that is only bound, IPv4, own account, on wildcard or specific address: it binds "
        "without the option, sets it, and the second socket binds. `counts`: the second meets what it meets with the option set in time; "
        "`ignored`: what it meets without it; `indistinct`: the two are the same, so that it shows nothing; `neither`: something else; "
        "`refused`: the late setsockopt failed. Late options of listeners and of second sockets, and clearing one, are not asked."
    )
