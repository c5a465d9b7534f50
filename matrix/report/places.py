"""Where things lie on the web: a source's line at its revision, a commit, a run's files. The one place where addresses are made.

Rules. A source is known by repository, path and revision: the link leads to the file as it was read. A claim's section may begin
with `path:line`; then the line is in the link. Where a source has several files and the section names none, the link leads to the
repository at that revision.
"""

import re
from urllib.parse import quote

from matrix.records import Source

GITHUB = "https://github.com"
FILE_AND_LINE = re.compile(r"(?P<path>[A-Za-z0-9_][\w./+-]*\.\w+):(?P<line>\d+)(?: |$)")


def commit_url(repository: str, revision: str) -> str:
    """A commit of a repository."""
    return f"{GITHUB}/{quote(repository)}/commit/{quote(revision)}"


def source_url(source: Source, section: str = "") -> str:
    """Where a source, or a claim's place in it, can be read; blank where it has no repository."""
    if not source.repository:
        return ""
    base = f"{GITHUB}/{quote(source.repository)}"
    paths = source.path.split(", ")
    named = FILE_AND_LINE.match(section)
    if named and named["path"] in paths:
        return f"{base}/blob/{quote(source.revision)}/{quote(named['path'])}#L{named['line']}"
    if len(paths) == 1 and paths[0]:
        return f"{base}/blob/{quote(source.revision)}/{quote(paths[0])}"
    return f"{base}/tree/{quote(source.revision)}"


def has_line(source: Source, section: str) -> bool:
    """Whether a claim's section names the line that it was read from."""
    return "#L" in source_url(source, section)
