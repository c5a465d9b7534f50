"""What the data comes to, as frozen records: no markup, no files. Whoever shows something shows these.

What all others stand on
    view        claims, runs and verdicts, and the questions that several findings have
    titles      what systems, options and outcomes are called; `links`: where a source can be read
    classes     runs that answer equally share a column; `places`: where an outcome holds: "TCP bound", "IPv4"
    rungs       the ladder: the best that is known of a question on a system, from measured down to documented
    criteria    what a server may want, as criteria over cases
    shifts      answers that changed in the same way, described by what their cases have in common

A question in anybody's words
    asked       what happens, by class of platforms; `since`: since which version; `sayings`: what others say of systems without a run
    inverse     which options, pairs or states answer so; `facts`: facts of hosts
    goals       which options a server needs for what it wants; `unmeasured`: what others know of that; `recipes`: what runtimes set
    lookup      cases by a pattern; `named`: platforms by the names that people write

A run
    checked     what `check` finds; `merged`: all runs in one table
    changes     one run against another, and where a run departs from the nearest
    machine     what a machine that was just measured comes to

Chapters of the report, in its order
    glance      which second socket gets in, for the pairs that people ask about
    windows     what Windows does: `cells` of the guide's table by rung, `answers` for somebody who asks, `secondhand`: everything else
    summary     in short: the documents, the imitations, who can join a listener; `beliefs`: sentences with one word for every platform
    sockets     pairs of sockets across platforms, listen, moving from Windows
    versions    what changed from version to version
    traffic     who receives, multicast; `hijack`: who can take a socket's traffic
    accounts    two accounts
    closed      ports after a close; facts of a host
    platforms   what was measured, what is missing, what was left out
    documents   verdicts, contradictions, the documented tables
    sentences   what documents say in sentences, availability, published tests

And `packed`: all of it with nothing twice, for the page's script.
"""
