"""What programs read: JSON by schemas that are published, badges, and the lookup that other projects' tests import."""

import json
import os
import socket
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from matrix.errors import UsageError
from matrix.lookup import second_bind
from matrix.report.badges import badges
from matrix.report.chapters import Report
from matrix.report.schemas import ANSWERS, schemas
from matrix.report.tabular import report_json
from tests.conftest import ROOT
from tests.made_runs import MadeRun
from tests.reporter.conftest import PART, Typed

SCHEMAS = ROOT / "matrix" / "schemas"


def valid(name: str, text: str) -> Any:
    """A document that its schema accepts."""
    document = json.loads(text)
    Draft202012Validator(json.loads(schemas()[name])).validate(document)
    return document


def test_the_schemas_that_ship_are_those_of_the_records() -> None:
    """A record that changes changes its schema: UPDATE_GOLDEN=1 writes them."""
    if os.environ.get("UPDATE_GOLDEN"):
        for name, text in schemas().items():
            (SCHEMAS / name).write_text(text, "utf-8", newline="\n")
    assert {path.name: path.read_text("utf-8") for path in SCHEMAS.iterdir()} == schemas()


@pytest.mark.parametrize("name", [*(f"{command}.schema.json" for command in ANSWERS), "report.schema.json"])
def test_every_schema_is_one_and_refuses_what_is_none(name: str) -> None:
    """Of draft 2020-12; a key that nobody knows is refused."""
    schema = json.loads(schemas()[name])
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors({"no such key": 1}))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("advise", ("--goal", "restart", "--goal", "protect")),
        ("advise", ("--goal", "dual-stack", "--platform", "linux", "--platform", "windows")),
        ("advise", ()),
        ("advise", ("--runtimes",)),
        ("check", ()),
    ],
)
def test_what_commands_print_is_valid(typed: Typed, results: Path, command: str, words: tuple[str, ...]) -> None:
    """And says the same with `--format markdown`, without an escape on a terminal."""
    status, out, _ = typed(command, *words, "--format", "json", "--", results)
    assert (status, bool(valid(f"{command}.schema.json", out))) == (0, True)
    assert "|---|" in typed(command, *words, "--format", "markdown", "--", results)[1]


@pytest.mark.parametrize(
    ("command", "question", "key"),
    [
        ("explain", "reuseaddr twice", "answer"),
        ("explain", "since which version restart reuseaddr on linux", "answer"),
        ("explain", "macos 0.0.0.0 and [::]", "answer"),
        ("explain", "tcp ipv4 default@wildcard listening ipv4 *@specific same", "answer"),
        ("explain", "linger loss", "facts"),
        ("explain", "10013", "errors"),
        ("explain", "udp broadcast two receivers", "topic"),
        ("find", "share udp", "find"),
        ("find", "since which version restart", "find"),
    ],
)
def test_answers_to_questions_are_valid(typed: Typed, results: Path, command: str, question: str, key: str) -> None:
    """Whatever the kind of the question; with every case too where everything is wanted."""
    for more in ((), ("--all",)):
        found = valid(f"{command}.schema.json", typed(command, question, results, "--format", "json", *more)[1])
        assert (found["question"]["text"], key in found) == (question, True)


def test_diff_and_compare_are_valid(typed: Typed, results: Path) -> None:
    """With what changed, and with nothing."""
    one, other = results / "linux-6.1", results / "linux-6.2"
    found = valid("diff.schema.json", typed("diff", one, other, "--format", "json")[1])["differences"]
    assert found["changed"] == sum(shift["questions"] for shift in found["shifts"]) > 0
    assert valid("diff.schema.json", typed("diff", one, one, "--format", "json")[1])["differences"]["shifts"] == []
    found = valid("compare.schema.json", typed("compare", one, results, "--format", "json")[1])["comparison"]
    assert {each["target"] for each in found["meetings"]} == {"gvisor-1", "linux-6.2", "wine-8.0"}


def test_report_json_is_valid(report: Report) -> None:
    """The findings of every chapter."""
    valid("report.schema.json", report_json(report.view, report.findings))


def test_the_report_publishes_schemas_and_badges_beside_it(typed: Typed, tmp_path: Path) -> None:
    """The very files."""
    for target, system, version in (("linux-6.1", "linux", "6.1"), ("wine-8.0", "wine", "8.0")):
        MadeRun(target=target, system=system, version=version, selection=PART).write(tmp_path / "runs")
    typed("report", tmp_path / "runs", "--output", tmp_path)
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / "schemas").iterdir()} == schemas()
    assert {path.name for path in (tmp_path / "badges").iterdir()} > {"platforms.json", "linux-6.1.json", "wine-8.0.json"}


def test_badges_are_what_the_endpoint_reads(report: Report) -> None:
    """The four keys, and nothing that changes from day to day but the day of a run."""
    found = {name: json.loads(text) for name, text in badges(report).items()}
    assert all(set(each) == {"schemaVersion", "label", "message", "color"} and each["schemaVersion"] == 1 for each in found.values())
    assert found["platforms.json"]["message"] == f"{len(report.view.targets)} platforms measured"


def test_the_lookup_answers_for_a_platform(results: Path) -> None:
    """True, False, or neither with the reason."""
    found = second_bind("linux", results=[results])
    assert (found.succeeds, found.outcomes, found.reason) == (False, {"linux-6.1": "INUSE", "linux-6.2": "INUSE"}, "")
    shared = {"protocol": "udp", "first": "SO_REUSEADDR", "second": "SO_REUSEADDR", "results": [results]}
    assert second_bind("linux 6.1", **shared).succeeds is True  # type: ignore[arg-type]  # a table of keywords
    assert second_bind("linux", first_address="127.0.0.1", second_address="0.0.0.0", account="other", results=[results]).succeeds is False
    assert second_bind("windows", results=[results]).reason == "there is no run of this platform"
    assert second_bind("wine", account="other", results=[results]).reason == "it was not measured"


def test_the_lookup_says_that_runs_differ(tmp_path: Path) -> None:
    """It takes none for all."""
    MadeRun().write(tmp_path)
    MadeRun(target="linux-6.2", version="6.2", rule=lambda case, first, second: "").write(tmp_path)
    found = second_bind("linux", results=[tmp_path])
    assert (found.succeeds, found.reason) == (None, "the runs of this platform differ")


@pytest.mark.parametrize(
    ("words", "problem"),
    [({"first": "SO_REUSE"}, "first option 'SO_REUSE' is none of default"), ({"first_address": "8.8.8.8"}, "address '8.8.8.8' is none of"),
     ({"platform": "plan9"}, "no platform is named 'plan9'"), ({"protocol": "sctp"}, "protocol 'sctp' is none of tcp, udp")],
)  # fmt: skip
def test_the_lookup_refuses_words_that_are_none(results: Path, words: dict[str, str], problem: str) -> None:
    """With those that there are."""
    with pytest.raises(UsageError, match=problem):
        second_bind(**({"platform": "linux"} | words), results=[results])


@pytest.mark.skipif(sys.platform != "linux", reason="published runs of another system can't be held against this one")
def test_the_example_of_the_documentation_holds_here() -> None:
    """A second server gets the answer that was measured and published."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("0.0.0.0", 0))
        server.listen()
        known = second_bind(first="SO_REUSEADDR", second="SO_REUSEADDR", results=[ROOT / "results"])
        if known.succeeds is None:
            pytest.skip(known.reason)
        with socket.socket() as other, nullcontext() if known.succeeds else pytest.raises(OSError, match="in use"):
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(server.getsockname())
