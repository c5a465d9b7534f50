/* The data of the page, and what can be asked of it. How it is packed stands in findings/packed.py. */

import type { GrammarData } from "./questions/grammar.ts";
import type { Programs } from "./programs.ts";

export interface Words {
  keys: string[];
  codes: Record<string, string[]>;
  options: [name: string, protocols: string[]][];
  addresses: [family: string, name: string, literal: string | null, serves: string[]][];
  live: [name: string, protocols: string[]][];
  after: [name: string, systemPort: boolean][];
  states: Record<string, string>;
  accounts: Record<string, string>;
  measures: [name: string, about: string, answers: string[], meaning: string][];
  destinations: [name: string, literal: string | null][];
  senders: number;
  extra: number;
  schema: number;
  vocabulary: number;
  not_measured: string[];
  same_kernel: string[]; // systems that run the kernel of the one whose behaviour they promise
  controls: Record<string, string>; // of a run's own account, with their known answers
  systems: Record<string, string>;
  programs: Programs; // what stand-alone programs are made of
}

export interface Platform {
  target: string;
  system: string;
  version: string;
  kernel: string;
  name: string;
  imitates: { system: string; version: string } | null;
  container: string;
  machine: string;
  python: string;
  account: string;
  accounts: Record<string, string>;
  measured: string;
  repeat: number;
  selection: string;
  options: string[];
  probe: [version: string, sha256: string];
  stated: Record<string, string>;
  older: boolean;
  rows: number;
  own?: boolean; // the reader's, dropped on the page
}

export interface Source {
  id: string;
  kind: string; // document, test, report
  title: string;
  publisher: string;
  revision: string;
  read: string;
  note: string;
  link: string; // blank where there is none
}

/** A row of evidence: what somebody else asserts, reports or states. */
export interface Evidence {
  rung: string;
  system: string;
  versions: string;
  source: string;
  section: string;
  link: string;
  date: string;
  sure: string;
  why: string;
  processes: string;
  unstated: string[];
  statement: string;
  outcome: string;
  patterns: Record<string, string>;
}

/** criterion, whether the goals ask for it, whether it is met, cases, cases against it, one of them. */
export type Check = [string, boolean, boolean | null, number, number, string?];

export interface Advice {
  goals: string[];
  protocol: string;
  answers: { platforms: string; targets: string[]; complete: boolean; chosen: { option: string; way: string; python: string[]; c: string[]; checks: Check[] }[] }[];
}

export interface Sentence {
  name: string;
  source: string;
  section: string;
  statement: string;
  answers: [platforms: string, relation: string, verdicts: [string, number][], reasons: string[]][];
  against: [table: string, cells: number][];
}

/** id, source, kind, section, number of its scope, patterns by what is expected, statement. */
export type ClaimRecord = [string, string, string, string, number, Record<string, string>, string];

export interface PageData {
  about: { measured: string; probes: [string, string][]; windows_measured: boolean };
  words: Words;
  platforms: Platform[];
  answers: [outcome: string, error: string, agreed: string, attempts: string, detail: string][];
  rows: string[];
  vectors: string[];
  cases: string;
  facts: [question: string, answer: number][][];
  splits: string[];
  sources: Record<string, Source>;
  claims: ClaimRecord[];
  scopes: [system: string, since: string, until: string, relations: string][];
  verdicts: Record<string, Record<string, string>>;
  styles: Record<string, [symbol: string, colour: string, meaning: string]>;
  gravest: string[];
  guide: [source: string, section: string];
  links: Record<string, Record<string, string>>;
  evidence: Evidence[];
  goals: Advice[];
  grammar: GrammarData;
  sentences: Sentence[];
}

export interface Answer {
  outcome: string;
  error: string;
  agreed: number;
  attempts: number;
  detail: string;
}

/** How traffic of one measure was split, over all attempts. */
export interface Split {
  first: number;
  second: number;
}

export const CASE_WIDTH = 9;
const MEASURES_BASE = 64; // more than there are measures
export const [PROTOCOL, FIRST_FAMILY, FIRST_OPTION, FIRST_ADDRESS, STATE, SECOND_FAMILY, SECOND_OPTION, SECOND_ADDRESS, ACCOUNT] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
];

/** Every case that the vocabulary can make, in the probe's order: its codes, CASE_WIDTH a case. */
export function possibleCases(words: Words): Uint8Array {
  const code = words.keys.slice(0, CASE_WIDTH).map((column) => new Map(words.codes[column].map((word, place) => [word, place])));
  const specs = words.addresses.flatMap(([family, name]) =>
    words.options.map(([option, protocols]) => ({ family, name, option, protocols })),
  );
  const plain = specs.filter((spec) => spec.family === "ipv4" && (spec.name === "wildcard" || spec.name === "specific"));
  const found: number[] = [];
  for (const account of words.codes.account) {
    const block = (protocol: string, state: string, firsts: typeof specs, seconds: typeof specs) => {
      for (const first of firsts.filter((spec) => spec.protocols.includes(protocol)))
        for (const second of seconds.filter((spec) => spec.protocols.includes(protocol))) {
          const cells = [protocol, first.family, first.option, first.name, state, second.family, second.option, second.name, account];
          for (let place = 0; place < CASE_WIDTH; place++) found.push(code[place].get(cells[place])!);
        }
    };
    for (const protocol of words.codes.protocol)
      for (const [state, protocols] of words.live) if (protocols.includes(protocol)) block(protocol, state, specs, specs);
    for (const [state, systemPort] of words.after)
      block("tcp", state, systemPort ? plain.filter((spec) => spec.name === "specific") : plain, plain);
  }
  return Uint8Array.from(found);
}

/** Numbers, with equal neighbours counted as `12*3`. */
export function runLengths(text: string): Int32Array {
  const found: number[] = [];
  for (const part of text ? text.split(" ") : []) {
    const [number, count] = part.split("*");
    for (let left = Number(count ?? 1); left > 0; left--) found.push(Number(number));
  }
  return Int32Array.from(found);
}

export class Matrix {
  readonly words: Words;
  readonly codes: Uint8Array;
  readonly count: number; // of cases
  readonly measures: string[];
  private readonly columns: Map<string, number>[];
  private readonly numbers = new Map<number, number>();
  private readonly splitOf: readonly Map<number, Split>[];

  constructor(
    readonly platforms: readonly Platform[],
    readonly answers: readonly Answer[],
    readonly rows: readonly ReadonlyMap<number, number>[], // measure → answer
    readonly vectors: readonly Int32Array[], // row of each platform
    readonly vectorOf: Int32Array,
    readonly facts: readonly (readonly [string, number])[][],
    splits: Map<number, Split>[],
    words: Words,
    codes: Uint8Array,
  ) {
    this.words = words;
    this.codes = codes;
    this.count = codes.length / CASE_WIDTH;
    this.measures = words.measures.map(([name]) => name);
    this.splitOf = splits;
    this.columns = words.keys.map((column) => new Map(words.codes[column].map((word, place) => [word, place])));
    for (let number = 0; number < this.count; number++) this.numbers.set(this.key(codes, number * CASE_WIDTH), number);
  }

  private key(codes: ArrayLike<number>, at: number): number {
    let key = 0;
    for (let place = 0; place < CASE_WIDTH; place++) key = key * 16 + codes[at + place];
    return key;
  }

  static of(data: PageData): Matrix {
    const codes = possibleCases(data.words);
    const vectorOf = runLengths(data.cases);
    if (vectorOf.length * CASE_WIDTH !== codes.length) throw new Error("the page's cases are not those of its vocabulary");
    return new Matrix(
      data.platforms,
      data.answers.map(([outcome, error, agreed, attempts, detail]) => ({
        outcome,
        error,
        agreed: Number(agreed),
        attempts: Number(attempts),
        detail,
      })),
      data.rows.map((row) => {
        const numbers = row ? row.split(" ").map(Number) : [];
        return new Map(Array.from({ length: numbers.length / 2 }, (_, place) => [numbers[2 * place], numbers[2 * place + 1]]));
      }),
      data.vectors.map((vector) => Int32Array.from(vector ? vector.split(" ").map(Number) : [])),
      vectorOf,
      data.facts,
      data.splits.map((text) => {
        const found = new Map<number, Split>();
        let number = 0;
        for (const part of text ? text.split(";") : []) {
          const [step, measure, first, second] = part.split(" ").map(Number);
          number += step;
          found.set(number * MEASURES_BASE + measure, { first, second });
        }
        return found;
      }),
      data.words,
      codes,
    );
  }

  /** The same with one platform more: `rowOf` gives the measures and answers of each case that it has. */
  with(platform: Platform, rowOf: ReadonlyMap<number, ReadonlyMap<number, Answer>>, facts: [string, Answer][]): Matrix {
    const answers = [...this.answers];
    const answerNumber = new Map(answers.map((answer, place) => [JSON.stringify(answer), place]));
    const number = (answer: Answer) => {
      const key = JSON.stringify(answer);
      if (!answerNumber.has(key)) answerNumber.set(key, answers.push(answer) - 1);
      return answerNumber.get(key)!;
    };
    const rows = [...this.rows];
    const text = (row: ReadonlyMap<number, number>) => [...row].sort((a, b) => a[0] - b[0]).join(" ");
    const rowNumber = new Map(rows.map((row, place) => [text(row), place]));
    const vectors: Int32Array[] = [];
    const vectorNumber = new Map<number, number>();
    const vectorOf = new Int32Array(this.count);
    for (let each = 0; each < this.count; each++) {
      const given = rowOf.get(each);
      let row = 0;
      if (given) {
        const numbered = new Map([...given].map(([measure, answer]) => [measure, number(answer)] as const));
        const key = text(numbered);
        if (!rowNumber.has(key)) rowNumber.set(key, rows.push(numbered) - 1);
        row = rowNumber.get(key)!;
      }
      const key = this.vectorOf[each] * 1_000_000 + row;
      if (!vectorNumber.has(key)) vectorNumber.set(key, vectors.push(Int32Array.from([...this.vectors[this.vectorOf[each]], row])) - 1);
      vectorOf[each] = vectorNumber.get(key)!;
    }
    const theirFacts = facts.map(([question, answer]) => [question, number(answer)] as const);
    return new Matrix([...this.platforms, platform], answers, rows, vectors, vectorOf, [...this.facts, theirFacts],
      [...this.splitOf, new Map()], this.words, this.codes); // prettier-ignore
  }

  /** The number of a case by its words in the order of the columns; undefined for one that can't be. */
  caseOf(words: readonly string[]): number | undefined {
    const codes = words.map((word, place) => this.columns[place].get(word) ?? -1);
    return codes.length === CASE_WIDTH && !codes.includes(-1) ? this.numbers.get(this.key(codes, 0)) : undefined;
  }

  /** The words of a case, in the order of the columns. */
  wordsOf(number: number): string[] {
    return Array.from({ length: CASE_WIDTH }, (_, place) => this.words.codes[this.words.keys[place]][this.codes[number * CASE_WIDTH + place]]);
  }

  /** A case's id, as the probe writes it. */
  idOf(number: number): string {
    const [protocol, family, option, address, state, family2, option2, address2, account] = this.wordsOf(number);
    return `${protocol} ${family} ${option}@${address} ${state} ${family2} ${option2}@${address2} ${account}`;
  }

  /** The number of a case by its id. */
  caseById(id: string): number | undefined {
    const [protocol, family, first, state, family2, second, account, ...more] = id.trim().split(/\s+/);
    const [option, address] = (first ?? "").split("@");
    const [option2, address2] = (second ?? "").split("@");
    return more.length ? undefined : this.caseOf([protocol, family, option, address ?? "", state, family2, option2, address2 ?? "", account ?? ""]);
  }

  code(number: number, column: number): number {
    return this.codes[number * CASE_WIDTH + column];
  }

  codeOf(column: number, word: string): number {
    return this.columns[column].get(word) ?? -1;
  }

  measure(name: string): number {
    return this.measures.indexOf(name);
  }

  /** All that a platform answers to a case. */
  row(number: number, platform: number): ReadonlyMap<number, number> {
    return this.rows[this.vectors[this.vectorOf[number]][platform]];
  }

  answer(number: number, measure: number, platform: number): Answer | undefined {
    const place = this.row(number, platform).get(measure);
    return place === undefined ? undefined : this.answers[place];
  }

  /** The outcome; blank where the platform doesn't have the question. */
  outcome(number: number, measure: number, platform: number): string {
    return this.answer(number, measure, platform)?.outcome ?? "";
  }

  split(number: number, measure: number, platform: number): Split | undefined {
    return this.splitOf[platform].get(number * MEASURES_BASE + measure);
  }

  /** The measures of a case that some platform answers, in the vocabulary's order. */
  measuresOf(number: number): number[] {
    const found = new Set<number>();
    for (const row of this.vectors[this.vectorOf[number]]) for (const measure of this.rows[row].keys()) found.add(measure);
    return [...found].sort((a, b) => a - b);
  }

  /** Whether any platform was asked a case. */
  has(number: number): boolean {
    return this.vectors[this.vectorOf[number]].some((row) => row !== 0);
  }

  indexOf(target: string): number {
    return this.platforms.findIndex((platform) => platform.target === target);
  }
}
