"""What changed from version to version is said exactly: the sentences' descriptions hold for all that changed and for nothing else."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matrix.data.catalogue import Catalogue
from matrix.data.claims import load_claims
from matrix.data.history import load_history
from matrix.data.runs import Loader, Run, find_runs, load_runs
from matrix.findings import changes, versions
from matrix.findings.shifts import Having, Kind, Relation, Shift, relation
from matrix.findings.view import View
from matrix.records import Note
from matrix.report.blocks import plain_text
from matrix.report.phrases import shift_sentence
from tests.made_runs import MadeRun, reuse_decides

OPTIONS = ("default", "SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEADDR+SO_REUSEPORT")
PART = "tcp ipv4 * ipv4"
Rule = Callable[[Any, Any, Any], str]


def under_a_listener(case: Any, first: Any, second: Any) -> str:
    """A specific address can be bound under a listener's wildcard, whatever the options."""
    under = (case.state, first.address, second.address) == ("listening", "wildcard", "specific")
    return "" if under else reuse_decides(case, first, second)


def another_account_never_joins(case: Any, first: Any, second: Any) -> str:
    """Another account's second socket is refused where both have SO_REUSEADDR, unless both have SO_REUSEPORT, too."""
    both = [set(spec.option.split("+")) for spec in (first, second)]
    if case.account == "other" and all("SO_REUSEADDR" in each for each in both) and not all("SO_REUSEPORT" in each for each in both):
        return "EACCES"
    return reuse_decides(case, first, second)


def refused_by_another_error(case: Any, first: Any, second: Any) -> str:
    """What is refused is refused with EACCES."""
    return "EACCES" if reuse_decides(case, first, second) else ""


def two_versions(tmp_path: Path, rule: Rule) -> tuple[Run, Run, Catalogue]:
    """A version that `reuse_decides`, and the next."""
    loader, found = Loader(), []
    for version, each in (("6.1", reuse_decides), ("6.2", rule)):
        made = MadeRun(target=f"linux-{version}", version=version, options=OPTIONS, selection=PART, rule=each)
        run = loader.load(made.write(tmp_path))
        assert isinstance(run, Run)
        found.append(run)
    return found[0], found[1], loader.catalogue


def changed(tmp_path: Path, rule: Rule) -> tuple[Shift, ...]:
    """What a second version answers otherwise than the first."""
    old, new, catalogue = two_versions(tmp_path, rule)
    return tuple(each for each in changes.between(old, new, catalogue) if each.measure == "bind")


def test_what_is_let_in_whatever_the_options(tmp_path: Path) -> None:
    """One sentence for all options and accounts, and the pair of addresses."""
    (each,) = changed(tmp_path, under_a_listener)
    assert (each.kind, each.states, each.having, each.unless, each.any_account) == (Kind.ALLOWED, ("listening",), Having(), (), True)
    assert each.questions == each.of
    assert set(each.relations) == {Relation.NARROWER}
    assert plain_text(shift_sentence(each)) == (
        f"TCP, 0.0.0.0 then 127.0.0.1, the first one listening: the second bind now succeeds, whatever the options; it was refused with "
        f"INUSE ({each.questions} questions)."
    )


def test_a_condition_and_its_exception_are_named(tmp_path: Path) -> None:
    """The setting that both have, the setting that saves them, and whose sockets they are."""
    found = changed(tmp_path, another_account_never_joins)
    (each,) = (one for one in found if one.states == ("peer-closed", "reset"))
    assert (each.kind, each.accounts, each.after) == (Kind.REFUSED, ("other",), ("ACCESS",))
    assert each.having.both == "SO_REUSEADDR"
    assert [one.both for one in each.unless] == ["SO_REUSEADDR+SO_REUSEPORT"]
    assert each.questions == each.of
    words = plain_text(shift_sentence(each))
    assert "is now refused with ACCESS if both have SO_REUSEADDR and the second belongs to another account" in words
    assert "unless both have SO_REUSEADDR+SO_REUSEPORT; it succeeded" in words


def test_every_sentence_is_whole(tmp_path: Path) -> None:
    """No words run together, whatever the condition."""
    for rule in (under_a_listener, another_account_never_joins, refused_by_another_error):
        for each in changed(tmp_path / rule.__name__, rule):
            words = plain_text(shift_sentence(each))
            assert words.endswith("questions).") or words.endswith("question).")
            assert not re.search(r"\bif(?! )\w|  | ,|\bif,|\{|\}", words), words


def test_another_error_is_no_new_refusal(tmp_path: Path) -> None:
    """The sentence says instead of which."""
    found = changed(tmp_path, refused_by_another_error)
    assert {each.kind for each in found} == {Kind.ERROR}
    assert all("is refused with ACCESS instead of INUSE" in plain_text(shift_sentence(each)) for each in found)


@pytest.mark.parametrize("rule", [under_a_listener, another_account_never_joins, refused_by_another_error])
def test_every_change_is_in_one_sentence(tmp_path: Path, rule: Rule) -> None:
    """The numbers add up to those of the runs, and exact ones say of how many."""
    old, new, catalogue = two_versions(tmp_path, rule)
    met, *_ = changes.meeting(old, new, catalogue)
    every = changes.between(old, new, catalogue)
    assert sum(each.questions for each in every) == met.questions - met.equal > 0
    assert all(each.questions <= each.of for each in every)
    assert changes.between(old, old, catalogue) == ()


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (("ipv4", "wildcard"), ("ipv4", "wildcard"), Relation.SAME),
        (("ipv4", "wildcard"), ("dual", "mapped-wildcard"), Relation.SAME),
        (("ipv4", "wildcard"), ("ipv4", "specific"), Relation.NARROWER),
        (("ipv6", "wildcard"), ("ipv6", "specific"), Relation.NARROWER),
        (("ipv6", "specific"), ("dual", "wildcard"), Relation.WIDER),
        (("ipv6", "wildcard"), ("dual", "wildcard"), Relation.WIDER),
        (("ipv4", "specific"), ("ipv4", "other-specific"), Relation.APART),
        (("ipv4", "wildcard"), ("ipv6", "wildcard"), Relation.APART),
    ],
)
def test_how_addresses_lie_to_each_other(first: tuple[str, str], second: tuple[str, str], expected: Relation) -> None:
    """By what the two serve; a wildcard serves more than the addresses that were asked."""
    assert relation(first, second) == expected


def test_user_mode_linux_stands_in_linux_line_and_what_changes_back_is_said(tmp_path: Path) -> None:
    """6.2 lets something in, 6.3 does not any more: as in 6.1."""
    for version, system, rule in (
        ("6.1", "linux", reuse_decides),
        ("6.2", "user-mode-linux", under_a_listener),
        ("6.3", "linux", reuse_decides),
    ):
        MadeRun(target=f"{system}-{version}", version=version, system=system, options=OPTIONS, selection=PART, rule=rule).write(tmp_path)
    view = View(claims=load_claims(), runs=load_runs(find_runs([tmp_path])))
    (line,) = versions.versions(view)
    assert (line.system, [each.target for each in line.releases]) == ("linux", ["linux-6.1", "user-mode-linux-6.2", "linux-6.3"])
    there, back = line.steps
    assert {each.as_in for each in there.changes} == {""}
    assert {each.as_in for each in back.changes} == {"6.1"}


# History

NOTE = {
    "line": "linux", "after": "6.1", "until": "6.2", "kind": "allowed", "protocol": "tcp", "measure": "bind", "state": "listening",
    "first": "ipv4 wildcard", "second": "ipv4 specific", "repository": "torvalds/linux", "revision": "0123456789ab", "title": "t",
    "text": "x", "read": "2026-11-25",
}  # fmt: skip


def written(folder: Path, **changed: str) -> Path:
    """A file of one note."""
    path = folder / "history.toml"
    path.write_text("[[note]]\n" + "\n".join(f'{name} = "{value}"' for name, value in (NOTE | changed).items()), "utf-8")
    return path


def test_the_history_that_ships_is_good() -> None:
    """Every note names a commit, and no two the same change."""
    claims = load_claims()
    assert len(claims.history) == len({(each.after, each.until, each.revision) for each in claims.history}) > 0


def test_a_note_stands_beside_the_change_that_it_speaks_of(tmp_path: Path) -> None:
    """All its words fit, and the versions lie around the step."""
    (note,), faults = load_history(written(tmp_path))
    assert faults == ()
    (each,) = changed(tmp_path / "runs", under_a_listener)
    assert versions.speaks_of(note, each)
    assert versions.covers(note, "6.1.7", "6.2")
    assert not versions.covers(note, "6.2", "6.3")
    assert not versions.covers(note, "6.1", "6.3")
    assert not versions.speaks_of(Note(**(NOTE | {"state": "bound"})), each)
    assert not versions.speaks_of(Note(**(NOTE | {"first": "ipv6 wildcard"})), each)
    assert versions.speaks_of(Note(**(NOTE | {"first": "", "second": ""})), each)


@pytest.mark.parametrize(
    ("name", "value"),
    [("line", "beos"), ("after", "six"), ("until", "6.1"), ("kind", "nice"), ("state", "asleep"), ("first", "ipv4"), ("repository", "linux"),
     ("revision", "main"), ("read", "today"), ("title", "x" * 500)],
)  # fmt: skip
def test_a_note_that_is_none_is_named_with_what_is_wrong(tmp_path: Path, name: str, value: str) -> None:
    """And left out."""
    notes, faults = load_history(written(tmp_path, **{name: value}))
    assert notes == ()
    assert len(faults) == 1
    assert value[:20] in str(faults[0])
    path = tmp_path / "history.toml"
    path.write_text('[[note]]\nline = "linux"\n', "utf-8")
    assert "other keys" in str(load_history(path)[1][0])
    assert load_history(tmp_path / "absent") == ((), ())
