/* The records of the page's data, as site/data.py writes them. How observations are packed stands in findings/packed.py. */

import type { Programs } from "./programs.ts";
import type { GrammarData } from "./questions/grammar.ts";
import type { Rules } from "./rules.ts";

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
  releases: Record<string, string>; // system → which of the stated names is its release
  schema: number;
  vocabulary: number;
  not_measured: string[];
  same_kernel: string[]; // systems that run the kernel of the one whose behaviour they promise
  winsock: string[]; // systems whose errors have Windows' names
  systems: Record<string, string>;
  versioned: Record<string, string>; // what some systems are called before a version
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
  release: string; // the version by which it is known among those of its system; blank where there is none
  sha256: string; // of its observations.csv
  folder: string; // of its files, as seen from the page; blank where that is not known
  place?: number; // in the data of the page, which the relations of claims go by
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
export type Check = [string, boolean, boolean | null, number, number, (string | undefined)?];

export interface Advice {
  goals: string[];
  protocol: string;
  answers: { platforms: string; targets: string[]; complete: boolean; chosen: { option: string; way: string; python: string[]; c: string[]; checks: Check[] }[] }[];
}

/** What others know of a system without a run: of each option by criteria, and which options do for each goal, null where nobody was asked. */
export interface SecondHand {
  system: string;
  protocol: string;
  options: [option: string, heard: [criterion: string, known: number, against: number, rungs: [rung: string, cases: number][], example?: string][]][];
  meeting: Record<string, string[] | null>;
}

/** What a call of a runtime sets before bind, and what that comes to on the platforms that it is for. */
export interface Recipe {
  runtime: string;
  call: string;
  protocol: string;
  systems: string; // unix, windows, or names of systems, with | between
  option: string;
  link: string;
  read: string; // the day
  note: string;
  judged: [targets: string[], checks: Check[]][];
}

export interface Sentence {
  name: string;
  source: string;
  section: string;
  statement: string;
  answers: [targets: string[], relation: string, verdicts: [string, number][], reasons: string[]][];
  against: [table: string, cells: number][];
}

/** id, source, kind, section, number of its scope, patterns by what is expected, statement. */
export type ClaimRecord = [string, string, string, string, number, Record<string, string>, string];

export interface PageData {
  about: { measured: string; probes: [string, string][]; windows_measured: boolean };
  words: Words;
  rules: Rules; // of a run
  platforms: Platform[];
  answers: [outcome: string, error: string, agreed: string, attempts: string, detail: string][];
  rows: string[];
  vectors: string[];
  cases: string;
  facts: [question: string, answer: number][][];
  splits: string[];
  sources: Record<string, Source>;
  claims: ClaimRecord[];
  scopes: [system: string, since: string, until: string, relations: string, versions: string][];
  verdicts: Record<string, Record<string, string>>;
  styles: Record<string, [symbol: string, colour: string, meaning: string]>;
  gravest: string[];
  guide: [source: string, section: string];
  links: Record<string, Record<string, string>>;
  evidence: Evidence[];
  goals: Advice[];
  recipes: Recipe[];
  heard: SecondHand[];
  grammar: GrammarData;
  sentences: Sentence[];
}
