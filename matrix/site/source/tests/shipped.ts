/* What the tests work on: the data of the golden page, and the table of questions. They run at the project's root. */

import { readFileSync } from "node:fs";
import type { PageData } from "../data.ts";
import { csvRows } from "../strict.ts";

const GOLDEN = readFileSync("tests/reporter/golden/index.html", "utf8");
const DATA = /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(GOLDEN);
if (!DATA) throw new Error("the golden page has no data");

export const data = JSON.parse(DATA[1]) as PageData;

/** The rows of matrix/questions/questions.csv by column. */
export function questions(): Record<string, string>[] {
  const read = csvRows(readFileSync("matrix/questions/questions.csv", "utf8"));
  if (typeof read === "number") throw new Error(`questions.csv, row ${read}: not valid CSV`);
  const [header, ...rows] = read.map(([, cells]) => cells);
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at]])));
}
