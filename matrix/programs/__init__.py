"""Stand-alone programs that make the sockets of a case and print what happens: what a person pastes into a report of a fault.

Their text is in two folders, python/ and c/, file by file: `live` (two sockets, and who receives), `closed` and `outgoing`
(a port after a close, or of a client), `groups` (multicast), `late` (an option set after bind). The others are parts that these use.

cases      which of them show a case, and what fills their places
filling    the small language that they are written in; the page's script has it too (site/source/programs.ts)
settings   the lines that set an option
"""
