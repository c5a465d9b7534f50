/* Reads one file of a run strictly, as matrix/data/strict.py does: every limit first, every fault with its row. */

import type { Rules } from "./rules.ts";

export interface Fault {
  file: string;
  row: number | undefined; // line of the file, 1 for the header
  problem: string;
  value: string; // as it may be shown; blank for none
  remedy: string;
}

/** A foreign value as it can be shown: printable, and short. */
export function shown(value: unknown): string {
  const text = String(typeof value === "object" && value !== null ? JSON.stringify(value) : value).replace(/[^\p{L}\p{N}\p{P}\p{S}\p{M} ]/gu, "\u{fffd}");
  return text.length > 60 ? `“${text.slice(0, 60)}…”` : `“${text}”`;
}

/** Collects what is wrong with one file, up to a number that a person would still read. */
export class Faults {
  readonly found: Fault[] = [];
  private omitted = 0;

  constructor(readonly file: string, private readonly limit: number) {} // prettier-ignore

  add(row: number | undefined, problem: string, value: unknown, remedy: string): void {
    if (this.found.length >= this.limit) this.omitted++;
    else this.found.push({ file: this.file, row, problem, value: value === undefined ? "" : shown(value), remedy });
  }

  get count(): number {
    return this.found.length + this.omitted;
  }

  /** A sentence each, and how many more there were. */
  sentences(): string[] {
    const more = this.omitted ? [`${this.file}: ${this.omitted.toLocaleString("en-US")} more faults of this file are not shown — fix the ones above first`] : [];
    return [...this.found.map(({ file, row, problem, value, remedy }) => `${file}${row === undefined ? "" : `, row ${row}`}: ${problem}${value && `: ${value}`} — ${remedy}`), ...more];
  }
}

const PROBE = "take the file that the probe wrote";
const MARKS: [number[], string][] = [[[0xff, 0xfe], "UTF-16"], [[0xfe, 0xff], "UTF-16"], [[0xef, 0xbb, 0xbf], "UTF-8 with a byte order mark"]]; // prettier-ignore
const newlines = (data: Uint8Array): number => data.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);

/** How many lines follow the first one. */
export const rowsOf = (data: Uint8Array): number => Math.max(newlines(data) - 1, 0);

/** The text of a CSV, or undefined with a fault. */
export function decoded(data: Uint8Array, rules: Rules, faults: Faults): string | undefined {
  for (const [mark, name] of MARKS)
    if (mark.every((byte, at) => data[at] === byte)) return void faults.add(1, `the file is ${name}`, undefined, "save it as plain UTF-8");
  const rows = newlines(data);
  if (rows > rules.limits.rows + 1) return void faults.add(undefined, `the file has ${rows.toLocaleString("en-US")} lines, more than ${rules.limits.rows.toLocaleString("en-US")} rows`, undefined, "no table has so many");
  const lineOf = (at: number) => newlines(data.subarray(0, at)) + 1;
  for (const [byte, name] of [[0, "a NUL byte"], [13, "a carriage return"]] as const) {
    const at = data.indexOf(byte);
    if (at >= 0) return void faults.add(lineOf(at), `${name} in the text`, undefined, "the probe never writes one; copy the file again in binary");
  }
  for (let start = 0, line = 1; start < data.length; line++) {
    const end = data.indexOf(10, start);
    const length = (end < 0 ? data.length : end) - start;
    if (length > rules.limits.line) return void faults.add(line, `a line of ${length.toLocaleString("en-US")} bytes, more than ${rules.limits.line.toLocaleString("en-US")}`, undefined, "no row is that long");
    start += length + 1;
  }
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
  const broken = text.indexOf("\ufffd");
  if (broken >= 0 && !isUtf8(data)) return void faults.add(text.slice(0, broken).split("\n").length, "not UTF-8", undefined, "save it as plain UTF-8");
  return text;
}

function isUtf8(data: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(data);
    return true;
  } catch {
    return false;
  }
}

/** The cells of a CSV with the line that each row ends on; undefined where quotes are not as the csv module takes them. */
export function csvRows(text: string): [line: number, cells: string[]][] | number {
  if (!text.includes('"')) {
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    return lines.map((line, at) => [at + 1, line ? line.split(",") : []]);
  }
  const rows: [number, string[]][] = [];
  let [row, cell, line]: [string[], string, number] = [[], "", 1];
  let state: "start" | "plain" | "quoted" | "closed" = "start";
  const end = () => (row.push(cell), (cell = ""), (state = "start"));
  for (const char of text) {
    if (state === "quoted") {
      if (char === '"') state = "closed";
      else cell += char;
    } else if (char === '"' && state !== "plain") {
      if (state === "closed") cell += char;
      state = "quoted";
    } else if (char === ",") end();
    else if (char === "\n") {
      if (cell || row.length || state !== "start") (end(), rows.push([line, row]), (row = []));
      else rows.push([line, []]);
    } else if (state === "closed") return line;
    else (cell += char), (state = "plain");
    if (char === "\n") line++;
  }
  if (state === "quoted") return text.endsWith("\n") ? line - 1 : line;
  if (cell || row.length || state !== "start") (end(), rows.push([line, row]));
  return rows;
}

const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** The rows of a table with their lines; those with a fault are left out and named. */
export function table(data: Uint8Array, columns: readonly string[], rules: Rules, faults: Faults): [line: number, cells: string[]][] {
  const text = decoded(data, rules, faults);
  if (text === undefined) return [];
  const rows = csvRows(text);
  if (typeof rows === "number") return faults.add(rows, "not valid CSV", undefined, "write it again with the probe"), [];
  const header = rows.shift()?.[1] ?? [];
  if (header.join() !== columns.join()) return faults.add(1, "the header is not the one expected", header.join(), `the first line must be ${columns.join()}`), [];
  return rows.filter(([line, cells]) => fits(cells, columns, line, rules, faults));
}

function fits(cells: readonly string[], columns: readonly string[], line: number, rules: Rules, faults: Faults): boolean {
  if (cells.length !== columns.length) return faults.add(line, `${cells.length} cells where ${columns.length} belong`, cells.join(), "was the file cut off or edited?"), false;
  for (const [at, cell] of cells.entries()) {
    if ([...cell].length > rules.limits.cell) return faults.add(line, `column ${columns[at]} is longer than ${rules.limits.cell.toLocaleString("en-US")} characters`, cell, "no value is that long"), false;
    if (UNPRINTABLE.test(cell)) return faults.add(line, `column ${columns[at]} holds a control character`, cell, "no value holds one"), false;
  }
  return true;
}

/** The object that host.json holds, or undefined with a fault. A key twice, and a number that is too long, are faults too. */
export function json(data: Uint8Array, rules: Rules, faults: Faults): Record<string, unknown> | undefined {
  if (data.length > rules.limits.json) return void faults.add(undefined, `the file has more than ${rules.limits.json.toLocaleString("en-US")} bytes`, undefined, "is this the right file?");
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    value = JSON.parse(text);
    const wrong = unusual(text, rules.limits.digits);
    if (wrong) throw new Error(wrong);
  } catch (broken) {
    return void faults.add(undefined, "not valid JSON", broken instanceof Error ? broken.message : broken, PROBE);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return void faults.add(undefined, value === null ? "holds nothing" : "not an object", value, PROBE);
  return value as Record<string, unknown>;
}

/** What in a text that JSON.parse takes is refused all the same. */
function unusual(text: string, digits: number): string {
  const keys: Set<string>[] = [];
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g) ?? [];
  for (const [at, token] of tokens.entries()) {
    if (token === "{") keys.push(new Set());
    else if (token === "}") keys.pop();
    else if (token.startsWith('"') && tokens[at + 1] === ":") {
      const key = JSON.parse(token) as string;
      if (keys.at(-1)?.has(key)) return "a key is twice in one object";
      keys.at(-1)?.add(key);
    } else if (/^-?\d/.test(token) && (!Number.isFinite(Number(token)) || token.length > (/^-?\d+$/.test(token) ? digits : 2 * digits))) return "a number that this page does not read";
  }
  return "";
}
