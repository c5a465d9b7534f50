"""One join judges every claim; it finds exactly what a person would find by reading row by row."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matrix.contradictions import bits, contradictions, versions_overlap
from matrix.data.catalogue import HEADER, Catalogue
from matrix.data.runs import Run, Runs
from matrix.judge import Judgement
from matrix.records import Claim, Host, Imitated
from matrix.verdicts import VERDICTS, Verdict, outcome_class, verdict_of
from matrix.vocabulary import CALLS, DIFFERENT_ACCOUNTS, HOST_MEASURES, KEYS, LIVE_NAMES, NO_EVIDENCE, WORDS, Relation, within

TCP = ("tcp", "ipv4", "default", "wildcard", "bound", "ipv4", "SO_REUSEADDR", "wildcard", "same", "bind")
UDP6 = ("udp", "ipv6", "default", "wildcard", "bound", "ipv6", "SO_REUSEADDR", "wildcard", "same", "bind")
MIXED = ("tcp", "ipv4", "default", "wildcard", "bound", "ipv6", "SO_REUSEADDR", "wildcard", "same", "bind")
AVAILABLE = ("udp", "", "SO_REUSEADDR", "", "", "", "", "", "other", "available")


def host(system: str = "windows", version: str = "10.0.26100", target: str = "a", imitates: Imitated | None = None) -> Host:
    return Host(
        target=target, system=system, version=version, kernel="", name="", imitates=imitates, container="", machine="", python="",
        account="standard", measured="2026-11-24", repeat=3, selection="", no_wildcard=False, options=("default",), vocabulary=1,
        probe_version="", probe_sha256="", other_specific="none", ephemeral=(),
    )  # fmt: skip


def judged(claims: list[Claim], *runs: Sequence[tuple[str, ...]], hosts: list[Host] | None = None) -> Judgement:
    """The claims against runs of (question…, outcome); rules of rows don't matter here."""
    catalogue = Catalogue()
    made = []
    for number, rows in enumerate(runs):
        of_host = hosts[number] if hosts else host(target="abcdef"[number])
        lines = "\n".join(",".join((*row, "", "3", "3", "for a reason" if row[-1] == "NOT_RUN" else "")) for row in rows)
        numbers = catalogue.take(HEADER + b"\n" + (lines.encode() + b"\n" if rows else b""))
        assert numbers is not None
        made.append(Run(host=of_host, lines=numbers, folder=Path()))
    return Judgement(tuple(claims), Runs(catalogue=catalogue, good=tuple(made), hosts={run.host.target: run.host for run in made}))


def claim(number: int = 0, system: str = "windows", since: str = "", until: str = "", expected: str = "SUCCESS", **words: str) -> Claim:
    pattern = tuple((words | ({} if "measure" in words else {"measure": "bind"})).get(column, "") for column in KEYS)
    return Claim(id=f"s/{number}", source="s", kind="sentence", section="x", system=system, since=since, until=until, pattern=pattern,
                 expected=expected, statement="says")  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "observed", "verdict"),
    [
        ("SUCCESS", "SUCCESS", "agrees"), ("SUCCESS", "INUSE", "stricter"), ("SUCCESS", "ACCESS", "stricter"), ("SUCCESS", "EINVAL", "stricter"),
        ("INUSE", "INUSE", "agrees"), ("INUSE", "ACCESS", "wrong-error"), ("INUSE", "EINVAL", "wrong-error"), ("INUSE", "SUCCESS", "weaker"),
        ("ACCESS", "ACCESS", "agrees"), ("ACCESS", "INUSE", "wrong-error"), ("ACCESS", "EINVAL", "wrong-error"), ("ACCESS", "SUCCESS", "weaker"),
        ("REFUSED", "ACCESS", "agrees"), ("REFUSED", "INUSE", "agrees"), ("REFUSED", "EINVAL", "agrees"), ("REFUSED", "SUCCESS", "weaker"),
        ("INUSE|ACCESS", "INUSE", "agrees"), ("INUSE|ACCESS", "ACCESS", "agrees"), ("INUSE|ACCESS", "EINVAL", "wrong-error"),
        ("INUSE|ACCESS", "SUCCESS", "weaker"), ("INUSE|ACCESS", "UNSTABLE", "unstable"), ("INUSE|ACCESS", "NOT_RUN", "unobserved"),
        ("LEFT_OPEN", "SUCCESS", "left-open"), ("LEFT_OPEN", "INUSE", "left-open"), ("LEFT_OPEN", "EINVAL", "left-open"),
        ("LEFT_OPEN", "UNSTABLE", "left-open"), ("LEFT_OPEN", "NOT_RUN", "unobserved"),
        ("INUSE", "UNSTABLE", "unstable"), ("ACCESS", "NOT_RUN", "unobserved"), ("SUCCESS", "UNSUPPORTED", "unobserved"),
    ],
)  # fmt: skip
def test_the_verdict_is_looked_up(expected: str, observed: str, verdict: str) -> None:
    """The table of the design, line by line, through the whole join."""
    judgement = judged([claim(expected=expected)], [(*TCP, observed)])
    assert [each.verdict for each in judgement.judged(judgement.claims[0], "a")] == [verdict]


@pytest.mark.parametrize(
    ("expected", "observed", "verdict"),
    [("first", "first", "agrees"), ("first|split", "split", "agrees"), ("first", "second", "differs"), ("split", "EINVAL", "differs"),
     ("LEFT_OPEN", "first", "left-open"), ("LEFT_OPEN", "split", "left-open"), ("LEFT_OPEN", "UNSUPPORTED", "unobserved"),
     ("ignored|refused", "indistinct", "unobserved"), ("counts", "indistinct", "unobserved"), ("LEFT_OPEN", "indistinct", "unobserved"),
     ("split", "UNSTABLE", "unstable"), ("both", "NOT_RUN", "unobserved"), ("both", "UNSUPPORTED", "unobserved")],
)  # fmt: skip
def test_of_words_any_that_is_named_will_do(expected: str, observed: str, verdict: str) -> None:
    """Of measures that answer in words."""
    assert verdict_of(expected, observed) == verdict


def test_every_pair_of_classes_has_a_verdict() -> None:
    """The look-up can't miss: every expectation but CHECK, which is spelled out before, with every class."""
    classes = {outcome_class(outcome) for outcome in ("SUCCESS", "INUSE", "ACCESS", "UNSTABLE", "NOT_RUN", "UNSUPPORTED", "EINVAL")}
    words = {("word", each) for each in ("the-word", "another-word", "UNSTABLE", "no-evidence")}
    open_ones = {("LEFT_OPEN", each) for each in ("whatever", "no-evidence")}
    calls = {(expected, each) for expected in ("SUCCESS", "INUSE", "ACCESS", "INUSE|ACCESS", "REFUSED") for each in classes}
    assert calls | words | open_ones == set(VERDICTS)


def test_an_answer_that_would_be_the_same_either_way_is_no_evidence() -> None:
    """`indistinct` neither agrees nor differs, and says why it doesn't count."""
    late = ("tcp", "ipv4", "SO_REUSEADDR", "wildcard", "bound", "ipv4", "default", "wildcard", "same", "late-option")
    judgement = judged([claim(measure="late-option", expected="ignored|refused")], [(*late, "indistinct")])
    (found,) = judgement.judged(judgement.claims[0], "a")
    assert (found.verdict, found.reason) == (Verdict.UNOBSERVED, NO_EVIDENCE["indistinct"])


def test_a_blank_column_means_any_and_same_means_the_first_ones() -> None:
    """One cell of a document is held against TCP and UDP, IPv4 and IPv6, but not against a mixed pair."""
    judgement = judged(
        [claim(second_family="same"), claim(1, protocol="tcp|udp", expected="INUSE")], [(*each, "SUCCESS") for each in (TCP, UDP6, MIXED)]
    )
    assert [len(judgement.judged(each, "a")) for each in judgement.claims] == [2, 3]


def test_check_is_decided_by_the_account() -> None:
    """An access check lets the same account through and denies another."""
    judgement = judged([claim(expected="CHECK")], [(*TCP, "SUCCESS"), (*TCP[:8], "others", "bind", "ACCESS")])
    assert {(each.question[8], each.expected, str(each.verdict)) for each in judgement.judged(judgement.claims[0], "a")} == {
        ("others", "ACCESS", "agrees"),
        ("same", "SUCCESS", "agrees"),
    }


def test_a_fact_of_the_host_is_met_by_its_own_account() -> None:
    """`other` is no group of accounts there, and no state is meant."""
    judgement = judged(
        [claim(measure="available", account="other"), claim(1, measure="available", account="same")], [(*AVAILABLE, "SUCCESS")]
    )
    assert [len(judgement.judged(each, "a")) for each in judgement.claims] == [1, 0]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"account": "other"}, "account other was not measured"),
        ({"account": "others"}, "for a reason"),
        ({"first_option": "SO_EXCLUSIVEADDRUSE"}, "this run has no SO_EXCLUSIVEADDRUSE"),
        ({"second_option": "SO_REUSEPORT"}, "this run has no SO_REUSEPORT"),
        ({"measure": "listen"}, "measure listen was not measured"),
        ({"first_state": "time-wait"}, "first state time-wait was not measured"),
        ({"second_address": "mapped-wildcard"}, "second address mapped-wildcard was not measured"),
        ({"protocol": "udp", "second_address": "wildcard", "account": "same"}, "no case of this run fits"),
    ],
)
def test_a_claim_that_meets_nothing_says_why(words: dict[str, str], reason: str) -> None:
    """Unobserved has a reason; it is not an absence."""
    rows = [(*TCP, "SUCCESS"), (*TCP[:8], "others", "bind", "NOT_RUN")]
    judgement = judged([claim(0, **words)], rows)
    assert judgement.reason_unmet(judgement.claims[0], "a") == reason


def test_a_claim_that_an_access_check_decides_for_no_account_has_no_pattern() -> None:
    """It is unobserved by its own words."""
    judgement = judged([claim(account="others", expected="CHECK")], [(*TCP, "SUCCESS")])
    assert judgement.reason_unmet(judgement.claims[0], "a") == "account others was not measured"


def test_runs_with_equal_answers_share_what_was_judged() -> None:
    """Computed once, whatever the number of runs; each run keeps its own relation."""
    judgement = judged([claim(), claim(1, system="linux")], [(*TCP, "SUCCESS")], [(*TCP, "SUCCESS")], [(*TCP, "INUSE")],
                       hosts=[host(), host("linux", "6.1", "b"), host(target="c")])  # fmt: skip
    first = judgement.claims[0]
    assert judgement.judged(first, "a") is judgement.judged(first, "b")
    assert judgement.judged(first, "c")[0].observed == "INUSE"
    assert [judgement.relation(first, target) for target in "abc"] == ["subject", "comparison", "subject"]


def test_what_no_claim_speaks_of_is_counted() -> None:
    """For each run, by the claims that speak of its system."""
    judgement = judged([claim(protocol="tcp"), claim(1, system="linux", until="5.0", protocol="udp")], [(*TCP, "SUCCESS"), (*UDP6, "INUSE")], [(*UDP6, "INUSE")],
                       hosts=[host(), host("linux", "4.9", "b")])  # fmt: skip
    assert judgement.undocumented() == {"a": 1, "b": 0}


@pytest.mark.parametrize(
    ("about", "who", "relation"),
    [
        (("windows", "5.2", ""), host(), Relation.SUBJECT),
        (("linux|windows", "5.2", ""), host(), Relation.SUBJECT),
        (("windows", "", "5.1"), host(), None),
        (("windows", "5.2", ""), host("wine", "8.0", imitates=Imitated(system="windows", version="6.1.7601")), Relation.IMITATION),
        (("windows", "", "5.1"), host("wine", "8.0", imitates=Imitated(system="windows", version="6.1.7601")), None),
        (("wine", "", ""), host("wine", "8.0", imitates=Imitated(system="windows", version="6.1.7601")), Relation.SUBJECT),
        (("windows", "5.2", ""), host("linux", "6.1"), Relation.COMPARISON),
        (("windows", "", "5.1"), host("linux", "6.1"), None),
        (("linux", "", ""), host("gvisor", "", imitates=Imitated(system="linux", version="4.4.0")), Relation.IMITATION),
    ],
)
def test_a_run_has_a_relation_to_a_claim(about: tuple[str, str, str], who: Host, relation: Relation | None) -> None:
    """Wine is never the subject of a claim about Windows, Linux is only compared."""
    assert who.relation(*about) == relation


@pytest.mark.parametrize(
    ("version", "since", "until", "inside"),
    [
        ("6.1.7601", "5.2", "", True), ("10.0.26100", "5.2", "", True), ("5.1.2600", "", "5.1", True), ("5.2.3790", "", "5.1", False),
        ("5.1.2600", "5.2", "", False), ("", "5.2", "", False), ("", "", "5.2", False), ("", "", "", True), ("10.0", "", "6.3", False),
        ("6.1", "6.1", "6.1", True), ("6.1.9", "6.1", "6.1", True), ("6.0.9", "6.1", "6.2", False), ("6.3", "6.1", "6.2", False),
    ],
)  # fmt: skip
def test_versions_compare_as_numbers(version: str, since: str, until: str, inside: bool) -> None:
    """10.0 is later than 6.1, and a bound speaks of all that begins like it."""
    assert within(version, since, until) is inside


@pytest.mark.parametrize(
    ("a", "b", "overlap"),
    [
        (("", ""), ("", ""), True),
        (("", "5.1"), ("5.2", ""), False),
        (("5.2", ""), ("", "6.0"), True),
        (("6.1", "6.1"), ("6.1.7601", ""), True),
        (("10.0", ""), ("6.1", "9"), False),
    ],
)
def test_ranges_of_versions_overlap(a: tuple[str, str], b: tuple[str, str], overlap: bool) -> None:
    """Both ways round."""
    assert versions_overlap(*a, *b) is versions_overlap(*b, *a) is overlap


# The oracle: the rules as the claims' documentation has them, row by row, without a join.


def means(column: str, wanted: str, word: str, question: tuple[str, ...]) -> bool:
    """Whether a cell of a claim speaks of a word of a question."""
    about_host = question[-1] in HOST_MEASURES
    if column == "first_state" and not wanted and not about_host:
        return word in LIVE_NAMES
    for alternative in wanted.split("|"):
        if alternative in ("", word):
            return True
        if column == "second_family" and alternative == "same" and word == question[1] and word:
            return True
        if column == "account" and alternative == "other" and not about_host and word in DIFFERENT_ACCOUNTS:
            return True
    return False


# The oracle's own table of the answers with which a claim about a call agrees.
AGREEING = {
    "SUCCESS": {"SUCCESS"}, "INUSE": {"INUSE"}, "ACCESS": {"ACCESS"}, "INUSE|ACCESS": {"INUSE", "ACCESS"},
    "REFUSED": {"INUSE", "ACCESS", "EINVAL"},
}  # fmt: skip


def plain_verdict(expected: str, outcome: str) -> Verdict:
    """The verdict in plain words, without the table."""
    if outcome in ("NOT_RUN", "UNSUPPORTED"):
        return Verdict.UNOBSERVED
    if expected == "LEFT_OPEN":
        return Verdict.LEFT_OPEN
    if outcome == "UNSTABLE":
        return Verdict.UNSTABLE
    if outcome in AGREEING[expected]:
        return Verdict.AGREES
    if expected == "SUCCESS":
        return Verdict.STRICTER
    return Verdict.WEAKER if outcome == "SUCCESS" else Verdict.WRONG_ERROR


def plain_judge(claims: list[Claim], rows: list[tuple[str, ...]]) -> set[tuple[str, tuple[str, ...], str, Verdict]]:
    """(claim, question, expected, verdict) for everything that meets."""
    found = set()
    for each in claims:
        for *cells, outcome in rows:
            question = tuple(cells)
            if all(means(column, wanted, word, question) for column, wanted, word in zip(KEYS, each.pattern, question, strict=True)):
                expected = each.expected
                if expected == "CHECK":
                    accounts = [word for word in each.pattern[8].split("|") if word in ("", "same", "other")]
                    if not any(means("account", word, question[8], question) for word in accounts):
                        continue
                    expected = "SUCCESS" if question[8] == "same" else "ACCESS"
                found.add((each.id, question, expected, plain_verdict(expected, outcome)))
    return found


FEW: dict[str, list[str]] = {column: list(words[:3]) for column, words in WORDS.items()} | {
    "measure": ["bind", "listen"],
    "account": list(WORDS["account"]),
}
CASES = st.lists(st.tuples(*(st.sampled_from(FEW[column]) for column in KEYS)), min_size=1, max_size=8, unique=True)
CELLS = {
    column: st.one_of(
        st.just(""), st.sampled_from(words), st.lists(st.sampled_from(words), min_size=2, max_size=2, unique=True).map("|".join)
    )
    for column, words in FEW.items()
}
CELLS["second_family"] = st.one_of(CELLS["second_family"], st.just("same"))
CELLS["measure"] = st.sampled_from(["bind", "listen", "bind|listen"])
PATTERNS = st.lists(
    st.tuples(st.fixed_dictionaries(CELLS), st.sampled_from(["SUCCESS", "INUSE", "INUSE|ACCESS", "REFUSED", "CHECK", "LEFT_OPEN"])),
    min_size=1,
    max_size=5,
)
OUTCOMES = st.sampled_from(["SUCCESS", "INUSE", "ACCESS", "UNSTABLE", "NOT_RUN", "EINVAL"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases=CASES, patterns=PATTERNS, outcomes=st.lists(st.lists(OUTCOMES, min_size=8, max_size=8), min_size=2, max_size=2))
def test_the_join_finds_what_reading_row_by_row_finds(
    cases: list[Any], patterns: list[tuple[dict[str, str], str]], outcomes: list[list[str]]
) -> None:
    """For all patterns and observations, on two runs at once."""
    claims = [claim(number, expected=expected, **words) for number, (words, expected) in enumerate(patterns)]
    runs = [[(*case, outcome) for case, outcome in zip(cases, each, strict=False)] for each in outcomes]
    runs[1] = runs[1][1:]
    judgement = judged(claims, *runs)
    for target, rows in zip("ab", runs, strict=True):
        found = {(each.id, one.question, one.expected, one.verdict) for each in claims for one in judgement.judged(each, target)}
        assert found == plain_judge(claims, rows)


def plainly_contradict(a: Claim, b: Claim, question: tuple[str, ...]) -> bool:
    """Whether two claims expect different outcomes of one question."""
    met = [plain_judge([each], [(*question, "SUCCESS")]) for each in (a, b)]
    if not all(met):
        return False
    one, other = (next(iter(each))[2] for each in met)
    return "LEFT_OPEN" not in (one, other) and not AGREEING[one] & AGREEING[other]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(patterns=PATTERNS, question=st.tuples(*(st.sampled_from(FEW[column]) for column in KEYS)))
def test_contradictions_are_those_that_reading_claim_by_claim_finds(
    patterns: list[tuple[dict[str, str], str]], question: tuple[str, ...]
) -> None:
    """Of every question that two claims both speak of."""
    claims = [claim(number, expected=expected, **words) for number, (words, expected) in enumerate(patterns)]
    found = {
        (each.a.id, each.b.id)
        for each in contradictions(claims)
        if all(word in ("", of) for word, of in zip(each.words, question, strict=True))
    }
    wanted = {(a.id, b.id) for a in claims for b in claims if a.id < b.id and plainly_contradict(a, b, question)}
    assert found == wanted


def test_however_many_systems_claims_name_only_those_of_one_contradict_each_other() -> None:
    """More than a machine's word has bits, and more than its square has."""
    for number in (63, 64, 65, 130):
        claims = [claim(n, system=f"s{n // 2}", expected=("INUSE", "SUCCESS")[n % 2], first_state="bound") for n in range(2 * number)]
        found = {(each.a.system, each.b.system) for each in contradictions(claims)}
        assert found == {(f"s{n}", f"s{n}") for n in range(number)}
    digits = bits([str(n) for n in range(4097)])
    assert (len(digits), len(set(zip(*(each.tolist() for each in digits), strict=True)))) == (3, 4097)


def test_contradictions_are_between_claims_about_one_system_and_overlapping_versions_of_calls() -> None:
    """Words of other measures are no outcomes of calls."""
    bases = [claim(0), claim(1, expected="INUSE")]
    assert [(each.a.id, each.b.id) for each in contradictions(bases)] == [("s/0", "s/1")] * len(LIVE_NAMES)
    assert contradictions([bases[0], claim(1, system="linux", expected="INUSE")]) == []
    assert contradictions([claim(0, until="5.1"), claim(1, since="5.2", expected="INUSE")]) == []
    assert contradictions([claim(0, measure="notice", expected="silent"), claim(1, measure="notice", expected="loud")]) == []
    assert "notice" not in CALLS
    assert contradictions([claim(0, expected="REFUSED"), claim(1, expected="INUSE")]) == []
    assert contradictions([claim(0, expected="INUSE|ACCESS"), claim(1, expected="INUSE")]) == []
    assert contradictions([claim(0, expected="LEFT_OPEN"), claim(1, expected="INUSE")]) == []
    assert len(contradictions([claim(0, expected="INUSE|ACCESS"), claim(1)])) == len(LIVE_NAMES)
    assert {each.words[-1] for each in contradictions([bases[0], claim(1, measure="bind|listen", expected="INUSE")])} == {"bind"}


def test_a_contradiction_holds_by_the_words_and_perhaps_not_in_a_fair_reading() -> None:
    """A sentence that is read as one on the versions of the table around it contradicts nothing about later ones."""
    both = [replace(claim(0), fair_until="5.1"), claim(1, since="5.2", expected="INUSE"), claim(2, until="5.0", expected="INUSE")]
    assert {(each.b.id, each.fair) for each in contradictions(both)} == {("s/1", False), ("s/2", True)}


def test_more_patterns_than_a_block_are_compared_with_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The block's edge is none of the answer's business."""
    claims = [
        claim(number, expected="SUCCESS" if number % 2 else "INUSE", first_option=WORDS["first_option"][number % 5]) for number in range(40)
    ]
    whole = contradictions(claims)
    monkeypatch.setattr("matrix.contradictions.BLOCK", 7)
    assert contradictions(claims) == whole
    assert len(whole) > 100
