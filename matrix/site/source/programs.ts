/* Stand-alone programs that make the sockets of a case. Their texts come with the page's data, from matrix/programs, and are filled
   here as filling.py and cases.py there do; tests/programs/digests.csv holds both to the same text. */

import type { Words } from "./data.ts";

export interface Programs {
  languages: Record<string, string>; // word: name
  texts: Record<string, Record<string, string>>; // language: name: text
  states: Record<string, string>; // the usual program of each
  literals: Record<string, string>; // family and address: what bind is given
  groups: Record<string, string>;
  membership: Record<string, [join: string, leave: string]>;
  users: Record<string, [first: string, second: string]>; // by account
  special: Record<string, [measures: string, title: string]>;
  options: Record<string, Record<string, string[]>>;
  v6only: Record<string, Record<string, string[]>>;
}

/** The names of the programs that show a case, the usual one first. */
export function programsOf({ programs }: Words, cells: readonly string[]): string[] {
  const [protocol, family, option, address, state, family2, , address2, account] = cells;
  const names = [programs.states[state]];
  if (protocol === "udp" && address === "wildcard" && address2 === "wildcard" && family === family2) names.push("groups");
  const plain = family === "ipv4" && family2 === "ipv4" && ![address, address2].includes("other-specific");
  if (state === "bound" && account === "same" && plain && option !== "default") names.push("late");
  return names;
}

/** The program of this name for a case, in a language. */
export function program(words: Words, cells: readonly string[], language: string, name: string): string {
  const lines = filled(words.programs.texts[language], name, factsOf(words, cells, name), valuesOf(words.programs, cells, language));
  return lines.map((line) => `${line}\n`).join("");
}

/** All programs of a case: what each shows in which language, and its text. */
export function programs(words: Words, cells: readonly string[]): [title: string, text: string][] {
  return programsOf(words, cells).flatMap((name) =>
    Object.entries(words.programs.languages).map(([language, its]): [string, string] => {
      const special = words.programs.special[name];
      return [`a program in ${its}${special ? `: ${special[1]}` : ""}`, program(words, cells, language, name)];
    }),
  );
}

function factsOf(words: Words, cells: readonly string[], name: string): Set<string> {
  const [protocol, family, option, address, state, family2, option2, address2, account] = cells;
  const serves = (family: string, address: string) => words.addresses.find((each) => each[0] === family && each[1] === address)![3];
  const [first, second] = [serves(family, address), serves(family2, address2)];
  const facts = new Set([name, protocol, address, state, address2, account]);
  if (name === "groups") facts.add(family === "ipv4" ? "ipv4-groups" : "ipv6-groups");
  if (account !== "same") facts.add("accounts");
  if (option !== "default" || option2 !== "default" || family !== "ipv4" || family2 !== "ipv4") facts.add("sets");
  if (name === "live" && (protocol === "udp" || state === "listening") && first.some((to) => second.includes(to)))
    for (const fact of ["traffic", ...[...first, ...second].map((to) => `deliver-${to}`), ...second.map((to) => `inherit-${to}`)]) facts.add(fact);
  return facts;
}

function valuesOf(made: Programs, cells: readonly string[], language: string): Map<string, string> {
  const [protocol, family, option, address, state, family2, option2, address2, account] = cells;
  const group = family === "ipv4" ? "ipv4" : "ipv6";
  const [join, leave] = made.membership[group];
  const needed = [...new Set([...made.options[option].needed, ...made.options[option2].needed])].join("\n");
  const kind = protocol === "tcp" ? "SOCK_STREAM" : "SOCK_DGRAM";
  const users = made.users[account] ?? ["", ""];
  const socket = (which: string, family: string, option: string, address: string, user: string): [string, string][] => [
    [`${which}.spec`, `${family} ${option}@${address}`],
    [`${which}.family`, family === "ipv4" ? "AF_INET" : "AF_INET6"],
    [`${which}.address`, made.literals[`${family} ${address}`]],
    [`${which}.options`, [...made.v6only[family][language], ...made.options[option][language]].join("\n")],
    [`${which}.user`, user],
  ];
  return new Map([
    ...Object.entries({ protocol, state, kind, needed, group: made.groups[group], join, leave }),
    ...socket("first", family, option, address, users[0]),
    ...socket("second", family2, option2, address2, users[1]),
  ]);
}

function filled(texts: Record<string, string>, name: string, facts: Set<string>, values: Map<string, string>): string[] {
  const found: string[] = [];
  const kept = [true]; // of each `%% if` that is open, and of the whole
  for (const line of texts[name].trimEnd().split("\n")) {
    const [mark, command, ...words] = line.split(" ");
    const keep = kept.at(-1)!;
    if (mark !== "%%") keep && found.push(...placed(line, values));
    else if (command === "if") kept.push(keep && words.every((word) => word.split("|").some((fact) => facts.has(fact))));
    else if (command === "end") kept.pop();
    else if (keep) found.push(...filled(texts, words[0], facts, values));
  }
  return found;
}

/** A line with its places filled: a place that stands alone takes as many lines as its value has. */
function placed(line: string, values: Map<string, string>): string[] {
  const alone = /^( *)\{\{([a-z.]+)\}\}$/.exec(line);
  if (!alone) return [line.replace(/\{\{([a-z.]+)\}\}/g, (_, name: string) => values.get(name)!)];
  const value = values.get(alone[2])!;
  return value ? value.split("\n").map((each) => alone[1] + each) : [];
}
