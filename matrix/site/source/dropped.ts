/* A reader's own run: read here and nowhere else, held to the rules that the page can check, and never trusted. */

import type { Answer, Matrix, Platform, Words } from "./data.ts";

export const MAX_BYTES = 64 * 1024 * 1024;
const MAX_ROWS = 200_000;
const MAX_FAULTS = 8;
const TARGET = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const DETAIL = /^([A-Za-z0-9][A-Za-z0-9 ,.;:'"`()/%_+=-]*)?$/;
const OUTCOME = /^[A-Za-z0-9][A-Za-z0-9_ -]{0,39}$/;

/** What is wrong with a file, as a sentence that names file, row and value. */
export class Unreadable extends Error {
  constructor(readonly faults: string[]) {
    super(faults[0] ?? "");
  }
}

/** The cells of a CSV with quotes; a quote that stays open ends the last cell. */
export function csvRows(text: string): string[][] {
  if (!text.includes('"')) return text.replace(/\n$/, "").split("\n").map((line) => line.split(","));
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') (cell += '"'), at++;
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === ",") row.push(cell), (cell = "");
    else if (char === "\n") row.push(cell), rows.push(row), (row = []), (cell = "");
    else cell += char;
  }
  if (cell || row.length) row.push(cell), rows.push(row);
  return rows;
}

/** A foreign value as it can be shown: printable, and short. */
export function shown(value: unknown): string {
  const text = String(value).replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "\u{fffd}");
  return text.length > 60 ? `“${text.slice(0, 60)}…”` : `“${text}”`;
}

/** The host of a run, from host.json. */
export function hostOf(text: string, words: Words): { platform: Platform; rows: number; sha256: string } {
  let facts: Record<string, unknown>;
  try {
    facts = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Unreadable(["host.json: not JSON; take the file that the probe wrote"]);
  }
  if (typeof facts !== "object" || facts === null || Array.isArray(facts)) throw new Unreadable(["host.json: not an object; take the file that the probe wrote"]);
  const faults: string[] = [];
  const string = (name: string, value: unknown, pattern = /^[^\p{C}]{0,200}$/u): string => {
    if (typeof value === "string" && pattern.test(value)) return value;
    faults.push(`host.json: ${name} can't be ${shown(JSON.stringify(value))}`);
    return "";
  };
  const count = (name: string, value: unknown, low: number, high: number): number => {
    if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high) return value as number;
    faults.push(`host.json: ${name} can't be ${shown(JSON.stringify(value))}`);
    return 0;
  };
  const object = (value: unknown): Record<string, unknown> => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});
  if (facts.schema !== words.schema) faults.push(`host.json: schema ${shown(facts.schema)}, this page reads ${words.schema}; measure with this project's probe`);
  if (typeof facts.vocabulary !== "number" || facts.vocabulary > words.vocabulary)
    faults.push(`host.json: vocabulary ${shown(facts.vocabulary)}, this page knows ${words.vocabulary}; take a newer page`);
  const [imitates, python, probe] = [object(facts.imitates), object(facts.python), object(facts.probe)];
  const system = string("system", facts.system);
  if (system && !words.systems[system]) faults.push(`host.json: unknown system ${shown(system)}`);
  const options = Array.isArray(facts.options) ? facts.options : [];
  for (const option of options) if (!words.codes.first_option.includes(String(option))) faults.push(`host.json: unknown option ${shown(option)}`);
  const accounts = Object.entries(object(facts.accounts)).slice(0, 8);
  const controls = Array.isArray(facts.controls) ? facts.controls.map(object) : [];
  const failed = controls.filter((control) => control.expected !== control.observed || control.expected !== (words.controls[String(control.name)] ?? control.expected));
  for (const when of ["before", "after"]) {
    const asked = new Set(controls.filter((control) => control.when === when).map((control) => control.name));
    const missing = Object.keys(words.controls).filter((name) => !asked.has(name));
    if (missing.length) faults.push(`host.json: controls from ${when} the run are missing (${missing.slice(0, 3).join(", ")}); nothing that this run says can be believed`);
  }
  for (const control of failed.slice(0, 3))
    faults.push(`host.json: control ${shown(control.name)} gave ${shown(control.observed)} and not ${shown(control.expected)}; nothing that this run says can be believed`);
  const platform: Platform = {
    target: string("target", facts.target, TARGET),
    system,
    version: string("version", facts.version, /^(\d{1,9}(\.\d{1,9}){0,4})?$/),
    kernel: string("kernel", facts.kernel),
    name: string("name", facts.name),
    imitates: facts.imitates ? { system: string("imitates.system", imitates.system), version: string("imitates.version", imitates.version, /^(\d{1,9}(\.\d{1,9}){0,4})?$/) } : null,
    container: string("container", facts.container),
    machine: string("machine", facts.machine),
    python: `${string("python.implementation", python.implementation)} ${string("python.version", python.version)}`,
    account: string("account", facts.account),
    accounts: Object.fromEntries(accounts.map(([name, each]) => [string("accounts", name), string("accounts.role", object(each).role ?? "")])),
    measured: string("measured", facts.measured, /^\d{4}-\d\d-\d\d$/),
    repeat: count("repeat", facts.repeat, 1, 100),
    selection: string("selection", facts.selection),
    options: options.map(String),
    probe: [string("probe.version", probe.version), string("probe.sha256", probe.sha256, /^[0-9a-f]{64}$/)],
    stated: {},
    older: typeof facts.vocabulary === "number" && facts.vocabulary < words.vocabulary,
    rows: count("rows", facts.rows, 1, MAX_ROWS),
    release: "",
    sha256: string("sha256", facts.sha256, /^[0-9a-f]{64}$/),
    folder: "",
    own: true,
  };
  if (faults.length) throw new Unreadable(faults.slice(0, MAX_FAULTS));
  return { platform, rows: platform.rows, sha256: platform.sha256 };
}

export interface OwnRun {
  platform: Platform;
  rowOf: Map<number, Map<number, Answer>>;
  facts: [string, Answer][];
}

/** Whether an outcome is one of a measure, and that of its error; as `rows.outcome_problem`. */
function isAnswer(answers: string[], about: string, outcome: string, error: string, words: Words): boolean {
  if (outcome === "UNSTABLE") return !error;
  if (words.not_measured.includes(outcome)) return true;
  if (answers.includes(outcome)) return !error || outcome === "refused";
  if (answers.length && (!error || about === "bound")) return false;
  const plain = error.replace(/^WSA/, "");
  return outcome === ({ "": "SUCCESS", EADDRINUSE: "INUSE", EACCES: "ACCESS" }[plain] ?? plain);
}

/** Whether so many attempts can have come to an outcome. */
function isCounted(outcome: string, agreed: number, attempts: number, words: Words): boolean {
  if (words.not_measured.includes(outcome)) return agreed === 0 && attempts === 0;
  return outcome === "UNSTABLE" ? agreed === 0 && attempts > 1 : agreed > 0;
}

/** The rows of observations.csv, by case. */
export function observationsOf(text: string, matrix: Matrix, platform: Platform): OwnRun {
  const { words } = matrix;
  const columns = [...words.keys, "outcome", "error", "agreed", "attempts", "detail"];
  const faults: string[] = [];
  const [header, ...rows] = csvRows(text);
  if (header.join() !== columns.join())
    throw new Unreadable([`observations.csv, row 1: its columns are ${shown(header.join())} and not those that the probe writes`]);
  if (rows.length > MAX_ROWS) throw new Unreadable([`observations.csv: ${rows.length} rows are more than ${MAX_ROWS}`]);
  if (rows.length !== platform.rows)
    throw new Unreadable([`observations.csv: ${rows.length} rows, host.json says ${platform.rows}; the two are not of the same run, or it was cut off`]);
  const measures = new Map(words.measures.map(([name, about, answers], number) => [name, { number, about, answers }]));
  const rowOf = new Map<number, Map<number, Answer>>();
  const facts: [string, Answer][] = [];
  const seen = new Set<string>();
  for (const [place, cells] of rows.entries()) {
    if (faults.length >= MAX_FAULTS) break;
    const say = (problem: string, value: unknown) => faults.push(`observations.csv, row ${place + 2}: ${problem} ${shown(value)}`);
    if (cells.length !== columns.length) { say(`${cells.length} cells and not ${columns.length}:`, cells.join()); continue; } // prettier-ignore
    const question = cells.slice(0, words.keys.length);
    const [outcome, error, agreed, attempts, detail] = cells.slice(words.keys.length);
    const measure = measures.get(question.at(-1)!);
    const wrong = question.findIndex((word, column) => !words.codes[words.keys[column]].includes(word) && (word || measure?.about !== "host"));
    if (!measure) say("unknown measure", question.at(-1));
    else if (wrong >= 0) say(`unknown ${words.keys[wrong]}`, question[wrong]);
    else if (!OUTCOME.test(outcome) || !isAnswer(measure.answers, measure.about, outcome, error, words)) say(`unknown outcome of ${question.at(-1)}, or not that of its error:`, `${outcome} ${error}`.trim());
    else if (!isCounted(outcome, Number(agreed), Number(attempts), words)) say(`${outcome} can't be`, `${agreed} of ${attempts}`);
    else if (error && !/^(WSA)?E[A-Z0-9]{2,15}$|^error \d{1,10}$/.test(error)) say("unknown error", error);
    else if (!/^\d{1,4}$/.test(agreed) || !/^\d{1,4}$/.test(attempts) || Number(agreed) > Number(attempts)) say("agreed and attempts can't be", `${agreed} of ${attempts}`);
    else if (!DETAIL.test(detail) || detail.length > 500) say("detail is not plain words:", detail);
    else {
      const key = question.join(" ");
      if (seen.has(key)) { say("the same case and measure twice:", key); continue; } // prettier-ignore
      seen.add(key);
      const answer: Answer = { outcome, error, agreed: Number(agreed), attempts: Number(attempts), detail };
      const number = matrix.caseOf(question.slice(0, -1));
      if (number === undefined && measure.about !== "host") say("no such case:", question.slice(0, -1).join(" "));
      else if (number === undefined) facts.push([question.map((word) => word || "-").join(" "), answer]);
      else {
        const row = rowOf.get(number) ?? new Map<number, Answer>();
        rowOf.set(number, row.set(measure.number, answer));
      }
    }
  }
  const bind = measures.get("bind")!.number;
  for (const [number, row] of rowOf)
    if (!row.has(bind) && faults.length < MAX_FAULTS) faults.push(`observations.csv: a case whose bind was not asked: ${matrix.idOf(number)}`);
  if (faults.length) throw new Unreadable(faults);
  return { platform, rowOf, facts };
}

/** A whole run of the reader's. `hash` gives a text's SHA-256, or undefined where the browser can't. */
export async function ownRun(
  files: ReadonlyMap<string, string>,
  matrix: Matrix,
  hash: (text: string) => Promise<string | undefined>,
): Promise<OwnRun> {
  const [observations, host] = ["observations.csv", "host.json"].map((name) => files.get(name));
  if (host === undefined) throw new Unreadable(["host.json is missing: choose it together with observations.csv"]);
  if (observations === undefined) throw new Unreadable(["observations.csv is missing: choose it together with host.json"]);
  const { platform, sha256 } = hostOf(host, matrix.words);
  if (matrix.indexOf(platform.target) >= 0)
    throw new Unreadable([`host.json: target ${shown(platform.target)} is on this page already; measure with another --target`]);
  const found = await hash(observations);
  if (found !== undefined && found !== sha256)
    throw new Unreadable(["observations.csv does not match the checksum in host.json: it was changed, or is of another run"]);
  return observationsOf(observations, matrix, platform);
}
