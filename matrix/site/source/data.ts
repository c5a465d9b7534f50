/* The observations of the page, and what can be asked of them. How they are packed stands in findings/packed.py. */

import type { PageData, Platform, Words } from "./records.ts";

export type * from "./records.ts";

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
  private readonly splitOf: readonly ReadonlyMap<number, Split>[];

  constructor(
    readonly platforms: readonly Platform[],
    readonly answers: readonly Answer[],
    readonly rows: readonly ReadonlyMap<number, number>[], // measure → answer
    readonly vectors: readonly Int32Array[], // row of each platform
    readonly vectorOf: Int32Array,
    readonly facts: readonly (readonly [string, number])[][],
    splits: readonly ReadonlyMap<number, Split>[],
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
      data.platforms.map((platform, place) => ({ ...platform, place })),
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

  /** The same with one platform more: `rowOf` gives the measures and answers of each case that it has, `splits` how traffic was split. */
  with(platform: Platform, rowOf: ReadonlyMap<number, ReadonlyMap<number, Answer>>, facts: [string, Answer][], splits: ReadonlyMap<number, ReadonlyMap<number, Split>>): Matrix {
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
    const theirSplits = new Map([...splits].flatMap(([each, byMeasure]) => [...byMeasure].map(([measure, split]) => [each * MEASURES_BASE + measure, split] as const)));
    const theirFacts = facts.map(([question, answer]) => [question, number(answer)] as const);
    return new Matrix([...this.platforms, platform], answers, rows, vectors, vectorOf, [...this.facts, theirFacts],
      [...this.splitOf, theirSplits], this.words, this.codes); // prettier-ignore
  }

  /** The same with some of its platforms only. */
  only(places: readonly number[]): Matrix {
    const vectors: Int32Array[] = [];
    const numbers = new Map<string, number>();
    const moved = this.vectors.map((vector) => {
      const mine = Int32Array.from(places, (place) => vector[place]);
      const key = mine.join();
      if (!numbers.has(key)) numbers.set(key, vectors.push(mine) - 1);
      return numbers.get(key)!;
    });
    const of = <Each>(all: readonly Each[]): Each[] => places.map((place) => all[place]);
    return new Matrix(of(this.platforms), this.answers, this.rows, vectors, this.vectorOf.map((vector) => moved[vector]), of(this.facts),
      of(this.splitOf), this.words, this.codes); // prettier-ignore
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

  /** Whether a measure can be asked of a case: not a fact of the host, nor traffic to an address that neither socket serves. */
  canAsk(number: number, measure: number): boolean {
    const [protocol, family, , address, state, family2, , address2] = this.wordsOf(number);
    const [name, about] = this.words.measures[measure];
    const [kind, ...rest] = name.split("-");
    const live = this.words.live.some(([each]) => each === state);
    const receiving = protocol === "udp" || state === "listening";
    const serves = (theirs: string, where: string) => this.words.addresses.find((each) => each[0] === theirs && each[1] === where)?.[3] ?? [];
    if (about === "host") return false;
    if (kind === "deliver" || kind === "inherit") return receiving && [...serves(family, address), ...serves(family2, address2)].includes(rest.join("-"));
    if (kind === "multicast") return protocol === "udp";
    if (name === "listen") return protocol === "tcp";
    if (name === "first-listen") return protocol === "tcp" && state === "bound";
    if (name === "notice") return receiving;
    if (name === "freed") return !live;
    return name !== "late-option" || state === "bound";
  }

  /** Whether any platform was asked a case. */
  has(number: number): boolean {
    return this.vectors[this.vectorOf[number]].some((row) => row !== 0);
  }

  indexOf(target: string): number {
    return this.platforms.findIndex((platform) => platform.target === target);
  }
}
