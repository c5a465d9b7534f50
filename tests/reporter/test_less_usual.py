"""What findings and chapters do with data that the four published runs of the tests don't hold."""

from dataclasses import replace
from pathlib import Path

import pytest

from matrix.data.claims import load_claims
from matrix.data.runs import Loader, Run, find_runs, load_runs
from matrix.findings import accounts, changes, hijack, lookup, platforms, summary
from matrix.findings.classes import Column, Columns, Departure
from matrix.findings.closed import HostFact
from matrix.findings.goals import Line
from matrix.findings.places import Part
from matrix.findings.platforms import LeftOut, Legs
from matrix.findings.sockets import Listen, Pair, PairTable
from matrix.findings.traffic import Split
from matrix.findings.view import View, family_words
from matrix.judge import Judgement
from matrix.records import Claim, Leg
from matrix.report import answers, closed, phrases, sockets, traffic, words
from matrix.report import platforms as platforms_chapter
from matrix.report.blocks import plain_text
from matrix.report.markdown import markdown
from matrix.vocabulary import KEYS, NOT_MEASURED, WORDS
from tests.made_runs import MadeRun, everything_is_refused, everything_succeeds
from tests.reporter.conftest import PART


def view_of(folder: Path, *made: MadeRun) -> View:
    for each in made:
        each.write(folder)
    view = View(claims=load_claims(), runs=load_runs(find_runs([folder])))
    assert view.runs.faulty == ()
    return view


def claim_about(**cells: str) -> Claim:
    pattern = tuple(cells.get(column, "") for column in KEYS)
    return Claim(id="made/x/1", source="made", kind="cell", section="x", system="linux", since="", until="", pattern=pattern,
                 expected="SUCCESS", statement="x")  # fmt: skip


def test_the_reason_of_an_account_comes_before_that_of_an_option(tmp_path: Path) -> None:
    """Whichever account it is: of a run that measured nothing with the same account, that is why an option was not met."""
    view = view_of(tmp_path, MadeRun(selection=PART, absent=("same",)))
    claim = claim_about(protocol="tcp", second_option="SO_REUSEPORT", account="same", measure="bind")
    judgement = Judgement((claim,), view.runs)
    assert judgement.reason_unmet(claim, "linux-6.1") == "no other account could be had, it says"


@pytest.mark.parametrize(
    ("first", "second", "name"), [("ipv4", "ipv4", "ipv4"), ("ipv4", "dual", "ipv4 then dual"), ("dual", "ipv4", "dual then ipv4")]
)
def test_families_of_a_pair_are_named_in_their_order(first: str, second: str, name: str) -> None:
    """And once where both are one."""
    assert family_words(first, second) == name


def test_a_listener_that_nothing_joins_is_shown_all_the_same(tmp_path: Path, view: View) -> None:
    """With every option that was asked, whatever the only answer was; another option's success is not its own."""
    found = summary.protection(view_of(tmp_path, MadeRun(rule=everything_is_refused, selection="tcp ipv4 listening ipv4 same")))
    assert [(each.option, each.same, each.overlapping) for each in found] == [("default", (), ()), ("SO_REUSEADDR", (), ())]
    assert {(each.same, each.overlapping) for each in summary.protection(view) if each.option == "default"} == {((), ())}


def test_only_a_socket_that_serves_can_lose_traffic(tmp_path: Path) -> None:
    """A TCP socket that is only bound serves nobody."""
    view = view_of(tmp_path, MadeRun(target="linux-part", selection=PART))
    assert hijack.holders(view, "linux-part") == []


def test_changes_come_in_the_vocabularys_order(tmp_path: Path) -> None:
    """Case by case, and in a case by measure."""
    loader = Loader()
    old, new = (
        loader.load(MadeRun(target="linux-x", selection="ipv4 * ipv4 same", rule=rule).write(tmp_path / name))
        for name, rule in (("old", everything_succeeds), ("new", everything_is_refused))
    )
    assert isinstance(old, Run)
    assert isinstance(new, Run)
    found = changes.drift(old, new, loader.catalogue).changes
    order = [tuple(WORDS[column].index(word) for column, word in zip(KEYS, each.question, strict=True)) for each in found]
    assert len(order) > 100
    assert order == sorted(order)


def test_faults_that_are_too_many_to_show_are_counted(tmp_path: Path) -> None:
    """In the finding and in the report."""
    folder = MadeRun(target="linux-part", selection=PART).write(tmp_path)
    data = (folder / "observations.csv").read_bytes()
    (folder / "observations.csv").write_bytes(data.replace(b",INUSE,", b",NOWHERE,"))
    view = View(claims=load_claims(), runs=load_runs([folder]))
    (faulty,) = view.runs.faulty
    found = platforms.left_out(view)
    assert found is not None
    assert found.runs == (("linux-part", tuple(map(str, faulty.faults[:3])), len(faulty.faults) - 3),)
    assert len(faulty.faults) > 6


def test_of_a_run_that_is_left_out_the_reasons_are_named() -> None:
    """And more only where there are more."""
    text = markdown(platforms_chapter.left_out(LeftOut(runs=(("a", ("x", "y"), 3), ("b", ("z",), 0)), claims=("c",))))
    assert text.startswith("## Left out\n")
    assert [line for line in text.splitlines() if line.startswith("- ")] == ["- **a**: x; y; and 3 more", "- **b**: z", "- c"]


def test_a_leg_that_may_fail_says_so() -> None:
    """And no other one."""
    legs = tuple(Leg(target=name, state="missing", shown="", reason="r", may_fail=name == "a") for name in ("a", "b"))
    rows = [line for line in markdown(platforms_chapter.legs(Legs(legs=legs, absent=2))).splitlines() if line.startswith("| `")]
    assert ["(may fail)" in row for row in rows] == [True, False]


def test_pairs_for_which_listen_was_refused_are_named() -> None:
    """And more only where there are more; a dash for none."""

    def shown(pairs: tuple[tuple[str, str], ...], more: int) -> str:
        return plain_text(sockets.option_pairs(Listen(platforms="p", asked=9, refused=5, pairs=pairs, more=more)))

    assert shown((("a", "b"), ("c", "d")), 3) == "a then b, c then d, and 3 more"
    assert shown((("a", "b"),), 0) == "a then b"
    assert shown((), 0) == "—"


def test_a_pair_on_which_platforms_differ_is_a_row() -> None:
    """Family, option and address of each socket, then each column's answer."""
    columns = Columns(shown=(Column(name="p", members=("p",)), Column(name="q", members=("q",))))
    pair = Pair(first=("ipv4", "default", "wildcard"), second=("dual", "SO_REUSEADDR", "specific"), answers=((Part("INUSE", ""),), ()))
    text = markdown(sockets.pair_table(PairTable(columns=columns, differing=(pair,), common=())))
    assert text.splitlines()[-1] == "| ipv4 `default` wildcard | dual `SO_REUSEADDR` specific | INUSE |  |"
    assert sockets.pair_table(PairTable(columns=columns, differing=(), common=())) == []


def test_classes_without_a_column_are_named_up_to_a_number() -> None:
    """The rest are counted."""

    def shown(number: int) -> str:
        omitted = tuple(Departure(name=f"n{each}", nearest="p", differences=1, questions=2) for each in range(number))
        return markdown(words.omitted(Columns(shown=(), omitted=omitted)))

    assert "more classes" not in shown(words.MAX_OMITTED)
    assert "and 1 more classes of platforms" in shown(words.MAX_OMITTED + 1)
    assert words.omitted(Columns(shown=())) == []


def test_shares_of_split_traffic_are_percentages() -> None:
    """Of all that was sent, not of the splits."""
    found = (Split(name="Linux 6.1", target="p", protocol="udp", splits=2, sent=400, first=100, least=20.0, most=30.0),)
    assert markdown(traffic.splits(found)).splitlines()[-1].endswith("| 400 | 25.0 % | 20 to 30 % |")


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(1, 4, "25.0 %"), (9999, 10000, "over 99.9 %"), (1, 10000, "under 0.1 %"), (4, 4, "100.0 %"), (0, 4, "0.0 %"), (0, 0, "0.0 %")],
)
def test_what_is_not_all_is_not_rounded_to_all(part: int, whole: int, shown: str) -> None:
    """Nor what is there to nothing."""
    assert words.percent(part, whole) == shown


@pytest.mark.parametrize(("other", "shown"), [(True, "another account"), (False, "")])
def test_a_fact_of_the_host_says_whose_it_is(other: bool, shown: str) -> None:
    """Only where it is another account's."""
    found = HostFact(measure="available", protocol="udp", options=("SO_REUSEADDR",), other_account=other, answers=((("SUCCESS", 1),), ()))
    assert closed.fact(found) == ("available", "UDP SO_REUSEADDR", shown, "SUCCESS", "")


def test_what_only_one_of_two_runs_measured_is_counted_question_by_question(tmp_path: Path) -> None:
    """As reading both files line by line counts it; what was not measured is no answer."""
    one = MadeRun(target="linux-a", selection="tcp ipv4 bound ipv4 *", absent=("others",)).write(tmp_path)
    other = MadeRun(target="linux-b", selection="tcp ipv4 bound ipv4 *", rule=everything_is_refused, absent=("other",)).write(tmp_path)
    loader = Loader()
    old, new = loader.load(one), loader.load(other)
    assert isinstance(old, Run)
    assert isinstance(new, Run)
    found = changes.differences(old, new, loader.catalogue)
    asked = []
    for folder in (one, other):
        _, *rows = (folder / "observations.csv").read_text("utf-8").splitlines()
        cells = [row.split(",") for row in rows]
        asked.append({tuple(row[:10]) for row in cells if row[10] not in NOT_MEASURED})
    assert (found.questions, found.only_old, found.only_new) == (
        len(asked[0] & asked[1]), len(asked[0] - asked[1]), len(asked[1] - asked[0])
    )  # fmt: skip
    assert found.only_old > 0 < found.only_new
    back = changes.differences(new, old, loader.catalogue)
    assert (back.questions, back.only_old, back.only_new) == (found.questions, found.only_new, found.only_old)


def test_a_case_is_ordinary_where_neither_address_is_mapped(tmp_path: Path) -> None:
    """Of losses: one mapped address is enough to count a case aside."""
    view = view_of(tmp_path, MadeRun(options=("default", "SO_REUSEADDR"), selection="udp * bound * same"))
    found = hijack.Losses(view)
    pairs = zip(view.column(found.questions, "first_address"), view.column(found.questions, "second_address"), strict=True)
    plain = [not any(address.startswith("mapped-") for address in pair) for pair in pairs]
    assert found.ordinary.tolist() == plain
    assert len({tuple(address.startswith("mapped-") for address in pair) for pair in zip(
        view.column(found.questions, "first_address"), view.column(found.questions, "second_address"), strict=True)}) > 2  # fmt: skip


def test_a_case_that_no_run_has_is_no_case(tmp_path: Path) -> None:
    """Asked for by its words, it gives nothing to show."""
    view = view_of(tmp_path, MadeRun(selection=PART))
    words = ("udp", "ipv4", "default", "wildcard", "bound", "ipv4", "default", "wildcard", "same")
    assert lookup.every_measure(view, words) == ()
    assert len(lookup.every_measure(view, ("tcp", *words[1:]))) == 1


def test_without_other_accounts_there_is_nothing_to_compare(tmp_path: Path) -> None:
    """No case, and no place where one would be."""
    view = view_of(tmp_path, MadeRun(selection=PART))
    found = accounts.with_every_account(view, view.targets[0], accounts.by_account(view))
    assert (len(found.questions), found.outcomes) == (0, ())


def test_no_claim_meets_nothing(tmp_path: Path) -> None:
    """Nor does a claim about what nobody asked."""
    view = view_of(tmp_path, MadeRun(selection=PART))
    for claims in ((), (claim_about(protocol="udp", measure="bind"),)):
        judgement = Judgement(claims, view.runs)
        assert [len(each) for each in judgement.pairs] == [0, 0]


def test_receivers_are_shown_where_only_one_phase_was_measured() -> None:
    """While both lived, or after the first had closed; nothing where neither was."""
    second = (("second", ()),)
    assert [plain_text(traffic.phases(*both)) for both in ((second, ()), ((), second), ((), ()))] == ["second → ", " → second", ""]


@pytest.mark.parametrize(("numbers", "shown"), [([8], "8"), ([10, 8, 9], "8 to 10"), ([1200, 1200], "1,200")])
def test_many_numbers_are_their_range(numbers: list[int], shown: str) -> None:
    """One where all are the same."""
    assert phrases.between(numbers) == shown


def test_of_many_platforms_a_first_answer_has_the_range() -> None:
    """A newcomer reads no list of ten; of few each is named."""
    effects = [
        accounts.Effect(platforms=f"Linux 6.{number}", cases=4000, changed=500 + number, by_account=(), changes=()) for number in range(6)
    ]

    def answer(members: list[accounts.Effect]) -> str:
        found = accounts.Accounts(had=(), tables=(), columns=Columns(shown=()), effects=tuple(members), joinable=())
        return plain_text(answers.accounts({"accounts": found}))

    assert answer(effects) == "Whose the two sockets are changes the answer in 500 to 505 of 4,000 cases, by platform."
    few = "Whose the two sockets are changes the answer in 501 of 4,000 cases on Linux 6.1; in 500 of 4,000 cases on Linux 6.0."
    assert answer(effects[:2]) == few


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (None, "on Windows, by documents, tests and reports, nothing is known"),
        ((), "on Windows, by documents, tests and reports, none is known"),
        (("SO_REUSEADDR", "default"), "on Windows, by documents, tests and reports, none is needed"),
        (("SO_EXCLUSIVEADDRUSE",), "on Windows, by documents, tests and reports, SO_EXCLUSIVEADDRUSE"),
    ],
)
def test_what_others_say_a_server_needs(options: tuple[str, ...] | None, said: str) -> None:
    """The smallest option, none, or that nobody knows."""
    line = summary.HeardLine(goals=("restart",), protocol="tcp", system="windows", options=options)
    assert plain_text(answers.heard_need(line)) == said


@pytest.mark.parametrize(
    ("options", "missing", "known", "said"),
    [
        ((("", "default"),), (), True, "on Linux 6.1 none is needed"),
        ((("", "SO_REUSEADDR"),), (), True, "SO_REUSEADDR on Linux 6.1"),
        ((("one socket", "default"),), (), True, "one socket: no option on Linux 6.1"),
        ((), ("restarts",), True, "on Linux 6.1 none does"),
        ((), ("keeps-other",), False,
         "on Linux 6.1 that is not known, because it was not measured there whether another account's socket can take traffic"),
    ],
)  # fmt: skip
def test_what_a_server_needs_in_a_clause(options: tuple[tuple[str, str], ...], missing: tuple[str, ...], known: bool, said: str) -> None:
    """Enough, needed by nobody, not enough, or not known."""
    line = Line(
        goals=("restart",), protocol="tcp", platforms="Linux 6.1", complete=bool(options), options=options, missing=missing, known=known
    )
    assert plain_text(answers.need(line)) == said


@pytest.mark.parametrize(
    ("stricter", "weaker", "wrong_error", "said"),
    [
        (0, 0, 0, "On Wine 8.0, 18 of the 36 cells of the guide's table hold in every situation."),
        (14, 1, 4, "On Wine 8.0, 18 of the 36 cells of the guide's table hold in every situation; in 14 the second socket is refused, in some "
         "situation at least, and the table lets it in; in 1 it gets in and the table refuses it; in 4 it is refused with another error."),
    ],
)  # fmt: skip
def test_on_which_side_an_imitation_errs(stricter: int, weaker: int, wrong_error: int, said: str) -> None:
    """What does not occur is not named; of many platforms there is the range of what holds."""
    found = summary.Fidelity(platforms="Wine 8.0", what="Wine 8.0", whole=18, partly=0, stricter=stricter, weaker=weaker,
                             wrong_error=wrong_error, cells=36, departures=())  # fmt: skip
    assert plain_text(answers.faithful(found)) == said
    five = tuple(replace(found, whole=16 + number) for number in range(5))
    many = plain_text(answers.verdicts({"in_short": summary.InShort(guide="", conflicts=(), fidelity=five, protection=())}))
    assert many.endswith("? By platform, 16 to 20 of the 36 cells of the guide's table hold in every situation.")
    assert answers.verdicts({"in_short": summary.InShort(guide="", conflicts=(), fidelity=(), protection=())}) == ()
