"""What the sections ask of the frames, in one place."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from matrix.claims import TEST, Claims
from matrix.judge import alike, disagreements, judge
from matrix.legs import Leg
from matrix.model import LIVE_STATES, LOOKS, NOT_MEASURED, Account, Host, Standing, Verdict
from matrix.report.condense import Situation, where_each
from matrix.runs import Runs

TABLE = "Table: "  # how the section of a claim begins that is a cell of a table
ABSENT = ("", *map(str, NOT_MEASURED))  # of an outcome: nothing was observed
# The table that describes every Windows in use: what other systems are compared with.
CURRENT = ("microsoft-guide", "Table: Windows Server 2003 and later, same account")
DIFFERENT = ("microsoft-guide", "Table: Windows Server 2003 and later, different accounts")
AVAILABILITY_ROWS = (
    # NT version → the row of the guide's availability table
    ("5.0", ("Windows 2000",)),
    ("5.1", ("Windows XP",)),
    ("5.2", ("Windows Server 2003",)),
    ("6.0", ("Windows Vista", "Windows Server 2008")),
)


@dataclass(frozen=True, kw_only=True)
class View:
    """Claims and runs, and the questions that more than one section has. Each is answered once, when first asked."""

    claims: Claims
    runs: Runs
    legs: tuple[Leg, ...] = ()

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """Every claim against every run."""
        return judge(self.claims.frame, self.runs.good)

    @cached_property
    def disagreements(self) -> pd.DataFrame:
        """Claims against claims."""
        return disagreements(self.claims.frame)

    @cached_property
    def table_disagreements(self) -> pd.DataFrame:
        """Cells of tables against cells of tables."""
        pairs = self.disagreements
        return pairs[pairs["section_a"].str.startswith(TABLE) & pairs["section_b"].str.startswith(TABLE)]

    @cached_property
    def hosts(self) -> dict[str, Host]:
        """The hosts by target."""
        return {run.host.target: run.host for run in self.runs.good}

    @cached_property
    def windows(self) -> list[Host]:
        """The hosts that really are Windows."""
        return [host for host in self.hosts.values() if host.system == "windows"]

    @cached_property
    def wide(self) -> pd.DataFrame:
        """Cases as rows, targets as columns."""
        return alike(self.runs.good)

    @cached_property
    def measures(self) -> dict[str, pd.DataFrame]:
        """`wide`, by measure."""
        return {str(measure): group for measure, group in self.wide.groupby("measure")}

    def measure(self, name: str) -> pd.DataFrame:
        """`wide` for one measure, without rows where no run has it."""
        return self.measures.get(name, self.wide.iloc[:0])

    def live(self, measure: str) -> pd.DataFrame:
        """`wide` for one measure, of sockets that live and belong to the same account."""
        frame = self.measure(measure)
        return frame[(frame["account"] == Account.SAME) & frame["first_state"].isin([str(state) for state in LIVE_STATES])]

    @cached_property
    def judged(self) -> pd.DataFrame:
        """The verdicts on Microsoft's tables that count as such: of Windows, and of its imitations."""
        frame = self.verdicts
        return frame[(frame["standing"] != Standing.COMPARISON) & frame["section"].str.startswith(TABLE)]

    @cached_property
    def sources_of_tests(self) -> frozenset[str]:
        """The sources that are published tests, told apart from documents everywhere."""
        return frozenset(source.id for source in self.claims.sources.values() if source.kind == TEST)

    @cached_property
    def held(self) -> list[str]:
        """Targets that the Windows tables are held against: Windows itself first, then its imitations."""
        windows = [host.target for host in self.windows]
        return windows + sorted(set(self.judged["target"]) - set(windows))


def situations(frame: pd.DataFrame, column: str) -> dict[Situation, str]:
    """(protocol, state, family, account) → the value of a column; the family is a pair where the two sockets differ."""
    wanted = ("protocol", "first_state", "first_family", "second_family", "account", column)
    return {
        (protocol, state, first if first == second else f"{first} then {second}", account): value
        for protocol, state, first, second, account, value in zip(*(frame[name].array for name in wanted), strict=True)
        if value
    }


def outcome_words(frame: pd.DataFrame, column: str) -> str:
    """What was observed, and where if it differs: `INUSE`, or `SUCCESS; INUSE for UDP`. An em dash for nothing."""
    found = where_each(situations(frame, column))
    if not found:
        return "—"
    (main, place), *others = found
    if not others:
        return main
    if len(others) == 1:
        return f"{main}; {others[0][0]} for {others[0][1]}"
    return "; ".join(f"{outcome} for {place}" for outcome, place in [(main, place), *others])


def verdict_words(frame: pd.DataFrame) -> str:
    """A documented cell against its observations: symbols, and where each departure was seen."""
    told = frame.assign(told=[f"{verdict} {observed}" for verdict, observed in zip(frame["verdict"], frame["observed"], strict=True)])
    parts = []
    for words, place in where_each(situations(told, "told")):
        verdict, observed = words.split(" ", 1)
        symbol = LOOKS[Verdict(verdict)].symbol
        if verdict == Verdict.AGREES:
            parts.append(f"{symbol} {place} only" if place else symbol)
        elif verdict == Verdict.UNOBSERVED:
            parts.append(symbol)
        else:
            parts.append(f"{symbol} {observed}" + (f" for {place}" if place else ""))
    return "<br>".join(part for part in parts if part)


def spec(option: str, address: str) -> str:
    """An option and an address as the report writes them."""
    return f"`{option}` {address}"


def availability_row(host: Host) -> tuple[str, ...]:
    """The rows of the guide's availability table that a Windows host belongs to."""
    for version, rows in AVAILABILITY_ROWS:
        if host.version == version or host.version.startswith(version + "."):
            return rows
    return ("Windows 7 and newer",)
