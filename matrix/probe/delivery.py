"""Who receives, for a batch of attempts whose two sockets live: while both do, and after the first has closed.

Traffic goes to every address that either socket serves, where there is one that both do. An address that a socket alone
can't be reached at is not asked about. Connections come in waves smaller than the smallest backlog (Windows XP's is 5), and
each wave is taken before the next: a first one by one, to find who refuses, since a refusal may take seconds.
"""

import time

from .client import REFUSED
from .errors import error_name
from .link import HelperLost
from .multicast import Group
from .sockets import close_by_reset
from .vocabulary import DESTINATIONS, MULTICAST_SENDERS, MULTICASTS, SENDERS

POLLS = 40              # polls of the sockets before traffic counts as lost
PAUSE = 0.005           # seconds between two polls
BURST = 200             # datagrams that every queue takes: FreeBSD's have room for 256 (net.isr.defaultqlimit), Linux' for 1,000
WAVE = 4                # connections at once to one port
NAMES = tuple(to.name for to in DESTINATIONS)


def whole(helper, replies, number):
    """A helper's replies, one for each socket that was asked about. Raises HelperLost where it answered something else."""
    if not isinstance(replies, list) or len(replies) != number:
        raise HelperLost(helper.role, "answered something else than it was asked")
    return replies


def replies_of(helper, number, *words):
    """What a helper replies about so many sockets."""
    return whole(helper, helper.ask(*words), number)


def destinations_of(first, second):
    """Destinations that either spec takes traffic for, if there is one that both do; else none."""
    if not set(first.serves) & set(second.serves):
        return ()
    return tuple(name for name in NAMES if name in first.serves + second.serves)


def multicast_family(first, second):
    """The family in which two wildcard sockets can join one group; blank where they can't."""
    if first.address != "wildcard" or second.address != "wildcard" or first.family != second.family:
        return ""
    return "ipv4" if first.family == "ipv4" else "ipv6"


def note_source(owner, made):
    """Keep a connection's source port, since a port that is used again is no second source."""
    try:
        owner.sources.add(made.getsockname()[1])
    except OSError as refused:
        owner.failed = "getsockname: %s" % error_name(refused)


class Connecting(object):
    """What has come of the connections to one attempt's port so far."""

    def __init__(self, attempt):
        self.attempt = attempt
        self.connected = self.refused = self.first = self.second = 0
        self.sources = set()        # ports of the asker's ends
        self.failed = ""
        self.stalled = False        # nobody took the last ones

    def wanted(self):
        """How many more connections to make at once; none when all is known."""
        if self.failed or (self.refused and (self.connected or self.refused > WAVE)):
            return 0
        made = self.connected + self.refused
        if self.stalled and made > WAVE:
            return 0
        return min(WAVE if made else 1, SENDERS - made)

    def note(self, measure):
        """Give the attempt its answer, or what failed."""
        if self.failed:
            self.attempt.failures[measure] = self.failed
        elif self.connected and self.refused:
            self.attempt.failures[measure] = "of %d connections, %d were refused" % (self.connected + self.refused, self.refused)
        elif len(self.sources) < self.connected and not (self.first and self.second):
            self.attempt.failures[measure] = "%d connections came from only %d source ports" % (self.connected, len(self.sources))
        else:
            self.attempt.received(measure, self.connected + self.refused, self.refused, self.first, self.second)


class Delivery(object):
    """Asks two helpers what came in, and tells their attempts. `unreachable` is {(protocol, destination): why}."""

    def __init__(self, first, second, client, specs, multicast, unreachable):
        self.first, self.second, self.client, self.specs = first, second, client, specs
        self.multicast, self.unreachable = multicast, unreachable
        self.first_lives = True
        self.together = 0           # ports that are sent to at once; all, as long as nothing is lost

    def ask(self, attempts):
        """All there is to ask of attempts whose sockets both live, at their places in the two helpers."""
        shared = [(each, self.destinations(each)) for each in attempts]
        shared = [(each, names) for each, names in shared if names]
        if not shared:
            return
        self.first_lives = True
        protocol = shared[0][0].case.protocol
        send = self.send_datagrams if protocol == "udp" else self.send_connections
        self.send_all(send, protocol, "deliver-", shared)
        self.ask_notice(protocol, shared)
        if protocol == "udp":
            self.ask_multicast([each for each, _ in shared])
        self.first.ask("close")
        self.first_lives = False
        self.send_all(send, protocol, "inherit-", [
            (each, [name for name in names if name in self.specs[each.case.second].serves]) for each, names in shared])

    def destinations(self, attempt):
        return destinations_of(self.specs[attempt.case.first], self.specs[attempt.case.second])

    def send_all(self, send, protocol, prefix, shared):
        """Send to each destination the attempts that take traffic there; those that can't be reached are left out, with the reason."""
        for name in NAMES:
            asked = [each for each, names in shared if name in names]
            reason = self.unreachable.get((protocol, name), "")
            for attempt in asked if reason else ():
                attempt.omitted[prefix + name] = reason
            if asked and not reason:
                send(name, prefix + name, asked)

    # Datagrams

    def send_datagrams(self, name, measure, asked):
        """To all ports at once, or to a few at a time once a system has lost some of so many."""
        together = self.together or len(asked)
        for start in range(0, len(asked), together):
            self.send_burst(name, measure, asked[start:start + together])

    def send_burst(self, name, measure, asked):
        token = self.client.token()
        failed = self.client.datagrams(name, [each.port for each in asked], token)
        for attempt in asked:
            if attempt.port in failed:
                attempt.failures[measure] = failed[attempt.port]
        sent = [each for each in asked if each.port not in failed]
        totals, problems = self.counted(sent, token, lambda attempt: SENDERS)
        for attempt in sent:
            if attempt in problems:
                attempt.failures[measure] = problems[attempt]
            else:
                attempt.received(measure, SENDERS, 0, *totals[attempt])
                if 0 < sum(totals[attempt]) < SENDERS:
                    self.together = max(1, BURST // SENDERS)

    def counted(self, asked, token, expected):
        """({attempt: [first, second]} datagrams, {attempt: what failed}), once all have come in and one more poll found no double."""
        totals, problems = dict((each, [0, 0]) for each in asked), {}
        last_poll = not asked
        for turn in range(POLLS):
            self.poll(asked, ("received", token), totals, problems)
            if last_poll:
                break
            last_poll = all(sum(totals[each]) >= expected(each) or each in problems for each in asked)
            if not last_poll and turn:
                time.sleep(PAUSE)
        return totals, problems

    def poll(self, asked, request, totals, problems):
        """Add what has come in since the last poll. Whether it was anything."""
        if not asked:
            return False
        words = list(request[1:])
        if self.first_lives:
            self.first.send(request[0], [each.places[0] for each in asked], *words)
        self.second.send(request[0], [each.places[1] for each in asked], *words)
        firsts = whole(self.first, self.first.receive(), len(asked)) if self.first_lives else [0] * len(asked)
        seconds = whole(self.second, self.second.receive(), len(asked))
        something = False
        for attempt, numbers in zip(asked, zip(firsts, seconds)):
            for place, number in enumerate(numbers):
                if isinstance(number, int):
                    totals[attempt][place] += number
                    something = something or bool(number)
                else:
                    problems[attempt] = "%s: %s" % ("recv" if request[0] == "received" else "accept", number)
        return something

    # Connections

    def send_connections(self, name, measure, asked):
        progress = [Connecting(each) for each in asked]
        waiting = [each for each in progress if each.wanted()]
        while waiting:
            waiting.sort(key=lambda each: not each.refused)     # together, so that few waves wait for a refusal
            size = max(each.wanted() for each in waiting)
            together = max(1, self.client.slots // size)
            for start in range(0, len(waiting), together):
                self.connect_wave(name, waiting[start:start + together])
            waiting = [each for each in progress if each.wanted()]
        for each in progress:
            each.note(measure)

    def connect_wave(self, name, progress):
        """Some connections to each port at once, taken by whoever listens, and closed."""
        owners = [each for each in progress for _ in range(each.wanted())]
        results = self.client.connections(name, [each.attempt.port for each in owners])
        expected = dict.fromkeys(progress, 0)
        for owner, result in zip(owners, results):
            if result == REFUSED:
                owner.refused += 1
            elif isinstance(result, str):
                owner.failed = result
            else:
                owner.connected += 1
                expected[owner] += 1
                note_source(owner, result)
        try:
            self.take(progress, expected)
        finally:
            for result in results:
                if not isinstance(result, str):
                    close_by_reset(result)

    def take(self, progress, expected):
        """Let both listeners take what waits, until all is there or no more comes."""
        owner = dict((each.attempt, each) for each in progress if expected[each])
        asked = list(owner)
        totals, problems = dict((each, [0, 0]) for each in asked), {}
        for turn in range(POLLS):
            if not asked:
                break
            self.poll(asked, ("accepted",), totals, problems)
            if all(sum(totals[each]) >= expected[owner[each]] or each in problems for each in asked):
                break
            if turn:
                time.sleep(PAUSE)
        for attempt in asked:
            owner[attempt].first += totals[attempt][0]
            owner[attempt].second += totals[attempt][1]
            owner[attempt].failed = problems.get(attempt, owner[attempt].failed)
            owner[attempt].stalled = not sum(totals[attempt])

    # What the first socket has to report

    def ask_notice(self, protocol, shared):
        """It means something only where all traffic before it was sent and counted."""
        asked = []
        for attempt, names in shared:
            reasons = [self.unreachable.get((protocol, name), "") for name in names]
            failed = [attempt.failures["deliver-" + name] for name in names if "deliver-" + name in attempt.failures]
            if all(reasons):
                attempt.omitted["notice"] = reasons[0]
            elif failed:
                attempt.failures["notice"] = failed[0]
            else:
                asked.append(attempt)
        if asked:
            for attempt, reply in zip(asked, replies_of(self.first, len(asked), "errors", [each.places[0] for each in asked])):
                attempt.note_error(reply)

    # Groups

    def ask_multicast(self, attempts):
        """A group of its own for each attempt: only the first joins, then both are in, then only the second."""
        groups = {}
        for attempt in attempts:
            family = multicast_family(self.specs[attempt.case.first], self.specs[attempt.case.second])
            if family and self.multicast[family] is None:
                attempt.omitted.update(dict.fromkeys(MULTICASTS, "no interface brings an %s group's datagram back to this machine"
                                                     % {"ipv4": "IPv4", "ipv6": "IPv6"}[family]))
            elif family:
                groups[attempt] = Group(family, len(groups), self.multicast[family])
        asked = [each for each in attempts if each in groups]
        failed = {}
        for measure, place, joining in (("multicast-first", 0, True), ("multicast-both", 1, True), ("multicast-second", 0, False)):
            if asked:
                self.change_members(asked, groups, place, joining, failed)
                self.send_to_groups(measure, asked, groups, failed)

    def change_members(self, asked, groups, place, joining, failed):
        flat = []
        for attempt in asked:
            flat += [attempt.places[place]] + groups[attempt].request(joining)
        for attempt, error in zip(asked, replies_of((self.first, self.second)[place], len(asked), "member", flat)):
            if error:
                failed.setdefault(attempt, "setsockopt to %s a group: %s" % ("join" if joining else "leave", error))

    def send_to_groups(self, measure, asked, groups, failed):
        """Send to each group, and count until two polls in a row bring nothing new, after something came: how many receive isn't known."""
        token, sent = self.client.token(), []
        for attempt in asked:
            if attempt not in failed:
                try:
                    groups[attempt].send(token.encode("ascii"), attempt.port, MULTICAST_SENDERS)
                    sent.append(attempt)
                except OSError as refused:
                    failed[attempt] = "sendto a group: %s" % error_name(refused)
        totals, problems, quiet = dict((each, [0, 0]) for each in sent), {}, 0
        while sent:
            quiet = 0 if self.poll(sent, ("received", token), totals, problems) else quiet + 1
            if quiet >= POLLS or (quiet >= 2 and all(sum(totals[each]) or each in problems for each in sent)):
                break
            if quiet:
                time.sleep(PAUSE)
        for attempt in asked:
            if attempt in failed:
                attempt.failures[measure] = failed[attempt]
            elif attempt in problems:
                attempt.failures[measure] = problems[attempt]
            else:
                attempt.received(measure, MULTICAST_SENDERS, 0, *totals[attempt])
