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
  statement: string;
  relations: string; // to each platform of the data, by its first letter
}

interface Pattern {
  claim: number;
  codes: number[]; // of each key; -1 for any
  expected: string;
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
  private readonly remembered = new Map<number, Spoken[]>();

  constructor(private readonly data: PageData) {
    this.sources = data.sources;
    this.claims = data.claims.map((record: ClaimRecord, place) => {
      const [id, source, kind, section, scope, patterns, statement] = record;
      const [system, since, until, relations] = data.scopes[scope];
      const width = CASE_WIDTH + 1;
      for (const [expected, text] of Object.entries(patterns))
        for (let at = 0; at < text.length; at += width)
          this.patterns.push({ claim: place, expected, codes: [...text.slice(at, at + width)].map((digit) => DIGITS.indexOf(digit) - 1) });
      return { id, source, kind, section, system, since, until, statement, relations };
    });
  }

  /** Every claim that speaks of a case. */
  speaking(matrix: Matrix, number: number): Spoken[] {
    const known = this.remembered.get(number);
    if (known) return known;
    const found: Spoken[] = [];
    for (const pattern of this.patterns) {
      let fits = pattern.codes[CASE_WIDTH] >= 0;
      for (let place = 0; fits && place < CASE_WIDTH; place++)
        fits = pattern.codes[place] < 0 || pattern.codes[place] === matrix.code(number, place);
      if (fits) found.push({ claim: this.claims[pattern.claim], measure: pattern.codes[CASE_WIDTH], expected: pattern.expected });
    }
    this.remembered.set(number, found);
    return found;
  }

  /** What a claim is to a platform, the reader's own among them. */
  relation(claim: Claim, matrix: Matrix, place: number): Relation {
    const shipped = claim.relations[place];
    return shipped !== undefined ? RELATIONS[shipped] : relationOf(matrix.platforms[place], claim);
  }

  verdict(expected: string, outcome: string): string {
    return this.data.verdicts[expected]?.[outcome] ?? this.data.verdicts[expected]?.["EINVAL"] ?? "differs";
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

/** Where a claim's words stand: its source at the revision that was read, and at the line where the section names one. */
export function sourceLink(source: Source, section: string): string {
  const paths = source.path.split(", ");
  const named = /^(\S+?):(\d+)\b/.exec(section);
  const path = named && paths.includes(named[1]) ? named[1] : paths[0];
  if (!/^[\w.-]+\/[\w.-]+$/.test(source.repository)) return "";
  return `https://github.com/${source.repository}/blob/${source.revision}/${path}${named ? `#L${named[2]}` : ""}`;
}
