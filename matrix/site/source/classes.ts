/* Platforms that answer equally share a line, and what they are called together. */

import type { Matrix, Platform } from "./data.ts";

const MAX_NAMED = 4; // runs without a version of their own, where they are all that there are of a system

export function versionKey(version: string): number[] {
  return version ? version.split(".").map(Number) : [];
}

export function compareVersions(one: string, other: string): number {
  const [a, b] = [versionKey(one), versionKey(other)];
  for (let place = 0; place < Math.max(a.length, b.length); place++) {
    const difference = (a[place] ?? -1) - (b[place] ?? -1);
    if (difference) return difference;
  }
  return 0;
}

/** Versions as ranges of the known ones: `6.1`, `6.12 to 7.2`. */
export function spans(versions: readonly string[], known: readonly string[]): string[] {
  const groups: string[][] = [];
  for (const version of versions) {
    const last = groups.at(-1);
    if (last && known.indexOf(version) === known.indexOf(last.at(-1)!) + 1) last.push(version);
    else groups.push([version]);
  }
  return groups.map((group) =>
    group.length === 1 ? group[0] : `${group[0]} ${group.length > 2 ? "to" : "and"} ${group.at(-1)}`,
  );
}

/** What some platforms are called together: `Linux 5.10, 6.12 to 7.2, Wine 8.0`. As `findings.classes.named` does it; the reader's own
 * run is named apart. */
export function named(matrix: Matrix, members: readonly number[]): string {
  const all = matrix.platforms;
  const own = members.filter((place) => all[place].own).map((place) => shortName(all[place]));
  const published = members.filter((place) => !all[place].own);
  return [...new Set(published.map((place) => all[place].system))].map((system) => ofSystem(matrix, system, published)).concat(own).join(", ");
}

/** The members that are one system's. */
function ofSystem(matrix: Matrix, system: string, members: readonly number[]): string {
  const all = matrix.platforms.filter((each) => each.system === system && !each.own);
  const mine = members.map((place) => matrix.platforms[place]).filter((each) => each.system === system);
  const taken = new Set(["", ...all.filter((each) => !mine.includes(each)).map((each) => each.release)]);
  let clear = new Set(mine.map((each) => each.release).filter((version) => !taken.has(version)));
  if (mine.length === 1 && !mine[0].target.endsWith(mine[0].release)) clear = new Set();
  const known = [...new Set(all.map((each) => each.release).filter(Boolean))].sort(compareVersions);
  const parts = clear.size ? [release(matrix, system, spans(known.filter((version) => clear.has(version)), known).join(", "))] : [];
  const rest = mine.filter((each) => !clear.has(each.release));
  if (rest.length > MAX_NAMED && rest.length === all.length) return `every ${release(matrix, system, "")} (${rest.length})`;
  for (const version of new Set(rest.map((each) => each.release))) {
    parts.push(`${release(matrix, system, version)} (${rest.filter((each) => each.release === version).map((each) => each.target).join(", ")})`);
  }
  return parts.join(", ");
}

/** A system with its version, or several of them; without one its name. */
export function release(matrix: Matrix, system: string, version: string): string {
  return version ? `${matrix.words.versioned[system] ?? systemName(matrix, system)} ${version}` : systemName(matrix, system);
}

export function systemName(matrix: Matrix, system: string): string {
  return matrix.words.systems[system] ?? system;
}

/** The systems of some platforms, each once. */
export function systemsOf(matrix: Matrix, members: readonly number[]): string[] {
  return [...new Set(members.map((place) => matrix.platforms[place].system))];
}

/** A platform by its own name; the reader's own is said to be theirs. */
export function shortName(platform: Platform): string {
  return platform.own ? `your ${platform.target}` : platform.target;
}

export interface Class {
  members: number[];
  name: string;
}

/** Platforms grouped by a key, in the order of their first members; those without a key are left out. */
export function classesBy(matrix: Matrix, key: (platform: number) => string | undefined): Class[] {
  const groups = new Map<string, number[]>();
  matrix.platforms.forEach((_, place) => {
    const mine = key(place);
    if (mine === undefined) return;
    const group = groups.get(mine);
    if (group) group.push(place);
    else groups.set(mine, [place]);
  });
  return [...groups.values()].map((members) => ({ members, name: named(matrix, members) }));
}
