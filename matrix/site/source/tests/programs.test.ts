/* The page's programs are the terminal's, byte by byte: both are held to tests/programs/digests.csv. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Matrix } from "../data.ts";
import { program, programsOf } from "../programs.ts";
import { csvRows } from "../strict.ts";
import { data } from "./shipped.ts";

const matrix = Matrix.of(data);
const read = csvRows(readFileSync("tests/programs/digests.csv", "utf8"));
assert.ok(typeof read !== "number");
const rows = read.slice(1).map(([, cells]) => cells);
const STEP = 19; // every so manieth case is taken, on both sides

test("every program of a sample of all cases is the terminal's", () => {
  const found = new Map<string, ReturnType<typeof createHash>>();
  for (let number = 0; number < matrix.count; number += STEP) {
    const cells = matrix.wordsOf(number);
    for (const name of programsOf(matrix.words, cells))
      for (const language of Object.keys(matrix.words.programs.languages)) {
        const key = [language, name, cells[4], cells[8]].join();
        found.set(key, (found.get(key) ?? createHash("sha256")).update(program(matrix.words, cells, language, name)));
      }
  }
  assert.deepEqual(Object.fromEntries([...found].map(([key, hash]) => [key, hash.digest("hex")])), Object.fromEntries(rows.map(([language, name, state, account, digest]) => [[language, name, state, account].join(), digest])));
  assert.ok(rows.length >= 80);
});
