/* A reader's own run: taken whole, or refused with file, row and value. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Matrix } from "../data.ts";
import { csvRows, ownRun, shown, Unreadable } from "../dropped.ts";
import { data } from "./shipped.ts";

const matrix = Matrix.of(data);
const COLUMNS = [...matrix.words.keys, "outcome", "error", "agreed", "attempts", "detail"].join();
const ROW = "tcp,ipv4,default,wildcard,listening,ipv4,SO_REUSEADDR,specific,same,bind,SUCCESS,,3,3,";
const SUM = "0".repeat(64);
const HOST = {
  schema: matrix.words.schema, vocabulary: matrix.words.vocabulary, target: "mine", system: "linux", version: "6.9", kernel: "Linux 6.9", name: "Mine",
  imitates: null, container: "", machine: "x86_64", python: { implementation: "CPython", version: "3.12.1" }, account: "root", accounts: {},
  measured: "2026-01-02", repeat: 3, selection: "", options: ["default", "SO_REUSEADDR"], probe: { version: "1", sha256: SUM }, rows: 1, sha256: SUM,
  controls: ["before", "after"].flatMap((when) => Object.entries(matrix.words.controls).map(([name, known]) => ({ name, when, expected: known, observed: known }))),
}; // prettier-ignore

async function read(host: unknown = HOST, text = `${COLUMNS}\n${ROW}\n`, sum: string | undefined = SUM) {
  const files = new Map([["host.json", typeof host === "string" ? host : JSON.stringify(host)], ["observations.csv", text]]); // prettier-ignore
  return ownRun(files, matrix, async () => sum);
}

test("a good run stands beside the others", async () => {
  const run = await read();
  const larger = matrix.with(run.platform, run.rowOf, run.facts);
  const number = larger.caseById("tcp ipv4 default@wildcard listening ipv4 SO_REUSEADDR@specific same")!;
  assert.equal(larger.outcome(number, larger.measure("bind"), larger.indexOf("mine")), "SUCCESS");
  assert.equal(matrix.indexOf("mine"), -1);
});

const BAD: [name: string, host: unknown, text: string, sum: string, says: RegExp][] = [
  ["no JSON", "{", `${COLUMNS}\n${ROW}\n`, SUM, /host\.json: not JSON/],
  ["no object", "[]", `${COLUMNS}\n${ROW}\n`, SUM, /host\.json: not an object/],
  ["another schema", { ...HOST, schema: 99 }, `${COLUMNS}\n${ROW}\n`, SUM, /host\.json: schema/],
  ["markup for a target", { ...HOST, target: "<img src=x onerror=alert(1)>" }, `${COLUMNS}\n${ROW}\n`, SUM, /host\.json: target/],
  ["a target that is there", { ...HOST, target: "linux-6.1" }, `${COLUMNS}\n${ROW}\n`, SUM, /on this page already/],
  ["a control that failed", { ...HOST, controls: [{ name: "x", expected: "a", observed: "b" }] }, `${COLUMNS}\n${ROW}\n`, SUM, /control/],
  ["a control too few", { ...HOST, controls: HOST.controls.slice(1) }, `${COLUMNS}\n${ROW}\n`, SUM, /controls from before the run are missing/],
  ["an outcome that is none", HOST, `${COLUMNS}\n${ROW.replace("SUCCESS,,", "FOO,,")}\n`, SUM, /row 2: unknown outcome of bind/],
  ["another error's outcome", HOST, `${COLUMNS}\n${ROW.replace("SUCCESS,,", "INUSE,EACCES,")}\n`, SUM, /row 2: unknown outcome of bind/],
  ["not run, and yet attempts", HOST, `${COLUMNS}\n${ROW.replace("SUCCESS,,", "NOT_RUN,,")}\n`, SUM, /row 2: NOT_RUN can't be/],
  ["a measure without its bind", HOST, `${COLUMNS}\n${ROW.replace(",bind,", ",listen,")}\n`, SUM, /whose bind was not asked: tcp ipv4/],
  ["another checksum", HOST, `${COLUMNS}\n${ROW}\n`, "1".repeat(64), /checksum/],
  ["other columns", HOST, `a,b\n${ROW}\n`, SUM, /row 1/],
  ["cut off", { ...HOST, rows: 2 }, `${COLUMNS}\n${ROW}\n`, SUM, /host\.json says 2/],
  ["an unknown word", HOST, `${COLUMNS}\n${ROW.replace("wildcard", "elsewhere")}\n`, SUM, /row 2: unknown first_address “elsewhere”/],
  ["an unknown measure", HOST, `${COLUMNS}\n${ROW.replace(",bind,", ",__proto__,")}\n`, SUM, /row 2: unknown measure/],
  ["more agreed than tried", HOST, `${COLUMNS}\n${ROW.replace("3,3", "4,3")}\n`, SUM, /row 2: agreed/],
  ["a case twice", { ...HOST, rows: 2 }, `${COLUMNS}\n${ROW}\n${ROW}\n`, SUM, /row 3: the same case/],
  ["no such case", HOST, `${COLUMNS}\n${ROW.replace("tcp,", "udp,")}\n`, SUM, /row 2: no such case/],
  ["markup for a detail", HOST, `${COLUMNS}\n${ROW}<b>\n`, SUM, /row 2: detail/],
];
for (const [name, host, text, sum, says] of BAD)
  test(`refused: ${name}`, () => assert.rejects(read(host, text, sum), (problem: unknown) => problem instanceof Unreadable && says.test(problem.faults.join("\n"))));

test("one file alone is not enough", () =>
  assert.rejects(ownRun(new Map([["host.json", "{}"]]), matrix, async () => undefined), Unreadable));

test("cells in quotes", () => {
  assert.deepEqual(csvRows('a,"b,""c""\nd"\ne,f\n'), [["a", 'b,"c"\nd'], ["e", "f"]]); // prettier-ignore
  assert.equal(shown("a\u0007b"), "“a\u{fffd}b”");
});
