/* Links that name the very runs that they speak of: each by its target and the beginning of the SHA-256 of its observations.csv.
   Neither alone will do: a target can be measured anew, and two systems that answer alike have the same observations. */

import type { Platform } from "./data.ts";

const HASH = 12; // digits of a SHA-256 in an address
const PIN = /^([a-z0-9][a-z0-9._-]{0,63})@([0-9a-f]{8,64})$/;

export interface Pin {
  target: string;
  hash: string;
}

/** What became of a pinned run: its observations are here byte for byte; its target was measured anew; or it is gone. */
export interface Fate {
  pin: Pin;
  kind: "here" | "anew" | "gone";
  platform?: Platform; // that has its target
}

export interface Pinned {
  fates: Fate[];
  unread: string[]; // parts of the address that name no run
  places: number[]; // of the platforms that are byte for byte those that were pinned
}

/** Platforms as an address has them; a reader's own run has no address. */
export function pinsOf(platforms: readonly Platform[]): string {
  return platforms.filter((each) => !each.own).map((each) => `${each.target}@${each.sha256.slice(0, HASH)}`).join(); // prettier-ignore
}

/** What became of the runs that an address pins. */
export function pinned(text: string, platforms: readonly Platform[]): Pinned {
  const parts = [...new Set(text.split(",").filter(Boolean))];
  const read = parts.map((part) => PIN.exec(part));
  const fates = read.flatMap((match) => (match ? [fateOf({ target: match[1], hash: match[2] }, platforms)] : []));
  const kept = new Set(fates.flatMap(({ kind, platform }) => (kind === "here" ? [platform] : [])));
  return {
    fates,
    unread: parts.filter((_, at) => !read[at]),
    places: platforms.flatMap((platform, place) => (kept.has(platform) ? [place] : [])),
  };
}

function fateOf(pin: Pin, platforms: readonly Platform[]): Fate {
  const platform = platforms.find((each) => each.target === pin.target && !each.own);
  if (!platform) return { pin, kind: "gone" };
  return { pin, kind: platform.sha256.startsWith(pin.hash) ? "here" : "anew", platform };
}
