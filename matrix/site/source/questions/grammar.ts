/* The grammar of questions, as matrix/questions/grammar.toml has it: phrases by their words, and the tables beside them. */

export interface GrammarData {
  text: { words: Record<string, string>; apostrophes: string[]; suffixes: string[]; blanks: string[]; separators: string[][]; reversing: string[] };
  literals: Record<string, { families: string[]; address: string }>;
  groups: Record<string, string[]>;
  words: Record<string, Record<string, string[]>>;
  versions: Record<string, Record<string, string>>;
  ports: { udp: number[] };
  errors: ErrorData[];
  topics: { id: string; when: string[][]; missing: string; near: string; partly?: boolean }[];
  goals: Record<string, string[][]>;
}

export interface ErrorData {
  name: string;
  windows: string;
  outcome: string;
  numbers: string;
  words: string[];
  means: string;
  when: string[];
  free: string[];
  source: string;
}

export interface Topic {
  id: string;
  when: string[][];
  missing: string;
  near: string;
  partly: boolean;
}

export interface Token {
  slot: string;
  value: string;
  typed: string;
}

export const MIN_CORRECTED = 5; // letters of a word that may be taken for another one
export const REVERSING = "reversing"; // the level of separators before the first socket
const CORRECTED_SLOTS = ["protocol", "family", "option", "address", "state", "measure", "platform", "error"];

/** Everything that the reader knows. */
export interface Grammar {
  words: [string, string][];
  apostrophes: string[];
  suffixes: string[]; // what is dropped with the apostrophe before it
  blanks: string[];
  phrases: Map<string, Omit<Token, "typed">>; // words with a blank between them
  longest: number; // words of the longest phrase
  literals: GrammarData["literals"];
  groups: Record<string, [slot: string, value: string][]>; // a group's address, by its family
  versions: GrammarData["versions"];
  udpPorts: Set<number>;
  levels: number;
  errors: Map<string, ErrorData>;
  topics: Topic[];
  goals: [string, string[][]][];
  known: Set<string>;
  correctable: string[];
}

export function parsed(data: GrammarData): Grammar {
  const phrases: Grammar["phrases"] = new Map();
  const correctable = new Set<string>();
  const add = (phrase: string, slot: string, value: string) => {
    const words = phrase.split(" ");
    phrases.set(words.join(" "), { slot, value });
    if (CORRECTED_SLOTS.includes(slot)) for (const word of words) if (word.length >= MIN_CORRECTED && /^\p{L}+$/u.test(word)) correctable.add(word);
  };
  for (const [slot, values] of Object.entries(data.words))
    for (const [value, all] of Object.entries(values)) for (const phrase of all) add(phrase, slot, value);
  for (const error of data.errors) for (const phrase of error.words) add(phrase, "error", error.name);
  data.text.separators.forEach((separators, level) => separators.forEach((phrase) => add(phrase, "separator", String(level))));
  for (const phrase of data.text.reversing) add(phrase, "separator", REVERSING);
  return {
    words: Object.entries(data.text.words),
    apostrophes: data.text.apostrophes,
    suffixes: data.text.suffixes,
    blanks: data.text.blanks,
    phrases,
    longest: Math.max(...[...phrases.keys()].map((phrase) => phrase.split(" ").length)),
    literals: data.literals,
    groups: Object.fromEntries(Object.entries(data.groups).map(([family, tokens]) => [family, tokens.map((each) => each.split("=") as [string, string])])),
    versions: data.versions,
    udpPorts: new Set(data.ports.udp),
    levels: data.text.separators.length,
    errors: new Map(data.errors.map((error) => [error.name, error])),
    topics: data.topics.map((topic) => ({ ...topic, partly: topic.partly ?? false })),
    goals: Object.entries(data.goals),
    known: new Set([...phrases.keys()].flatMap((phrase) => phrase.split(" "))),
    correctable: [...correctable],
  };
}
