/* A reader's own run: read here and nowhere else, held to the rules of `bind-matrix check`, and never trusted. */

import { type Answer, FIRST_OPTION, type Matrix, type Platform, SECOND_OPTION, type Split } from "./data.ts";
import { matches, patternsIn } from "./globs.ts";
import { controls, hostOf } from "./host.ts";
import { caseText, measureOf, type Row, RowRules, type Rules } from "./rules.ts";
import { Faults, json, rowsOf, shown, table } from "./strict.ts";

export const FILES = ["observations.csv", "counts.csv", "host.json"] as const;
const AGAIN = "run the probe again into this folder";
const CUT = `the run was cut off, or the CSV was changed afterwards; ${AGAIN}`;
const MAX_SHOWN = 20; // faults of all files

/** What is wrong with a run, as sentences that name file, row, value and what to do. */
export class Unreadable extends Error {
  constructor(readonly faults: string[]) {
    super(faults[0] ?? "");
  }
}

export interface OwnRun {
  platform: Platform;
  rowOf: Map<number, Map<number, Answer>>;
  facts: [string, Answer][];
  splits: Map<number, Map<number, Split>>; // case → measure
}

/** A whole run of the reader's. `hash` gives the SHA-256 of bytes, or undefined where the browser can't; `today` may be blank. */
export async function ownRun(
  files: ReadonlyMap<string, Uint8Array>,
  matrix: Matrix,
  rules: Rules,
  hash: (bytes: Uint8Array) => Promise<string | undefined>,
  today = "",
): Promise<OwnRun> {
  const missing = FILES.filter((name) => !files.has(name));
  if (missing.length) throw new Unreadable(missing.map((name) => `${name}: ${name === "host.json" ? "missing" : "cannot be read (it was not chosen)"} — choose ${FILES.join(", ")} of one run together`));
  const [observations, counts, host] = FILES.map((name) => files.get(name)!);
  const [rows, counted, header] = FILES.map((name) => new Faults(name, rules.limits.faults));
  const facts = json(host, rules, header);
  const platform = facts && hostOf(facts, matrix.words, rules, today, header);
  if (platform && matrix.indexOf(platform.target) >= 0) header.add(undefined, "a run of this target is on this page already", platform.target, "measure with another --target");
  if (facts) await footer(facts, observations, counts, hash, header);
  const read = table(observations, rules.columns, rules, rows).map(([line, cells]) => rowOf(line, cells));
  const rowRules = new RowRules(rules, matrix.words);
  if (!rows.count) rowRules.name(read, platform?.repeat, rows);
  if (platform && !rows.count) cases(platform, matrix, read, rules, rows);
  if (!rows.count && observations.at(-1) !== 10) rows.add(undefined, "is not what the probe writes, and no row says why", undefined, "does its last line end in a line end?");
  if (facts && platform && !rows.count) controls(facts, new Set(read.filter((row) => rowRules.isMeasured(row)).map((row) => row.question[8])), rules, header);
  const splits = platform && !rows.count ? splitsOf(counts, read, rowRules, counted, matrix) : new Map<number, Map<number, Split>>();
  const faults = [...header.sentences(), ...rows.sentences(), ...counted.sentences()];
  if (faults.length || !platform) throw new Unreadable(faults.slice(0, MAX_SHOWN));
  return { platform, ...answers(read, matrix), splits };
}

function rowOf(line: number, cells: string[]): Row {
  const [outcome, error, agreed, attempts, detail] = cells.slice(-5);
  return { line, question: cells.slice(0, -5), outcome, error, agreed, attempts, detail };
}

/** So many rows, and exactly these bytes. */
async function footer(facts: Record<string, unknown>, observations: Uint8Array, counts: Uint8Array, hash: (bytes: Uint8Array) => Promise<string | undefined>, faults: Faults): Promise<void> {
  for (const [name, promised, data] of [["observations.csv", facts, observations], ["counts.csv", facts.counts, counts]] as const) {
    if (typeof promised !== "object" || promised === null || Array.isArray(promised)) {
      faults.add(undefined, `says nothing of ${name}`, promised, AGAIN);
      continue;
    }
    const { rows, sha256 } = promised as Record<string, unknown>;
    if (rows !== rowsOf(data)) faults.add(undefined, `rows does not match the ${rowsOf(data).toLocaleString("en-US")} rows of ${name}`, rows, CUT);
    const found = await hash(data);
    if (found === undefined ? !/^[0-9a-f]{64}$/.test(String(sha256)) : sha256 !== found) faults.add(undefined, `sha256 is not that of ${name}${found ? `, ${found}` : ""}`, sha256, CUT);
  }
}

/** The numbers of the cases of which a host must have been asked bind. */
export function expected(platform: Platform, matrix: Matrix): number[] {
  const options = new Set(platform.options.map((option) => matrix.codeOf(FIRST_OPTION, option)));
  const patterns = patternsIn(platform.selection);
  const found: number[] = [];
  for (let number = 0; number < matrix.count; number++)
    if (options.has(matrix.code(number, FIRST_OPTION)) && options.has(matrix.code(number, SECOND_OPTION)) && (!platform.selection || patterns.some((globs) => matches(matrix.idOf(number), globs)))) found.push(number);
  return found;
}

/** Name what a run's binds have too much and too little. */
function cases(platform: Platform, matrix: Matrix, rows: readonly Row[], rules: Rules, faults: Faults): void {
  const binds = rows.filter((row) => measureOf(row) === "bind");
  if (!binds.length) faults.add(undefined, "no bind was measured", undefined, AGAIN);
  if (platform.older) return; // it was asked other questions
  const wanted = new Set(expected(platform, matrix));
  const all = wanted.size;
  for (const row of binds) {
    const number = matrix.caseOf(row.question.slice(0, -1));
    if (number === undefined || !wanted.delete(number)) faults.add(row.line, "a case that this host can't be asked", caseText(row), AGAIN);
  }
  const missing = [...wanted].slice(0, rules.limits.named).map((number) => matrix.wordsOf(number).join(" ")); // prettier-ignore
  if (wanted.size) faults.add(undefined, `${wanted.size.toLocaleString("en-US")} of ${all.toLocaleString("en-US")} cases are missing`, missing.join("; "), `the run is not whole; ${AGAIN}, or name its --only`);
}

/** How split traffic was split: each split of observations.csv once, numbers that add up. */
function splitsOf(data: Uint8Array, rows: readonly Row[], rowRules: RowRules, faults: Faults, matrix: Matrix): OwnRun["splits"] {
  const splits = new Map(rows.filter((row) => row.outcome === "split").map((row) => [row.question.join(" "), row]));
  const found: OwnRun["splits"] = new Map();
  const seen = new Set<string>();
  for (const [line, cells] of table(data, rowRules.rules.count_columns, rowRules.rules, faults)) {
    const key = cells.slice(0, -3).join(" ");
    const problem = rowRules.counts(cells, splits) ?? (seen.has(key) ? (["the same split twice", key] as const) : undefined);
    seen.add(key);
    if (problem) {
      faults.add(line, problem[0], problem[1], "the probe writes no such row; run it again");
      continue;
    }
    const number = matrix.caseOf(cells.slice(0, -4));
    if (number === undefined) continue;
    const mine = found.get(number) ?? new Map<number, Split>();
    found.set(number, mine.set(matrix.measure(cells.at(-4)!), { first: Number(cells.at(-2)), second: Number(cells.at(-1)) }));
  }
  const missing = [...splits.keys()].filter((key) => !seen.has(key));
  if (missing.length && !faults.count) faults.add(undefined, `${missing.length.toLocaleString("en-US")} splits are not counted`, missing[0], AGAIN);
  return found;
}

/** The rows by case; facts of the host, and cases of an older vocabulary, by themselves. */
function answers(rows: readonly Row[], matrix: Matrix): Pick<OwnRun, "rowOf" | "facts"> {
  const found: Pick<OwnRun, "rowOf" | "facts"> = { rowOf: new Map(), facts: [] };
  for (const row of rows) {
    const answer: Answer = { outcome: row.outcome, error: row.error, agreed: Number(row.agreed), attempts: Number(row.attempts), detail: row.detail };
    const number = matrix.caseOf(row.question.slice(0, -1));
    if (number === undefined) found.facts.push([row.question.map((word) => word || "-").join(" "), answer]);
    else {
      const mine = found.rowOf.get(number) ?? new Map<number, Answer>();
      found.rowOf.set(number, mine.set(matrix.measure(measureOf(row)), answer));
    }
  }
  return found;
}

export { shown };
