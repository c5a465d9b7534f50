"""Two accounts: which there were, the guide's two tables, and what the account changes."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from matrix.findings.classes import Columns, columns_by, named
from matrix.findings.documents import Spec, specs
from matrix.findings.places import Part, parts_of
from matrix.findings.view import ABSENT, CURRENT, DIFFERENT, Numbers, View, situation_of
from matrix.records import Claim
from matrix.verdicts import Verdict
from matrix.vocabulary import CASE_COLUMNS, DIFFERENT_ACCOUNTS, LIVE_NAMES, WORDS, Account, Outcome

OTHERS = ("other", "third")  # in host.json
CASE = tuple(column for column in CASE_COLUMNS if column != "account")
MAX_REASONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """The accounts that some platforms were measured with."""

    platforms: str
    own: str
    others: tuple[tuple[str, str], ...]  # (what it is, the method that started a helper)
    reasons: tuple[str, ...]  # why some was not measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A cell of the guide for one account and for two, with what was observed."""

    first: Spec
    second: Spec
    same: str
    different: str
    answers: tuple[tuple[tuple[Part, ...], tuple[Part, ...]], ...]  # of each column: same account, different ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Cases in which the account decides, by options."""

    protocol: str
    state: str
    first_option: str
    second_option: str
    outcomes: tuple[str, ...]  # of each account of the vocabulary
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the account changes on some platforms."""

    platforms: str
    cases: int  # measured with every account; 0 where none was
    changed: int
    by_account: tuple[tuple[str, int], ...]  # cases that differ from the same account's
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joinable:
    """What another account can join: the very address that a socket holds."""

    protocol: str
    state: str
    option: str
    takers: tuple[str, ...]
    platforms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The chapter's findings."""

    had: tuple[Had, ...]
    tables: tuple[Beside, ...]
    columns: Columns
    effects: tuple[Effect, ...]  # those of the most platforms first
    joinable: tuple[Joinable, ...]


def two_accounts(view: View) -> Accounts | None:
    """The chapter; None without a run."""
    if not view.hosts:
        return None
    tables, columns = tables_side_by_side(view)
    aligned = by_account(view)
    binds = {target: with_every_account(view, target, aligned) for target in view.targets}
    return Accounts(had=accounts_had(view), tables=tables, columns=columns, effects=effects(view, binds), joinable=joinable(view, binds))


def accounts_had(view: View) -> tuple[Had, ...]:
    """Under which accounts sockets were made, or why they were not."""
    questions = view.where(measure="bind", account=DIFFERENT_ACCOUNTS)
    observed = view.judgement.observed
    gathered: dict[tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]], list[str]] = {}
    for target, host in view.hosts.items():
        facts = host.accounts
        own = str(facts["own"]) if "own" in facts else host.account
        others = tuple((str(facts[name]), facts[name].method) for name in OTHERS if name in facts and facts[name].method)
        absent = questions[view.is_outcome(questions, target, [Outcome.NOT_RUN])]
        answers = np.unique(observed.answer[absent, view.number(target)]).tolist()
        reasons = tuple(sorted({observed.catalogue.answers[answer].detail for answer in answers}))
        gathered.setdefault((own, others, reasons if len(reasons) <= MAX_REASONS else ()), []).append(target)
    return tuple(
        Had(platforms=named(targets, view.hosts), own=own, others=others, reasons=reasons)
        for (own, others, reasons), targets in gathered.items()
    )


def tables_side_by_side(view: View) -> tuple[tuple[Beside, ...], Columns]:
    """The guide's tables for the same account and for different ones, cell by cell."""
    different = {specs(claim): claim for claim in view.tables.get(DIFFERENT, ())}
    pairs = [(claim, different[specs(claim)]) for claim in view.tables.get(CURRENT, ()) if specs(claim) in different]
    keys = {target: tuple((observed(view, same, target), observed(view, other, target)) for same, other in pairs) for target in view.held}
    columns = columns_by(keys, view.hosts)
    found = tuple(
        Beside(first=specs(same)[0], second=specs(same)[1], same=same.expected, different=other.expected,
               answers=tuple(keys[column.target][number] for column in columns.shown))
        for number, (same, other) in enumerate(pairs)
    )  # fmt: skip
    return found, columns


def observed(view: View, claim: Claim, target: str) -> tuple[Part, ...]:
    """What was observed of a cell; empty where nothing was measured."""
    return parts_of(
        {situation_of(each.question): each.observed for each in view.judged(claim, target) if each.verdict != Verdict.UNOBSERVED}
    )


@dataclass(frozen=True, slots=True, eq=False)
class ByAccount:
    """The cases of one platform that were measured with every account."""

    questions: Numbers  # of the same account's bind
    outcomes: tuple[tuple[str, ...], ...]  # of each case, of each account of the vocabulary


def by_account(view: View) -> Numbers:
    """[case, account of the vocabulary] → the question of the second socket's bind; the cases that were asked with every account."""
    columns = []
    for account in WORDS["account"]:
        questions = view.where(measure="bind", account=account)
        columns.append(dict(zip(keys_of(view, questions), questions.tolist(), strict=True)))
    shared = [key for key in columns[0] if all(key in column for column in columns[1:])]
    return np.array([[column[key] for column in columns] for key in shared], np.intp).reshape(-1, len(columns))


def with_every_account(view: View, target: str, aligned: Numbers) -> ByAccount:
    """Outcome of the second socket's bind on one platform, case by case, where all accounts were measured."""
    outcomes = view.outcomes
    absent = np.array([word in ABSENT for word in outcomes])  # the last one is of what was not asked
    numbers = view.outcome[aligned, view.number(target)]
    measured = ~absent[numbers].any(axis=1)
    return ByAccount(aligned[measured, 0], tuple(tuple(outcomes[number] for number in row) for row in numbers[measured].tolist()))


def keys_of(view: View, questions: Numbers) -> list[bytes]:
    """What makes a case the same for another account."""
    places = [number for number, column in enumerate(CASE_COLUMNS) if column in CASE]
    return [row.tobytes() for row in np.ascontiguousarray(view.codes[questions][:, places])]


def effects(view: View, binds: dict[str, ByAccount]) -> tuple[Effect, ...]:
    """What the account changes, by protocol, state and options; platforms with the same changes together."""
    gathered: dict[tuple[int, int, tuple[tuple[str, int], ...], tuple[Change, ...]], list[str]] = {}
    accounts = WORDS["account"]
    for target, measured in binds.items():
        unlike = [number for number, row in enumerate(measured.outcomes) if len(set(row)) > 1]
        counts = tuple(
            (account, sum(row[accounts.index(account)] != row[accounts.index(Account.SAME)] for row in measured.outcomes))
            for account in DIFFERENT_ACCOUNTS
        )
        questions = measured.questions[unlike]
        columns = [view.column(questions, name) for name in ("protocol", "first_state", "first_option", "second_option")]
        grouped = Counter(zip(*columns, [measured.outcomes[number] for number in unlike], strict=True))
        changes = tuple(
            Change(protocol=protocol, state=state, first_option=first, second_option=second, outcomes=outcomes, cases=cases)
            for (protocol, state, first, second, outcomes), cases in sorted(grouped.items())
        )
        gathered.setdefault((len(measured.outcomes), len(unlike), counts, changes), []).append(target)
    return tuple(
        Effect(platforms=named(targets, view.hosts), cases=cases, changed=changed, by_account=counts, changes=changes)
        for (cases, changed, counts, changes), targets in sorted(gathered.items(), key=lambda item: -len(item[1]))
    )


def joinable(view: View, binds: dict[str, ByAccount]) -> tuple[Joinable, ...]:
    """With which options another account's bind succeeds on the address of a socket that lives."""
    gathered: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    others = [WORDS["account"].index(account) for account in DIFFERENT_ACCOUNTS]
    for target, measured in binds.items():
        questions = measured.questions
        wanted = view.holds(questions, "first_state", LIVE_NAMES) & view.equal(questions, "first_family", "second_family")
        wanted &= view.equal(questions, "first_address", "second_address")
        joined = np.array([all(row[place] == "SUCCESS" for place in others) for row in measured.outcomes], np.bool_)
        takers: dict[tuple[str, str, str], list[str]] = {}
        chosen = np.flatnonzero(wanted)
        columns = [view.column(questions[chosen], name) for name in ("protocol", "first_state", "first_option", "second_option")]
        for protocol, state, option, taker, success in zip(*columns, joined[chosen].tolist(), strict=True):
            takers.setdefault((protocol, state, option), [])
            if success and taker not in takers[protocol, state, option]:
                takers[protocol, state, option].append(taker)
        for (protocol, state, option), options in takers.items():
            gathered.setdefault((protocol, state, option, tuple(options)), []).append(target)
    return tuple(
        Joinable(protocol=protocol, state=state, option=option, takers=takers, platforms=named(targets, view.hosts))
        for (protocol, state, option, takers), targets in sorted(gathered.items())
    )
