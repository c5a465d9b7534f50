/* What a row may say: the rules of observations.csv and counts.csv, as matrix/data/rows.py has them. Their words are in the data. */

import type { Words } from "./data.ts";
import type { Faults } from "./strict.ts";

export interface Rules {
  columns: string[];
  count_columns: string[];
  limits: Record<"bytes" | "rows" | "cell" | "line" | "json" | "faults" | "digits" | "text" | "entries" | "repeat" | "named", number>;
  patterns: Record<"reason" | "counted" | "word" | "free", string>;
  answers: Record<string, string[]>;
  places: Record<string, [protocols: string[], states: string[]]>;
  host_measures: string[];
  after_bind: string[];
  not_measured: string[];
  errors: string[];
  extra: number;
  senders: number;
  multicast_senders: number;
  systems: string[];
  imitates: Record<string, string>;
  systems_with: Record<string, string[]>;
  target_words: Record<string, string>;
  accounts: string[];
  roles: string[];
  other_specific: string[];
  controls: Record<string, Record<string, string>>;
}

export interface Row {
  line: number;
  question: string[]; // the cells of the case, and the measure
  outcome: string;
  error: string;
  agreed: string;
  attempts: string;
  detail: string;
}

export type Problem = [problem: string, value: unknown] | undefined;
const AGAIN = "the probe writes no such row; measure again with this project's probe";
const NUMBER = /^(0|[1-9]\d{0,3})$/;

export const measureOf = (row: Row): string => row.question.at(-1)!;
export const caseText = (row: Row): string => row.question.slice(0, -1).join(" ");

/** The rules of single rows, made once for a file. */
export class RowRules {
  private readonly reason: RegExp;
  private readonly counted: RegExp;
  private readonly errors: ReadonlySet<string>;
  private readonly words: [column: string, allowed: ReadonlySet<string>][];
  private readonly measures: ReadonlySet<string>;

  constructor(readonly rules: Rules, words: Words) {
    this.reason = new RegExp(`^(?:${rules.patterns.reason})$`);
    this.counted = new RegExp(`^(?:${rules.patterns.counted})$`);
    this.errors = new Set(rules.errors);
    this.words = words.keys.map((column) => [column, new Set(words.codes[column])]);
    this.measures = new Set(Object.keys(rules.answers));
  } // prettier-ignore

  isKnownError(error: string): boolean {
    return this.errors.has(error.replace(/^WSA/, "")) || /^error \d{1,10}$/.test(error);
  }

  isMeasured(row: Row): boolean {
    return !this.rules.not_measured.includes(row.outcome);
  }

  /** What is wrong with the cells of a question. */
  question(row: Row): Problem {
    const measure = measureOf(row);
    const ofHost = this.rules.host_measures.includes(measure);
    for (const [at, [column, allowed]] of this.words.entries()) if (!allowed.has(row.question[at]) && (row.question[at] || !ofHost)) return [`unknown ${column}`, row.question[at]];
    const cell = (column: string) => row.question[this.words.findIndex(([name]) => name === column)];
    const place = this.measures.has(measure) ? this.rules.places[measure] : undefined;
    if (place && (!place[0].includes(cell("protocol")) || !place[1].includes(cell("first_state")))) return [`${measure} is not asked there`, `${cell("protocol")} ${cell("first_state")}`];
    if (measure === "late-option" && cell("account") !== "same") return [`${measure} is not asked of two accounts`, cell("account")];
    return undefined;
  }

  /** What in an answer does not fit together, whatever the run. */
  answer(row: Row): Problem {
    const { outcome, error, detail } = row;
    if (!this.reason.test(detail)) return ["detail is not plain words", detail];
    if (!NUMBER.test(row.agreed) || !NUMBER.test(row.attempts)) return ["agreed and attempts must be numbers", `${row.agreed} of ${row.attempts}`];
    if (error && !this.isKnownError(error)) return ["unknown error", error];
    const [agreed, attempts] = [Number(row.agreed), Number(row.attempts)];
    if (!this.isMeasured(row)) {
      if (agreed || attempts || !detail) return [`${outcome} has no attempts and always a reason`, `${agreed} of ${attempts}, ${detail}`];
      return error && outcome === "NOT_RUN" ? [`${outcome} has no error`, error] : undefined;
    }
    if (outcome === "UNSTABLE") return this.unstable(row, agreed, attempts);
    const problem = this.outcome(row);
    if (problem) return problem;
    if (!attempts || (agreed !== attempts && agreed !== attempts - 1) || !agreed) return [`${outcome} must have been the answer of all attempts but one at most`, `${agreed} of ${attempts}`];
    if (agreed < attempts && !/(^|, )once [A-Za-z0-9]/.test(detail)) return ["the attempt that dissents is not named", `${agreed} of ${attempts}, ${detail}`];
    return undefined;
  }

  /** Whether an outcome is an answer to its measure, and that of its error. */
  private outcome({ question, outcome, error }: Row): Problem {
    const measure = question.at(-1)!;
    const words = this.rules.answers[measure];
    if (words.includes(outcome)) return error && outcome !== "refused" ? [`${outcome} has no error`, error] : undefined;
    if (words.length && (!error || (measure in this.rules.places && measure !== "late-option"))) return [`unknown outcome of ${measure}`, outcome];
    const plain = error.replace(/^WSA/, "");
    const wanted = { "": "SUCCESS", EADDRINUSE: "INUSE", EACCES: "ACCESS" }[plain] ?? plain;
    return outcome === wanted ? undefined : ["unknown outcome, or not that of its error", `${outcome} with error '${error}'`];
  }

  private unstable(row: Row, agreed: number, attempts: number): Problem {
    if (agreed || attempts < 2 || row.error) return ["UNSTABLE takes two attempts, none agreed, and no error", `${agreed} of ${attempts} ${row.error}`.trim()];
    const counted = row.detail.split(", ").map((part) => this.counted.exec(part));
    const kinds = new Set(counted.map((match) => match?.[1]));
    const numbers = counted.map((match) => Number(match?.[2]));
    const answers = this.rules.answers[measureOf(row)];
    const known = [...kinds].every((kind) => { const word = kind?.split(" ")[0] ?? ""; return answers.includes(word) || ["SUCCESS", "INUSE", "ACCESS", "error"].includes(word) || this.isKnownError(word); }); // prettier-ignore
    if (counted.includes(null) || kinds.size < 2 || kinds.size !== counted.length || numbers.includes(0) || numbers.reduce((sum, each) => sum + each, 0) !== attempts || !known)
      return ["UNSTABLE names at least two kinds of answers, and how many attempts gave each", `${row.detail} of ${attempts}`];
    return undefined;
  }

  /** Whether a run that repeats each question can have made so many attempts. The answer has no other problem. */
  attempts(row: Row, repeat: number): Problem {
    const [agreed, attempts] = [Number(row.agreed), Number(row.attempts)];
    const limit = repeat + this.rules.extra;
    if (attempts > limit) return [`more attempts than ${limit}, which a run that repeats ${repeat} times makes at most`, `${agreed} of ${attempts}`];
    if (!this.isMeasured(row) || row.outcome === "UNSTABLE" || this.rules.host_measures.includes(measureOf(row))) return undefined;
    if (agreed === attempts && attempts < repeat) return [`fewer attempts than the run's ${repeat}`, `${agreed} of ${attempts}`];
    if (agreed < attempts && attempts < limit) return [`one attempt dissents, and fewer than ${limit} were made`, `${agreed} of ${attempts}`];
    return undefined;
  }

  /** Name every row that breaks a rule: alone, twice there, or without the bind that it follows from. */
  name(rows: readonly Row[], repeat: number | undefined, faults: Faults): void {
    const seen = new Map<string, number>();
    const [bound, asked] = [new Set<string>(), new Set<string>()];
    for (const row of rows) {
      const problem = this.question(row) ?? this.answer(row) ?? (repeat === undefined ? undefined : this.attempts(row, repeat));
      if (problem) faults.add(row.line, ...problem, AGAIN);
      const key = row.question.join(" ");
      if (seen.has(key)) faults.add(row.line, `the same case and measure as row ${seen.get(key)}`, key, "each is there once");
      else seen.set(key, row.line);
      if (measureOf(row) !== "bind") continue;
      asked.add(caseText(row));
      if (["SUCCESS", "UNSTABLE"].includes(row.outcome)) bound.add(caseText(row));
    }
    for (const row of rows) {
      if (seen.get(row.question.join(" ")) !== row.line) continue;
      const measure = measureOf(row);
      if (this.rules.after_bind.includes(measure) && this.isMeasured(row) && !bound.has(caseText(row))) faults.add(row.line, `${measure} of a case whose bind did not succeed`, row.question.join(" "), AGAIN);
      else if (!this.rules.host_measures.includes(measure) && !asked.has(caseText(row))) faults.add(row.line, `${measure} of a case whose bind was not asked`, row.question.join(" "), AGAIN);
    }
  }

  /** What is wrong with a row of counts.csv; `splits` are the questions that were answered `split`. */
  counts(cells: readonly string[], splits: ReadonlyMap<string, Row>): Problem {
    const question = cells.slice(0, -3).join(" ");
    const row = splits.get(question);
    if (!row) return ["not the counts of a split", question];
    const numbers = cells.slice(-3);
    if (!numbers.every((cell) => /^(0|[1-9]\d{0,8})$/.test(cell))) return ["sent, first and second must be numbers", numbers.join(" ")];
    const [sent, first, second] = numbers.map(Number);
    const one = measureOf(row).startsWith("multicast-") ? this.rules.multicast_senders : this.rules.senders;
    if (!sent || sent !== first + second || (row.agreed === row.attempts && !(first && second)) || sent !== Number(row.agreed) * one) return ["the numbers are not those of a split that adds up", numbers.join(" ")];
    return undefined;
  }
}
