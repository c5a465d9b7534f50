"""Measure what happens when a second socket wants a port that a first one holds: what `bind` and `listen` return,
who receives the traffic, what another account may take, and what a closed connection leaves of a port.

This folder is the whole probe: the standard library, no network but this machine's own addresses, no privileges.
Python runs it as it is, on any CPython from 3.4 on, and so it does with the one file that is made of it:

    python -I matrix/probe --output DIR
    python -I matrix/probe --pyz probe.pyz
    python -I probe.pyz --output DIR

A run writes DIR/observations.csv, DIR/counts.csv (how split traffic was split), and last DIR/host.json with the number
of rows and the SHA-256 of each. A folder without host.json, or whose host.json does not match, holds a run that was cut
off. The probe knows no expectation: it writes down what the system answered, and nothing else. Exit status:
0 measured, whatever was found; 1 not measured, or not to be believed; 2 wrong usage; 3 Python too old;
130 interrupted (129 and 143 by SIGHUP and SIGTERM).

Rules of the measurement:

1.  The first socket and the second belong to two processes, as another application's would. Both live as long as the
    run; nothing is started for a case.
2.  A *case* is protocol, first socket's spec and state, second socket's spec, and account. A *spec* is family, option
    and address. V6ONLY is always set by hand, since its default differs.
3.  Every attempt has a port of its own, outside the ranges that the system itself draws from where there are any. Ports
    come from blocks, and a block is held by listening on its first port, so that two probes on one machine never meet.
4.  Before a refusal is believed, the refused spec binds the same port alone. If it can't, somebody else holds the port:
    the attempt counts for nothing and is made again elsewhere.
5.  Every case is attempted several times. Where one answer dissents, up to EXTRA_ATTEMPTS more are made: one dissent
    among all of them is named beside the others' word, two make the case UNSTABLE.
6.  Before two sockets are asked who receives what is sent to an address, each must receive there alone. What could not be
    sent, received, or asked for is NOT_RUN with its reason; a failure of the harness is never an outcome.
7.  A spec that can't be had even alone is UNSUPPORTED. A case that could be had but was not measured is NOT_RUN. Both
    carry their reason, and neither is an outcome of the system.
8.  `listen` is asked of the second TCP socket wherever its bind succeeded. `first-listen` is asked of the first one,
    where it had only bound, once the second listens: two servers that start together.
9.  Controls, whose answers are known everywhere, are asked before and after each pair of accounts, on up to three
    ports. One wrong answer of our own account, and the run is void; of another account, its cases are NOT_RUN.
10. A port that the system chose (`client-ephemeral`) may be shared with other programs' connections. It counts only
    where the system's table, if there is one to read, shows nobody else on it, where a refusal lasts, and where the
    port is free once ours has ended.

Written for CPython 3.4, the last one on Windows XP: no f-strings, no annotations, no `subprocess.run`, nothing newer in
the library. Tests check that statically and by running.

Where things are, from the bottom up; each imports only what is above it in this list:

    errors        the system's error names, and ours
    ending        how a signal ends the probe
    sockets       making a socket, filling and resetting a connection
    afterclose    the ways in which a TCP port is used by a connection after its listener is gone: one entry each
    vocabulary    every word of a case and of an answer, declared once
    cases         specs, cases, their ids
    outcomes      one attempt, all attempts at a case, and the row that they come to
    lookup        what the system says in files, commands and its registry
    addresses     where a second address is found
    ports         which ports may be taken, and the lease on them
    limits        how many sockets at once
    multicast     groups that stay on this machine
    link          the asker's end of a helper process
    client        the asker as a client: datagrams and connections
    delivery      who receives, for a batch of attempts
    attempts      one attempt at a batch of cases, and how often
    controls      questions whose answers are known everywhere
    facts         facts of the host, as rows
    lateoption    whether an option counts that is set after bind
    product       probe.pyz, the one file, and its hash
    accounts/     helpers of other accounts: unix, windows, and the Windows calls by ctypes
    helper        one process that makes sockets
    system        what this machine is
    output        the folder of a run
    run           a run from its first socket to its last file
    command       options, messages, exit status
"""
