"""One attempt at a case, all attempts at it, and the rows that they come to.

An *answer* is the system's: a call's outcome, or who received. A *failure* is ours: something that the harness could not
do. An attempt is *lost* where its port turned out to be somebody else's. Only answers become outcomes; whatever else
happened is a reason beside NOT_RUN.
"""

from collections import namedtuple
from functools import lru_cache

from .errors import outcome_of, plain_error
from .vocabulary import EXTRA_ATTEMPTS, NOT_RUN, UNSTABLE, UNSUPPORTED

ASKED = ("bind", "listen")                              # stages of a socket that are the question; those before are ours
RESOURCES = ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")   # errors that say what we lack, whatever was asked

Answer = namedtuple("Answer", ("outcome", "error", "detail"))


@lru_cache(maxsize=None)
def answer_of(error, detail=""):
    """A call's answer, by the symbolic name of its error; blank for none."""
    return Answer(outcome_of(error), error, detail)


@lru_cache(maxsize=None)
def answer_in(word):
    """An answer in a word of the vocabulary, no error of the system's."""
    return Answer(word, "", "")


def lacks_resources(error):
    """Whether an error's name says only that open files or memory ran out."""
    return plain_error(error) in RESOURCES


def failure_of(reply):
    """What the harness could not do, by a helper's reply about one socket, 0 or [stage, error]; blank where that is an answer."""
    if not reply:
        return ""
    stage, error = reply
    return "" if stage in ASKED and not lacks_resources(error) else "%s: %s" % (stage, error)


def receiver(sent, refused, first, second):
    """`first`, `second`, `split`, `both`, `none` or `refused`; None where some was lost, which says nothing."""
    if not sent or refused not in (0, sent):
        return None
    if not first and not second:
        return "refused" if refused else "none"
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
        if word == "split":
            self.counts[measure] = (sent, first, second)

    def note_error(self, reply):
        """Note what the first socket reported about itself: an error's name, blank for none; [error] where it couldn't be asked."""
        if isinstance(reply, list):
            self.failures["notice"] = "getsockopt: %s" % reply[0]
        else:
            self.answers["notice"] = answer_in(reply or "silent")

    def note_alone(self, measure, which, reply):
        """Note what a socket met that had the port for itself: a refusal is somebody else's doing, everything else our failure."""
        failed = failure_of(reply)
        if failed:
            self.failures[measure] = "%s could not be had: %s" % (which, failed)
        elif reply:
            self.lost = True

    def note_calls(self):
        """Turn what bind and listen returned into answers."""
        stage, error = self.second or ("", "")
        failed = failure_of(self.second)
        if failed:
            self.failures["listen" if stage == "listen" else "bind"] = "the second socket could not be had: %s" % failed
        if "bind" in self.failures:
            return
        bound = "" if stage == "listen" else error
        self.answers["bind"] = answer_of(bound)
        if self.case.protocol == "tcp" and not bound and not failed:
            self.answers["listen"] = answer_of(error)
        self.note_first_listen()

    def note_first_listen(self):
        """Turn what the first socket's late listen returned into an answer, where it was asked."""
        if self.first_listen is None or "first-listen" in self.failures:
            return
        if lacks_resources(self.first_listen):
            self.failures["first-listen"] = "listen: %s" % self.first_listen
        else:
            self.answers["first-listen"] = answer_of(self.first_listen)


def by_frequency(answers):
    """The different answers, the most frequent one first."""
    return sorted(set(answers), key=lambda kind: (-answers.count(kind), kind))


def dissent(answers):
    """How many answers differ from the most frequent one."""
    if not answers or answers.count(answers[0]) == len(answers):
        return 0
    return len(answers) - answers.count(by_frequency(answers)[0])


class Tally(object):
    """What the attempts of one case have answered so far."""

    __slots__ = ("repeat", "answers", "failures", "omitted", "counts", "attempts", "lost")

    def __init__(self, repeat):
        self.repeat = repeat
        self.answers = {}       # measure: list of Answer
        self.failures = {}      # measure: the last reason, of attempts that are asked again
        self.omitted = {}       # measure: why it isn't asked here
        self.counts = {}        # measure: [(sent, received by the first, by the second)] of each attempt that was split
        self.attempts = 0       # that were not lost
        self.lost = 0           # attempts whose port was somebody else's

    def take(self, attempt):
        """Add an attempt."""
        if attempt.lost:
            self.lost += 1
            return
        self.attempts += 1
        if attempt.failures or attempt.omitted:
            self.failures.update(attempt.failures)
            self.omitted.update(attempt.omitted)
        answers = self.answers
        for measure, answer in attempt.answers.items():
            if measure in answers:
                answers[measure].append(answer)
            else:
                answers[measure] = [answer]
        for measure, numbers in attempt.counts.items():
            self.counts.setdefault(measure, []).append(numbers)

    def belongs(self, measure):
        """Whether this case has a measure: `freed` where `bind` comes to a refusal, all others where it comes to SUCCESS."""
        binds = self.answers.get("bind")
        if measure == "bind" or not binds or dissent(binds) > 1:
            return True
        return (by_frequency(binds)[0].outcome == "SUCCESS") != (measure == "freed")

    def concerned(self):
        """The measures of this case that were answered, or should have been."""
        return set(measure for measure in set(self.answers) | set(self.failures) if self.belongs(measure))

    def settled(self, tries):
        """Whether nothing more is to be asked: enough answers that agree, or no end of trouble."""
        if self.lost >= tries or self.attempts >= self.repeat + EXTRA_ATTEMPTS:
            return True
        if self.attempts < self.repeat:
            return False
        measures = self.concerned()
        return bool(measures) and all(self.enough(measure) for measure in measures)

    def enough(self, measure):
        answers = self.answers.get(measure, ())
        return len(answers) >= self.repeat and dissent(answers) != 1

    def answer(self, measure):
        """(outcome, error, agreed, attempts, detail) of a measure; None where it has fewer answers than repeats."""
        return summary(self.answers.get(measure, ()), self.repeat)

    def row(self, case, measure):
        """Its row: what it answers, or why it has too few answers."""
        answer = self.answer(measure)
        return case.columns + (measure,) + answer if answer else not_run_row(case, measure, self.too_few(measure))

    def too_few(self, measure):
        """Why a measure has fewer answers than repeats."""
        answers = self.answers.get(measure, ())
        reason = self.failures.get(measure) or self.omitted.get(measure) or (
            "%d ports were held by somebody else" % self.lost if self.lost else
            "its bind succeeded in the others" if measure == "freed" else "its bind did not succeed in the others")
        if not answers:
            return reason
        counts = " (%s)" % counts_of(answers) if dissent(answers) else ""
        return "answered in %d of %d attempts%s: %s" % (len(answers), self.attempts, counts, reason)


def summary(answers, repeat=1):
    """One row's (outcome, error, agreed, attempts, detail) for the answers of all attempts; None where they are too few.

    A word rests on at least `repeat` answers. What is unanimous counts as so many, however often it was asked beside a
    measure that needed more. One dissent is named, two are UNSTABLE.
    """
    number, dissenting = len(answers), dissent(answers)
    if dissenting > 1 and number >= repeat:
        return UNSTABLE, "", 0, number, counts_of(answers)
    if number - dissenting < max(repeat, 1 + dissenting):
        return None
    kinds = by_frequency(answers)
    outcome, error, detail = kinds[0]
    if not dissenting:
        return outcome, error, repeat, repeat, detail
    return outcome, error, number - 1, number, "%sonce %s" % (detail + ", " if detail else "", words_of(kinds[1]))


def counts_of(answers):
    """How often each was answered, as `INUSE 1, SUCCESS 4`."""
    return ", ".join("%s %d" % (words_of(kind), answers.count(kind)) for kind in sorted(set(answers)))


def words_of(answer):
    return answer.outcome if not answer.detail else "%s %s" % (answer.outcome, answer.detail)


def rows_of(case, tally):
    """The CSV rows of a case that was attempted."""
    measures = tally.concerned()
    if not measures:
        return [not_run_row(case, "bind", "%d ports were tried, and all were held by somebody else" % tally.lost)]
    omitted = [measure for measure in set(tally.omitted) - measures if tally.belongs(measure)]
    return ([tally.row(case, measure) for measure in sorted(measures)]
            + [not_run_row(case, measure, tally.omitted[measure]) for measure in sorted(omitted)])


def count_rows(case, tally):
    """Rows of counts.csv: how traffic was split in the attempts that the case's row counts; it differs from run to run by nature."""
    rows = []
    for measure in sorted(tally.counts):
        answer = tally.answer(measure)
        if answer and answer[0] == "split" and tally.belongs(measure):
            agreed = answer[2]
            rows.append(case.columns + (measure,) + tuple(map(sum, zip(*tally.counts[measure][:agreed]))))
    return rows


def not_run_row(case, measure, reason):
    return case.columns + (measure, NOT_RUN, "", 0, 0, reason)


def unsupported_row(case, which, stage, error):
    if lacks_resources(error):
        return not_run_row(case, "bind", "%s socket alone: %s: %s" % (which, stage, error))
    return case.columns + ("bind", UNSUPPORTED, error, 0, 0, "%s socket alone: refused at %s" % (which, stage))
