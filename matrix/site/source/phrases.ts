/* What things are called on the page: outcomes, sockets, cases. */

import { ACCOUNT, type Answer, FIRST_ADDRESS, FIRST_FAMILY, FIRST_OPTION, type Matrix, PROTOCOL, SECOND_ADDRESS, SECOND_FAMILY, SECOND_OPTION, STATE, type Words } from "./data.ts";
import { type Child, h } from "./dom.ts";

interface Style {
  glyph: string;
  word: string;
  kind: string; // the class of the style sheet
}

const OUTCOMES: Record<string, Style> = {
  SUCCESS: { glyph: "✓", word: "succeeds", kind: "yes" },
  UNSTABLE: { glyph: "~", word: "attempts disagree", kind: "odd" },
  NOT_RUN: { glyph: "·", word: "not measured", kind: "none" },
  UNSUPPORTED: { glyph: "·", word: "not to be had here", kind: "none" },
  first: { glyph: "1", word: "the first", kind: "first" },
  second: { glyph: "2", word: "the second", kind: "second" },
  split: { glyph: "½", word: "split between them", kind: "split" },
  both: { glyph: "⧉", word: "both", kind: "both" },
  none: { glyph: "○", word: "nobody", kind: "nobody" },
  refused: { glyph: "✕", word: "refused", kind: "no" },
};

/** An outcome as a glyph, a word and a colour. */
export function outcomeStyle(outcome: string): Style {
  if (!outcome) return { glyph: "", word: "–", kind: "none" };
  const known = OUTCOMES[outcome];
  if (known) return known;
  if (/^[a-z]/.test(outcome)) return { glyph: "", word: outcome, kind: "word" };
  return { glyph: "✕", word: "refused", kind: "no" };
}

/** The name of an error, for an outcome that is one; the system's own where it is known. */
export function errorName(outcome: string, error = ""): string {
  if (error) return error;
  return { INUSE: "EADDRINUSE", ACCESS: "EACCES" }[outcome] ?? (outcomeStyle(outcome).kind === "no" && outcome !== "refused" ? outcome : "");
}

export function badge(outcome: string, error = ""): HTMLElement {
  const style = outcomeStyle(outcome);
  const name = errorName(outcome, error);
  return h("span", { class: `outcome ${style.kind}` }, style.glyph && h("span", { class: "glyph", "aria-hidden": "true" }, style.glyph), ` ${style.word}`, name && [" ", h("code", {}, name)]);
}

/** A short form for the cells of wide tables: glyph, and word or error. */
export function shortBadge(outcome: string, error = ""): HTMLElement {
  const style = outcomeStyle(outcome);
  const short = style.kind === "no" && outcome !== "refused" ? errorName(outcome, error) : style.word;
  return h("span", { class: `outcome ${style.kind}` }, style.glyph && h("span", { class: "glyph", "aria-hidden": "true" }, style.glyph), ` ${short}`);
}

const EXPECTED: Record<string, [string, string]> = {
  REFUSED: ["refused", "no"],
  CHECK: ["an access check decides", "odd"],
};

/** What a document expects, in the same manner; alternatives have `|` between them. */
export function expectedBadge(expected: string): HTMLElement {
  const known = EXPECTED[expected];
  if (known) return h("span", { class: `outcome ${known[1]}` }, known[1] === "no" && h("span", { class: "glyph", "aria-hidden": "true" }, "✕"), ` ${known[0]}`);
  const names = [...new Set(expected.split("|"))];
  if (names.length === 1 || names.some((name) => outcomeStyle(name).kind !== "no")) return badge(expected);
  return h("span", { class: "outcome no" }, h("span", { class: "glyph", "aria-hidden": "true" }, "✕"), " refused ", names.map((name, at) => [at > 0 && " or ", h("code", {}, errorName(name))]));
}

export function literal(words: Words, family: string, address: string): string {
  const found = words.addresses.find(([theirs, name]) => theirs === family && name === address);
  return found?.[2] ?? "another IPv4 address of the machine";
}

/** `0.0.0.0`, `:: with V6ONLY off`. */
export function place(words: Words, family: string, address: string): string {
  return literal(words, family, address) + (family === "dual" && address === "wildcard" ? " (V6ONLY off)" : "");
}

export function withOption(option: string): string {
  return option === "default" ? "without options" : `with ${option.replace("+", " and ")}`;
}

/** `SO_REUSEADDR` or `no option`, in code; a sum may break behind its plus sign, and nowhere else. */
export function optionName(option: string): Child {
  if (option === "default") return "no option";
  return option.split("+").map((name, at) => [at > 0 && ["+", h("wbr")], h("code", {}, name)]);
}

export function familyName(family: string): string {
  return { ipv4: "IPv4", ipv6: "IPv6", dual: "IPv6 with V6ONLY off" }[family] ?? family;
}

const STATES: Record<string, string> = {
  accepted: "its listener is closed, and a connection that it accepted lives on",
  "time-wait": "its listener is closed, and a connection of it is in TIME_WAIT",
  "peer-closed": "its listener is closed, and the peer closed the connection first",
  graceful: "its listener is closed, and a connection of it was shut down gracefully",
  reset: "its listener is closed, and a connection of it was reset",
  unsent: "its listener is closed, and a connection of it still has unsent data",
};

/** A case as a sentence. */
export function sentence(matrix: Matrix, number: number): string {
  const words = matrix.wordsOf(number);
  const [first, second] = [place(matrix.words, words[FIRST_FAMILY], words[FIRST_ADDRESS]), place(matrix.words, words[SECOND_FAMILY], words[SECOND_ADDRESS])];
  const state = words[STATE];
  const tcp = words[PROTOCOL] === "tcp";
  const held =
    state === "bound" ? `is bound to ${first}${tcp ? ", not listening" : ""}` : state === "listening" ? `listens on ${first}` : `held ${first}; ${STATES[state] ?? (matrix.words.states[state] || state)}`;
  return `${words[PROTOCOL].toUpperCase()}: a first socket ${withOption(words[FIRST_OPTION])} ${held}; a second one ${withOption(words[SECOND_OPTION])} binds ${second}.`;
}

/** `TCP · IPv4 · same account`. */
export function circumstances(matrix: Matrix, number: number): string {
  const words = matrix.wordsOf(number);
  const families = [...new Set([words[FIRST_FAMILY], words[SECOND_FAMILY]])].map(familyName).join(" then ");
  return `${words[PROTOCOL].toUpperCase()} · ${families} · ${accountName(words[ACCOUNT])}`;
}

export function accountName(account: string): string {
  return { same: "same account", other: "the second is another account's", "other-first": "the first is another account's", others: "two different unprivileged accounts" }[account] ?? account;
}

export function attempts(answer: Answer): string {
  return answer.attempts ? `${answer.agreed} of ${answer.attempts}` : "";
}

const PREFIXES: [string, string][] = [
  ["deliver-", "While both live, sent to "],
  ["inherit-", "Once the first has closed, sent to "],
];

/** A measure for readers. */
export function measureName(words: Words, measure: string): string {
  for (const [prefix, text] of PREFIXES)
    if (measure.startsWith(prefix)) {
      const to = words.destinations.find(([name]) => name === measure.slice(prefix.length));
      return `${text}${to?.[1] ?? "the other IPv4 address"}`;
    }
  return (
    {
      bind: "bind of the second", listen: "listen of the second", "first-listen": "listen of the first, afterwards", notice: "What the first is told of it",
      "multicast-first": "A group that only the first has joined", "multicast-both": "A group that both have joined",
      "multicast-second": "A group that only the second has joined", freed: "bind once the connection has been given up", "late-option": "An option set after bind",
    }[measure] ?? measure
  ); // prettier-ignore
}
