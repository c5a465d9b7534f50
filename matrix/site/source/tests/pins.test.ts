/* Links to the very runs that they speak of, and pages of some runs only. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, distances } from "../compare.ts";
import { Matrix, type Platform } from "../data.ts";
import { Judge } from "../judge.ts";
import { pinned, pinsOf } from "../pins.ts";
import { alike } from "../recipes.ts";
import { fromHash, toHash } from "../state.ts";
import { data } from "./shipped.ts";

const matrix = Matrix.of(data);
const run = (target: string, sha256: string, own = false): Platform => ({ ...matrix.platforms[0], target, sha256: sha256.repeat(64), own });
const PAGE = [run("linux-6.1", "a"), run("linux-6.2", "b"), run("mine", "c", true)];

test("pinned runs are here, measured anew or gone", () => {
  const found = pinned(`linux-6.1@${"a".repeat(12)},older@${"b".repeat(12)},linux-6.2@${"e".repeat(12)},away@${"f".repeat(12)},mine@${"c".repeat(12)},<b>,linux-6.1@zz`, PAGE);
  assert.deepEqual(found.fates.map(({ pin, kind }) => [pin.target, kind]), [["linux-6.1", "here"], ["older", "gone"], ["linux-6.2", "anew"], ["away", "gone"], ["mine", "gone"]]);
  assert.deepEqual(found.unread, ["<b>", "linux-6.1@zz"]);
  assert.deepEqual(found.places, [0]);
}); // prettier-ignore

test("what a page pins it finds again, in its address too", () => {
  const text = pinsOf(PAGE);
  assert.equal(text, `linux-6.1@${"a".repeat(12)},linux-6.2@${"b".repeat(12)}`);
  assert.equal(toHash({ ...fromHash("")!, pin: text, run: "linux-6.1" }), `run=linux-6.1&pin=${text}`);
  assert.equal(fromHash(`#pin=${encodeURIComponent(text)}`)?.pin, text);
  assert.deepEqual(pinned(text, PAGE).fates.map(({ kind }) => kind), ["here", "here"]);
  assert.deepEqual(pinned(pinsOf(matrix.platforms), matrix.platforms).places, [...matrix.platforms.keys()]);
  assert.equal(new Set(matrix.platforms.map(({ sha256 }) => sha256)).size, matrix.platforms.length);
}); // prettier-ignore

test("some platforms alone answer as they do among the others", () => {
  const judge = new Judge(data);
  const few = matrix.only([2, 0]);
  assert.deepEqual(few.platforms.map(({ target }) => target), [matrix.platforms[2].target, matrix.platforms[0].target]);
  for (let number = 0; number < matrix.count; number += 97) {
    assert.equal(few.row(number, 0), matrix.row(number, 2));
    assert.equal(few.row(number, 1), matrix.row(number, 0));
    for (const { claim } of judge.speaking(matrix, number).slice(0, 3)) assert.equal(judge.relation(claim, few, 0), judge.relation(claim, matrix, 2));
  }
  assert.deepEqual(few.facts[1], matrix.facts[0]);
  assert.equal(matrix.only([]).has(0), false);
}); // prettier-ignore

test("distances are what comparisons count", () => {
  for (const one of matrix.platforms.keys())
    assert.deepEqual(distances(matrix, one), matrix.platforms.map((_, other) => { const { questions, changed } = compare(matrix, one, other); return { questions, changed }; }));
}); // prettier-ignore

test("recipes that come to the same stand together", () => {
  for (const protocol of ["tcp", "udp"]) {
    const groups = alike(data.recipes, protocol);
    assert.equal(groups.flat().length, data.recipes.filter((each) => each.protocol === protocol).length);
    assert.ok(groups.some((group) => group.length > 1));
    for (const group of groups) for (const each of group) assert.deepEqual([each.option, each.judged], [group[0].option, group[0].judged]);
  }
});
