"""Loads and validates: runs, claims, legs. Every fault is named with file, row and value; nothing faulty travels further.

strict      one file, read within limits: bytes, CSV, JSON, TOML; `garbage`: Python's collector, paused while much is made
cases       every case that the vocabulary can make, numbered
rows        what a row of observations may say, and a row of counts; `rules`: the same for the page's script, as data
catalogue   the distinct lines of all runs, parsed and validated once; a run is an array of line numbers
host        host.json into a record
whole       which cases and controls a run must hold
runs        folders into runs; `packed`: many in one file, `carried` with the program or kept in the `cache`
sources     what claims and evidence have in common
claims      what documents say and tests assert; `statements`: of Microsoft's guide, one by one
evidence    what others measured
recipes     what runtimes set by default
history     commits behind changes
legs        the results of a workflow's legs
"""
