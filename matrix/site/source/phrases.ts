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
  REFUSED: { glyph: "✕", word: "refused", kind: "no" },
  CHECK: { glyph: "~", word: "an access check decides", kind: "odd" },
  LEFT_OPEN: { glyph: "○", word: "left open", kind: "open" },
  first: { glyph: "1", word: "the first", kind: "first" },
  second: { glyph: "2", word: "the second", kind: "second" },
  split: { glyph: "½", word: "split between them", kind: "split" },
  both: { glyph: "1+2", word: "both", kind: "both" },
  none: { glyph: "0", word: "nobody", kind: "nobody" },
  refused: { glyph: "✕", word: "refused", kind: "no" },
  silent: { glyph: "", word: "no error", kind: "word" },
  counts: { glyph: "", word: "it counts", kind: "word" },
  ignored: { glyph: "", word: "it is ignored", kind: "word" },
  indistinct: { glyph: "", word: "the same with it and without", kind: "word" },
  neither: { glyph: "", word: "neither as with it nor as without", kind: "word" },
  "above-49151": { glyph: "", word: "49152 and above", kind: "word" },
  "below-49152": { glyph: "", word: "below 49152", kind: "word" },
  "both-sides": { glyph: "", word: "on both sides of 49152", kind: "word" },
  blocks: { glyph: "", word: "it blocks", kind: "word" },
  returns: { glyph: "", word: "it returns at once", kind: "word" },
  all: { glyph: "", word: "all of it", kind: "word" },
  some: { glyph: "", word: "a part of it", kind: "word" },
  nothing: { glyph: "", word: "nothing of it", kind: "word" },
  on: { glyph: "", word: "on", kind: "word" },
  off: { glyph: "", word: "off", kind: "word" },
};
// An option that can't be set is no refusal of a socket.
const LATE_REFUSED: Style = { glyph: "", word: "it can’t be set any more", kind: "word" };
const ERROR = /^(INUSE|ACCESS|(WSA)?E[A-Z]+|error \d+)$/;

/** How an outcome, or what a document expects, is shown. Only an error is a refusal; a word that is not known here is shown as it is. */
export function outcomeStyle(outcome: string, measure = ""): Style {
  if (!outcome) return { glyph: "", word: "–", kind: "none" };
  if (measure === "late-option" && outcome === "refused") return LATE_REFUSED;
  return OUTCOMES[outcome] ?? (ERROR.test(outcome) ? OUTCOMES.REFUSED : { glyph: "", word: outcome, kind: "word" });
}

/** Of which systems an outcome is, and of which measure. */
export interface About {
  systems?: readonly string[];
  measure?: string;
  error?: string; // as the system names it, where that is known
}

/** The names of an error on some systems, each once; none for an outcome that is no error. */
export function errorNames(words: Words, outcome: string, about: About = {}): string[] {
  if (about.error) return [about.error];
  if (!ERROR.test(outcome)) return [];
  const plain = { INUSE: "EADDRINUSE", ACCESS: "EACCES" }[outcome] ?? outcome;
  const named = (system: string) => (words.winsock.includes(system) && /^E[A-Z]/.test(plain) ? `WSA${plain}` : plain);
  return about.systems?.length ? [...new Set(about.systems.map(named))].sort() : [plain];
}

const between = (names: readonly Child[]): Child => names.map((name, at) => [at > 0 && " or ", name]);

function shown(style: Style, ...inside: Child[]): HTMLElement {
  return h("span", { class: `outcome ${style.kind}` }, style.glyph && [h("span", { class: "glyph", "aria-hidden": "true" }, style.glyph), " "], inside);
}

/** An outcome as a glyph, a word and a colour; a refusal with the error's names. */
export function badge(words: Words, outcome: string, about: About = {}): HTMLElement {
  const style = outcomeStyle(outcome, about.measure);
  const names = errorNames(words, outcome, about).map((name) => h("code", {}, name));
  return shown(style, style.word, names.length > 0 && [" ", between(names)]);
}

/** A short form for the cells of wide tables: glyph, and word or error. */
export function shortBadge(words: Words, outcome: string, about: About = {}): HTMLElement {
  return shown(outcomeStyle(outcome, about.measure), shortWords(words, outcome, about));
}

/** The same without the glyph. */
export function shortWords(words: Words, outcome: string, about: About = {}): string {
  return errorNames(words, outcome, about).join(" or ") || outcomeStyle(outcome, about.measure).word;
}

/** What a document expects, in the same manner; alternatives have `|` between them. */
export function expectedBadge(words: Words, expected: string, about: About = {}): HTMLElement {
  const alternatives = [...new Set(expected.split("|"))];
  if (alternatives.length === 1) return badge(words, expected, about);
  if (!alternatives.every((each) => ERROR.test(each))) return h("span", {}, between(alternatives.map((each) => badge(words, each, about))));
  const names = [...new Set(alternatives.flatMap((each) => errorNames(words, each, about)))];
  return shown(OUTCOMES.REFUSED, "refused ", between(names.map((name) => h("code", {}, name))));
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

/** Words in which a line may end behind a plus sign. */
export function breakable(words: string): Child {
  return words.split("+").map((name, at) => [at > 0 && ["+", h("wbr")], name]);
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
