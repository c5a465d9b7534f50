"""From findings to text. Everything here takes findings and returns text; nothing is computed, parsed or printed.

    blocks      what a report is made of, whatever its format
    markdown    blocks as Markdown; `terminal`: as plain text; `site.html`: as a page
    tabular     verdicts.csv and report.json
    words       the words that chapters share
    chapters    the report's chapters in their order, one line each
    asked       what `explain` shows, `question`: in which words; `inverse`: what `find` shows
    lookup      cases of a pattern with every measure; `goals`: what `advise` does; `summary`: a job's summary

and a file a chapter, in the report's order: short, believe, platforms (and legs), documents, sockets, accounts, traffic, closed,
versions, sentences, method.
"""
