"""What the data comes to, as frozen records: no markup, no files. Whoever shows something shows these.

view        claims, runs and verdicts, and the questions that several findings have
classes     runs that answer equally share a column
places      where an outcome holds: "TCP bound", "IPv4"
summary     in short: the documents, the imitations, who can join a listener
platforms   what was measured, what is missing, what was left out
documents   verdicts, contradictions, the documented tables
sockets     pairs of sockets across platforms, listen, moving from Windows
accounts    two accounts
traffic     who receives, multicast
hijack      who can take a socket's traffic
goals       which options a server needs for what it wants, by `criteria`; `settings`: the lines of code that set them
closed      ports after a close; facts of a host
sentences   what documents say in sentences, availability, published tests
changes     one run against another; versions of one system; a run beside the published ones
asked       a question in anybody's words; `inverse`: which options, pairs or states answer so; `facts`: facts of hosts
titles       what systems and outcomes are called
lookup      cases by a pattern, on every platform; `named`: platforms by the names that people write
"""
