"""Who can take a socket's traffic: the port hijack that Microsoft's guide warns of, on every platform.

Rule. A socket loses traffic where something that was sent to an address that it serves is received by a second one,
by that one alone, by both in turn, or by both at once. Which addresses a socket serves, `probe.SERVES` says.
"""

import pandas as pd
from tabulate import tabulate

from matrix.model import Account, Measure, State
from matrix.probe.vocabulary import ADDRESSES
from matrix.report.markdown import bullets, code, codes, table
from matrix.report.view import ABSENT, View

SERVES = {(each.family, each.name): each.serves for each in ADDRESSES}

LOST = ("second", "split", "both")  # who receives what was the first socket's
DELIVER = "deliver-"
ASKED = (Account.SAME, Account.OTHER)
HOLDER = ["protocol", "first_option", "account"]
RESTARTS = (State.TIME_WAIT, State.ACCEPTED)  # what a server that is started again finds of its own


def losses(view: View) -> pd.DataFrame:
    """The cases in which a socket that serves (bound for UDP, listening for TCP) could lose what is sent to it."""
    frame = view.wide[view.wide["measure"].str.startswith(DELIVER) & view.wide["account"].isin([str(each) for each in ASKED])]
    serves: list[bool] = [
        measure.removeprefix(DELIVER) in SERVES[family, address]
        for measure, family, address in zip(frame["measure"], frame["first_family"], frame["first_address"], strict=True)
    ]
    frame = frame[pd.Series(serves, index=frame.index, dtype=bool)]
    return frame.assign(ordinary=~frame["first_address"].str.startswith("mapped-") & ~frame["second_address"].str.startswith("mapped-"))


def holders(view: View, target: str) -> list[tuple[str, str, str]]:
    """(protocol, option, account) of the sockets that serve and were measured on a platform."""
    frame = view.measure(Measure.BIND)
    state = frame["protocol"].map({"tcp": str(State.LISTENING), "udp": str(State.BOUND)})
    frame = frame[(frame["first_state"] == state) & frame["account"].isin([str(each) for each in ASKED]) & ~frame[target].isin(ABSENT)]
    return list(frame[HOLDER].drop_duplicates().itertuples(index=False, name=None))


def hijacks(view: View) -> str:
    """Which second sockets take traffic that the first would have got, by the first one's option."""
    lost = losses(view)
    rows: dict[tuple[str, ...], list[str]] = {}
    for target in view.hosts:
        won = dict(iter(lost[lost[target].isin(LOST)].groupby(HOLDER)))
        for key in holders(view, target):
            taken = won.get(key, lost.iloc[:0])
            usual = taken[taken["ordinary"]]
            rows.setdefault(
                (key[0].upper(), code(key[1]), f"{key[2]} account", codes(usual["second_option"], "nothing"), only_mapped(taken, usual)), []
            ).append(code(target))
    notices = view.measure(Measure.NOTICE)
    heard = [f"{code(target)}: {said(notices[target])}" for target in view.hosts if (notices[target] != "").any()]
    return (
        "### Who can take it\n\nA socket loses what is sent to it, or a part of it, to a second one with one of these options: on the same "
        "address, on a specific address under its wildcard, or of another family.\n\n"
        + table(["", "the holder's option", "taken by the", "second sockets with", "between mapped addresses also", "platforms"],
                [[*key, ", ".join(targets)] for key, targets in sorted(rows.items())])
        + "\n\nWhat the first socket had to report about itself afterwards (`SO_ERROR`), in all of these cases: "
        + ("; ".join(heard) or "not asked") + "."
    )  # fmt: skip


def only_mapped(taken: pd.DataFrame, usual: pd.DataFrame) -> str:
    """What takes traffic only where one of the addresses is an IPv4 address written as IPv6, and which."""
    rest = taken[~taken["second_option"].isin(usual["second_option"])]
    if rest.empty:
        return ""
    pairs = dict.fromkeys(rest["first_address"] + " by " + rest["second_address"])
    return f"{codes(rest['second_option'], 'nothing')} ({', '.join(pairs)})"


def said(values: pd.Series) -> str:
    """`silent 12`, or several with their numbers."""
    counts = values[values != ""].value_counts()
    return ", ".join(f"{word} {count}" for word, count in sorted(counts.items()))


def advice(view: View) -> str:
    """With which options a socket keeps its traffic on each platform, and which of them let a server be started again at once."""
    lost, binds = losses(view), view.measure(Measure.BIND)
    rows = []
    for target in view.hosts:
        had, taken = holders(view, target), lost[lost[target].isin(LOST)]
        usual, any_way = (set(frame[HOLDER].itertuples(index=False, name=None)) for frame in (taken[taken["ordinary"]], taken))
        for protocol in dict.fromkeys(key[0] for key in had):
            keeps = {
                account: [key[1] + "*" * (key in any_way) for key in had if (key[0], key[2]) == (protocol, account) and key not in usual]
                for account in ASKED
            }
            others = "not measured" if (protocol, "default", Account.OTHER) not in had else listed(keeps[Account.OTHER])
            own = [key[1] for key in had if (key[0], key[2]) == (protocol, Account.SAME)]
            again = "-" if protocol == "udp" else listed([option for option in own if starts_again(binds, target, option)])
            rows.append([target, protocol.upper(), listed(keeps[Account.SAME]), others, again])
    header = ["platform", "", "keeps its traffic from the same account", "from another account", "starts again at once"]
    notes = [
        "As measured on these platforms, over IPv4, IPv6 and dual stack; it is no promise of theirs.",
        "Keeps its traffic: no second socket received anything that was sent to an address of the first.",
        "*: but not between IPv4 addresses written as IPv6 (::ffff:0.0.0.0, ::ffff:127.0.0.1).",
        "Starts again at once: binds on its own port in TIME_WAIT and beside a connection that its listener had accepted.",
    ]
    return tabulate(rows, header, tablefmt="simple", disable_numparse=True, maxcolwidths=[None, None, 34, 34, 34]) + "\n\n" + bullets(notes)


def listed(names: list[str]) -> str:
    """Names with commas, or `none`."""
    return ", ".join(names) or "none"


def starts_again(binds: pd.DataFrame, target: str, option: str) -> bool:
    """Whether a server with an option can bind again over what it left behind itself."""
    own = binds[
        (binds["account"] == Account.SAME) & binds["first_state"].isin([str(state) for state in RESTARTS])
        & (binds["first_option"] == option) & (binds["second_option"] == option) & (binds["first_address"] == binds["second_address"])
    ]  # fmt: skip
    return bool(len(own)) and bool((own[target] == "SUCCESS").all())
