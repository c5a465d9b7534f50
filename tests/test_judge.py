"""One join judges every claim; it finds exactly what a person would find by reading row by row."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix.judge import KEYS, alike, judge, standing
from matrix.model import CLAIM_COLUMNS, OBSERVATION_COLUMNS, VERDICTS, VOCABULARY, Host, Imitated, Standing, kind
from matrix.runs import Run


def host(system: str = "windows", version: str = "10.0.26100", target: str = "a", imitates: Imitated | None = None) -> Host:
    return Host(
        target=target, system=system, version=version, kernel="", name="", imitates=imitates, container="", machine="", python="",
        account="standard", measured="2026-11-24", repeat=3, selection="", probe_version="", probe_sha256="",
        other_specific="none", ephemeral=(),
    )  # fmt: skip


def observation(*case: str, outcome: str) -> list[str]:
    return [*case, outcome, "", "3", "3", ""]


def run(rows: list[list[str]], **facts: object) -> Run:
    frame = pd.DataFrame(rows, columns=list(OBSERVATION_COLUMNS), dtype=str)
    return Run(host=host(**facts), frame=frame, counts=pd.DataFrame())  # type: ignore[arg-type]


def claims(*rows: dict[str, str]) -> pd.DataFrame:
    blank = dict.fromkeys(CLAIM_COLUMNS, "") | {"source": "s", "section": "x", "system": "windows", "measure": "bind", "statement": "said"}
    return pd.DataFrame([blank | {"id": f"c{n}"} | row for n, row in enumerate(rows)], columns=list(CLAIM_COLUMNS), dtype=str)


TCP = ("tcp", "ipv4", "default", "wildcard", "bound", "ipv4", "SO_REUSEADDR", "wildcard", "same", "bind")
UDP6 = ("udp", "ipv6", "default", "wildcard", "bound", "ipv6", "SO_REUSEADDR", "wildcard", "same", "bind")
MIXED = ("tcp", "ipv4", "default", "wildcard", "bound", "ipv6", "SO_REUSEADDR", "wildcard", "same", "bind")


@pytest.mark.parametrize(
    ("expected", "observed", "verdict"),
    [
        ("SUCCESS", "SUCCESS", "agrees"), ("SUCCESS", "INUSE", "stricter"), ("SUCCESS", "EINVAL", "stricter"),
        ("INUSE", "ACCESS", "wrong-error"), ("ACCESS", "INUSE", "wrong-error"), ("INUSE", "EINVAL", "wrong-error"),
        ("INUSE", "SUCCESS", "weaker"), ("ACCESS", "SUCCESS", "weaker"), ("REFUSED", "ACCESS", "agrees"),
        ("REFUSED", "SUCCESS", "weaker"), ("INUSE", "UNSTABLE", "unstable"), ("ACCESS", "NOT_RUN", "unobserved"),
        ("SUCCESS", "UNSUPPORTED", "unobserved"),
        ("first", "first", "agrees"), ("first|split", "split", "agrees"), ("first", "second", "differs"),
        ("split", "EINVAL", "differs"), ("split", "UNSTABLE", "unstable"), ("both", "NOT_RUN", "unobserved"),
    ],
)  # fmt: skip
def test_the_verdict_is_looked_up(expected: str, observed: str, verdict: str) -> None:
    """The table of the design, line by line, through the whole join."""
    judged = judge(claims({"expected": expected}), [run([observation(*TCP, outcome=observed)])])
    assert judged["verdict"].tolist() == [verdict]


def test_a_blank_column_means_any_and_same_means_the_first_ones() -> None:
    """One cell of a document is held against TCP and UDP, IPv4 and IPv6, but not against a mixed pair."""
    rows = [observation(*case, outcome="SUCCESS") for case in (TCP, UDP6, MIXED)]
    judged = judge(claims({"second_family": "same", "expected": "SUCCESS"}, {"protocol": "tcp|udp", "expected": "INUSE"}), [run(rows)])
    assert judged.groupby("claim").size().to_dict() == {"c0": 2, "c1": 3}


def test_check_is_decided_by_the_account() -> None:
    """An access check lets the same account through and denies another."""
    other = (*TCP[:8], "other", "bind")
    rows = [observation(*TCP, outcome="SUCCESS"), observation(*other, outcome="ACCESS")]
    judged = judge(claims({"expected": "CHECK"}), [run(rows)])
    assert sorted(zip(judged["account"], judged["expected"], judged["verdict"], strict=True)) == [
        ("other", "ACCESS", "agrees"),
        ("same", "SUCCESS", "agrees"),
    ]


def test_a_claim_that_meets_nothing_says_why() -> None:
    """Unobserved is a row with a reason, not an absence."""
    judged = judge(
        claims({"account": "other", "expected": "ACCESS"}, {"first_option": "SO_EXCLUSIVEADDRUSE", "expected": "INUSE"}),
        [run([observation(*TCP, outcome="SUCCESS")])],
    )
    assert judged["verdict"].tolist() == ["unobserved", "unobserved"]
    assert judged["reason"].tolist() == ["account other was not measured", "this run has no SO_EXCLUSIVEADDRUSE"]


@pytest.mark.parametrize(
    ("about", "who", "stands"),
    [
        (("windows", "5.2", ""), host(), Standing.SUBJECT),
        (("windows", "", "5.1"), host(), None),
        (("windows", "5.2", ""), host("wine", "8.0", imitates=Imitated(system="windows", version="6.1.7601")), Standing.IMITATION),
        (("windows", "", "5.1"), host("wine", "8.0", imitates=Imitated(system="windows", version="6.1.7601")), None),
        (("windows", "5.2", ""), host("linux", "6.1"), Standing.COMPARISON),
        (("windows", "", "5.1"), host("linux", "6.1"), None),
        (("linux", "", ""), host("gvisor", "", imitates=Imitated(system="linux", version="4.4.0")), Standing.IMITATION),
    ],
)
def test_a_run_has_a_standing_towards_a_claim(about: tuple[str, str, str], who: Host, stands: Standing | None) -> None:
    """Wine is never the subject of a claim about Windows, Linux is only compared."""
    assert standing(*about, who) == stands


def test_platforms_stand_side_by_side() -> None:
    """A case that one run lacks is blank there."""
    wide = alike([run([observation(*TCP, outcome="SUCCESS")]), run([observation(*UDP6, outcome="INUSE")], target="b")])
    assert wide[["a", "b"]].values.tolist() == [["SUCCESS", ""], ["", "INUSE"]]


WORDS = {column: st.sampled_from([str(word) for word in VOCABULARY[column]][:3]) for column in KEYS}
CASES = st.lists(st.tuples(*WORDS.values()), min_size=1, max_size=8, unique=True)
PATTERNS = st.lists(
    st.fixed_dictionaries({column: st.one_of(st.just(""), words) for column, words in WORDS.items()}), min_size=1, max_size=5
)
OUTCOMES = st.sampled_from(["SUCCESS", "INUSE", "ACCESS", "UNSTABLE", "NOT_RUN", "EINVAL"])


def means(column: str, wanted: str, word: str) -> bool:
    """What a word of a claim means: blank is any, of the states any live one; `other` is any other account."""
    if column == "first_state" and not wanted:
        return word in ("bound", "listening")
    if column == "account" and wanted == "other":
        return word != "same"
    return not wanted or wanted == word


@settings(max_examples=40, deadline=None)
@given(
    cases=CASES,
    patterns=PATTERNS,
    outcomes=st.lists(OUTCOMES, min_size=8, max_size=8),
    expected=st.sampled_from(["SUCCESS", "INUSE", "REFUSED"]),
)
def test_the_join_finds_what_reading_row_by_row_finds(
    cases: list[tuple[str, ...]], patterns: list[dict[str, str]], outcomes: list[str], expected: str
) -> None:
    """For all patterns and observations."""
    rows = [observation(*case, outcome=outcome) for case, outcome in zip(cases, outcomes, strict=False)]
    frame = claims(*({**pattern, "expected": expected} for pattern in patterns))
    judged = judge(frame, [run(rows)])
    naive = {
        (f"c{n}", *case, VERDICTS[expected, kind(outcome)])
        for n, pattern in enumerate(patterns)
        for case, outcome in zip(cases, outcomes, strict=False)
        if all(means(column, pattern[column], word) for column, word in zip(KEYS, case, strict=True))
    }
    met = judged[judged["observed"] != ""]
    assert {tuple(row) for row in met[["claim", *KEYS, "verdict"]].itertuples(index=False)} == naive
    assert set(judged["claim"]) == set(frame["id"])
