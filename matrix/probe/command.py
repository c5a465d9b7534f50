"""The command line: options, what is printed, and the exit status."""

import argparse
import errno
import os
import re
import sys
import time

from .ending import uninterrupted
from .errors import ProbeError, error_name
from .product import VERSION, archive, sha256

EPILOG = """exit status:
  0    measured, whatever was found
  1    not measured, or not to be believed
  2    wrong usage
  3    Python older than 3.4
  130  interrupted (129, 143: by SIGHUP, SIGTERM)
"""


def stated_fact(text):
    name, mark, value = text.partition("=")
    if not mark or not re.match(r"[a-z][a-z0-9_-]*\Z", name):
        raise argparse.ArgumentTypeError("%r is not NAME=VALUE with a lower-case name" % text)
    return name, value


def target_name(text):
    if not re.match(r"[a-z0-9][a-z0-9._-]{0,63}\Z", text):
        raise argparse.ArgumentTypeError("%r: use a-z, 0-9, '.', '_' and '-', 64 characters at most" % text)
    return text


def repeat_count(text):
    if not re.match(r"[0-9]{1,2}\Z", text) or int(text) < 1:
        raise argparse.ArgumentTypeError("%r is not a number from 1 to 99" % text)
    return int(text)


class ShowVersion(argparse.Action):
    """Print the version and the hash that a run would name."""

    def __call__(self, parser, namespace, values, option_string=None):
        sys.stdout.write("bind-matrix probe %s, SHA-256 %s\n" % (VERSION, sha256()))
        parser.exit(0)


class OneMore(argparse.Action):
    """Another pattern beside those that were given before."""

    def __call__(self, parser, namespace, values, option_string=None):
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, ", ".join([before, values] if before else [values]))


def parser():
    made = argparse.ArgumentParser(
        prog="probe", description="Measure what bind and listen return when a second socket wants a port that another one holds.",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--output", metavar="DIR", help="folder for observations.csv, counts.csv and host.json")
    made.add_argument("--target", metavar="NAME", type=target_name, help="the platform that was asked for")
    made.add_argument("--only", metavar="PATTERN", action=OneMore, default="",
                      help="only cases whose id holds these words in this order; each word may be a shell glob; "
                           "given again, or after a comma: cases of either pattern")
    made.add_argument("--repeat", metavar="N", type=repeat_count, default=3, help="attempts at each case (3)")
    made.add_argument("--no-wildcard", action="store_true",
                      help="open no socket on 0.0.0.0 or ::, so that nothing is visible from outside; such cases are NOT_RUN")
    made.add_argument("--stated", metavar="NAME=VALUE", type=stated_fact, action="append", default=[],
                      help="a fact that can't be seen from inside, kept apart in host.json")
    made.add_argument("--list", action="store_true", help="print the ids of the cases and measure nothing")
    made.add_argument("--pyz", metavar="FILE", help="write this probe as one file, print its hash and measure nothing")
    made.add_argument("--version", nargs=0, action=ShowVersion, help="print the version and the hash that a run names")
    return made


def show(text):
    """Print, and go on without a word when nobody reads: a reader that has seen enough, a closed or full output."""
    try:
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        quiet_stdout()


def quiet_stdout():
    """Lead standard output nowhere, so that Python's own last flush finds nothing to complain of."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except OSError:
        pass


def list_cases(pattern):
    """Print the ids."""
    from .cases import cases_of, specs_of, without_cases
    from .run import no_case
    cases = cases_of(specs_of("found when measuring"), pattern)
    for each in without_cases(cases, pattern):
        return complain(no_case(each))
    try:
        for case in cases:
            sys.stdout.write(case.identity() + "\n")
        sys.stdout.flush()
    except OSError as refused:
        quiet_stdout()
        if refused.errno not in (errno.EPIPE, errno.EINVAL):    # Windows says EINVAL: cpython issue 79935
            return complain("cannot print the list: %s" % refused.strerror)
    return 0


def write_archive(path):
    """Write this probe as one file, and print what `sha256sum` prints of it."""
    data = archive()            # before the file is opened: it may be the one that runs
    try:
        with open(path, "wb") as out:
            out.write(data)
    except OSError as refused:
        return complain("cannot write %s: %s" % (path, refused.strerror))
    show("%s  %s\n" % (sha256(), path))
    return 0


def complain(text):
    """Say what went wrong; the exit status for it."""
    try:
        sys.stderr.write("probe: %s\n" % text)
    except (OSError, ValueError, AttributeError):
        pass
    return 1


def ending(facts, rows, not_measured, seconds, folder):
    """What a person wants to know after a run: how much of it was measured, why not the rest, where it lies, and what next."""
    lines = ["%s: %s observations in %s" % (facts["target"], "{:,}".format(rows), seconds)]
    if not_measured:
        lines[0] += ", {:,} of them not measured:".format(sum(not_measured.values()))
        for reason, number in sorted(not_measured.items(), key=lambda pair: (-pair[1], pair[0]))[:8]:
            lines.append("  {:>7,}  {}".format(number, reason))
        if len(not_measured) > 8:
            lines.append("           and {} more reasons, all in the column `detail`".format(len(not_measured) - 8))
    lines.append("The run lies in %s. `bind-matrix compare` shows it beside the published platforms; its README says how to send it in."
                 % folder)
    return "\n".join(lines) + "\n"


def measure(arguments):
    """Measure into the folder; the exit status."""
    from . import controls
    from .link import end_started
    from .output import Output
    from .run import Progress, Run, duration_text
    began = time.monotonic()
    progress = Progress(sys.stderr)
    run, output = Run(arguments, progress), Output(arguments.output)
    uninterrupted.begin((output.release, run.close, end_started), output.state)
    try:
        run.choose()
        output.begin()
        try:
            run.measure()
        finally:
            progress.end()
            with uninterrupted:
                run.close()
        output.finish(run.rows, run.counts, run.facts_at_end())
    finally:
        with uninterrupted:
            output.release()
    wrong = controls.failed(run.controls)
    if wrong:
        return complain("this run is void, its controls failed:\n  %s" % "\n  ".join(wrong))
    show(ending(run.facts, len(run.rows), run.not_measured(), duration_text(time.monotonic() - began), arguments.output))
    return 0


def parsed(words):
    """The arguments. Wrong usage ends with status 2, whoever hears of it: older versions of argparse raise where they can't write."""
    made = parser()
    try:
        arguments = made.parse_args(words)
        if not (arguments.list or arguments.pyz or arguments.output):
            made.error("--output DIR is needed (or --list)")
    except OSError:
        raise SystemExit(2)
    return arguments


def main(words):
    arguments = parsed(words)
    if arguments.list:
        return list_cases(arguments.only)
    if arguments.pyz:
        return write_archive(arguments.pyz)
    try:
        return measure(arguments)
    except ProbeError as problem:
        return complain("%s; what was measured so far is thrown away, start the probe again" % problem
                        if hasattr(problem, "role") else problem)
    except OSError as refused:
        return complain("the system refused what can't be done without: %s; nothing of this run was kept" % error_name(refused))
