/* Cuts a text into tokens, as far as single words and phrases go. As matrix/questions/words.py says it. */

import { type Grammar, MIN_CORRECTED, type Token } from "./grammar.ts";

const BRACKETS = /^\[([^[\]]*)\](?::([0-9]{1,5}|\*))?$/;
const WITH_PORT = /^(::|[^:]*):([0-9]{1,5}|\*)$/;
const IPV4 = /^[0-9]+(\.[0-9]+){3}$/;
const IPV6 = /^[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*$/;
const NUMBERS = /^[0-9]+(\.[0-9]+)*$/;
const PORT = /^[0-9]{1,5}$/;
const LETTERS = /^[a-z]+$/;
const LONG = 8; // letters of a word from which on two of them may be wrong
const OTHER = ["any other ipv4", "any other ipv6"];
const BLANK = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u; // what Python calls white space

export interface Cut {
  tokens: Token[];
  corrected: [string, string][]; // as typed, as read
  unknown: string[];
  near: [string, string[]][]; // unknown words with those that they may stand for
}

export const blankless = (text: string): string[] => text.split(BLANK).filter(Boolean);

export function cut(text: string, grammar: Grammar): Cut {
  const tokens: Token[] = [];
  const unknown: string[] = [];
  const { words, corrected, near } = correctedWords(split(text, grammar), grammar);
  let place = 0;
  while (place < words.length) {
    const address = addressOf(words[place], grammar);
    if (address.length) {
      tokens.push(...address);
      place++;
      continue;
    }
    const found = longestPhrase(words, place, grammar);
    if (found) {
      let { token } = found;
      place += found.length;
      if (token.slot === "platform" || token.slot === "distribution") {
        const version = versionOf(words[place] ?? "", token, grammar);
        if (version !== undefined) place++;
        token = { slot: "platform", value: version && token.slot === "platform" ? `${token.value} ${version}` : token.value };
      }
      tokens.push(token);
      continue;
    }
    if (PORT.test(words[place])) tokens.push(portOf(words[place]));
    else unknown.push(words[place]);
    place++;
  }
  return {
    tokens: tokens.filter((token) => token.slot !== "ignored"),
    corrected,
    unknown: [...new Set(unknown)],
    near: near.filter(([word]) => unknown.includes(word)),
  };
}

function split(text: string, grammar: Grammar): string[] {
  let changed = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  for (const [mark, word] of grammar.words) changed = changed.replaceAll(mark, ` ${word} `);
  for (const blank of grammar.blanks) changed = changed.replaceAll(blank, " ");
  return blankless(changed)
    .map((word) => {
      const bare = word.replace(/\.+$/, "");
      return bare.endsWith(":") && bare.indexOf(":") === bare.length - 1 && bare.length > 1 ? bare.slice(0, -1) : bare;
    })
    .filter(Boolean);
}

function addressOf(word: string, grammar: Grammar): Token[] {
  const { literals } = grammar;
  const match = BRACKETS.exec(word) ?? (Object.hasOwn(literals, word) ? null : WITH_PORT.exec(word));
  const [head, port] = match ? [match[1], match[2]] : [word, undefined];
  const key = Object.hasOwn(literals, head) ? head : IPV4.test(head) ? OTHER[0] : IPV6.test(head) ? OTHER[1] : "";
  if (!key && !(match && head === "")) return IPV6.test(word) ? [{ slot: "literal", value: OTHER[1] }] : [];
  return [...(key ? [{ slot: "literal", value: key }] : []), ...(port && port !== "*" ? [portOf(port)] : [])];
}

function portOf(number: string): Token {
  return Number(number) ? { slot: "port", value: String(Number(number)) } : { slot: "mark", value: "port-zero" };
}

function longestPhrase(words: string[], place: number, grammar: Grammar): { length: number; token: Token } | undefined {
  for (let length = Math.min(grammar.longest, words.length - place); length > 0; length--) {
    const token = grammar.phrases.get(words.slice(place, place + length).join(" "));
    if (token) return { length, token };
  }
  return undefined;
}

function versionOf(word: string, system: Token, grammar: Grammar): string | undefined {
  const versions = grammar.versions[system.value] ?? {};
  const named = Object.hasOwn(versions, word) ? versions[word] : "";
  return named || (NUMBERS.test(word) && !IPV4.test(word) ? word : undefined);
}

function correctedWords(words: string[], grammar: Grammar): { words: string[]; corrected: [string, string][]; near: [string, string[]][] } {
  const corrected = new Map<string, string>();
  const near = new Map<string, string[]>();
  const found = words.map((word) => {
    const candidates = grammar.known.has(word) ? [] : nearest(word, grammar);
    if (candidates.length === 1) corrected.set(word, candidates[0]);
    else if (candidates.length) near.set(word, candidates);
    return corrected.get(word) ?? word;
  });
  return { words: found, corrected: [...corrected], near: [...near] };
}

function nearest(word: string, grammar: Grammar): string[] {
  if (word.length < MIN_CORRECTED || !LETTERS.test(word)) return [];
  const limit = word.length >= LONG ? 2 : 1;
  let best = limit + 1;
  const distances: [string, number][] = [];
  for (const known of grammar.correctable) {
    if (Math.abs(known.length - word.length) > limit) continue;
    const each = distance(word, known);
    best = Math.min(best, each);
    distances.push([known, each]);
  }
  return best <= limit ? distances.filter(([, each]) => each === best).map(([known]) => known) : [];
}

/** How many letters are added, left out, changed, or exchanged with their neighbour. */
function distance(one: string, other: string): number {
  let last: number[] = [];
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (let i = 1; i <= one.length; i++) {
    [last, before, row] = [before, row, [i]];
    for (let j = 1; j <= other.length; j++) {
      let cost = Math.min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) cost = Math.min(cost, last[j - 2] + 1);
      row.push(cost);
    }
  }
  return row[other.length];
}
