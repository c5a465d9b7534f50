/* host.json: every field typed and bounded, every text plain, as matrix/data/host.py has it; the controls, as matrix/data/whole.py. */

import type { Platform, Words } from "./data.ts";
import type { Rules } from "./rules.ts";
import type { Faults } from "./strict.ts";

const AGAIN = "run the probe again";
type Facts = Record<string, unknown>;

/** Takes typed values out of an object, and notes what isn't there or isn't right. */
class Reader {
  constructor(readonly facts: Facts, private readonly rules: Rules, private readonly faults: Faults, private readonly inside = "") {} // prettier-ignore

  fault(name: string, problem: string, value: unknown, remedy = AGAIN): void {
    this.faults.add(undefined, `${this.inside}${name} ${problem}`, value, remedy);
  }

  own(name: string): unknown {
    return Object.hasOwn(this.facts, name) ? this.facts[name] : undefined;
  }

  text(name: string, pattern = this.rules.patterns.word): string {
    const value = this.own(name);
    if (typeof value !== "string") return this.fault(name, "is not text", value), "";
    return this.plain(name, value, pattern);
  }

  plain(name: string, value: string, pattern = this.rules.patterns.word): string {
    if (!value || (value.length <= this.rules.limits.text && new RegExp(`^(?:${pattern})$`).test(value))) return value;
    return this.fault(name, "is not a plain word or name", value, `${AGAIN}; it writes no such value`), "";
  }

  oneOf(name: string, allowed: readonly string[]): string {
    const value = this.own(name);
    if (typeof value !== "string") return this.fault(name, "is not text", value), "";
    if (!allowed.includes(value)) this.fault(name, "is none of its words", value, `known are ${allowed.map((word) => word || "blank").join(", ")}`);
    return value;
  }

  matching(name: string, pattern: RegExp, otherwise: string): string {
    const value = this.own(name);
    if (typeof value === "string" && pattern.test(value)) return value;
    return this.fault(name, typeof value === "string" ? otherwise : "is not text", value), "";
  }

  number(name: string, low: number, high: number): number {
    const value = this.own(name);
    if (!Number.isInteger(value)) return this.fault(name, "is not of type int", value), low;
    if ((value as number) < low || (value as number) > high) this.fault(name, `is not between ${low} and ${high.toLocaleString("en-US")}`, value);
    return value as number;
  }

  object(name: string): Reader {
    const value = this.own(name);
    const good = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!good) this.fault(name, "is not of type dict", value);
    const many = good && Object.keys(value).length > this.rules.limits.entries;
    if (many) this.fault(name, `has more than ${this.rules.limits.entries} entries`, Object.keys(value).length);
    return new Reader(good && !many ? (value as Facts) : {}, this.rules, this.faults, `${this.inside}${name}.`);
  }

  list(name: string): unknown[] {
    const value = this.own(name);
    if (Array.isArray(value)) return value;
    return this.fault(name, "is not of type list", value), [];
  }

  texts(name: string): Record<string, string> {
    const table = this.object(name);
    return Object.fromEntries(Object.keys(table.facts).map((key) => [table.plain("a name", key), table.text(key)]));
  }
}

const dotted = (read: Reader, name: string): string => read.matching(name, /^(\d{1,9}(\.\d{1,9}){0,5})?$/, "is not a dotted number");

/** The host of a run; undefined with faults. `today` is a day as ISO 8601 writes it, or blank for any. */
export function hostOf(facts: Facts, words: Words, rules: Rules, today: string, faults: Faults): Platform | undefined {
  const before = faults.count;
  const read = new Reader(facts, rules, faults);
  if (facts.schema !== words.schema) return void read.fault("schema", typeof facts.schema === "number" ? `is not ${words.schema}` : "is not of type int", facts.schema, "measure again with this project's probe");
  const [python, probe, accounts] = [read.object("python"), read.object("probe"), read.object("accounts")];
  const vocabulary = read.number("vocabulary", 1, 10_000);
  if (vocabulary > words.vocabulary) read.fault("vocabulary", `is newer than this page's ${words.vocabulary}`, vocabulary, "use a newer page");
  const system = read.oneOf("system", rules.systems);
  const stated = read.texts("stated");
  const version = dotted(read, "version");
  const release = words.releases[system] ? (stated[words.releases[system]] ?? "") : "";
  const found: Platform = {
    target: read.text("target"), system, version, kernel: read.text("kernel"), name: read.text("name"), imitates: imitated(read, rules),
    container: read.text("container"), machine: read.text("machine"),
    python: `${python.text("implementation")} ${python.text("version")} (${python.number("bits", 16, 128)} bit)`,
    account: read.oneOf("account", rules.roles.slice(0, 3)), measured: day(read, today), repeat: read.number("repeat", 1, rules.limits.repeat),
    selection: read.text("selection", rules.patterns.free), options: options(read, words, rules),
    probe: [probe.text("version"), probe.matching("sha256", /^[0-9a-f]{64}$/, "is no SHA-256")],
    accounts: Object.fromEntries(Object.keys(accounts.facts).flatMap((name) => (knownAccount(accounts, name, rules) ? [[name, accountFacts(accounts.object(name), rules)]] : []))),
    stated, older: vocabulary < words.vocabulary, rows: Number(facts.rows), release: version || (/^\d+(\.\d+)*$/.test(release) ? release : ""),
    sha256: String(facts.sha256), folder: "", own: true,
  }; // prettier-ignore
  if (typeof read.own("no_wildcard") !== "boolean") read.fault("no_wildcard", "is not of type bool", read.own("no_wildcard"));
  read.oneOf("other_specific", rules.other_specific);
  ports(read.object("ports"), rules);
  read.texts("multicast");
  read.texts("settings");
  name(found, rules, faults);
  return faults.count === before ? found : undefined;
}

function knownAccount(accounts: Reader, name: string, rules: Rules): boolean {
  if (rules.accounts.includes(name)) return true;
  accounts.fault("a name", "is none of its words", name, `known are ${rules.accounts.join(", ")}`);
  return false;
}

function accountFacts(read: Reader, rules: Rules): string {
  const elevated = read.own("elevated") ?? null;
  if (elevated !== null && typeof elevated !== "boolean") read.fault("elevated", "is neither true, false nor null", elevated);
  const reason = read.own("reason");
  if (typeof reason !== "string") read.fault("reason", "is not text", reason);
  else if (reason.length > 2 * rules.limits.text || /[\p{C}\p{Zl}\p{Zp}]/u.test(reason)) read.fault("reason", "holds text that is too long or not printable", reason);
  read.text("method");
  const role = read.oneOf("role", rules.roles);
  return (role || String(reason)) + (role && elevated !== null ? (elevated ? " (elevated)" : " (not elevated)") : "");
}

function imitated(read: Reader, rules: Rules): Platform["imitates"] {
  if ((read.own("imitates") ?? null) === null) return null;
  const other = read.object("imitates");
  const found = { system: other.oneOf("system", rules.systems), version: dotted(other, "version") };
  const system = read.own("system");
  if (typeof system === "string" && rules.imitates[system] !== found.system) read.fault("imitates", `is not what ${system} imitates`, found.system, "only an imitation names a system here");
  return found;
}

function options(read: Reader, words: Words, rules: Rules): string[] {
  const named = read.list("options");
  const all = words.codes.first_option;
  const system = read.own("system");
  if (!named.every((name) => typeof name === "string" && all.includes(name)) || new Set(named).size !== named.length || !named.includes("default"))
    return read.fault("options", "must name options of the vocabulary, each once, and default", named.map(String).join(", ")), [];
  const impossible = rules.systems.includes(String(system)) ? (named as string[]).filter((name) => !rules.systems_with[name].includes(String(system))) : [];
  if (impossible.length) read.fault("options", `names what ${String(system)} does not define`, impossible.join(", "));
  return all.filter((option) => named.includes(option));
}

function ports(read: Reader, rules: Rules): void {
  for (const field of ["ephemeral", "excluded"])
    for (const pair of read.list(field).slice(0, rules.limits.entries)) {
      const good = Array.isArray(pair) && pair.length === 2 && pair.every((port) => Number.isInteger(port) && port >= 0 && port <= 65535) && pair[0] <= pair[1];
      if (!good) read.fault(field, "holds what is no range of ports", pair);
    }
}

function day(read: Reader, today: string): string {
  const value = read.matching("measured", /^20\d\d-\d\d-\d\d$/, "is not a day like 2026-11-24");
  if (!value) return "";
  const parsed = new Date(`${value}T00:00:00Z`);
  if (Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== value) return read.fault("measured", "is not a day like 2026-11-24", value), "";
  if (today && parsed.getTime() > new Date(`${today}T00:00:00Z`).getTime() + 86_400_000) read.fault("measured", `is after today, ${today}`, value, "set the machine's clock and run the probe again");
  return value;
}

/** A target is called what it is: its first word names the system that was really found. */
function name(host: Platform, rules: Rules, faults: Faults): void {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(host.target)) faults.add(undefined, "target is not a name", host.target, "use a-z, 0-9, '.', '_' and '-'");
  const word = host.target.split(/[-.]/)[0];
  const known = Object.hasOwn(rules.target_words, word) ? rules.target_words[word] : word;
  if (known !== host.system && (known !== word || rules.systems.includes(word))) faults.add(undefined, `the target is named ${word}, and the probe found ${host.system}`, host.target, "rename the target to what it is");
}

/** Every control of every account that was measured is there, before and after, and answered as it does everywhere. */
export function controls(facts: Facts, accounts: ReadonlySet<string>, rules: Rules, faults: Faults): void {
  const known = Object.assign({}, ...Object.values(rules.controls)) as Record<string, string>;
  const wanted = Object.assign({}, ...Object.entries(rules.controls).map(([account, each]) => (account === "same" || accounts.has(account) ? each : {}))) as Record<string, string>;
  let list: unknown[] = [];
  if (Array.isArray(facts.controls) && facts.controls.length <= 4 * Object.keys(known).length) list = facts.controls;
  else faults.add(undefined, "controls is no list of them", facts.controls, `${AGAIN} into this folder`);
  const found = new Set<string>();
  for (const control of list) {
    const cells = ["name", "when", "expected", "observed"].map((field) => (typeof control === "object" && control !== null ? (control as Facts)[field] : undefined));
    const [name, when, expected, observed] = cells.map(String);
    if (!cells.every((cell) => typeof cell === "string") || !Object.hasOwn(known, name) || !["before", "after"].includes(when)) {
      faults.add(undefined, "not a control that the probe asks", control, `${AGAIN} into this folder`);
      continue;
    }
    found.add(`${name} ${when}`);
    if (Object.hasOwn(wanted, name) && (expected !== wanted[name] || observed !== wanted[name]))
      faults.add(undefined, "a control failed, so the run is void", `${name}, ${when}: expected ${wanted[name]}, observed ${observed}`, "find out what is wrong with the harness; run it again");
  }
  for (const when of ["before", "after"]) {
    const missing = Object.keys(wanted).filter((each) => !found.has(`${each} ${when}`));
    if (missing.length) faults.add(undefined, `${missing.length} controls from ${when} the run are missing`, missing.slice(0, rules.limits.named).join(", "), `the run is void; ${AGAIN} into this folder`);
  }
}
