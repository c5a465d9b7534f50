"""JSON Schemas (draft 2020-12) of what is printed with `--format json`, and of report.json, made from the records themselves.

The files in `matrix/schemas/` are what this module makes; a test holds them to it. To publish an answer of another command, add its
line to ANSWERS.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from matrix.findings.asked import Answer
from matrix.findings.changes import Comparison, Differences
from matrix.findings.checked import Checked
from matrix.findings.facts import Fact
from matrix.findings.goals import Advice, Line
from matrix.findings.inverse import Found
from matrix.findings.lookup import Case
from matrix.findings.recipes import Judged
from matrix.findings.unmeasured import Elsewhere
from matrix.questions.grammar import SocketError, Topic
from matrix.questions.reader import Meaning
from matrix.report.chapters import CHAPTERS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PLAIN: Mapping[Any, dict[str, Any]] = {
    str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"}, NoneType: {"type": "null"},
    object: {}, Any: {},
}  # fmt: skip
# What `explain` and `find` print: some of these keys, by the kind of the question.
QUESTION: Mapping[str, Any] = {
    "question": Meaning, "answer": Answer, "cases": tuple[Case, ...], "find": Found, "facts": tuple[Fact, ...], "topic": Topic,
    "errors": tuple[SocketError, ...],
}  # fmt: skip
# command → the keys of its answer, any of them, and what each holds.
ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "explain": QUESTION,
    "find": QUESTION,
    "advise": {"advice": tuple[Advice, ...], "overview": tuple[Line, ...], "runtimes": tuple[Judged, ...],
               "second_hand": tuple[Elsewhere, ...]},
    "check": {"check": Checked},
    "compare": {"comparison": Comparison},
    "diff": {"differences": Differences},
}  # fmt: skip


def schemas() -> dict[str, str]:
    """Every schema, by the name of its file."""
    found = {f"{command}.schema.json": answer_schema(command, keys) for command, keys in ANSWERS.items()}
    found["report.schema.json"] = report_schema()
    return {name: json.dumps(schema, indent=1, sort_keys=True) + "\n" for name, schema in found.items()}


def answer_schema(command: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of one command's answer."""
    known: dict[str, dict[str, Any]] = {}
    properties = {name: schema_of(kind, known) for name, kind in keys.items()}
    return whole(f"{command}.schema.json", f"What `bind-matrix {command} --format json` prints", properties, [], known)


def report_schema() -> dict[str, Any]:
    """The schema of report.json: the findings of every chapter, and what a program asks first."""
    known: dict[str, dict[str, Any]] = {}
    chapters = {chapter.name: schema_of(get_type_hints(chapter.find)["return"], known) for chapter in CHAPTERS}
    strings = {"type": "array", "items": {"type": "string"}}
    properties = {
        "targets": strings,
        "left_out": strings,
        "observations": {"type": "object", "additionalProperties": {"type": "integer"}},
        "windows_measured": {"type": "boolean"},
        "findings": {"type": "object", "properties": chapters, "required": sorted(chapters), "additionalProperties": False},
    }
    return whole("report.schema.json", "report.json of a bind-matrix report", properties, sorted(properties), known)


def whole(name: str, title: str, properties: dict[str, Any], required: list[str], known: dict[str, Any]) -> dict[str, Any]:
    """A schema with its definitions."""
    return {"$schema": DRAFT, "$id": name, "title": title, "type": "object", "properties": properties, "required": required,
            "additionalProperties": False, "$defs": known}  # fmt: skip


def schema_of(kind: Any, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The schema of a type as `tabular.jsonable` writes its values; records are added to the definitions."""
    if kind in PLAIN:
        return PLAIN[kind]
    origin, words = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(each, known) for each in words]}
    if origin is tuple and len(words) == 2 and words[1] is Ellipsis:
        return {"type": "array", "items": schema_of(words[0], known)}
    if origin is tuple:
        return {"type": "array", "prefixItems": [schema_of(each, known) for each in words], "minItems": len(words), "items": False}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema_of(words[1], known)}
    if origin in (list, frozenset):
        return {"type": "array", "items": schema_of(words[0], known)}
    if is_dataclass(kind) and isinstance(kind, type):
        return record(kind, known)
    if is_dataclass(origin) and isinstance(origin, type):
        return record(origin, known, words)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [str(each) for each in kind]}
    return {"type": "string"}  # whatever else is written as text, a path


def record(kind: Any, known: dict[str, dict[str, Any]], words: tuple[Any, ...] = ()) -> dict[str, Any]:
    """A reference to a record's definition, which is made when it is first met. `words`: the types of a generic record."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name not in known:
        known[name] = {}
        given = dict(zip(getattr(kind, "__parameters__", ()), words, strict=True))
        hints = {field: specific(hint, given) for field, hint in get_type_hints(kind).items()}
        properties = {field.name: schema_of(hints[field.name], known) for field in fields(kind)}
        known[name] = {"type": "object", "properties": properties, "required": sorted(properties), "additionalProperties": False}
    return {"$ref": f"#/$defs/{name}"}


def specific(hint: Any, given: Mapping[Any, Any]) -> Any:
    """A type with the variables of a generic record replaced by what they stand for."""
    if hint in given:
        return given[hint]
    variables = getattr(hint, "__parameters__", ())
    return hint[tuple(given[each] for each in variables)] if variables and given else hint
