"""Loads and validates: runs, claims, legs. Every fault is named with file, row and value; nothing faulty travels further.

strict      one file, read within limits: bytes, CSV, JSON, TOML
rows        what a row of observations may say, and a row of counts
catalogue   the distinct lines of all runs, parsed and validated once; a run is an array of line numbers
host        host.json into a record
whole       which cases and controls a run must hold
runs        folders into runs
claims      what the sources say
legs        the results of a workflow's legs
"""
