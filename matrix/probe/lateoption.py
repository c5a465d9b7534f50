"""Whether an option counts that is set on the first socket only after its bind, by what a second one then meets.

`ignored`: as if it had never been set. `counts`: as if it had been set in time. `indistinct`: both are the same.
`neither`: a third thing. `refused`: the late setsockopt failed.
"""

from .attempts import TRIES
from .cases import KINDS, Case
from .errors import outcome_of
from .outcomes import Answer, Tally, answer_in, not_run_row
from .vocabulary import PROTOCOLS

NO_COMPARISON = "the same bind with the option set in time, or never, was not measured"


class LateOption(object):
    """Asks it of plain IPv4 cases of our own account that were measured: `tallies` are theirs."""

    def __init__(self, asker, tallies, repeat):
        self.asker, self.repeat = asker, repeat
        self.binds = {}
        for case, tally in tallies.items():
            if tally.answer("bind"):
                self.binds[case.columns] = tally.answer("bind")[0]

    def cases(self):
        """Every case with an option on the first socket, on wildcard and specific address."""
        specs = self.asker.specs
        plain = [n for n, spec in enumerate(specs) if spec.family == "ipv4" and spec.address != "other-specific"]
        return [Case(protocol, first, "bound", second, "same", specs)
                for protocol in PROTOCOLS for first in plain for second in plain
                if specs[first].settings and protocol in specs[first].protocols and protocol in specs[second].protocols]

    def never_set(self, case):
        """The same case without the option."""
        specs = self.asker.specs
        return Case(case.protocol, self.asker.alone_at[specs[case.first].address], "bound", case.second, "same", specs)

    def rows(self):
        """A row a case."""
        cases = self.cases()
        known = [case for case in cases if case.columns in self.binds and self.never_set(case).columns in self.binds]
        tallies = dict((case, Tally(self.repeat)) for case in known)
        for protocol in PROTOCOLS:
            self.asker.repeat([case for case in known if case.protocol == protocol], tallies,
                              self.asker.batch, TRIES, self.attempt, lambda number: None)
        return [tallies[case].row(case, "late-option") if case in tallies else not_run_row(case, "late-option", NO_COMPARISON)
                for case in cases]

    def attempt(self, attempts):
        """One attempt at each: bind without the option, set it, let the second socket bind."""
        specs, first, second = self.asker.specs, self.asker.first, self.asker.second
        kind = KINDS[attempts[0].case.protocol]
        opening, flat, settings = [], [], []
        for attempt in attempts:
            opening += [self.asker.alone_at[specs[attempt.case.first].address], attempt.port, False]
        for attempt, reply in zip(attempts, first.ask("open", kind, opening)):
            attempt.lost = bool(reply)
        held = [(place, attempt) for place, attempt in enumerate(attempts) if not attempt.lost]
        for place, attempt in held:
            settings += [place, specs[attempt.case.first].settings]
            flat += [attempt.case.second, attempt.port, False]
        refused = first.ask("late", settings)
        replies = second.ask("alone", kind, flat)
        first.ask("close")
        for (_, attempt), error, reply in zip(held, refused, replies):
            attempt.answers["late-option"] = self.answer(attempt.case, error, reply)

    def answer(self, case, error, reply):
        """What the second socket met, beside what it meets with the option set in time, and without it."""
        if error:
            return Answer("refused", error, "at setsockopt after bind")
        met = outcome_of(reply[1]) if reply else "SUCCESS"
        as_never, as_early = met == self.binds[self.never_set(case).columns], met == self.binds[case.columns]
        return answer_in("indistinct" if as_never and as_early else "ignored" if as_never else "counts" if as_early else "neither")
