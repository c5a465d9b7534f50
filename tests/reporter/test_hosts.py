"""host.json is read as it says of itself, every field typed and bounded; the controls that it must name."""

import json
from pathlib import Path
from typing import Any

import pytest

from matrix.data.runs import Run
from tests.made_runs import MadeRun, set_fact
from tests.reporter.conftest import PART
from tests.reporter.spoiled import answer, edit, faults, load


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("schema", 1, "schema is not 2: '1'"),
        ("schema", True, "schema is not of type int"),
        ("vocabulary", 99, "vocabulary is newer than this program's"),
        ("vocabulary", 0, "vocabulary is not between 1 and"),
        ("system", "<b>linux", "system is none of its words"),
        ("system", "plan9", "system is none of its words"),
        ("version", "six", "version is not a dotted number"),
        ("version", "6.", "version is not a dotted number"),
        ("target", "reactos-0.4", "the target is named reactos, and the probe found linux"),
        ("target", "../etc", "target is not a plain word"),
        ("target", "Linux", "target is not a name: 'Linux'"),
        ("measured", "yesterday", "measured is not a day"),
        ("measured", "2026-99-99", "measured is not a day"),
        ("measured", "2099-12-31", "measured is after today, 2026-11-25"),
        ("measured", "2026-11-27", "measured is after today"),
        ("repeat", -5, "repeat is not between 1 and"),
        ("repeat", True, "repeat is not of type int"),
        ("repeat", 101, "repeat is not between 1 and 100"),
        ("rows", 1, "rows does not match"),
        ("rows", True, "rows does not match"),
        ("sha256", "0" * 64, "sha256 is not that of observations.csv"),
        ("probe.sha256", "x", "probe.sha256 is no SHA-256"),
        ("counts", {"rows": 0, "sha256": "0"}, "sha256 is not that of counts.csv"),
        ("counts", None, "says nothing of counts.csv"),
        ("kernel", "x" * 201, "kernel is not a plain word"),
        ("kernel", "a\nb", "kernel is not a plain word"),
        ("name", "::error::x", "name is not a plain word"),
        ("selection", "\x1b[31mred", "selection is not a plain word"),
        ("no_wildcard", 1, "no_wildcard is not of type bool"),
        ("options", ["default", "SO_MAGIC"], "must name options of the vocabulary"),
        ("options", ["SO_REUSEADDR"], "must name options of the vocabulary, each once, and default"),
        ("options", ["default", "default"], "must name options of the vocabulary, each once"),
        ("options", ["default", "SO_EXCLUSIVEADDRUSE"], "names what linux does not define"),
        ("options", [{}], "must name options of the vocabulary"),
        ("imitates", {"system": "windows", "version": "6.1"}, "imitates is not what linux imitates"),
        ("imitates", "windows", "imitates is not of type dict"),
        ("python", None, "python is not of type dict"),
        ("python.bits", "64", "python.bits is not of type int"),
        ("python.bits", 15, "python.bits is not between"),
        ("python.bits", 129, "python.bits is not between"),
        ("account", "god", "account is none of its words"),
        ("accounts", "all", "accounts is not of type dict"),
        ("accounts", {"ours": {}}, "accounts.a name is none of its words: 'ours'"),
        ("accounts", {"own": {"role": "\x1b[31m", "method": "", "reason": "", "elevated": None}}, "accounts.own.role is none of its words"),
        ("accounts", {"own": {"role": "standard", "method": "", "reason": "\x1b", "elevated": None}}, "accounts.own.reason holds text"),
        ("accounts", {"own": {"role": "standard", "method": "", "reason": "", "elevated": "yes"}}, "accounts.own.elevated is neither"),
        ("stated", {"runsc": "x" * 999}, "stated.runsc is not a plain word"),
        ("stated", {str(n): "x" for n in range(101)}, "stated has more than 100 entries"),
        ("stated", {"<b>": "x"}, "stated.a name is not a plain word"),
        ("settings", {"net": 1}, "settings.net is not text"),
        ("ports.ephemeral", [[1, 65536]], "ports.ephemeral holds what is no range"),
        ("ports.ephemeral", [[-1, 1]], "ports.ephemeral holds what is no range"),
        ("ports.ephemeral", [[2, 1]], "ports.ephemeral holds what is no range"),
        ("ports.excluded", [["a", "b"]], "ports.excluded holds what is no range"),
        ("other_specific", "moon", "other_specific is none of its words"),
        ("controls", [], "11 controls from before the run are missing: 'three-processes, tcp-first-alone"),
        ("controls", "all", "controls is no list"),
        ("controls", [{"when": "before"}, {"when": "after"}], "not a control that the probe asks"),
        ("controls", [["x"]], "not a control that the probe asks"),
        ("controls", [{"name": "x", "when": "before", "expected": "a", "observed": "a"}], "not a control that the probe asks"),
        ("controls", [{"name": "tcp-same-port", "when": "during", "expected": "refused", "observed": "refused"}], "not a control that the probe asks"),
        ("controls", [{"name": "tcp-same-port", "when": "before", "expected": "SUCCESS", "observed": "SUCCESS"}], "a control failed, so the run is void"),
    ],
)  # fmt: skip
def test_a_wrong_host_is_named(part: Path, field: str, value: Any, expected: str) -> None:
    """Each field is checked, and a failed control voids the run."""
    set_fact(part, field, value)
    assert expected in faults(part)


@pytest.mark.parametrize(("account", "when"), [("", "before"), ("", "after"), ("other-", "after"), ("others-", "before")])
def test_controls_are_wanted_before_and_after_of_every_account_that_was_measured(tmp_path: Path, account: str, when: str) -> None:
    """A missing one voids the run as a wrong one does."""
    folder = MadeRun(options=("default",)).write(tmp_path)
    controls = json.loads((folder / "host.json").read_text())["controls"]
    name = f"{account}udp-after-close"
    left = [each for each in controls if (each["name"], each["when"]) != (name, when)]
    assert len(left) == len(controls) - 1
    set_fact(folder, "controls", left)
    assert f"1 controls from {when} the run are missing: '{name}'" in faults(folder)
    wrong = [
        each | {"observed": "SUCCESS" if each["observed"] == "refused" else "3"}
        if (each["name"], each["when"]) == (f"{account}udp-same-port", when)
        else each
        for each in controls
    ]
    set_fact(folder, "controls", wrong)
    assert "a control failed, so the run is void" in faults(folder)


def test_of_an_account_that_was_not_measured_no_control_is_wanted(tmp_path: Path) -> None:
    """And a wrong one is why it was not measured."""
    made = MadeRun(options=("default",), absent=("other",))
    made.facts["controls"].append({"name": "other-tcp-same-port", "when": "before", "expected": "refused", "observed": "SUCCESS"})
    assert isinstance(load(made.write(tmp_path)), Run)


def test_a_host_is_read_as_it_says_of_itself(part: Path) -> None:
    """Every field; bounds are allowed."""
    for name, value in {
        "ports.ephemeral": [[0, 65535], [7, 7]],
        "python.bits": 16,
        "repeat": 1,
        "stated": {"runsc": "1.0"},
        "kernel": "x" * 200,
        "container": "docker",
    }.items():
        set_fact(part, name, value)
    edit(part, lambda data: data.replace(b",3,3,", b",1,1,"))
    run = load(part)
    assert isinstance(run, Run), run.faults
    host = run.host
    assert (host.target, host.system, host.version, host.name, host.kernel) == ("linux-part", "linux", "6.1", "Linux 6.1", "x" * 200)
    assert (host.python, host.machine, host.account, host.container) == ("CPython 3.13.1 (16 bit)", "x86_64", "administrator", "docker")
    assert (host.measured, host.repeat, host.selection, host.no_wildcard) == ("2026-11-24", 1, PART, False)
    assert (host.options, host.vocabulary, host.probe_version, host.probe_sha256) == (("default", "SO_REUSEADDR"), 1, "0.2.0", "0" * 64)
    assert (host.other_specific, host.ephemeral, host.multicast, host.stated) == (
        "loopback",
        ((0, 65535), (7, 7)),
        {"ipv4": "loopback"},
        {"runsc": "1.0"},
    )
    assert (str(host.accounts["third"]), host.accounts["third"].method, host.imitates) == ("standard", "setuid", None)


@pytest.mark.parametrize("day", ["2026-11-24", "2026-11-25", "2026-11-26"])
def test_a_run_of_tomorrow_may_be_todays_elsewhere(part: Path, day: str) -> None:
    """The day after that is none yet."""
    set_fact(part, "measured", day)
    assert isinstance(load(part), Run)


def test_what_a_wine_imitates_is_read(tmp_path: Path) -> None:
    """With its version; the elevation of an account is named."""
    folder = MadeRun(target="wine-8.0", system="wine", version="8.0", selection=PART).write(tmp_path)
    set_fact(folder, "accounts.own.elevated", True)
    run = load(folder)
    assert isinstance(run, Run)
    assert run.host.imitates is not None
    assert (run.host.imitates.system, run.host.imitates.version) == ("windows", "6.1.7601")
    assert str(run.host.accounts["own"]) == "standard (elevated)"


def test_an_older_run_is_accepted_as_older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was asked other questions, so that its cases can't be held against today's; what it says is checked all the same."""
    folder = MadeRun(target="linux-part", selection=PART, changed={"selection": ""}).write(tmp_path)
    assert "cases are missing" in faults(folder)
    monkeypatch.setattr("matrix.data.host.VOCABULARY", 2)
    monkeypatch.setattr("matrix.data.whole.VOCABULARY", 2)
    run = load(folder)
    assert isinstance(run, Run)
    assert run.host.vocabulary == 1
    edit(folder, answer("PERHAPS"))
    assert "unknown outcome" in faults(folder)
    one_case = MadeRun(
        target="linux-one", selection="tcp ipv4 default@specific bound ipv4 default@specific same", changed={"selection": ""}
    )
    assert isinstance(load(one_case.write(tmp_path)), Run)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "\xff", '{"a": 1e999}', '{"a": NaN}', '{"a": 1, "a": 2}', "null", '{"a": ' + "9" * 5000 + "}"],
                         ids=["empty", "half", "list", "deep", "other", "infinite", "no number", "twice", "nothing", "long"])  # fmt: skip
def test_a_host_that_is_no_json_object_is_named(part: Path, text: str) -> None:
    """Whatever it holds instead."""
    (part / "host.json").write_text(text, "latin-1")
    assert "host.json" in faults(part)
