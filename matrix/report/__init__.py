"""From findings to text. Everything here takes findings and returns text; nothing is computed, parsed or printed.

    blocks      what a report is made of, whatever its format
    markdown    blocks as Markdown; `terminal`: as plain text; `site.html`: as a page
    tabular     verdicts.csv and report.json
    words       the words that chapters share
    chapters    the report's chapters in their order, one line each
    lookup      what `explain` shows; `goals`: what `advise` does; `summary`: a job's summary

and a file a chapter, in the report's order: short, believe, platforms (and legs), documents, sockets, accounts, traffic, closed,
versions, sentences, method.
"""
