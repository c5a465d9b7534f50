"""Every task of the project, and the only list of tasks: `nox --list`."""

import os
import shutil
from pathlib import Path

import nox

PROJECT = nox.project.load_toml("pyproject.toml")
BUILD = Path("build")
ACTION = ".github/actions/probe/action.yml"
THIS_RUN = BUILD / "runs" / "this-machine"

nox.options.envdir = str(BUILD / "nox")  # everything that a task leaves behind lies in build/
shutil.rmtree(Path(__file__).parent / "__pycache__", ignore_errors=True)  # nox compiles this file beside itself
nox.options.sessions = ["lint", "types", "floor", "tests"]
nox.options.error_on_missing_interpreters = True


def prepared(session: nox.Session, *groups: str, project: bool = True) -> None:
    """Install the project's dependencies and groups of tools; keep byte code out of the tree."""
    wanted = list(PROJECT["project"]["dependencies"]) if project else []
    wanted += nox.project.dependency_groups(PROJECT, *groups) if groups else ()
    session.install(*wanted)
    session.env["PYTHONPYCACHEPREFIX"] = str((BUILD / "pycache").resolve())
    session.env["PYTHONDONTWRITEBYTECODE"] = ""  # else every process compiles pandas anew


@nox.session(reuse_venv=True)
def matrix(session: nox.Session) -> None:
    """Probe this machine, merge with results/, write the report to build/report/ and say what the machine does.

    The environment is made once and used again: a second run begins to measure within seconds.
    """
    prepared(session)
    session.run("python", "-I", "matrix/probe", "--output", str(THIS_RUN), "--target", "this-machine", *session.posargs)
    session.run("python", "-m", "matrix", "report", "results", "--mine", str(THIS_RUN), "--output", str(BUILD / "report"), "--read-from",
                str(BUILD / "report"))  # fmt: skip


@nox.session
def pyz(session: nox.Session) -> None:
    """Write the probe as one file, build/probe.pyz, and print its SHA-256."""
    BUILD.mkdir(exist_ok=True)
    session.run("python", "-I", "matrix/probe", "--pyz", str(BUILD / "probe.pyz"))


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; those of a stack that is not installed are skipped with the reason, in CI they fail.

    By one process more than there are processors, because many tests wait; -- -n 0 is one after the other.
    """
    prepared(session, "tests")
    workers = str((os.cpu_count() or 1) + 1)
    session.run("python", "-m", "pytest", "-p", "no:cacheprovider", "-n", workers, "--dist", "worksteal", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Look for mistakes and untidy code."""
    prepared(session, "lint", project=False)
    session.run("ruff", "check", "--no-cache", ".")
    session.run("ruff", "format", "--no-cache", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    prepared(session, "types")
    session.install("nox")
    session.run("mypy", "--cache-dir", str(BUILD / "mypy"))


@nox.session
def floor(session: nox.Session) -> None:
    """Check that the probe needs no more than CPython 3.4."""
    prepared(session, "floor", project=False)
    session.run("vermin", "-t=3.4-", "--no-tips", "--violations", "matrix/probe")


@nox.session
def workflows(session: nox.Session) -> None:
    """Check the workflows and the action by every tool that needs no network."""
    prepared(session, "workflows", project=False)
    session.run("zizmor", "--offline", "--persona=pedantic", "--strict-collection", "--no-progress", ".github")
    files = sorted(map(str, Path(".github/workflows").glob("*.yml")))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-actions", ACTION)
    session.run("yamllint", "--strict", ".github")
    scripts = BUILD / "scripts"
    session.run("python", "tests/shell_scripts.py", str(scripts), *files, ACTION)
    session.run("shellcheck", ".ci/run", *sorted(map(str, [*Path(".github").glob("*.sh"), *scripts.glob("*.sh")])))
    session.run("python", "-m", "tests.facts")
    if not shutil.which("npm"):
        session.error("GitHub's own language service needs npm: nox -s tools installs it on Debian; the other checks passed")
    service = BUILD / "languageservice"
    shutil.rmtree(service, ignore_errors=True)
    shutil.copytree("tests/languageservice", service)
    workflow_files = [str(Path(file).resolve()) for file in files]
    with session.chdir(service):
        session.run("npm", "ci", "--silent", "--no-audit", "--no-fund", external=True)
        session.run("node", "--import", "./json.mjs", "check.mjs", *workflow_files, external=True)


@nox.session
def rehearse(session: nox.Session) -> None:
    """Run the weekly workflow on this machine with act, into build/rehearsal/."""
    prepared(session, "tests")
    session.run("python", "-m", "tests.rehearse")


@nox.session
def stacks(session: nox.Session) -> None:
    """Install and measure network stacks, into build/stack-runs/: this machine's own, or -- [--output DIR] [--remove] [NAMES].

    `versions` is one name for every version that can be had here; those of other suites of Debian get small roots of their own.
    """
    prepared(session)
    session.install("pip")
    words = list(session.posargs)
    if "--output" not in words:
        words += ["--output", str(BUILD / "stack-runs")]
    session.run("python", "-m", "matrix", "stacks", "--install", *words)


@nox.session
def tools(session: nox.Session) -> None:
    """Install what checks need besides Python's packages, on Debian: Chromium and its driver, npm, git, compilers of C, for Windows too."""
    prepared(session)
    needed = {"chromium": "chromium", "chromedriver": "chromium-driver", "npm": "npm", "git": "git", "gcc": "build-essential",
              "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32"}  # fmt: skip
    absent = sorted(package for program, package in needed.items() if not shutil.which(program))
    if absent:
        session.run("python", "-c", f"from matrix.platforms.stacks.stack import apt_install; apt_install({absent})")


@nox.session
def publish(session: nox.Session) -> None:
    """Write results/README.md anew from results/, with its pictures, and the answers at the top of README.md."""
    prepared(session)
    published = BUILD / "published"
    session.run("python", "-m", "matrix", "report", "results", "--output", str(published), "--read-from", "results",
                "--readme", "README.md")  # fmt: skip
    Path("results/README.md").write_text((published / "REPORT.md").read_text("utf-8"), "utf-8", newline="\n")
    for old in Path("results").glob("*.svg"):
        old.unlink()
    for picture in published.glob("*.svg"):
        shutil.copyfile(picture, Path("results") / picture.name)


@nox.session(venv_backend="none")
def page(session: nox.Session) -> None:
    """Build matrix/site/page.js from matrix/site/source, its types checked and its tests run; -- --check compares the file only."""
    if not shutil.which("npm"):
        session.error("the page's script is built by npm's packages: nox -s tools installs npm on Debian")
    folder, built = BUILD / "page", BUILD / "page" / "page.js"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree("matrix/site/source", folder, ignore=shutil.ignore_patterns("node_modules"))
    with session.chdir(folder):
        session.run("npm", "ci", "--silent", "--no-audit", "--no-fund", external=True)
        session.run("npx", "--no-install", "tsc", external=True)
        session.run("npm", "run", "--silent", "tests", external=True)
        session.run("npm", "run", "--silent", "script", external=True)
    session.run("node", "--test", *sorted(map(str, (folder / "built").glob("*.js"))), external=True)
    committed = Path("matrix/site/page.js")
    if "--check" not in session.posargs:
        shutil.copyfile(built, committed)
    elif built.read_bytes() != committed.read_bytes():
        session.error(f"{committed} is not what its source makes: run nox -s page and commit it")


@nox.session
def bench(session: nox.Session) -> None:
    """Print what a pair of sockets costs in the probe, what a whole run consists of, and what the reporter costs for up to 120 runs."""
    prepared(session)
    session.run("python", "-m", "tests.bench_probe", *session.posargs)
    prepared(session, "tests")
    session.run("python", "-m", "tests.bench_reporter")


@nox.session
def mutate(session: nox.Session) -> None:
    """Change the reporter in small ways and print how many of the changes its tests notice (-- --each N, or modules)."""
    prepared(session, "tests")
    session.run("python", "-m", "tests.mutate", *session.posargs)
