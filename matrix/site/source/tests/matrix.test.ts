/* The packed observations, their comparison, the address's state, and versions. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { answersOf, filtered } from "../cases.ts";
import { compareVersions, spans } from "../classes.ts";
import { compare, compareDocumented, versionChains } from "../compare.ts";
import { Matrix } from "../data.ts";
import { Judge, within } from "../judge.ts";
import { errorNames, outcomeStyle } from "../phrases.ts";
import { addressed, addressOf } from "../sentences.ts";
import { EMPTY, fromHash, toHash } from "../state.ts";
import { data } from "./shipped.ts";

const matrix = Matrix.of(data);
const ID = "tcp ipv4 default@wildcard listening ipv4 SO_REUSEADDR@specific same";

test("a case has one id and one number", () => {
  const number = matrix.caseById(ID);
  assert.ok(number !== undefined);
  assert.equal(matrix.idOf(number), ID);
  assert.equal(matrix.caseOf(matrix.wordsOf(number)), number);
  for (const text of ["", "tcp", `${ID} more`, ID.replace("tcp", "sctp"), ID.replace("@", "")]) assert.equal(matrix.caseById(text), undefined);
});

test("every platform has as many rows as its host says", () => {
  matrix.platforms.forEach((platform, place) => {
    let rows = matrix.facts[place].length;
    for (let number = 0; number < matrix.count; number++) rows += matrix.row(number, place).size;
    assert.equal(rows, platform.rows, platform.target);
  });
});

test("a platform is like itself, and a comparison has no direction", () => {
  assert.equal(compare(matrix, 0, 0).changed, 0);
  const [there, back] = [compare(matrix, 0, 1), compare(matrix, 1, 0)];
  assert.deepEqual([there.questions, there.changed], [back.questions, back.changed]);
  assert.ok(there.changed > 0);
  assert.deepEqual([...versionChains(matrix).keys()], ["linux"]);
});

test("filters narrow, and their cases are whole", () => {
  const all = filtered(matrix, {});
  const udp = filtered(matrix, { protocol: "udp" });
  const differ = filtered(matrix, { differ: "1" });
  assert.ok(udp.cases > 0 && udp.cases < all.cases);
  assert.ok(differ.cases < all.cases && differ.groups.every((group) => group.kinds > 1));
  assert.equal(all.groups.reduce((sum, group) => sum + group.cases.length, 0), all.cases);
  assert.equal(filtered(matrix, { protocol: "nonsense" }).cases, 0);
});

test("what is documented of a case", () => {
  const judge = new Judge(data);
  const number = matrix.caseById(ID)!;
  const spoken = judge.speaking(matrix, number);
  assert.ok(spoken.length > 0);
  assert.ok(judge.known(matrix, number).every((each, at, all) => at === 0 || "measured asserted reported documented".indexOf(all[at - 1].rung) <= "measured asserted reported documented".indexOf(each.rung)));
  assert.equal(judge.verdict("SUCCESS", "SUCCESS"), "agrees");
});

test("a documented table is what its claims say, case by case", () => {
  const judge = new Judge(data);
  const bind = matrix.measure("bind");
  const table = judge.expectations(matrix, data.guide, bind);
  assert.ok(table.size > 0);
  for (let number = 0; number < matrix.count; number += 31) {
    const spoken = judge.speaking(matrix, number).filter(({ claim, measure }) => claim.source === data.guide[0] && claim.section === data.guide[1] && measure === bind);
    assert.equal(table.get(number), spoken[0]?.expected);
  }
  const wine = matrix.indexOf("wine-8.0");
  const found = compareDocumented(matrix, wine, table);
  const asked = [...table].filter(([number]) => !["", ...data.words.not_measured].includes(matrix.outcome(number, bind, wine)));
  assert.equal(found.questions, asked.length);
  assert.equal(found.changed, asked.filter(([number, expected]) => matrix.outcome(number, bind, wine) !== expected).length);
  assert.equal(found.ways.reduce((sum, way) => sum + way.cases.length, 0), found.changed);
});

test("versions are numbers between dots", () => {
  assert.ok(compareVersions("6.2", "6.12") < 0 && compareVersions("6.2", "6.2.1") < 0 && compareVersions("6", "6") === 0);
  assert.ok(within("6.1.7601", "6.0", "6.1") && !within("6.2", "", "6.1") && !within("", "5.0", "") && within("", "", ""));
  assert.deepEqual(spans(["1", "2", "4"], ["1", "2", "3", "4"]), ["1 and 2", "4"]);
});

test("the state survives its address, and no address is too odd", () => {
  const state = { ...EMPTY, q: "0.0.0.0 then :: & = # % ü", case: ID, filters: { protocol: "udp", differ: "1" }, a: "linux-6.1" };
  assert.deepEqual(fromHash(`#${toHash(state)}`), state);
  assert.equal(toHash(EMPTY), "");
  for (const hash of ["", "#", "#a-heading", "#%", "#q=%E0%A4%A", "#__proto__=1&constructor=2", "#f.=1&f.__proto__=2"]) fromHash(hash);
});

test("what a document leaves open is no refusal, and every word that is expected has a style", () => {
  for (const expected of Object.keys(data.verdicts).flatMap((words) => words.split("|"))) {
    const refused = /^(INUSE|ACCESS|REFUSED|refused|EINVAL)$/.test(expected);
    assert.equal(outcomeStyle(expected).kind === "no", refused, expected);
    assert.notEqual(outcomeStyle(expected).word, expected === "refused" ? "" : expected);
  }
  assert.deepEqual(outcomeStyle("LEFT_OPEN"), { glyph: "○", word: "left open", kind: "open" });
  assert.equal(outcomeStyle("a-word-to-come").kind, "word");
  assert.notEqual(outcomeStyle("refused", "late-option").kind, "no");
});

test("an error has the names of its systems", () => {
  assert.deepEqual(errorNames(data.words, "INUSE", { systems: ["wine"] }), ["WSAEADDRINUSE"]);
  assert.deepEqual(errorNames(data.words, "ACCESS", { systems: ["linux", "windows", "gvisor"] }), ["EACCES", "WSAEACCES"]);
  assert.deepEqual(errorNames(data.words, "EINVAL", { systems: ["windows-9x"] }), ["WSAEINVAL"]);
  for (const outcome of ["SUCCESS", "refused", "REFUSED", "LEFT_OPEN", "NOT_RUN", "both"]) assert.deepEqual(errorNames(data.words, outcome), []);
});

test("a filter offers the answers that there are to what is asked, and each of them finds a case", () => {
  for (const [measure, about] of data.words.measures) {
    if (about === "host") continue;
    for (const system of ["", "wine"]) {
      const offered = answersOf(matrix, { measure, system });
      for (const [outcome, words] of offered) {
        assert.ok(filtered(matrix, { measure, system, outcome }).cases > 0, `${measure} ${outcome}`);
        assert.doesNotMatch(words, /^(ACCESS|INUSE|SUCCESS|NOT_RUN)$/);
      }
    }
  }
  assert.ok(answersOf(matrix, {}).every(([outcome]) => outcome !== "both"));
  assert.ok(answersOf(matrix, { outcome: "both" }).some(([outcome]) => outcome === "both"), "what the address asks for is shown");
});

test("documents are asked of a case about nothing that can't be asked of it", () => {
  const judge = new Judge(data);
  for (let number = 0; number < matrix.count; number += 97) {
    const names = new Set([...judge.speaking(matrix, number), ...judge.known(matrix, number)].map(({ measure }) => data.words.measures[measure]));
    for (const [name, about] of names) {
      assert.notEqual(about, "host");
      if (name.endsWith("listen")) assert.ok(matrix.idOf(number).startsWith("tcp"));
    }
  }
});

test("whatever was measured of a case can be asked of it", () => {
  for (let number = 0; number < matrix.count; number++)
    for (const measure of matrix.measuresOf(number)) assert.ok(matrix.canAsk(number, measure), `${matrix.idOf(number)} ${matrix.measures[measure]}`);
});

test("sentences of two documents have two addresses, and an older link finds the first", () => {
  const { sentences } = data;
  assert.equal(new Set(sentences.map(addressOf)).size, sentences.length);
  for (const each of sentences) {
    assert.equal(addressed(sentences, addressOf(each)), addressOf(each));
    assert.equal(addressed(sentences, each.name), addressOf(sentences.find(({ name }) => name === each.name)!));
  }
  assert.equal(addressed(sentences, "nonsense"), "");
});
