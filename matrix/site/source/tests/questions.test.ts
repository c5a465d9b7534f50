/* The page's reader means what the terminal's does: both are held to matrix/questions/questions.csv. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parsed } from "../questions/grammar.ts";
import { caseText, type Meaning, Reader } from "../questions/reader.ts";
import { data, questions } from "./shipped.ts";

const reader = new Reader(parsed(data.grammar), data.words);
const rows = questions();

/** A meaning as a row of the table has it. */
function cells(meaning: Meaning): Record<string, string> {
  return {
    kind: meaning.kind,
    case: caseText(meaning),
    measures: meaning.measures.join("|"),
    wanted: meaning.wanted,
    options: meaning.options.join("|"),
    errors: meaning.errors.join("|"),
    topic: meaning.topic,
    platforms: meaning.platforms.map((each) => each.join(" ").trim()).join(","),
    port: meaning.port === undefined ? "" : String(meaning.port),
    versions: meaning.versions ? "yes" : "",
    goals: meaning.goals.join(" "),
    runtimes: meaning.runtimes.join("|"),
    leads: meaning.leads,
    assumed: meaning.assumed.join(" "),
    corrected: meaning.corrected.map((each) => each.join("=")).join(" "),
    unknown: meaning.unknown.join(" "),
  };
}

for (const { question, command, ...expected } of rows)
  test(`${command}: ${question}`, () => assert.deepEqual(cells(reader.read(question, command === "find")), expected));

test("the table is large", () => assert.ok(rows.length >= 250));

test("no text is too odd", () => {
  for (const text of ["", " ", "then", "\u0000\uffff", "💥 then 💥", "<script>", "__proto__ then constructor", "a".repeat(400), "then ".repeat(80), "toString"])
    assert.ok(reader.read(text).kind);
});
