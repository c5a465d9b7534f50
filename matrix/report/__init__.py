"""From findings to text. Everything here takes findings and returns text; nothing is computed, parsed or printed.

What a text is made of
    blocks      whatever its format; `words`, `phrases`: what chapters share; `citing`: sources as links
    markdown    blocks as Markdown, `narrow`: tables that fit; `terminal`: as plain text; `site.html`: as a page
    pictures    drawings as SVG; `grids`: the guide's table among them
    tabular     verdicts.csv and report.json; `merged`: merged.csv; `badges`; `schemas`: of what programs read

A question's answer
    asked       what `explain` shows; `question`: in which words; `sayings`: what others say; `lookup`: a case in full
    inverse     what `find` shows; `goals`: what `advise` does
    screen      no longer than a screen

A run: `machine`, how the first one ends; `summary`, a job's.

The report: `chapters` has its parts and chapters in their order, one line each; a part begins with its sentence of `answers`, a
chapter with its `definitions`; `front` is what README shows of it. A file a chapter: short, advice, windows, evidence, believe,
sockets, versions, traffic, accounts, closed, platforms (and legs), documents, sentences, method.
"""
