/* A reader's own run: taken whole, or refused with file, row and value; by the table that the loader is held to, too. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Matrix } from "../data.ts";
import { FILES, ownRun, Unreadable } from "../dropped.ts";
import { globbed, matches, patternsIn } from "../globs.ts";
import { csvRows, shown } from "../strict.ts";
import { data } from "./shipped.ts";

const BROKEN = "tests/reporter/broken";
const TODAY = "2026-11-25";
const matrix = Matrix.of(data);

interface Entry {
  file: (typeof FILES)[number];
  change: [kind: string, ...values: unknown[]];
  says: string; // blank where the run is still good
  named?: string; // the file of the fault, where it is another one
}

type Files = Map<string, Buffer>;
const sum = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const good = (): Files => new Map(FILES.map((name) => [name, readFileSync(`${BROKEN}/run/${name}`)]));

async function read(files: Files, hash = async (bytes: Uint8Array): Promise<string | undefined> => sum(bytes)) {
  return ownRun(files, matrix, data.rules, hash, TODAY);
}

/** The bytes of a file after a change, as tests/reporter/test_broken.py makes them. */
function changed(bytes: Buffer, kind: string, values: unknown[]): Buffer {
  const text = bytes.toString();
  const [header, row, ...others] = text.split("\n");
  const rest = others.join("\n");
  const cells = (row ?? "").split(",");
  const joined = (row2: string[]) => Buffer.from([header, row2.join(), rest].join("\n"));
  const [one, two, three] = values as [string, string, number];
  switch (kind) {
    case "cell": return joined(cells.with(Number(one), two));
    case "cell_times": return joined(cells.with(Number(one), two.repeat(three)));
    case "answer": case "count": return joined([...cells.slice(0, 10), ...(values as string[])]);
    case "replace": return Buffer.from(text.replace(one, () => two));
    case "replace_all": return Buffer.from(text.replaceAll(one, two));
    case "prepend": return Buffer.concat([Buffer.from(one, "hex"), bytes]);
    case "insert": return Buffer.concat([Buffer.from(`${header}\n`), Buffer.from(one, "hex"), Buffer.from(`${row}\n${rest}`)]);
    case "append": return Buffer.from(text + one);
    case "append_first": return Buffer.from(`${text}${row}\n`);
    case "drop_first": return Buffer.from(`${header}\n${rest}`);
    case "cut": return bytes.subarray(0, bytes.length - Number(one));
    case "text": return Buffer.from(one);
    case "text_times": return Buffer.from(one.repeat(Number(two)));
    default: throw new Error(kind);
  } // prettier-ignore
}

type Facts = Record<string, unknown> & { controls: { name: string; when: string; observed: string }[] };

function edit(files: Files, change: (facts: Facts) => void): void {
  const facts = JSON.parse(files.get("host.json")!.toString()) as Facts;
  change(facts);
  files.set("host.json", Buffer.from(JSON.stringify(facts)));
}

function sign(files: Files): void {
  const footer = (name: string) => ({ rows: Math.max(files.get(name)!.toString("latin1").split("\n").length - 2, 0), sha256: sum(files.get(name)!) });
  edit(files, (facts) => Object.assign(facts, footer("observations.csv"), { counts: footer("counts.csv") }));
}

function spoiled({ file, change: [kind, ...values] }: Entry): Files {
  const files = good();
  if (kind === "omit") files.delete(file);
  else if (kind === "fact")
    edit(files, (facts) => {
      const names = String(values[0]).split(".");
      const inside = names.slice(0, -1).reduce((object, name) => object[name] as Facts, facts);
      inside[names.at(-1)!] = values[1];
    });
  else if (kind === "control")
    edit(files, (facts) => {
      const [name, when, observed] = values as string[];
      const found = facts.controls.map((each) => (each.name === name && each.when === when ? { ...each, observed } : each));
      facts.controls = found.filter((each) => each.observed !== null);
    });
  else {
    files.set(file, changed(files.get(file)!, kind, values));
    if (file !== "host.json") sign(files);
  }
  return files;
}

for (const [at, entry] of (JSON.parse(readFileSync(`${BROKEN}/faults.json`, "utf8")) as Entry[]).entries())
  test(`${entry.says ? "refused" : "taken"} (${at}): ${entry.file} ${JSON.stringify(entry.change).slice(0, 60)}`, async () => {
    const files = spoiled(entry);
    if (!entry.says) return void (await read(files));
    await assert.rejects(read(files), (problem: unknown) => {
      assert.ok(problem instanceof Unreadable, String(problem));
      const name = entry.named ?? entry.file;
      assert.ok(problem.faults.some((fault) => fault.includes(name) && fault.includes(entry.says)), problem.faults.join("\n"));
      for (const fault of problem.faults) assert.match(fault, /^[a-z]+\.(csv|json)(, row \d+)?: .+ — .+|faults of this file/s);
      return true;
    });
  }); // prettier-ignore

test("a good run stands beside the others, with how its traffic was split", async () => {
  const run = await read(good());
  const larger = matrix.with(run.platform, run.rowOf, run.facts, run.splits);
  const place = larger.indexOf("linux-part");
  const number = larger.caseById("udp ipv4 SO_REUSEPORT@specific bound ipv4 SO_REUSEPORT@specific same")!;
  assert.equal(larger.outcome(number, larger.measure("bind"), place), "SUCCESS");
  assert.deepEqual(larger.split(number, larger.measure("deliver-ipv4"), place), { first: 31, second: 29 });
  assert.equal(matrix.indexOf("linux-part"), -1);
  assert.equal(run.platform.sha256, sum(good().get("observations.csv")!));
});

test("a target that is on the page already is refused", async () => {
  const files = good();
  edit(files, (facts) => (facts.target = "linux-6.1"));
  await assert.rejects(read(files), /on this page already/);
});

test("where the browser has no hash, the rest is checked all the same", async () => {
  await read(good(), async () => undefined);
  await assert.rejects(read(spoiled({ file: "observations.csv", change: ["cell", 0, "sctp"], says: "" }), async () => undefined), /unknown protocol/);
});

test("cells in quotes", () => {
  assert.deepEqual(csvRows('a,"b,""c""\nd"\ne,f\n'), [[2, ["a", 'b,"c"\nd']], [3, ["e", "f"]]]);
  assert.deepEqual(csvRows('"",\n\n"x"'), [[1, ["", ""]], [2, []], [3, ["x"]]]);
  assert.equal(csvRows('a,"b"c\n'), 1);
  assert.deepEqual([csvRows('a\nb,"c\n'), csvRows('a\nb,"c')], [2, 2]);
  assert.equal(shown("a\u0007b"), "“a\u{fffd}b”");
}); // prettier-ignore

test("globs are those of the shell", () => {
  for (const [glob, word, fits] of [["S*T@wild*", "SO_REUSEPORT@wildcard", true], ["tc?", "tcp", true], ["[tu]?p", "udp", true], ["[!t]?p", "tcp", false], ["[!t]?p", "udp", true], ["[", "[", true], ["[]]", "]", true], ["a.c", "abc", false], ["[z-a]", "z", false]] as const)
    assert.equal(globbed(glob).test(word), fits, glob);
  assert.deepEqual(patternsIn(" tcp  same, udp,, ").map((globs) => globs.map(String)), [["/^tcp$/", "/^same$/"], ["/^udp$/"]]);
  assert.ok(matches("tcp ipv4 same", ["tcp", "same"].map(globbed)) && !matches("tcp ipv4 same", ["same", "tcp"].map(globbed)));
}); // prettier-ignore
