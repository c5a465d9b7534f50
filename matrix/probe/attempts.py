"""One attempt at a batch of cases, and how often each is attempted. The asker holds two helpers of a pair of accounts.

Each attempt has a port of its own. Ports are used as they come; only a case whose port turned out to be somebody else's is
asked again on ports that were looked at first, since TIME_WAITs of another run lie side by side.
"""

import re
import time

from .afterclose import AFTER_CLOSE, BY_NAME
from .cases import KINDS
from .delivery import Delivery, multicast_family, replies_of
from .errors import plain_error
from .limits import BATCH
from .lookup import text_of
from .outcomes import ASKED, Attempt, Tally, answer_of, failure_of
from .ports import NoPortsLeft
from .vocabulary import LIVE_NAMES, PROTOCOLS

PLAIN = "ipv4 default@wildcard"     # the spec by which ports are looked at: whoever holds one is in its way
SYSTEM_BATCH = 20       # where the system chooses the port: the shorter it is held, the less others can share it
TRIES = 8               # ports that may turn out to be somebody else's before a case is given up
SYSTEM_TRIES = 40       # the same, where the system chooses them: every TIME_WAIT of the last minute may share one
FREED_POLLS = 40        # polls of a port that was given up, before it counts as not freed
SYSTEM_POLLS = 3        # the same for a port that the system chose: what takes longer was somebody else's
PAUSE = 0.005           # seconds between two polls
MAX_TABLE = 1 << 24     # bytes of a system's table of sockets
STILL_WAITING = "TIME_WAIT can't be ended by its peer's own port on this system, and is not waited for"


class Asker(object):
    """Two helpers, a lease on ports, a client and the specs that all know. Without a client no traffic is sent."""

    def __init__(self, first, second, lease, specs, client=None, multicast=None, batch=BATCH, plain=PLAIN):
        self.first, self.second, self.lease, self.specs, self.batch = first, second, lease, specs, batch
        for helper in (first, second):
            helper.ask("specs", [spec.wire() for spec in specs])
        labels = [spec.label() for spec in specs]
        self.plain = labels.index(plain)        # what looks at a port; where it is no wildcard, nothing is
        self.askable = [n for n, spec in enumerate(specs) if specs[self.plain].is_wildcard() or not spec.is_wildcard()]
        self.alone_at = dict((spec.address, n) for n, spec in enumerate(specs) if spec.family == "ipv4" and not spec.settings)
        self.delivery = client and Delivery(first, second, client, specs, multicast or {}, {})

    def refused_alone(self, helper, protocol):
        """What keeps each spec from being had even alone: {spec index: [stage, error]}, tried on many ports."""
        refused = {}
        waiting = [n for n in self.askable if protocol in self.specs[n].protocols]
        for _ in range(TRIES):
            if not waiting:
                break
            flat = []
            for index, port in zip(waiting, self.clean_ports(protocol, len(waiting))):
                flat += [index, port, protocol == "tcp"]
            replies = replies_of(helper, len(waiting), "alone", KINDS[protocol], flat)
            refused = dict((index, reply) for index, reply in zip(waiting, replies) if reply)
            waiting = sorted(refused)
        return refused

    # Ports

    def ports_for(self, protocol, number, look):
        """Fresh ports, looked at first where that is asked for. None of an earlier batch is held any more."""
        if look:
            return self.clean_ports(protocol, number)
        self.lease.forget()
        return self.lease.take(number)

    def clean_ports(self, protocol, number):
        """Fresh ports on which nothing stands in the way of a plain socket, no TIME_WAIT of another run either."""
        self.lease.forget()
        clean = []
        try:
            while len(clean) < number:
                candidates = self.lease.some(max(100, number))      # many, since TIME_WAITs of another run lie side by side
                clean += [port for port, refused in zip(candidates, self.plain_binds(protocol, candidates)) if not refused]
                self.lease.keep(clean)
            return clean[:number]
        except NoPortsLeft:                     # after a whole round: what is left of doubt is met case by case
            self.lease.forget()
            return self.lease.take(number)

    def plain_binds(self, protocol, ports):
        flat = []
        for port in ports:
            flat += [self.plain, port, protocol == "tcp"]
        return replies_of(self.second, len(ports), "alone", KINDS[protocol], flat)

    # Two sockets that live

    def attempt_live(self, attempts):
        """One attempt at each case of a batch, all of one protocol."""
        protocol = attempts[0].case.protocol
        kind = KINDS[protocol]
        flat = []
        for attempt in attempts:
            flat += [attempt.case.first, attempt.port, attempt.case.state == "listening"]
        for attempt, reply in zip(attempts, replies_of(self.first, len(attempts), "open", kind, flat)):
            attempt.first = reply
            if reply:
                attempt.note_alone("bind", "the first socket", reply)
        held = [(place, each) for place, each in enumerate(attempts) if not each.first]
        flat = []
        for place, (first_place, attempt) in enumerate(held):
            attempt.places = (first_place, place)
            flat += [attempt.case.second, attempt.port, protocol == "tcp"]
        held = [attempt for _, attempt in held]
        for attempt, reply in zip(held, replies_of(self.second, len(held), "open", kind, flat)):
            attempt.second = reply
        if protocol == "tcp":
            self.listen_late([each for each in held if not each.second and each.case.state == "bound"])
        if self.delivery:
            self.delivery.ask([each for each in held
                               if not each.second and (protocol == "udp" or each.case.state == "listening")])
        self.close_both()
        self.find_lost(kind, held)
        for attempt in held:
            attempt.note_calls()

    def listen_late(self, attempts):
        """Let the first sockets listen that had only bound, now that the second ones do."""
        if attempts:
            errors = replies_of(self.first, len(attempts), "listen", [each.places[0] for each in attempts])
            for attempt, error in zip(attempts, errors):
                attempt.first_listen = error

    def close_both(self):
        for helper in (self.first, self.second):
            helper.send("close")
        for helper in (self.first, self.second):
            helper.receive()

    def find_lost(self, kind, attempts, measure="bind"):
        """Attempts whose refusal the refused socket meets even alone: the port was somebody else's."""
        seconds = [(each, each.case.second, each.second[0] == "listen") for each in attempts
                   if each.second and not failure_of(each.second)]
        firsts = [(each, each.case.first, True) for each in attempts if each.first_listen]
        for helper, doubtful, refused in ((self.second, seconds, measure), (self.first, firsts, "first-listen")):
            flat = []
            for attempt, spec, listen in doubtful:
                flat += [spec, attempt.port, listen]
            if flat:
                for (attempt, _, _), control in zip(doubtful, replies_of(helper, len(doubtful), "alone", kind, flat)):
                    attempt.note_alone(refused, "the same socket alone", control)

    # A connection after its listener was closed, or a client's

    def attempt_after_close(self, attempts):
        """One attempt at each case of a batch, all of one state of `afterclose`."""
        state = BY_NAME[attempts[0].case.state]
        if not state.system_port:
            for attempt, control in zip(attempts, self.second_binds(attempts)):
                attempt.note_alone("bind", "the second socket alone", control)
        flat = []
        for attempt in attempts:
            flat += [attempt.case.first, attempt.port, state.name]
        replies = replies_of(self.first, len(attempts), "after_close", flat)
        for attempt, (reply, port) in zip(attempts, replies):
            attempt.first, attempt.port = reply, port
        reached = [each for each in attempts if not each.first]
        for attempt, reply in zip(reached, self.second_binds(reached)):
            attempt.second = reply
        if state.system_port:
            self.find_shared(reached)
        not_ended = dict((attempts[place], reason) for place, reason in self.first.ask("end") or ())
        freed = dict(zip(reached, self.freed(reached, SYSTEM_POLLS if state.system_port or state.time_wait else FREED_POLLS)))
        if state.time_wait:
            ports = [each.port for each in reached]
            self.lease.retire([port for port, refused in zip(ports, self.plain_binds("tcp", ports)) if refused])
        ended = any(each.second and not freed[each] for each in reached)
        for attempt in attempts:
            self.note_after_close(attempt, state, freed.get(attempt), ended, not_ended.get(attempt, ""))

    def second_binds(self, attempts):
        """What the second socket of each meets on its port now; it is closed at once."""
        flat = []
        for attempt in attempts:
            flat += [attempt.case.second, attempt.port, True]
        return replies_of(self.second, len(attempts), "alone", KINDS["tcp"], flat)

    @staticmethod
    def note_after_close(attempt, state, freed, ended, not_ended):
        """What an attempt answers; `freed` is what the second socket met in the end, `ended` whether that let any of the batch in.

        `not_ended` is why the connection could not be given up, blank where it was: then a refusal says nothing.
        """
        failed = failure_of(freed) or (not_ended if freed else "")
        if attempt.first:
            stage, error = attempt.first
            held = stage in ASKED or (state.system_port and stage == "connect")
            attempt.lost = attempt.lost or (held and plain_error(error) == "EADDRINUSE")
            attempt.failures["bind"] = "the port could not be brought into this state: %s at %s" % (error, stage)
        elif state.system_port and attempt.second and freed and not failed:
            attempt.lost = True         # a TIME_WAIT of somebody else's on the same port
        else:
            attempt.note_calls()
            if "bind" not in attempt.answers:
                return
            if failed:
                attempt.failures["freed"] = failed
            elif attempt.second and not (freed and state.time_wait):
                attempt.answers["freed"] = answer_of(freed[1] if freed else "")
            elif attempt.second and ended:
                attempt.failures["freed"] = "the TIME_WAIT was still there after its peer's port had connected again"
            elif attempt.second:
                attempt.omitted["freed"] = STILL_WAITING

    def find_shared(self, attempts):
        """Clients whose ports somebody else has as well: by the system's table, or because a refusal doesn't last.

        Linux gives one ephemeral port to several clients with different destinations, ours and others', and to
        TIME_WAITs: such a port says nothing.
        """
        crowded = crowded_ports([each.port for each in attempts])
        for attempt in attempts:
            attempt.lost = attempt.lost or attempt.port in crowded
        if any(each.second for each in attempts):
            time.sleep(4 * PAUSE)
            for attempt, again in zip(attempts, self.second_binds(attempts)):
                if failure_of(again):
                    attempt.note_alone("bind", "the second socket, asked once more,", again)
                else:
                    attempt.lost = attempt.lost or bool(attempt.second) != bool(again)

    def freed(self, attempts, polls):
        """Replies to the second socket after the end of the first's connection, asked again for a short while."""
        replies = self.second_binds(attempts)
        for turn in range(polls - 1):
            if not any(replies):
                break
            if turn:
                time.sleep(PAUSE)
            replies = self.second_binds(attempts)
        return replies

    # How often

    def measure(self, cases, repeat, progress):
        """Attempt every case until it has its answers; {case: Tally}."""
        tallies = dict((case, Tally(repeat)) for case in cases)
        for group, size, tries, attempt_all in self.groups(cases):
            self.repeat(group, tallies, size, tries, attempt_all, progress)
        return tallies

    def groups(self, cases):
        """(cases that are asked in one way, size of a batch, tries, how they are attempted)."""
        for protocol in PROTOCOLS:
            live = [case for case in cases if case.protocol == protocol and case.state in LIVE_NAMES]
            grouped = [case for case in live if protocol == "udp" and multicast_family(self.specs[case.first], self.specs[case.second])]
            rest = set(live).difference(grouped)
            yield grouped, self.batch, TRIES, self.attempt_live         # together, because they are waited for
            yield [case for case in live if case in rest], self.batch, TRIES, self.attempt_live
        for state in AFTER_CLOSE:
            size, tries = (SYSTEM_BATCH, SYSTEM_TRIES) if state.system_port else (self.batch // 4, TRIES)
            yield [case for case in cases if case.state == state.name], size, tries, self.attempt_after_close

    def repeat(self, cases, tallies, size, tries, attempt_all, progress):
        """Attempt these cases by batches until each is settled."""
        while cases:
            for start in range(0, len(cases), size):
                batch = cases[start:start + size]
                look = any(tallies[case].lost for case in batch)
                attempts = [Attempt(case, port) for case, port in zip(batch, self.ports_for(batch[0].protocol, len(batch), look))]
                attempt_all(attempts)
                for attempt in attempts:
                    tallies[attempt.case].take(attempt)
                progress(len(batch))
            cases = [case for case in cases if not tallies[case].settled(tries)]


def crowded_ports(ports):
    """Those among the ports that more than one TCP socket has as its own now, as far as this system says (Linux's /proc)."""
    held = list(ports)
    tables = [local_ports(text_of("/proc/net/" + name, MAX_TABLE)) for name in ("tcp", "tcp6")]
    return set(port for port in ports if max(held.count(port), sum(table.count(port) for table in tables)) > 1)


def local_ports(table):
    """The local port of each line of Linux's /proc/net/tcp: the last number of its second word, in hex."""
    return [int(port, 16) for port in re.findall(r"(?m)^ *\d+: [0-9A-F]+:([0-9A-F]{4}) ", table)]
