"""What a bind pair costs in the probe, as a multiple of the bare system calls for the same pair.

Both are taken in this one run: first every case's two sockets are made, bound and closed directly in one
process, then the probe measures the same cases, with all that it does besides: two processes, controls,
listens, repeats, files. Prints the ratio; timings alone mean little on a machine that others share.
"""

import contextlib
import socket
import time
from typing import Any

from matrix import probe


def plain_cases(specs: list[Any]) -> list[Any]:
    """Pairs of sockets that live, of one account: what a bind pair costs, without traffic."""
    return [case for case in probe.cases_of(specs) if case.account == "same" and case.state in probe.STATES]


def bare(repeat: int) -> tuple[int, float]:
    """(pairs, seconds) of the system calls alone."""
    specs = probe.specs_of(probe.find_other_specific()[0])
    wires = [spec.wire() for spec in specs]
    cases = plain_cases(specs)
    ephemeral, excluded = probe.declared_ranges()
    lease = probe.PortLease(probe.Ports(ephemeral, excluded, None).blocks())
    ports = lease.take(len(cases))
    began = time.perf_counter()
    for _ in range(repeat):
        for case, port in zip(cases, ports, strict=True):
            pair = []
            for family, settings, literal in (wires[case.first], wires[case.second]):
                made = socket.socket(family, probe.KINDS[case.protocol])
                pair.append(made)
                for level, number, value in settings:
                    made.setsockopt(level, number, value)
                with contextlib.suppress(OSError):
                    made.bind((literal, port))
            for made in pair:
                made.close()
    took = time.perf_counter() - began
    lease.release()
    return len(cases) * repeat, took


def probed(repeat: int) -> float:
    """Seconds that the probe's two helpers take for the same pairs, listens and controls among them."""
    specs = probe.specs_of(probe.find_other_specific()[0])
    ephemeral, excluded = probe.declared_ranges()
    lease = probe.PortLease(probe.Ports(ephemeral, excluded, None).blocks())
    helpers = [probe.HelperProcess(which) for which in ("first", "second")]
    began = time.perf_counter()
    try:
        probe.Measurement(helpers[0], helpers[1], lease, specs).measure(plain_cases(specs), repeat, lambda step: None)
        return time.perf_counter() - began
    finally:
        for helper in helpers:
            helper.stop()
        lease.release()


def main() -> None:
    """Measure both by turns, three times, and print the middle ratio."""
    ratios = []
    for _ in range(3):
        pairs, direct = bare(3)
        whole = probed(3)
        ratios.append(whole / direct)
        print(f"{pairs:,} bind pairs: bare {direct / pairs * 1e6:.0f} µs, probe {whole / pairs * 1e6:.0f} µs, ratio {whole / direct:.1f}")
    print(f"ratio: {sorted(ratios)[1]:.1f} (aim: at most 5)")


if __name__ == "__main__":
    main()
