/* Gives a question's tokens to its two sockets. As matrix/questions/sockets.py says it. */

import { type Grammar, REVERSING, type Token } from "./grammar.ts";

const SLOTS = ["literal", "address", "option", "family", "owner"] as const;
type Slot = (typeof SLOTS)[number];
export const DESCRIBING: readonly string[] = SLOTS;

export type Draft = Record<Slot, string>;

export interface Shared {
  first: Draft;
  second: Draft;
  separated: boolean; // by a separator
  more: boolean; // there were more than two
  leftOver: string[]; // as typed
}

const empty = (): Draft => ({ literal: "", address: "", option: "", family: "", owner: "" });
export const described = (draft: Draft): boolean => Boolean(draft.literal || draft.address || draft.option || draft.family);
const has = (draft: Draft, slot: Slot): boolean => (slot === "literal" || slot === "address" ? Boolean(draft.literal || draft.address) : Boolean(draft[slot]));

export function shared(tokens: readonly Token[], grammar: Grammar, options: readonly string[]): Shared {
  const found = cutUp(tokens, grammar, options);
  for (const draft of [found.first, found.second]) if (draft.family === "v6only") draft.family = "ipv6";
  return found;
}

const nothing = (): Shared => ({ first: empty(), second: empty(), separated: false, more: false, leftOver: [] });

/** The sockets, with the families as they were typed. */
function cutUp(tokens: readonly Token[], grammar: Grammar, options: readonly string[]): Shared {
  const candidates: Shared[] = [];
  const some = (part: Token[], slots: readonly string[]) => part.some((token) => slots.includes(token.slot));
  for (const level of [...Array.from({ length: grammar.levels }, (_, place) => String(place)), REVERSING]) {
    const pieces = cutAt(tokens, level);
    let parts = pieces.filter((part) => some(part, DESCRIBING));
    if (level === "0" && parts.length < 2) parts = pieces.filter((part) => some(part, [...DESCRIBING, "state"]));
    if (parts.length === 2 || (level === "0" && parts.length > 2)) {
      candidates.push(between(level === REVERSING ? parts.reverse() : parts, options));
    }
  }
  if (candidates.length) return candidates.find((each) => !each.leftOver.length) ?? candidates[0];
  const found = nothing();
  let current = found.first;
  for (const token of tokens)
    if (DESCRIBING.includes(token.slot)) {
      if (has(current, token.slot as Slot)) current = found.second;
      give(found, current, token, options);
    }
  return found;
}

/** The sockets of parts that separators cut. */
function between(parts: Token[][], options: readonly string[]): Shared {
  const found: Shared = { ...nothing(), separated: true, more: parts.length > 2 };
  const drafts = [found.first, found.second];
  const families: [Draft, Token][] = [];
  drafts.forEach((draft, place) => {
    for (const token of parts[place]) {
      const pair = [draft.family, token.value];
      if (token.slot === "family" && pair.includes("ipv6") && (pair.includes("dual") || pair.includes("v6only"))) draft.family = draft.family === "ipv6" ? token.value : draft.family;
      else if (token.slot === "family" && draft.family && draft.family !== token.value) families.push([drafts[1 - place], token]);
      else give(found, draft, token, options);
    }
  });
  for (const [draft, token] of families) {
    if (has(draft, "literal") && !draft.family) draft.family = token.value;
    else found.leftOver.push(token.typed);
  }
  return found;
}

/** The tokens between separators of one level. */
export function cutAt(tokens: readonly Token[], level: string): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.slot === "separator" && token.value === level) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}

function give(found: Shared, draft: Draft, token: Token, options: readonly string[]): void {
  if (!DESCRIBING.includes(token.slot)) return;
  const slot = token.slot as Slot;
  if (!has(draft, slot)) {
    draft[slot] = token.value;
    return;
  }
  const joined = [`${draft.option}+${token.value}`, `${token.value}+${draft.option}`].find((each) => options.includes(each));
  if (slot === "option" && joined) draft.option = joined;
  else if (draft[slot] !== token.value) found.leftOver.push(token.typed);
}
