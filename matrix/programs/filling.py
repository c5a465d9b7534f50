"""The small language of programs' texts, a line at a time. `site/source/programs.ts` fills them in the same way.

%% use NAME         another text, in this place
%% if WORD WORD     what follows, to the `%% end`, where every word is a fact of the case; `one|another` is either
{{place}}           a value; of several lines, each is indented like the first, and of none, the line goes
"""

import re
from collections.abc import Collection, Iterator, Mapping

COMMAND = "%% "


def filled(texts: Mapping[str, str], name: str, facts: Collection[str], values: Mapping[str, str]) -> str:
    """The text of this name, filled. Raises KeyError for a text or a place that there is none of."""
    return "".join(f"{line}\n" for line in lines_of(texts, name, facts, values))


def lines_of(texts: Mapping[str, str], name: str, facts: Collection[str], values: Mapping[str, str]) -> Iterator[str]:
    """Its lines."""
    kept = [True]  # of each `%% if` that is open, and of the whole
    for line in texts[name].splitlines():
        if line.startswith(COMMAND):
            command, *words = line[len(COMMAND) :].split()
            if command == "if":
                kept.append(kept[-1] and all(any(fact in facts for fact in word.split("|")) for word in words))
            elif command == "end":
                kept.pop()
            elif kept[-1]:
                yield from lines_of(texts, words[0], facts, values)
        elif kept[-1]:
            yield from placed(line, values)


def placed(line: str, values: Mapping[str, str]) -> Iterator[str]:
    """A line with its places filled: a place that stands alone takes as many lines as its value has."""
    alone = re.fullmatch(r"( *)\{\{([a-z.]+)\}\}", line)
    if alone:
        yield from (alone[1] + each for each in values[alone[2]].splitlines())
    else:
        yield re.sub(r"\{\{([a-z.]+)\}\}", lambda place: values[place[1]], line)
