"""Whether an option counts that is set on the first socket only after its bind, by what a second one then meets.

`ignored`: as if it had never been set. `counts`: as if it had been set in time. `indistinct`: both are the same.
`neither`: a third thing. `refused`: the late setsockopt failed.
"""

from .attempts import TRIES
from .cases import KINDS, Case
from .delivery import replies_of
from .errors import outcome_of
from .outcomes import Answer, Tally, answer_in, failure_of, lacks_resources, not_run_row
from .vocabulary import PROTOCOLS, UNSTABLE

NO_COMPARISON = "the same bind with the option set in time, or never, was not measured"


class LateOption(object):
    """Asks it of plain IPv4 cases of our own account that were measured: `tallies` are theirs."""

    def __init__(self, asker, tallies, repeat):
        self.asker, self.repeat = asker, repeat
        self.binds = {}
        for case, tally in tallies.items():
            answer = tally.answer("bind")
            if answer and answer[0] != UNSTABLE:
                self.binds[case.columns] = answer[0]

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
        for attempt, reply in zip(attempts, replies_of(first, len(attempts), "open", kind, opening)):
            attempt.first = reply
            attempt.note_alone("late-option", "the first socket", reply)
        held = [(place, attempt) for place, attempt in enumerate(attempts) if not attempt.first]
        for place, attempt in held:
            settings += [place, specs[attempt.case.first].settings]
            flat += [attempt.case.second, attempt.port, False]
        refused = replies_of(first, len(held), "late", settings)
        replies = replies_of(second, len(held), "alone", kind, flat)
        first.ask("close")
        for (_, attempt), reply in zip(held, replies):
            attempt.second = reply
        self.asker.find_lost(kind, [attempt for _, attempt in held], "late-option")
        for (_, attempt), error in zip(held, refused):
            self.note(attempt, error)

    def note(self, attempt, error):
        """The attempt's answer, or what could not be done; `error` is that of the late setsockopt."""
        failed = failure_of(attempt.second)
        if lacks_resources(error):
            attempt.failures["late-option"] = "setsockopt after bind: %s" % error
        elif failed:
            attempt.failures["late-option"] = "the second socket could not be had: %s" % failed
        elif "late-option" not in attempt.failures:
            attempt.answers["late-option"] = self.answer(attempt.case, error, attempt.second)

    def answer(self, case, error, reply):
        """What the second socket met, beside what it meets with the option set in time, and without it."""
        if error:
            return Answer("refused", error, "at setsockopt after bind")
        met = outcome_of(reply[1]) if reply else "SUCCESS"
        as_never, as_early = met == self.binds[self.never_set(case).columns], met == self.binds[case.columns]
        return answer_in("indistinct" if as_never and as_early else "ignored" if as_never else "counts" if as_early else "neither")
