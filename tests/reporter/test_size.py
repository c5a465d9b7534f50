"""Forty platforms make a report that GitHub shows, even where each departs in its own way."""

import random

import pytest

from matrix.data.claims import load_claims
from matrix.data.evidence import load_evidence
from matrix.data.runs import find_runs, load_runs
from matrix.data.statements import load_statements
from matrix.findings.view import View
from matrix.report.chapters import compose
from matrix.site.files import rendered
from tests.bench_reporter import varied
from tests.made_runs import MadeRun

OPTIONS = ("default", "SO_REUSEADDR")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The report of forty runs of four systems; in each, 0.5 % of the outcomes are changed, its own."""
    folder = tmp_path_factory.mktemp("forty")
    bases = [MadeRun(target=system, system=system, options=OPTIONS) for system in ("linux", "freebsd", "gvisor")]
    bases.append(MadeRun(target="wine", system="wine", options=(*OPTIONS, "SO_EXCLUSIVEADDRUSE")))
    for turn in range(40):
        base, chance = bases[turn % 4], random.Random(turn)
        made = MadeRun(
            target=f"{base.target}-{turn}",
            system=base.system,
            version=f"5.{turn}",
            options=base.options,
            selection="none",
            changed={"selection": ""},
        )
        made.facts["accounts"], made.facts["controls"] = base.facts["accounts"], base.facts["controls"]
        made.rows, made.counts = [varied(row, chance) for row in base.rows], base.counts
        made.write(folder)
    claims = load_claims()
    runs = load_runs(find_runs([folder]))
    view = View(claims=claims, runs=runs, evidence=load_evidence(), statements=load_statements(claims))
    assert (len(view.targets), view.runs.faulty) == (40, ())
    return rendered(compose(view))


def test_it_can_be_shown(files: dict[str, str]) -> None:
    """At most 300 KB of Markdown and 3 MB of page."""
    assert len(files["REPORT.md"].encode()) <= 300_000
    assert len(files["index.html"].encode()) <= 3_000_000


def test_every_platform_is_named_in_it(files: dict[str, str]) -> None:
    """Whatever has no column of its own."""
    assert [n for n in range(40) if f"`{('linux', 'freebsd', 'gvisor', 'wine')[n % 4]}-{n}`" not in files["REPORT.md"]] == []
    assert "Without a column of their own" in files["REPORT.md"]
    assert "more classes of platforms" in files["REPORT.md"]
