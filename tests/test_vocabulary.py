"""The probe's words and the model's are the same."""

from types import ModuleType

import pytest

from matrix import model
from matrix.runs import COUNT_COLUMNS


@pytest.mark.parametrize(
    ("tuple_name", "enum"),
    [("PROTOCOLS", model.Protocol), ("ALL_STATES", model.State), ("ACCOUNTS", model.Account), ("MEASURES", model.Measure)],
)
def test_closed_vocabularies_agree(probe: ModuleType, tuple_name: str, enum: type) -> None:
    """A word that one side learns, the other must learn too."""
    assert getattr(probe, tuple_name) == tuple(map(str, enum))  # type: ignore[call-overload]


def test_columns_options_addresses_and_schema_agree(probe: ModuleType) -> None:
    """The CSV that is written is the CSV that is read."""
    assert probe.COLUMNS == model.OBSERVATION_COLUMNS
    assert probe.SCHEMA == model.SCHEMA
    assert [name for name, _ in probe.OPTIONS] == list(map(str, model.Option))
    assert {family for family, _, _ in probe.ADDRESSES} == set(map(str, model.Family))
    assert {address for _, address, _ in probe.ADDRESSES} == set(map(str, model.Address))
    assert tuple(map(str, model.HOST_MEASURES)) == probe.HOST_MEASURES
    assert probe.COUNT_COLUMNS == COUNT_COLUMNS
    assert set(model.WORDS) | set(map(str, model.CALLS)) == set(map(str, model.Measure))
    assert set(probe.NOT_MEASURED) == set(map(str, model.NOT_MEASURED))


def test_every_pair_of_kinds_has_a_verdict() -> None:
    """The look-up can't miss: every expectation but CHECK, which is spelled out before, with every kind."""
    kinds = {model.kind(outcome) for outcome in [*map(str, model.Outcome), "EINVAL"]}
    expected = set(map(str, model.Expected)) - {str(model.Expected.CHECK)}
    words = {("word", k) for k in ("the-word", "another-word", "UNSTABLE", "not-measured")}
    assert {(e, k) for e in expected for k in kinds} | words == set(model.VERDICTS)
    assert set(model.LOOKS) == set(model.Verdict)


@pytest.mark.parametrize(
    ("version", "since", "until", "inside"),
    [
        ("6.1.7601", "5.2", "", True),
        ("10.0.26100", "5.2", "", True),
        ("5.1.2600", "", "5.1", True),
        ("5.2.3790", "", "5.1", False),
        ("5.1.2600", "5.2", "", False),
        ("", "5.2", "", False),
        ("", "", "", True),
        ("10.0", "", "6.3", False),
    ],
)
def test_versions_compare_as_numbers(version: str, since: str, until: str, inside: bool) -> None:
    """10.0 is later than 6.1, and a bound speaks of all that begins like it."""
    assert model.within(version, since, until) is inside
