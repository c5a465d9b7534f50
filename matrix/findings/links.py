"""Where a source can be read: the address of its file at its revision, at the line that a section names. And a commit's."""

import re

from matrix.records import Source

LINE = re.compile(r"(?P<path>[^\s:]+):(?P<line>\d+)\b")
COMMIT = re.compile(r"[0-9a-f]{40}")


def link_to(source: Source, section: str = "") -> str:
    """The address at which a claim's source opens: the file and line of the section where it names them, else the source's file.

    A source that names several files, and a section that names none of them, opens the repository at its revision. Blank
    where the source has no commit in a repository.
    """
    if not COMMIT.fullmatch(source.revision) or source.repository.count("/") != 1:
        return ""
    start = f"https://github.com/{source.repository}"
    place = LINE.match(section)
    paths = [path.strip() for path in source.path.split(",")]
    if place and place["path"] in paths:
        return f"{start}/blob/{source.revision}/{place['path']}#L{place['line']}"
    return f"{start}/blob/{source.revision}/{paths[0]}" if len(paths) == 1 else f"{start}/tree/{source.revision}"


def commit_url(repository: str, revision: str) -> str:
    """The address of a commit; `repository` is owner/name on GitHub."""
    return f"https://github.com/{repository}/commit/{revision}"
