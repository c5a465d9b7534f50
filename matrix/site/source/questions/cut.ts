/* Cuts a text into tokens, as far as single words and phrases go. As matrix/questions/words.py says it. */

import { type Grammar, MIN_CORRECTED, type Token } from "./grammar.ts";

const BRACKETS = /^\[([^[\]]*)\](?::([0-9]{1,5}|\*))?$/;
const WITH_PORT = /^(::|[^:]*):([0-9]{1,5}|\*)$/;
const IPV4 = /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/;
const IPV6 = /^[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*$/;
const HEXADECIMAL = /^[0-9a-f]{1,4}$/;
const NUMBERS = /^([0-9]+(\.[0-9]+)+|[0-9]{1,3})$/;
const PORT = /^[0-9]{1,5}$/;
const MAX_PORT = 65535;
const LETTERS = /^[a-z]+$/;
const LONG = 8; // letters of a word from which on two of them may be wrong
const OTHER = ["any other ipv4", "any other ipv6"];
const MAPPED = "any other mapped";
const BLANK = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u; // what Python calls white space

export interface Cut {
  tokens: Token[];
  corrected: [string, string][]; // as typed, as read
  unknown: string[];
  ignored: string[]; // words and phrases that carry no meaning
  near: [string, string[]][]; // unknown words with those that they may stand for
}

export const blankless = (text: string): string[] => text.split(BLANK).filter(Boolean);

export function cut(text: string, grammar: Grammar): Cut {
  const tokens: Token[] = [];
  const unknown: string[] = [];
  const typed = split(text, grammar);
  const { words, corrected, near } = correctedWords(typed, grammar);
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
      let token = { ...found.token, typed: typed.slice(place, place + found.length).join(" ") };
      place += found.length;
      if (token.slot === "platform" || token.slot === "distribution") {
        const version = versionOf(words[place] ?? "", token, grammar);
        if (version && token.slot === "distribution") unknown.push(words[place]);
        else if (version) token = { ...token, value: `${token.value} ${version}`, typed: `${token.typed} ${words[place]}` };
        if (version !== undefined) place++;
        token = { ...token, slot: "platform" };
      }
      tokens.push(token);
      continue;
    }
    const word = words[place];
    if (PORT.test(word) && Number(word) <= MAX_PORT) tokens.push(portOf(word, word));
    else unknown.push(word);
    place++;
  }
  return {
    tokens: tokens.filter((token) => token.slot !== "ignored"),
    corrected,
    unknown: [...new Set(unknown)],
    ignored: tokens.filter((token) => token.slot === "ignored").map((token) => token.typed),
    near: near.filter(([word]) => unknown.includes(word)),
  };
}

export function split(text: string, grammar: Grammar): string[] {
  let changed = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const apostrophe = `(?<=[a-z])[${grammar.apostrophes.join("")}]`;
  changed = changed.replace(new RegExp(`${apostrophe}(?=t(?![a-z]))`, "g"), "");
  changed = changed.replace(new RegExp(`${apostrophe}(?:${grammar.suffixes.join("|")})(?![a-z])`, "g"), "");
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
  const [head, port] = withPort(word, grammar);
  const key = formOf(head, grammar);
  const numbered = port !== "" && port !== "*";
  if ((!key && (head || !port)) || (numbered && Number(port) > MAX_PORT)) return [];
  const here: [string, string][] = Object.hasOwn(grammar.groups, key) ? grammar.groups[key] : key ? [["literal", key]] : [];
  return [...here.map(([slot, value]) => ({ slot, value, typed: word })), ...(numbered ? [portOf(port, word)] : [])];
}

/** What stands before a port, without brackets, and the port; blank where there is none. */
function withPort(word: string, grammar: Grammar): [head: string, port: string] {
  const match = BRACKETS.exec(word) ?? (Object.hasOwn(grammar.literals, word) ? null : WITH_PORT.exec(word));
  return match ? [match[1], match[2] ?? ""] : [word, ""];
}

/** The literal or the group that an address is; blank where it is none. */
function formOf(head: string, grammar: Grammar): string {
  if (Object.hasOwn(grammar.literals, head)) return head;
  if (isIpv4(head)) return /^(22[4-9]|23[0-9])\./.test(head) ? "ipv4" : OTHER[0];
  if (!isIpv6(head)) return "";
  return /^ff..:/.test(head) ? "ipv6" : head.includes(".") ? MAPPED : OTHER[1];
}

const isIpv4 = (word: string): boolean => IPV4.test(word) && word.split(".").every((each) => Number(each) <= 255);

function isIpv6(word: string): boolean {
  if (!IPV6.test(word)) return false;
  const at = word.lastIndexOf(":");
  let whole = word;
  if (word.slice(at + 1).includes(".")) {
    if (!isIpv4(word.slice(at + 1))) return false;
    whole = `${word.slice(0, at)}:0:0`;
  }
  const halves = whole.split("::");
  const numbers = halves.filter(Boolean).flatMap((half) => half.split(":"));
  const fits = halves.length === 1 ? numbers.length === 8 : halves.length === 2 && numbers.length < 8;
  return fits && numbers.every((number) => HEXADECIMAL.test(number));
}

/** What a word has the form of without being one: an address or a port; blank for anything else. */
export function impossible(word: string, grammar: Grammar): string {
  const [head, port] = withPort(word, grammar);
  for (const each of [head, word]) {
    if (IPV4.test(each) && !isIpv4(each)) return "IPv4 address";
    if (IPV6.test(each) && !isIpv6(each) && !Object.hasOwn(grammar.literals, each)) return "IPv6 address";
  }
  const number = port || head;
  return PORT.test(number) && Number(number) > MAX_PORT ? "port" : "";
}

function portOf(number: string, typed: string): Token {
  return Number(number) ? { slot: "port", value: String(Number(number)), typed } : { slot: "mark", value: "port-zero", typed };
}

function longestPhrase(words: string[], place: number, grammar: Grammar): { length: number; token: Omit<Token, "typed"> } | undefined {
  for (let length = Math.min(grammar.longest, words.length - place); length > 0; length--) {
    const token = grammar.phrases.get(words.slice(place, place + length).join(" "));
    if (token) return { length, token };
  }
  return undefined;
}

function versionOf(word: string, system: Omit<Token, "typed">, grammar: Grammar): string | undefined {
  const versions = grammar.versions[system.value] ?? {};
  if (Object.hasOwn(versions, word)) return versions[word];
  return !grammar.phrases.has(word) && NUMBERS.test(word) && !IPV4.test(word) ? word : undefined;
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
