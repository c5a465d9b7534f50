"""What the reporter costs, as a multiple of a bare `pandas.read_csv` of the same files in the same run.

Runs are made, not measured: of four systems, and in each run 0.5 % of the outcomes are changed, each run's own, which is the
hardest case for a report by classes. Every part runs in a process of its own, by turns; CPU time and peak memory are the
process's. Prints the figures and their aims; timings alone mean little on a machine that others share.
"""

import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.made_runs import MadeRun, Row

ROOT = Path(__file__).parent.parent
SIZES = (4, 40, 120)
TURNS = 3
VARIED = 0.005  # of a run's outcomes
REUSE = ("default", "SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEADDR+SO_REUSEPORT")
BASES = (
    MadeRun(target="linux", system="linux", options=REUSE),
    MadeRun(target="freebsd", system="freebsd", options=REUSE),
    MadeRun(target="gvisor", system="gvisor", options=REUSE),
    MadeRun(
        target="wine", system="wine", options=("default", "SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE"), absent=("other", "other-first", "others")
    ),
)
# What an outcome is changed to, with its error: still one that a probe can write.
OTHERWISE = {
    ("INUSE", "EADDRINUSE"): ("ACCESS", "EACCES"), ("ACCESS", "WSAEACCES"): ("INUSE", "WSAEADDRINUSE"), ("second", ""): ("first", ""),
}  # fmt: skip


def make(folder: Path, number: int) -> None:
    """Write so many runs."""
    for turn in range(number):
        base = BASES[turn % len(BASES)]
        chance = random.Random(turn)
        version = f"{5 + turn // 80}.{turn // len(BASES)}"
        rows = [varied(row, chance) if turn >= len(BASES) else row for row in base.rows]
        made = MadeRun(target=f"{base.target}-{version}", system=base.system, version=version, options=base.options, selection="none",
                       absent=base.absent, changed={"selection": ""})  # fmt: skip
        made.rows, made.counts = rows, base.counts
        made.write(folder)


def varied(row: Row, chance: random.Random) -> Row:
    """The row, or by chance one with another outcome."""
    other = OTHERWISE.get((row[10], row[11]))
    return (*row[:10], *other, *row[12:]) if other and chance.random() < VARIED else row


PARTS = {
    "bare": "import pandas as pd\npd.concat([pd.read_csv(path, dtype=str) for path in sorted(folder.glob('*/observations.csv'))])",
    "judged": "view = View(claims=load_claims(), runs=load_runs(find_runs([folder])))\n"
              "assert not view.runs.faulty, view.runs.faulty[0].faults\nview.judgement.verdict, view.contradictions",
    "report": "claims = load_claims()\nview = View(claims=claims, runs=load_runs(find_runs([folder])), evidence=load_evidence(), "
              "statements=load_statements(claims))\n"
              "for name, text in rendered(compose(view)).items(): (folder.parent / name).write_text(text, 'utf-8')",
}  # fmt: skip
IMPORTS = """
import sys, time
from pathlib import Path
folder = Path(sys.argv[1])
"""
OURS = """
from matrix.data.claims import load_claims
from matrix.data.evidence import load_evidence
from matrix.data.runs import find_runs, load_runs
from matrix.data.statements import load_statements
from matrix.findings.view import View
from matrix.report.chapters import compose
from matrix.site.files import rendered
"""


def cost(part: str, folder: Path) -> tuple[float, float]:
    """(CPU seconds without imports, peak MiB) of one part in a process of its own."""
    begin = "import pandas\nbegan = time.process_time()\n" if part == "bare" else "began = time.process_time()\n"
    code = IMPORTS + ("" if part == "bare" else OURS) + begin + PARTS[part] + "\nprint(time.process_time() - began)"
    code += "\nimport resource\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    done = subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


def explain(folder: Path) -> float:
    """CPU seconds of `explain` on these runs, after they were asked once."""
    return whole("-m", "matrix", "explain", "tcp ipv4 default@wildcard listening ipv4 SO_REUSEADDR@specific same", str(folder))


def whole(*words: str) -> float:
    """CPU seconds of a Python from its start to its end, imports too; the first one, which fills caches, doesn't count."""
    taken = []
    for _ in range(TURNS + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken[1:])


def main() -> None:
    """Make the runs of each size, measure by turns, print the figures."""
    earlier: dict[str, float] = {}
    commands = {"nothing": ("-c", "pass"), "--help": ("-m", "matrix", "--help"), "NumPy": ("-c", "import numpy")}
    print("CPU seconds: " + ", ".join(f"{name} {whole(*words):.2f}" for name, words in commands.items()), flush=True)
    for size in SIZES:
        with tempfile.TemporaryDirectory() as parent:
            folder = Path(parent) / "runs"
            began = time.monotonic()
            make(folder, size)
            print(f"{size} runs, made in {time.monotonic() - began:.0f} s", flush=True)
            turns = [{part: cost(part, folder) for part in PARTS} for _ in range(TURNS)]
            for part, aim in (("judged", 1.5), ("report", 3.0)):
                ratio = statistics.median(turn[part][0] / turn["bare"][0] for turn in turns)
                seconds, memory = (statistics.median(turn[part][place] for turn in turns) for place in (0, 1))
                growth = f", {seconds / earlier[part]:.1f} times the size before" if part in earlier else ""
                earlier[part] = seconds
                print(f"  {part}: {seconds:.2f} s CPU, {memory:.0f} MiB, {ratio:.2f} times a bare read (aim: {aim}){growth}")
            bare = [statistics.median(turn["bare"][place] for turn in turns) for place in (0, 1)]
            print(f"  bare: {bare[0]:.2f} s CPU, {bare[1]:.0f} MiB; explain: {explain(folder):.2f} s CPU (aim: 0.3, 1 for 40 runs)")
            sizes = {path.name: path.stat().st_size / 1024 for path in Path(parent).iterdir() if path.is_file()}
            print("  " + ", ".join(f"{name} {size:,.0f} KiB" for name, size in sorted(sizes.items())), flush=True)


if __name__ == "__main__":
    main()
