"""No sentence that the project publishes about its runs is without the query that confirms it.

These tests read `results/` as it is, on purpose: a run that changes an answer changes a sentence, and fails the one that is
no longer true. `SENTENCES` are the ones that the README and the report's own chapters rest on, each with its query.
"""

from collections import Counter
from collections.abc import Callable

import pytest

from matrix.data.claims import load_claims
from matrix.data.runs import find_runs, load_runs
from matrix.findings import beliefs, sentences, summary, traffic
from matrix.findings.classes import named
from matrix.findings.view import COLUMN, CURRENT, View
from matrix.verdicts import Verdict
from matrix.vocabulary import SERVES, Measure, Relation
from tests.conftest import ROOT

OPTION_PAGE = "microsoft-option-page"
WINES = ("wine-8.0", "wine-10.0")
PLACES = (("tcp", "bound"), ("tcp", "listening"), ("udp", "bound"))


@pytest.fixture(scope="module")
def view() -> View:
    """The published runs and the claims that ship."""
    return View(claims=load_claims(), runs=load_runs(find_runs([ROOT / "results"])))


def of_system(view: View, *systems: str) -> list[str]:
    """The targets of some systems."""
    return [target for target, host in view.hosts.items() if host.system in systems]


def linuxes(view: View) -> list[str]:
    """Linux, on a machine of its own or in user mode."""
    return of_system(view, "linux", "user-mode-linux")


def agreed(figures: set[str]) -> str:
    """The one answer of several platforms; all of them where they differ, so that no sentence fits."""
    return figures.pop() if len(figures) == 1 else f"no one answer: {sorted(figures)}"


def repeats(view: View) -> str:
    """The option page and the guide's table for XP."""
    each = next(each for each in summary.conflicts(view) if each.repeated)
    return (
        f"Microsoft's page on SO_EXCLUSIVEADDRUSE repeats the guide's table for Windows XP and earlier in all {each.repeated} cells, and so "
        f"contradicts the one for Windows Server 2003 and later in {each.cells} of {each.of}."
    )


def kernel(view: View) -> str:
    """The kernel page beside the guide's table."""
    each = next(each for each in summary.conflicts(view) if not each.repeated)
    return f"The kernel page contradicts it in {each.cells}."


def fidelity(view: View) -> str:
    """How far Wine does what the guide's table says."""
    each = next(each for each in summary.fidelity(view) if each.platforms == named(WINES, view.hosts))
    departures = {situation: (bad, of) for situation, bad, of in each.departures}
    (listening, of), (bound, _) = departures["TCP listening"], departures["TCP bound"]
    return (
        f"Wine 8.0 and 10.0 do what that table says in every situation in {each.whole} of {each.cells} cells, and in the other {each.partly} "
        f"only in some: they depart most once the first TCP socket listens ({listening} of {of} observations), least while it is only bound "
        f"({bound} of {of})."
    )


def sides(view: View) -> str:
    """Whose side Wine takes where guide and option page contradict each other."""
    claims = {claim.id: claim for claim in view.cells}
    pairs = next(
        ids for tables, ids in summary.table_pairs(view).items() if CURRENT in tables and OPTION_PAGE in (tables[0][0], tables[1][0])
    )
    found = set()
    for target in WINES:
        counts: Counter[tuple[str, str, str]] = Counter()
        for claim in (claims[each] for pair in pairs for each in pair):
            own = [each for each in view.judged(claim, target) if each.question[COLUMN["account"]] == "same"]
            for each in own:
                counts[claim.source, each.question[0], each.question[COLUMN["first_state"]]] += each.verdict == Verdict.AGREES
        found.add(tuple(counts[source, *place] for place in PLACES for source in ("microsoft-guide", OPTION_PAGE)))
    ((bound, bound_page, listening, page, udp, page_udp),) = found
    return (
        f"Where the two contradict each other, Wine 8.0 and 10.0 side with the guide in {bound} of {bound + bound_page} observations of TCP sockets "
        f"that are only bound, with the page in {page} of {page + listening} once the first one listens, and in {page_udp} of {page_udp + udp} for UDP."
    )


def takers(view: View, target: str, option: str, overlapping: bool) -> str:
    """The options of those that join a TCP listener over IPv4, on its own address or on one that overlaps it."""
    listens = view.where(measure="listen", protocol="tcp", first_state="listening", account="same", first_family="ipv4",
                         second_family="ipv4", first_option=option)  # fmt: skip
    same = view.equal(listens, "first_address", "second_address")
    overlap = ~same & (view.holds(listens, "first_address", ["wildcard"]) | view.holds(listens, "second_address", ["wildcard"]))
    found = listens[view.is_outcome(listens, target, ["SUCCESS"]) & (overlap if overlapping else same)]
    return " or ".join(dict.fromkeys(view.column(found, "second_option"))) or "nothing"


def joined(view: View) -> str:
    """What joins a listener with SO_REUSEADDR, on its own and on an overlapping address."""
    answers = [
        agreed({takers(view, target, "SO_REUSEADDR", overlapping) for target in targets})
        for targets in (of_system(view, "gvisor"), linuxes(view)) for overlapping in (False, True)
    ]  # fmt: skip
    return (
        f"One other socket can join a TCP listener with SO_REUSEADDR over IPv4: on gVisor with {answers[0]} on its own address and with "
        f"{answers[1]} on an overlapping one; on Linux with {answers[2]} and with {answers[3]}."
    )


def shared_without_reuseport(view: View) -> str:
    """Pairs of TCP listeners that serve an address in common, not both with SO_REUSEPORT, on each Linux."""
    listens = view.where(measure="listen", protocol="tcp", first_state="listening", account="same")
    columns = ("first_family", "first_address", "second_family", "second_address", "first_option", "second_option")
    words = list(zip(*(view.column(listens, column) for column in columns), strict=True))
    found = {}
    for target in linuxes(view):
        success = view.is_outcome(listens, target, ["SUCCESS"]).tolist()
        common = [
            each for each, listened in zip(words, success, strict=True) if listened and set(SERVES[each[:2]]) & set(SERVES[each[2:4]])
        ]
        pairs = [each for each in common if not all("SO_REUSEPORT" in option for option in each[4:])]
        assert all(each[1].startswith("mapped-") and each[3].startswith("mapped-") for each in pairs)
        found[target] = len(pairs)
    exceptions = ", ".join(f"{target}: {number} pairs of mapped addresses" for target, number in found.items() if number)
    return f"On Linux two TCP listeners share an address only if both have SO_REUSEPORT ({exceptions} without)."


def last_udp_socket(view: View) -> str:
    """Who receives of two UDP sockets with SO_REUSEADDR on one address."""
    asked = view.where(measure=["deliver-ipv4", "deliver-ipv4-other", "deliver-ipv6"], protocol="udp", first_option="SO_REUSEADDR",
                       second_option="SO_REUSEADDR")  # fmt: skip
    asked = asked[view.equal(asked, "first_address", "second_address") & view.equal(asked, "first_family", "second_family")]
    answers = {answer for target in view.targets for answer in view.answers(asked, target) if answer}
    return f"Of two UDP sockets with SO_REUSEADDR on the same address, the {agreed(answers)} gets everything on all {len(view.targets)} platforms."


def notices(view: View) -> str:
    """What first sockets had to report."""
    asked = view.where(measure="notice")
    answers = {answer for target in view.targets for answer in view.answers(asked, target) if answer}
    return f"What the first socket had to report about it (SO_ERROR): {agreed(answers)}."


def splits(view: View) -> str:
    """How a split is split."""
    chapter = traffic.traffic(view)
    assert chapter is not None
    found = chapter.splits
    share = 100 * sum(each.first for each in found) / sum(each.sent for each in found)
    least, most = min(each.least for each in found), max(each.most for each in found)
    within = 20 <= least <= most <= 80  # a single split is chance: other runs have other ends
    return f"Of all split traffic {share:.0f} % went to the first socket, in a single split between 20 and 80 %: {within}."


def late_options(view: View) -> str:
    """What comes of an option that a first socket, only bound, sets after its bind, where that can make a difference."""
    asked = view.where(measure=Measure.LATE_OPTION)
    found = []
    for name, targets in (("Linux", linuxes(view)), ("gVisor", of_system(view, "gvisor"))):
        answers = {tuple(sorted(each for each in view.answers(asked, target) if each not in ("", "indistinct"))) for target in targets}
        (only,) = answers
        found.append(f"on {name} {agreed(set(only))} in {len(only)} of {len(only)} cases that can tell")
    return f"An option that a bound socket sets after bind: {'; '.join(found)}."


def against_its_manual(view: View) -> str:
    """Which sentences of socket(7) on late options there are, and what Linux makes of them."""
    late = [claim for claim in view.claims.claims if claim.source == "linux-man-pages" and claim.pattern[-1] == Measure.LATE_OPTION]
    verdicts = {str(each.verdict) for claim in late for target in linuxes(view) for each in view.judged(claim, target)}
    return f"Linux's manual says so of {agreed({claim.pattern[2] for claim in late})}, and there it {agreed(verdicts)}."


def assertions_in_number(view: View) -> str:
    """How many assertions there are, of how many suites, and what Linux makes of those about Linux."""
    found = sentences.published_tests(view)
    assert found is not None
    claims = [claim for claim in view.claims.claims if claim.kind == "assertion"]
    subjects = [
        (claim, target) for claim in claims for target in view.targets if view.judgement.relation(claim, target) == Relation.SUBJECT
    ]
    failed = [each for claim, target in subjects for each in view.judged(claim, target) if each.verdict not in ("agrees", "unobserved")]
    assert subjects
    wine = [[one.assertion for one in suite.refuted if "Wine" in one.platforms] for suite in found.suites]
    old = {one.platforms for suite in found.suites for one in suite.refuted if "Wine" in one.platforms}
    assert old == {"Wine 5.0.3 to 10.0", "Wine 5.0.3"}
    everywhere = sum("to" in one.platforms for suite in found.suites for one in suite.refuted if "Wine" in one.platforms)
    return (
        f"{sum(each.assertions for each in found.suites)} assertions of {len(found.suites)} suites; none about Linux is refuted by Linux: "
        f"{not failed}; Wine departs from {everywhere}, Wine 5.0 from {sum(map(len, wine))}."
    )


def assertions_against_sentences(view: View) -> str:
    """The sentences of documents, read fairly, that can't hold beside an assertion."""
    found = sentences.published_tests(view)
    assert found is not None
    names = sorted({page.id.rsplit("/", 1)[0] for page, _, _, _ in found.against if page.kind == "sentence"})
    return "Sentences that an assertion denies: " + ", ".join(name.replace("/says/", " ") for name in names) + "."


def believed(view: View) -> str:
    """How many sentences Wine 8.0 refutes, each by its fair reading."""
    found = beliefs.beliefs(view)
    assert found is not None
    counts = next(dict(counts) for name, counts in found.counts if "Wine 8.0" in name)
    return f"Of {sum(counts.values())} sentences Wine 8.0 confirms {counts['confirmed']}, refutes {counts['refuted']}; {counts['left-open']} leave it open."


SENTENCES: tuple[tuple[Callable[[View], str], str], ...] = (
    (
        repeats,
        "Microsoft's page on SO_EXCLUSIVEADDRUSE repeats the guide's table for Windows XP and earlier in all 36 cells, and so "
        "contradicts the one for Windows Server 2003 and later in 12 of 36.",
    ),
    (
        kernel,
        "The kernel page contradicts it in 1.",
    ),
    (
        fidelity,
        "Wine 8.0 and 10.0 do what that table says in every situation in 18 of 36 cells, and in the other 18 only in some: "
        "they depart most once the first TCP socket listens (48 of 108 observations), least while it is only bound (6 of "
        "108).",
    ),
    (
        sides,
        "Where the two contradict each other, Wine 8.0 and 10.0 side with the guide in 36 of 36 observations of TCP sockets "
        "that are only bound, with the page in 24 of 36 once the first one listens, and in 30 of 36 for UDP.",
    ),
    (
        joined,
        "One other socket can join a TCP listener with SO_REUSEADDR over IPv4: on gVisor with nothing on its own address and "
        "with SO_REUSEADDR or SO_REUSEADDR+SO_REUSEPORT on an overlapping one; on Linux with nothing and with nothing.",
    ),
    (
        shared_without_reuseport,
        "On Linux two TCP listeners share an address only if both have SO_REUSEPORT (uml-6.1.176: 12 pairs of mapped addresses without).",
    ),
    (
        last_udp_socket,
        "Of two UDP sockets with SO_REUSEADDR on the same address, the second gets everything on all 10 platforms.",
    ),
    (
        notices,
        "What the first socket had to report about it (SO_ERROR): silent.",
    ),
    (
        splits,
        "Of all split traffic 50 % went to the first socket, in a single split between 20 and 80 %: True.",
    ),
    (
        late_options,
        "An option that a bound socket sets after bind: on Linux counts in 56 of 56 cases that can tell; on gVisor ignored in "
        "56 of 56 cases that can tell.",
    ),
    (
        against_its_manual,
        "Linux's manual says so of SO_REUSEPORT, and there it differs.",
    ),
    (
        assertions_in_number,
        "305 assertions of 12 suites; none about Linux is refuted by Linux: True; Wine departs from 4, Wine 5.0 from 14.",
    ),
    (
        assertions_against_sentences,
        "Sentences that an assertion denies: microsoft-guide dual-stack-exclusive, microsoft-guide dual-stack-reserves-both, "
        "microsoft-option-page overtakes, microsoft-sol-socket reuseaddr-allows.",
    ),
    (
        believed,
        "Of 54 sentences Wine 8.0 confirms 17, refutes 7; 6 leave it open.",
    ),
)


@pytest.mark.parametrize(("query", "sentence"), SENTENCES, ids=[query.__name__ for query, _ in SENTENCES])
def test_the_runs_confirm_the_sentence(view: View, query: Callable[[View], str], sentence: str) -> None:
    """Word for word, figures and all."""
    assert query(view) == sentence


def test_no_windows_was_measured_where_the_readme_says_so(view: View) -> None:
    """Nor is it said once one was."""
    assert ("No Windows has been measured yet" in (ROOT / "README.md").read_text("utf-8")) is not bool(view.windows)
