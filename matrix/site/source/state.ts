/* What the reader sees, as the part of the address behind the #. An address without `=` there is a heading of the report. */

export interface State {
  q: string; // the question, as typed
  case: string; // id of the case whose drawer is open
  run: string; // target of the run whose drawer is open
  pin: string; // the runs that are shown, as pins.ts writes them; blank for all
  sentence: string; // name of the sentence that is opened
  a: string; // targets that are compared
  b: string;
  system: string; // whose versions are shown
  goal: string;
  filters: Record<string, string>; // of the table of cases: column → word
}

export const EMPTY: State = { q: "", case: "", run: "", pin: "", sentence: "", a: "", b: "", system: "", goal: "", filters: {} };
const NAMES = ["q", "case", "run", "pin", "sentence", "a", "b", "system", "goal"] as const;
const MAX_LENGTH = 500;
const MAX_PINS = 20_000;

export function toHash(state: State): string {
  const words = new URLSearchParams();
  for (const name of NAMES) if (state[name]) words.set(name, state[name]);
  for (const [column, word] of Object.entries(state.filters)) if (word) words.set(`f.${column}`, word);
  return words.toString().replaceAll("%2C", ",").replaceAll("%40", "@");
}

/** The state of an address; undefined for one that names a heading. */
export function fromHash(hash: string): State | undefined {
  const text = hash.replace(/^#/, "");
  if (text && !text.includes("=")) return undefined;
  const words = new URLSearchParams(text);
  const state: State = { ...EMPTY, filters: {} };
  for (const name of NAMES) state[name] = (words.get(name) ?? "").slice(0, name === "pin" ? MAX_PINS : MAX_LENGTH);
  for (const [name, word] of words) if (name.startsWith("f.")) state.filters[name.slice(2)] = word.slice(0, 100);
  return state;
}
