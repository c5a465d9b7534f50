/* Platforms that answer equally share a line, and what they are called together. */

import type { Matrix, Platform } from "./data.ts";

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

/** What some platforms are called together: a target's own name, or `Linux 5.10, 6.12 to 7.2`. As `findings.classes.named` does it. */
export function named(matrix: Matrix, members: readonly number[]): string {
  const all = matrix.platforms;
  const parts: string[] = [];
  for (const system of new Set(members.map((place) => all[place].system))) {
    const mine = members.filter((place) => all[place].system === system);
    const others = all.filter((each, place) => each.system === system && !mine.includes(place));
    const versions = mine.map((place) => all[place].release);
    const unique = new Set(versions);
    const clear =
      versions.every(Boolean) && unique.size === mine.length && !others.some((each) => unique.has(each.release)) && !mine.some((place) => all[place].own);
    if (clear) {
      const known = [...new Set(all.filter((each) => each.system === system && each.release).map((each) => each.release))].sort(compareVersions);
      parts.push(`${systemName(matrix, system)} ${spans(known.filter((version) => unique.has(version)), known).join(", ")}`);
    } else {
      parts.push(mine.length <= 4 || others.length ? mine.map((place) => shortName(all[place])).join(", ") : `every ${systemName(matrix, system)} (${mine.length})`);
    }
  }
  return parts.join(", ");
}

export function systemName(matrix: Matrix, system: string): string {
  return matrix.words.systems[system] ?? system;
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
