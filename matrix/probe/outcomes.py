"""One attempt at a case, all attempts at it, and the rows that they come to.

An *answer* is the system's: a call's outcome, or who received. A *failure* is ours: something that the harness could not
do. An attempt is *lost* where its port turned out to be somebody else's. Only answers become outcomes; whatever else
happened is a reason beside NOT_RUN.
"""

from collections import namedtuple

from .errors import outcome_of
from .vocabulary import EXTRA_ATTEMPTS, NOT_RUN, UNSTABLE, UNSUPPORTED

Answer = namedtuple("Answer", ("outcome", "error", "detail"))


def answer_of(error, detail=""):
    """A call's answer, by the symbolic name of its error; blank for none."""
    return Answer(outcome_of(error), error, detail)


def answer_in(word):
    """An answer in a word of the vocabulary, no error of the system's."""
    return Answer(word, "", "")


def receiver(sent, refused, first, second):
    """`first`, `second`, `split`, `both`, `none` or `refused`; None where some was lost, which says nothing."""
    if not first and not second:
        return "refused" if refused == sent else "none"
    if first == sent and second == sent:
        return "both"
    if first + second != sent:
        return None
    return "first" if not second else "second" if not first else "split"


class Attempt(object):
    """One attempt at a case: its port, what came of each call, and who received."""

    __slots__ = ("case", "port", "places", "first", "second", "first_listen", "answers", "failures", "omitted", "counts", "lost")

    def __init__(self, case, port):
        self.case = case
        self.port = port
        self.places = (None, None)  # of the two sockets among those that their helpers hold
        self.first = 0              # a helper's reply: 0, or [stage, error]
        self.second = None          # the same; None where the first could not be had
        self.first_listen = None    # an error's name, blank for none; None where it wasn't asked
        self.answers = {}           # measure: Answer
        self.failures = {}          # measure: what went wrong this time; it is asked again
        self.omitted = {}           # measure: why it can't be asked here at all
        self.counts = {}            # measure: (sent, received by the first, by the second)
        self.lost = False           # the port was somebody else's

    def received(self, measure, sent, refused, first, second):
        """Note who received so much of what was sent; nothing is concluded where some of it was lost."""
        word = receiver(sent, refused, first, second)
        if word is None:
            self.failures[measure] = "of %d sent, the two sockets received %d and %d" % (sent, first, second)
            return
        self.answers[measure] = answer_in(word)
        self.counts[measure] = (sent, first, second)

    def note_error(self, reply):
        """Note what the first socket reported about itself: an error's name, blank for none; [error] where it couldn't be asked."""
        if isinstance(reply, list):
            self.failures["notice"] = "getsockopt: %s" % reply[0]
        else:
            self.answers["notice"] = answer_in(reply or "silent")

    def note_calls(self):
        """Turn what bind and listen returned into answers."""
        stage, error = self.second or ("", "")
        bound = "" if stage == "listen" else error
        self.answers["bind"] = answer_of(bound, "" if stage in ("", "bind", "listen") else "at %s" % stage)
        if self.case.protocol == "tcp" and not bound:
            self.answers["listen"] = answer_of(error)
        if self.first_listen is not None:
            self.answers["first-listen"] = answer_of(self.first_listen)


def dissent(answers):
    """How many answers differ from the most frequent one."""
    return len(answers) - max(answers.count(each) for each in set(answers)) if answers else 0


class Tally(object):
    """What the attempts of one case have answered so far."""

    __slots__ = ("repeat", "answers", "failures", "omitted", "counts", "attempts", "lost")

    def __init__(self, repeat):
        self.repeat = repeat
        self.answers = {}       # measure: list of Answer
        self.failures = {}      # measure: the last reason, of attempts that are asked again
        self.omitted = {}       # measure: why it isn't asked here
        self.counts = {}        # measure: [sent, received by the first, by the second] over all attempts
        self.attempts = 0       # that were not lost
        self.lost = 0           # attempts whose port was somebody else's

    def take(self, attempt):
        """Add an attempt. What is settled takes one more answer only if that dissents: the attempt was made for another measure."""
        if attempt.lost:
            self.lost += 1
            return
        self.attempts += 1
        self.failures.update(attempt.failures)
        self.omitted.update(attempt.omitted)
        for measure, answer in attempt.answers.items():
            answers = self.answers.setdefault(measure, [])
            if len(answers) < self.repeat or set(answers) != set([answer]):
                answers.append(answer)
                totals = self.counts.get(measure, (0, 0, 0))
                if measure in attempt.counts:
                    self.counts[measure] = tuple(map(sum, zip(totals, attempt.counts[measure])))

    def concerned(self):
        """The measures that this case has: those of a second socket that bound, only if that is what `bind` comes to."""
        measures = set(self.answers) | set(self.failures)
        binds = self.answers.get("bind")
        if binds and dissent(binds) < 2 and max(set(binds), key=binds.count).outcome != "SUCCESS":
            measures &= set(("bind", "freed"))
        return measures

    def settled(self, tries):
        """Whether nothing more is to be asked: enough answers that agree, or no end of trouble."""
        if self.lost >= tries or self.attempts >= self.repeat + EXTRA_ATTEMPTS:
            return True
        measures = self.concerned()
        return bool(measures) and all(self.enough(measure) for measure in measures)

    def enough(self, measure):
        answers = self.answers.get(measure, ())
        return len(answers) >= self.repeat and dissent(answers) != 1

    def answer(self, measure):
        """(outcome, error, agreed, attempts, detail) of a measure; None where it has fewer answers than repeats."""
        answers = self.answers.get(measure, ())
        return summary(answers, self.repeat + EXTRA_ATTEMPTS) if len(answers) >= self.repeat else None

    def row(self, case, measure):
        """Its row: what it answers, or why it has too few answers."""
        answer = self.answer(measure)
        return case.columns + (measure,) + answer if answer else not_run_row(case, measure, self.too_few(measure))

    def too_few(self, measure):
        """Why a measure has fewer answers than repeats."""
        answered = len(self.answers.get(measure, ()))
        reason = self.failures.get(measure) or ("%d ports were held by somebody else" % self.lost if self.lost
                                                else "its bind did not succeed in the others")
        return "answered in %d of %d attempts: %s" % (answered, self.attempts, reason) if answered else reason


def summary(answers, most):
    """One row's (outcome, error, agreed, attempts, detail) for the answers of all attempts, of `most` at the most."""
    kinds = sorted(set(answers), key=lambda kind: (-answers.count(kind), kind))
    number = len(answers)
    if len(kinds) == 1:
        outcome, error, detail = kinds[0]
        return outcome, error, number, number, detail
    if number >= most and dissent(answers) == 1:
        outcome, error, detail = kinds[0]
        return outcome, error, number - 1, number, "%sonce %s" % (detail + ", " if detail else "", words_of(kinds[1]))
    counts = ", ".join("%s %d" % (words_of(kind), answers.count(kind)) for kind in sorted(kinds))
    return UNSTABLE, "", 0, number, counts


def words_of(answer):
    return answer.outcome if not answer.detail else "%s %s" % (answer.outcome, answer.detail)


def rows_of(case, tally):
    """The CSV rows of a case that was attempted."""
    measures = tally.concerned()
    if not measures:
        return [not_run_row(case, "bind", "%d ports were tried, and all were held by somebody else" % tally.lost)]
    omitted = set(tally.omitted) - measures
    if "SUCCESS" not in set(answer.outcome for answer in tally.answers.get("bind", ())):
        omitted &= set(("freed",))
    return ([tally.row(case, measure) for measure in sorted(measures)]
            + [not_run_row(case, measure, tally.omitted[measure]) for measure in sorted(omitted)])


def count_rows(case, tally):
    """Rows of counts.csv: how traffic was split, which differs from run to run by nature."""
    return [case.columns + (measure,) + tuple(tally.counts[measure]) for measure in sorted(tally.counts)
            if (tally.answer(measure) or ("",))[0] == "split"]


def not_run_row(case, measure, reason):
    return case.columns + (measure, NOT_RUN, "", 0, 0, reason)


def unsupported_row(case, which, stage, error):
    return case.columns + ("bind", UNSUPPORTED, error, 0, 0, "%s socket alone: refused at %s" % (which, stage))
