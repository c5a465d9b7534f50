/* One platform against another, and a chain of versions of one system. As `findings.changes` counts it. */

import { ACCOUNT, FIRST_ADDRESS, FIRST_FAMILY, FIRST_OPTION, type Matrix, PROTOCOL, SECOND_ADDRESS, SECOND_FAMILY, SECOND_OPTION, STATE } from "./data.ts";
import { compareVersions } from "./classes.ts";

export const DOCUMENTED = "Windows-as-documented"; // in the place of a target; no target has a capital letter

/** Questions that two platforms answer otherwise in the same way. */
export interface Way {
  protocol: string;
  state: string;
  measure: number;
  before: string;
  after: string;
  cases: number[];
}

export interface Comparison {
  questions: number; // that both have measured
  changed: number;
  ways: Way[]; // the largest first
}

/** Compare two platforms by what both have measured, facts of the host among it. */
export function compare(matrix: Matrix, one: number, other: number): Comparison {
  const unmeasured = new Set(matrix.words.not_measured);
  interface Part { both: number; differ: [number, string, string][] } // prettier-ignore
  const parts = new Map<number, Part>();
  const part = (vector: number): Part => {
    const known = parts.get(vector);
    if (known) return known;
    const [a, b] = [one, other].map((place) => matrix.rows[matrix.vectors[vector][place]]);
    const found: Part = { both: 0, differ: [] };
    for (const [measure, answer] of a) {
      const theirs = b.get(measure);
      if (theirs === undefined) continue;
      const [before, after] = [matrix.answers[answer].outcome, matrix.answers[theirs].outcome];
      if (unmeasured.has(before) || unmeasured.has(after)) continue;
      found.both++;
      if (before !== after) found.differ.push([measure, before, after]);
    }
    parts.set(vector, found);
    return found;
  };
  let questions = 0;
  let changed = 0;
  const ways = new Map<string, Way>();
  for (let number = 0; number < matrix.count; number++) {
    const { both, differ } = part(matrix.vectorOf[number]);
    questions += both;
    changed += differ.length;
    for (const [measure, before, after] of differ) {
      const key = [matrix.code(number, PROTOCOL), matrix.code(number, STATE), measure, before, after].join(" ");
      const way = ways.get(key);
      if (way) way.cases.push(number);
      else {
        const words = matrix.wordsOf(number);
        ways.set(key, { protocol: words[PROTOCOL], state: words[STATE], measure, before, after, cases: [number] });
      }
    }
  }
  const theirs = new Map(matrix.facts[other]);
  for (const [question, answer] of matrix.facts[one]) {
    const after = theirs.get(question);
    if (after === undefined) continue;
    const outcomes = [matrix.answers[answer].outcome, matrix.answers[after].outcome];
    if (outcomes.some((outcome) => unmeasured.has(outcome))) continue;
    questions++;
    if (outcomes[0] !== outcomes[1]) {
      changed++;
      const words = question.split(" ");
      const measure = matrix.measure(words.at(-1)!);
      ways.set(question, { protocol: words[0], state: "", measure, before: outcomes[0], after: outcomes[1], cases: [] });
    }
  }
  return { questions, changed, ways: [...ways.values()].sort((a, b) => b.cases.length - a.cases.length) };
}

/** A platform against a documented table of bind: case → what the table says of it. */
export function compareDocumented(matrix: Matrix, one: number, expected: ReadonlyMap<number, string>): Comparison {
  const bind = matrix.measure("bind");
  const ways = new Map<string, Way>();
  let [questions, changed] = [0, 0];
  for (const [number, after] of expected) {
    const before = matrix.outcome(number, bind, one);
    if (!before || matrix.words.not_measured.includes(before)) continue;
    questions++;
    if (before === after) continue;
    changed++;
    const words = matrix.wordsOf(number);
    const key = [words[PROTOCOL], words[STATE], before, after].join(" ");
    const way = ways.get(key) ?? { protocol: words[PROTOCOL], state: words[STATE], measure: bind, before, after, cases: [] };
    way.cases.push(number);
    ways.set(key, way);
  }
  return { questions, changed, ways: [...ways.values()].sort((a, b) => b.cases.length - a.cases.length) };
}

/** How many questions a platform and each of all platforms have both measured, and how many they answer otherwise; as `compare` counts. */
export function distances(matrix: Matrix, one: number): { questions: number; changed: number }[] {
  const unmeasured = new Set(matrix.words.not_measured);
  const cases = new Int32Array(matrix.vectors.length);
  for (const vector of matrix.vectorOf) cases[vector]++;
  const outcome = (answer: number | undefined): string => (answer === undefined || unmeasured.has(matrix.answers[answer].outcome) ? "" : matrix.answers[answer].outcome);
  const pairs = new Map<number, [questions: number, changed: number]>();
  const pair = (a: number, b: number): [number, number] => {
    const key = a * matrix.rows.length + b;
    const known = pairs.get(key);
    if (known) return known;
    const found: [number, number] = [0, 0];
    for (const [measure, answer] of matrix.rows[a]) {
      const [before, after] = [outcome(answer), outcome(matrix.rows[b].get(measure))];
      if (before && after) (found[0]++, (found[1] += before !== after ? 1 : 0));
    }
    pairs.set(key, found);
    return found;
  };
  const mine = new Map(matrix.facts[one]);
  return matrix.platforms.map((_, other) => {
    let [questions, changed] = [0, 0];
    matrix.vectors.forEach((vector, number) => {
      const [both, differ] = pair(vector[one], vector[other]);
      questions += both * cases[number];
      changed += differ * cases[number];
    });
    for (const [question, answer] of matrix.facts[other]) {
      const [before, after] = [outcome(mine.get(question)), outcome(answer)];
      if (before && after) (questions++, (changed += before !== after ? 1 : 0));
    }
    return { questions, changed };
  });
}

/** The distinct words of some cases in some columns, joined, each once. */
export function together(matrix: Matrix, cases: readonly number[], join: (words: string[]) => string): string[] {
  return [...new Set(cases.map((number) => join(matrix.wordsOf(number))))];
}

export const optionsOf = (words: string[]): string => `${words[FIRST_OPTION]} → ${words[SECOND_OPTION]}`;
export const addressesOf = (words: string[]): string =>
  `${words[FIRST_FAMILY]} ${words[FIRST_ADDRESS]} → ${words[SECOND_FAMILY]} ${words[SECOND_ADDRESS]}`;
export const accountOf = (words: string[]): string => words[ACCOUNT];

/** The platforms of each system that has several versions, in their order; of several runs of one version the first. */
export function versionChains(matrix: Matrix): Map<string, number[]> {
  const chains = new Map<string, number[]>();
  matrix.platforms.forEach((platform, place) => {
    if (!platform.release || platform.own) return;
    const chain = chains.get(platform.system) ?? [];
    if (!chain.some((other) => matrix.platforms[other].release === platform.release)) chain.push(place);
    chains.set(platform.system, chain);
  });
  for (const [system, chain] of chains) {
    if (chain.length < 2) chains.delete(system);
    else chain.sort((a, b) => compareVersions(matrix.platforms[a].release, matrix.platforms[b].release));
  }
  return chains;
}
