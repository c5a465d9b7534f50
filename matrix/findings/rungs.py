"""The ladder: the best that is known of a question on a system, from measured down to documented.

Rules. (1) **measured**: a run of this probe on that system itself; an imitation is another system. (2) **asserted**: a
published test of a suite that is run on that system, from the claims or from `evidence/`; that it passes is another matter.
(3) **reported**: somebody published what they measured. (4) **documented**: what a document states, and no observation of anybody.
Nothing second-hand is ever counted as measured; records that disagree stand side by side.

Evidence takes a place only where its source names both sockets' options and addresses. What else it leaves open (family,
protocol, state, account, which destination) is named in `Known.unstated`, and the record is given for every case that it may be
about; without a word on accounts a report is taken to speak of one. Rows that can't be placed are `unplaced`.

Use: `known(view, questions, system, since, until)`, a tuple of records for each question, strongest rung first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from matrix.contradictions import versions_overlap
from matrix.data.evidence import SURENESS
from matrix.data.sources import DOCUMENT, REPORT, TEST
from matrix.findings.classes import named
from matrix.findings.links import link_to
from matrix.findings.titles import bounds
from matrix.findings.view import COLUMN, WINDOWS, View
from matrix.judge import Pattern, digits, meetings, patterns_of, spelled_out
from matrix.records import Claim, Evidence
from matrix.verdicts import Verdict, verdict_of
from matrix.vocabulary import HOST_MEASURES, KEYS, NOT_MEASURED, WORDS, Account, ClaimKind, Expected, version_key

Question = tuple[str, ...]  # the cells of KEYS: a case and a measure
PLACING = ("first_option", "first_address", "second_option", "second_address")
NO_VERSION = "no version named"  # of a claim
NOT_STATED = "not stated"  # so begin the versions of evidence whose source names none
REFUSALS = frozenset(map(str, (Expected.INUSE, Expected.ACCESS, Expected.REFUSED)))


class Rung(StrEnum):
    """How something is known, strongest first."""

    MEASURED = "measured"
    ASSERTED = "asserted"
    REPORTED = "reported"
    DOCUMENTED = "documented"


RUNGS = tuple(Rung)
RUNG_OF = {TEST: Rung.ASSERTED, REPORT: Rung.REPORTED, DOCUMENT: Rung.DOCUMENTED}  # by the kind of a source


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One record of what is known of one question."""

    rung: Rung
    outcome: str  # what was observed, asserted or stated; REFUSED where the error isn't stated
    system: str
    versions: str  # for a reader: `6.1`, `Server 2003 and later`, `not stated: windows-latest`
    platforms: tuple[str, ...] = ()  # the targets that measured it; empty for all that is second-hand
    name: str = ""  # what they are called together
    source: str = ""  # the id of its source among the claims' or the evidence's; blank for what was measured
    section: str = ""  # file and line, or the place within the source
    link: str = ""  # opens the source there; blank for what was measured, and where there is none
    date: str = ""  # day of the measurement or of its publication; blank where it isn't stated
    sure: str = ""  # one of SURENESS for evidence, with the reason in `why`; blank for claims and runs
    why: str = ""
    processes: str = ""  # that held the two sockets, for evidence
    unstated: tuple[str, ...] = ()  # the columns that the source leaves open
    statement: str = ""
    id: str = ""  # of the claim or of the row of evidence
    kind: str = ""  # of the claim, one of ClaimKind; blank for evidence and runs

    @property
    def names_version(self) -> bool:
        """Whether the version is known on which it was measured; what a claim speaks of is no such version."""
        return not self.kind and not self.versions.startswith(NOT_STATED) and self.versions != ""


def known(view: View, questions: Sequence[Question], system: str = WINDOWS, since: str = "", until: str = "") -> list[tuple[Known, ...]]:
    """What is known of each question on a system, strongest rung first.

    `since` and `until` bound the versions that are asked for, both inclusive and as in claims; what speaks of none of them is
    left out, and evidence without a version stays. A question's words are those of KEYS; those of a fact of the host are blank.
    """
    found: list[list[Known]] = [[] for _ in questions]
    codes = codes_of(questions)
    measured(view, codes, found, system, since, until)
    claims = [claim for claim in view.claims.claims if system in claim.system.split("|") and claim.kind != ClaimKind.AVAILABILITY
              and versions_overlap(claim.since, claim.until or claim.fair_until, since, until)]  # fmt: skip
    place(spelled_out(claims), [from_claim(view, claim, system) for claim in claims], codes, found)
    rows = [row for row in view.evidence.rows if row.system == system and is_placed(row)
            and versions_overlap(row.since, row.until, since, until)]  # fmt: skip
    patterns = [Pattern(number, words, outcome) for number, row in enumerate(rows) for words, outcome in patterns_of(as_claim(row))]
    place(patterns, [as_known(view, row) for row in rows], codes, found)
    return [tuple(sorted(each, key=strength)) for each in found]


def best(records: Sequence[Known]) -> tuple[Known, ...]:
    """The records of the strongest rung that there is; more than one outcome among them is a disagreement."""
    return tuple(each for each in records if each.rung == records[0].rung) if records else ()


def unplaced(view: View, system: str = WINDOWS) -> tuple[Known, ...]:
    """Evidence whose source doesn't say which options or addresses the sockets had, so that no case can be named."""
    return tuple(sorted((as_known(view, row) for row in view.evidence.rows if row.system == system and not is_placed(row)),
                        key=strength))  # fmt: skip


def against(expected: str, outcome: str) -> Verdict:
    """The verdict on what somebody else observed: REFUSED, a refusal whose error isn't stated, confirms any refusal."""
    vague = outcome == Expected.REFUSED and set(expected.split("|")) <= REFUSALS
    return Verdict.AGREES if vague else verdict_of(expected, outcome)


def strength(record: Known) -> tuple[int, int, str, str]:
    """How records are ordered: by rung, then by how sure they are."""
    sure = SURENESS.index(record.sure) if record.sure else len(SURENESS)
    return RUNGS.index(record.rung), sure, record.id, record.outcome


def is_placed(row: Evidence) -> bool:
    """Whether a row says what the case is about: each socket's option and address. Facts of a host need less."""
    return about_host(row) or all(row.pattern[COLUMN[column]] and "|" not in row.pattern[COLUMN[column]] for column in PLACING)


def about_host(row: Evidence) -> bool:
    """Whether a row is about a fact of the host, whose other columns are blank for everybody."""
    return row.pattern[COLUMN["measure"]] in HOST_MEASURES


def unstated(row: Evidence) -> tuple[str, ...]:
    """The columns that a row leaves open."""
    return () if about_host(row) else tuple(column for column, cell in zip(KEYS, row.pattern, strict=True) if not cell or "|" in cell)


def as_claim(row: Evidence) -> Claim:
    """A row as the join takes it; of accounts that aren't stated, one is meant."""
    pattern = list(row.pattern)
    pattern[COLUMN["account"]] = pattern[COLUMN["account"]] or str(Account.SAME)
    return Claim(id=row.id, source=row.source, kind="", section=row.section, system=row.system, since=row.since, until=row.until,
                 pattern=tuple(pattern), expected=row.outcome, statement=row.statement)  # fmt: skip


def as_known(view: View, row: Evidence) -> Known:
    """A row of evidence as a record."""
    return Known(rung=RUNG_OF[view.evidence.sources[row.source].kind], outcome=row.outcome, system=row.system, versions=row.versions,
                 source=row.source, section=row.section, link=row.link, date=row.date, sure=row.sure, why=row.why,
                 processes=row.processes, unstated=unstated(row), statement=row.statement, id=row.id)  # fmt: skip


def from_claim(view: View, claim: Claim, system: str) -> Known:
    """A claim as a record: what a published test asserts, or what a document states."""
    source = view.claims.sources[claim.source]
    versions = bounds(system, claim.since, claim.until) or NO_VERSION
    return Known(rung=RUNG_OF[source.kind], outcome=claim.expected, system=system, versions=versions,
                 source=claim.source, section=claim.section, link=link_to(source, claim.section), statement=claim.statement,
                 id=claim.id, kind=claim.kind)  # fmt: skip


def place(patterns: Sequence[Pattern], records: Sequence[Known], codes: "np.ndarray[tuple[int, int], np.dtype[np.int8]]",
          found: list[list[Known]]) -> None:  # fmt: skip
    """Give each record to the questions that one of its patterns meets, once, with what that pattern expects."""
    seen = set()
    for number, question in zip(*(each.tolist() for each in meetings(patterns, codes)), strict=True):
        pattern = patterns[number]
        key = (question, pattern.claim, pattern.expected)
        if key not in seen:
            seen.add(key)
            found[question].append(replace(records[pattern.claim], outcome=pattern.expected))


def measured(view: View, codes: "np.ndarray[tuple[int, int], np.dtype[np.int8]]", found: list[list[Known]], system: str, since: str,
             until: str) -> None:  # fmt: skip
    """What this probe measured on the system itself, by outcome."""
    targets = [target for target, host in view.hosts.items() if host.system == system
               and versions_overlap(host.version, host.version, since, until)]  # fmt: skip
    if not targets:
        return
    observed = digits(view.codes).sum(axis=0)
    order = np.argsort(observed, kind="stable")
    wanted = digits(codes).sum(axis=0)
    for question, at in enumerate(np.searchsorted(observed, wanted, sorter=order).tolist()):
        if at == len(order) or observed[order[at]] != wanted[question]:
            continue
        by_outcome: dict[str, list[str]] = {}
        for target in targets:
            outcome = view.outcomes[view.outcome[order[at], view.number(target)]]
            if outcome and outcome not in NOT_MEASURED:
                by_outcome.setdefault(outcome, []).append(target)
        for outcome, members in by_outcome.items():
            hosts = [view.hosts[target] for target in members]
            versions = ", ".join(sorted({host.version for host in hosts if host.version}, key=version_key))
            found[question].append(Known(rung=Rung.MEASURED, outcome=outcome, system=system, versions=versions, platforms=tuple(members),
                                         name=named(members, view.hosts), date=max(host.measured for host in hosts)))  # fmt: skip


def codes_of(questions: Sequence[Question]) -> "np.ndarray[tuple[int, int], np.dtype[np.int8]]":
    """The codes of questions, as the join has them: -1 for a blank."""
    known_words = [{"": -1, **{word: number for number, word in enumerate(WORDS[column])}} for column in KEYS]
    rows = [[words[cell] for words, cell in zip(known_words, question, strict=True)] for question in questions]
    return np.array(rows, np.int8).reshape(len(questions), len(KEYS))
