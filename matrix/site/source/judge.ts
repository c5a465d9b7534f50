/* What documents and published tests say of a case. The judge's patterns and its table of verdicts are in the data. */

import { CASE_WIDTH, type ClaimRecord, type Matrix, type PageData, type Platform, type Source } from "./data.ts";
import { compareVersions, versionKey } from "./classes.ts";

const DIGITS = "-0123456789abcdefghijklmnopqrstuvwxyz";

export interface Claim {
  id: string;
  source: string;
  kind: string;
  section: string;
  system: string;
  since: string;
  until: string;
  versions: string; // for a reader: `Server 2003 and later`; blank for all
  statement: string;
  relations: string; // to each platform of the data, by its first letter
}

interface Pattern {
  of: number; // claim, or row of evidence
  codes: number[]; // of each key; -1 for any
  expected: string;
}

export type Rung = "measured" | "asserted" | "reported" | "documented";
export const RUNGS: readonly Rung[] = ["measured", "asserted", "reported", "documented"];
const RUNG_OF: Record<string, Rung> = { test: "asserted", report: "reported", document: "documented" };

/** What is known second-hand of one measure of a case on a system; as `findings.rungs`. */
export interface Known {
  rung: Rung;
  system: string;
  measure: number;
  outcome: string;
  versions: string;
  until: string; // of a claim, its last version; blank for none, and for evidence
  source: string;
  section: string;
  link: string;
  date: string;
  sure: string;
  why: string;
  unstated: readonly string[];
  statement: string;
}

function unpacked(patterns: Record<string, string>, of: number): Pattern[] {
  const width = CASE_WIDTH + 1;
  return Object.entries(patterns).flatMap(([expected, text]) =>
    Array.from({ length: text.length / width }, (_, place) => ({
      of,
      expected,
      codes: [...text.slice(place * width, (place + 1) * width)].map((digit) => DIGITS.indexOf(digit) - 1),
    })),
  );
}

function meets(pattern: Pattern, matrix: Matrix, number: number): boolean {
  if (pattern.codes[CASE_WIDTH] < 0) return false;
  for (let place = 0; place < CASE_WIDTH; place++) if (pattern.codes[place] >= 0 && pattern.codes[place] !== matrix.code(number, place)) return false;
  return true;
}

/** One claim that speaks of a case, and what it expects of a measure. */
export interface Spoken {
  claim: Claim;
  measure: number;
  expected: string;
}

export type Relation = "subject" | "imitation" | "comparison" | "";
const RELATIONS: Record<string, Relation> = { s: "subject", i: "imitation", c: "comparison", "-": "" };

export class Judge {
  readonly claims: Claim[];
  readonly sources: Record<string, Source>;
  private readonly patterns: Pattern[] = [];
  private readonly evidence: Pattern[];
  private readonly remembered = new Map<number, Spoken[]>();

  constructor(private readonly data: PageData) {
    this.sources = data.sources;
    this.claims = data.claims.map((record: ClaimRecord, place) => {
      const [id, source, kind, section, scope, patterns, statement] = record;
      const [system, since, until, relations, versions] = data.scopes[scope];
      this.patterns.push(...unpacked(patterns, place));
      return { id, source, kind, section, system, since, until, versions, statement, relations };
    });
    this.evidence = data.evidence.flatMap((row, place) => unpacked(row.patterns, place));
  }

  /** Every claim that speaks of a case, by a measure that can be asked of it. */
  speaking(matrix: Matrix, number: number): Spoken[] {
    const known = this.remembered.get(number);
    if (known) return known;
    const found: Spoken[] = [];
    for (const pattern of this.patterns)
      if (meets(pattern, matrix, number) && matrix.canAsk(number, pattern.codes[CASE_WIDTH])) found.push({ claim: this.claims[pattern.of], measure: pattern.codes[CASE_WIDTH], expected: pattern.expected });
    this.remembered.set(number, found);
    return found;
  }

  /** Case → what a section of a source expects of a measure there. */
  expectations(matrix: Matrix, [source, section]: readonly [string, string], measure: number): ReadonlyMap<number, string> {
    const found = new Map<number, string>();
    for (const pattern of this.patterns) {
      const claim = this.claims[pattern.of];
      if (claim.source !== source || claim.section !== section || pattern.codes[CASE_WIDTH] !== measure) continue;
      for (let number = 0; number < matrix.count; number++) if (meets(pattern, matrix, number)) found.set(number, pattern.expected);
    }
    return found;
  }

  /** What is known second-hand of a case, the strongest rung first: claims that speak of a system itself, and evidence. */
  known(matrix: Matrix, number: number): Known[] {
    const found: Known[] = [];
    const seen = new Set<string>();
    for (const { claim, measure, expected } of this.speaking(matrix, number))
      for (const system of claim.kind === "availability" ? [] : claim.system.split("|")) {
        const versions = claim.versions || "no version named";
        const key = [system, measure, expected, claim.source, claim.section, versions].join("\n");
        if (seen.has(key)) continue;
        seen.add(key);
        found.push({
          rung: RUNG_OF[this.sources[claim.source].kind], system, measure, outcome: expected, versions, until: claim.until, source: claim.source, section: claim.section,
          link: this.link(claim.source, claim.section), date: "", sure: "", why: "", unstated: [], statement: claim.statement,
        }); // prettier-ignore
      }
    const rows = new Set<string>();
    for (const pattern of this.evidence) {
      if (!meets(pattern, matrix, number) || !matrix.canAsk(number, pattern.codes[CASE_WIDTH])) continue;
      const measure = pattern.codes[CASE_WIDTH];
      const key = [pattern.of, measure, pattern.expected].join(" ");
      if (rows.has(key)) continue;
      rows.add(key);
      const row = this.data.evidence[pattern.of];
      found.push({ ...row, until: /^[\d.]+$/.test(row.versions) ? row.versions : "", rung: row.rung as Rung, measure, outcome: pattern.expected });
    }
    return found.sort((a, b) => RUNGS.indexOf(a.rung) - RUNGS.indexOf(b.rung));
  }

  /** What a claim is to a platform, the reader's own among them. */
  relation(claim: Claim, matrix: Matrix, place: number): Relation {
    const { place: known } = matrix.platforms[place];
    const shipped = known === undefined ? undefined : claim.relations[known];
    return shipped !== undefined ? RELATIONS[shipped] : relationOf(matrix.platforms[place], claim);
  }

  /** Where a source opens, at the place that a section names. */
  link(source: string, section: string): string {
    return this.data.links[source]?.[section] ?? this.sources[source]?.link ?? "";
  }

  verdict(expected: string, outcome: string): string {
    return this.data.verdicts[expected]?.[outcome] ?? this.data.verdicts[expected]?.["EINVAL"] ?? "differs"; // any other error
  }
}

/** Whether a version lies between two bounds, both inclusive, blank meaning unbounded; as the vocabulary's `within`. */
export function within(version: string, since: string, until: string): boolean {
  if (!version) return !since && !until;
  const high = versionKey(until);
  return (!since || compareVersions(version, since) >= 0) && (!until || compareVersions(versionKey(version).slice(0, high.length).join("."), until) <= 0);
}

/** What a host is to a claim; as `records.Host.relation`. */
export function relationOf(host: Platform, claim: Claim): Relation {
  const systems = claim.system.split("|");
  if (systems.includes(host.system)) return within(host.version, claim.since, claim.until) ? "subject" : "";
  if (host.imitates && systems.includes(host.imitates.system)) return within(host.imitates.version, claim.since, claim.until) ? "imitation" : "";
  return claim.until ? "" : "comparison";
}
