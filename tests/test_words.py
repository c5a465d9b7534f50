"""Names are the field's own: words that only their author understood are no identifier, no key and no output."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LEFT_OUT = ("told", "said", "mend", "mended", "borne out", "stands", "looks", "alike", "beyond", "in words", "left behind", "what came of")
AUTHORS_WORDS = re.compile(r"(?<![a-z])(" + "|".join(LEFT_OUT) + r")(?![a-z])")
MAXIMA = re.compile(r"(?<![A-Z])MOST_")
SOURCES = sorted(path for path in (ROOT / "matrix").rglob("*.py"))


def words_of(name: str) -> str:
    """An identifier as the words that it is made of: `in_words` and `inWords` are `in words`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()


def names_in(source: str) -> set[str]:
    """Every identifier that a module gives: variables, arguments, attributes, functions, classes, keywords."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.arg | ast.keyword):
            found |= {node.arg} if node.arg else set()
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


def texts_in(source: str) -> set[str]:
    """Every string that is no docstring: keys, and what is printed."""
    tree = ast.parse(source)
    holders = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    documentation = {id(node.body[0].value) for node in ast.walk(tree)
                     if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    return {node.value for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation}  # fmt: skip


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_identifier_key_or_output_is_an_authors_own_word(path: Path) -> None:
    """A reader must not have to run the code to learn what a name means."""
    source = path.read_text("utf-8")
    names = {name for name in names_in(source) if AUTHORS_WORDS.search(words_of(name)) or MAXIMA.search(name)}
    texts = {text for text in texts_in(source) if AUTHORS_WORDS.search(text.lower())}
    assert not names
    assert not texts


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("told = 1", {"told"}),
        ("def in_words(x): pass", {"in_words"}),
        ("class VerdictLooks: pass", {"VerdictLooks"}),
        ("MOST_BYTES = 1", {"MOST_BYTES"}),
        ("threshold = folder = untold = 1", set()),
    ],
)
def test_an_authors_own_word_would_be_noticed(source: str, found: set[str]) -> None:
    """The check above can fail, and knows a word from a part of one."""
    assert {name for name in names_in(source) if AUTHORS_WORDS.search(words_of(name)) or MAXIMA.search(name)} == found
