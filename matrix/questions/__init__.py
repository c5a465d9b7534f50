"""Questions as people type them, and what they mean.

grammar.toml    words and phrases, errors, and what cannot be asked yet: data, shared with the page
questions.csv   questions with their meaning: what every reader of the grammar is held against
grammar.py      loads the grammar
words.py        cuts a text into tokens
sockets.py      gives the tokens to the two sockets
settled.py      what was not typed: states, options, addresses, accounts
reader.py       from the tokens to a Meaning
"""
