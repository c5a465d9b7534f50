/* The question box: read as the terminal reads it, answered while you type. */

import type { App } from "./app.ts";
import { leading, newest, ofRuntimes } from "./better.ts";
import { answerList, byRung, classAnswer, classesOf, note, rungLabel, shares } from "./answer.ts";
import { bar } from "./bars.ts";
import { compact } from "./cases.ts";
import { classesBy, named, systemName, systemsOf } from "./classes.ts";
import { DOCUMENTED } from "./compare.ts";
import type { Matrix } from "./data.ts";
import { type Child, counted, h, lead, part, replace } from "./dom.ts";
import { copyLink } from "./drawer.ts";
import { globbed, matches } from "./globs.ts";
import { attempts, badge, expectedBadge, measureName, sentence, shortBadge, shortWords } from "./phrases.ts";
import type { State } from "./state.ts";
import { impossible } from "./questions/cut.ts";
import { ANY, caseText, type Meaning, Reader } from "./questions/reader.ts";
import { since } from "./since.ts";

const MAX_CASES = 6;
const MAX_FOUND = 40;
const MAX_JUDGED = 500;
const FIRST = "0.0.0.0 listening, then 127.0.0.1 with SO_REUSEADDR";
interface Elsewhere {
  part: string;
  choose?: (app: App) => Partial<State>;
  system?: string; // of which a run must be shown
}
// What is clicked: a question that is asked in the box, or what is chosen in another section. Typed, the name does the same.
export const EXAMPLES: [name: string, question: string | Elsewhere][] = [
  ["Can my port be taken on Windows?", { part: "guide" }],
  ["Which options restart and protect?", { part: "goals", choose: () => ({ goal: "protect+restart+tcp" }) }],
  ["UDP on Linux: 0.0.0.0, then 127.0.0.1 with SO_REUSEADDR", "udp 0.0.0.0 then 127.0.0.1 reuseaddr on linux"],
  ["Linux against Windows", { part: "compare", choose: (app) => ({ a: newest(app, "linux"), b: DOCUMENTED }), system: "linux" }],
  ["Is Wine right?", { part: "compare", choose: (app) => ({ a: newest(app, "wine"), b: DOCUMENTED }), system: "wine" }],
  ["two UDP servers with SO_REUSEADDR: who receives?", "udp reuseaddr twice who receives"],
  ["exclusive, then SO_REUSEADDR, on Windows", "exclusive then reuseaddr on windows"],
  ["IPv4 beside IPv6", "0.0.0.0 then :: v6only"],
  ["which options share a port", "which options share tcp port"],
  ["what is 10013?", "10013"],
];
const ASSUMED: Record<string, (meaning: Meaning) => string> = {
  protocol: (meaning) => meaning.protocols.join(" and ").toUpperCase(),
  "first-option": () => "no option on the first",
  "second-option": (meaning) => (meaning.second?.option === "default" ? "no option on the second" : "the same option on the second"),
  "first-address": (meaning) => `the first on the ${meaning.first?.address} address`,
  "second-address": (meaning) => `the second on the ${meaning.second?.address} address`,
  v6only: (meaning) => `V6ONLY ${[meaning.first, meaning.second].some((socket) => socket?.family === "dual") ? "off" : "on"}`,
  state: (meaning) => meaning.states.join(" and "),
  account: () => "same account",
};

const bare = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
const exampleOf = (text: string) => EXAMPLES.find(([name]) => bare(name) === bare(text));

export function ask(app: App): void {
  const reader = new Reader(app.grammar, app.matrix.words);
  const input = part("question") as HTMLInputElement;
  const take = (question: (typeof EXAMPLES)[number][1]) => {
    if (typeof question === "string") {
      app.set({ q: question });
      if (matchMedia("(max-width: 48rem)").matches) part("meaning").scrollIntoView(); // and no keyboard over the answer
      else input.focus();
    } else (app.set(question.choose?.(app) ?? {}), lead(question.part));
  };
  const fits = ([, question]: (typeof EXAMPLES)[number]) => typeof question === "string" || !question.system || newest(app, question.system) !== "";
  app.on([], () => replace(part("examples"), EXAMPLES.filter(fits).map(([name, question]) => h("li", {}, h("button", { type: "button", class: "chip", onclick: () => take(question) }, name))))); // prettier-ignore
  app.on([], () => replace(part("scope"), scope(app)));
  input.addEventListener("input", () => app.set({ q: input.value }, false));
  part("ask-form").addEventListener("submit", (event) => {
    event.preventDefault();
    app.set({ q: input.value });
    const example = exampleOf(input.value);
    if (example && fits(example) && typeof example[1] !== "string") return take(example[1]);
    part("answer").scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "")) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
  app.on(["q"], () => {
    if (input.value !== app.state.q) input.value = app.state.q;
    const example = exampleOf(app.state.q);
    const meaning = reader.read(typeof example?.[1] === "string" ? example[1] : app.state.q.trim() || FIRST);
    replace(part("meaning"), app.state.q.trim() ? understood(meaning, reader) : h("p", { class: "aside" }, "For example: ", h("b", {}, FIRST)));
    const elsewhere = example && fits(example) && typeof example[1] !== "string" && h("p", {}, "The answer is in a section of its own: ", h("button", { type: "button", class: "chip", onclick: () => take(example[1]) }, example[0]));
    replace(part("answer"), elsewhere, answer(app, meaning, reader), !elsewhere && leading(app, meaning));
  });
}

/** What the page knows, in a sentence. */
function scope(app: App): string {
  const systems = [...new Set(app.matrix.platforms.map((each) => systemName(app.matrix, each.system)))];
  const windows = systems.includes("Windows") ? "" : " Windows by its documents and other people’s tests and reports, not measured by us.";
  return `${systems.length ? `Measured on ${systems.join(", ")}.` : ""}${windows}`.trim();
}

/** How a question was read: what was left out, corrected, or not understood. */
function understood(meaning: Meaning, reader: Reader): Child {
  const wrong = meaning.unknown.flatMap((word) => (impossible(word, reader.grammar) ? [[word, impossible(word, reader.grammar)]] : []));
  const rest = meaning.unknown.filter((word) => !wrong.some(([each]) => each === word));
  const assumed = meaning.assumed.map((name) => ASSUMED[name]?.(meaning)).filter(Boolean);
  return [
    assumed.length > 0 && h("p", { class: "aside" }, `${assumed.join(" · ")} (you left ${assumed.length > 1 ? "these" : "this"} out)`),
    meaning.corrected.length > 0 && h("p", { class: "aside" }, meaning.corrected.map(([typed, read], at) => [at > 0 && ", ", h("q", {}, typed), " read as ", h("q", {}, read)])),
    wrong.map(([word, form]) => h("p", { class: "warning" }, h("q", {}, word), ` is not ${form.startsWith("I") ? "an" : "a"} ${form}, and was left out.`)),
    meaning.privileged && meaning.account !== "same" && h("p", { class: "aside" }, "Root, or an administrator, is the probe’s own account, where it ran as that; the other one is unprivileged."),
    rest.length > 0 && h("p", { class: "warning" }, "Left out of the question: ", rest.map((word, at) => [at > 0 && ", ", h("q", {}, word)]), meaning.near.map(([word, near]) => [`; ${word}: perhaps `, near.join(" or ")])),
  ];
}

function answer(app: App, meaning: Meaning, reader: Reader): Child {
  const topic = reader.grammar.topics.find((each) => each.id === meaning.topic);
  const partly = topic?.partly && h("p", { class: "warning" }, topic.missing);
  switch (meaning.kind) {
    case "topic":
      return [h("p", {}, topic?.missing), topic && h("p", {}, "The nearest that was measured: ", h("button", { type: "button", class: "chip", onclick: () => app.set({ q: topic.near }) }, topic.near))];
    case "error":
      return meaning.errors.map((name) => errorCard(reader, name));
    case "fact":
      return facts(app, meaning);
    case "unknown":
      return h("p", {}, "Ask for two sockets: an address or an option of the first, “then”, and those of the second.");
    case "empty":
      return h("p", { class: "aside" }, "Type what the first socket is, “then”, and what the second is; or take an example.");
    case "command":
      return ofRuntimes(app, meaning);
    case "case":
      return [partly, caseAnswer(app, meaning)];
    default:
      return [partly, found(app, meaning)];
  }
}

function errorCard(reader: Reader, name: string): Child {
  const error = reader.grammar.errors.get(name);
  if (!error) return null;
  const list = (title: string, items: string[]) => items.length > 0 && [h("h2", {}, title), h("ul", {}, items.map((item) => h("li", {}, item)))];
  return h("div", {},
    h("p", {}, h("b", {}, h("code", {}, error.name), error.windows && [" (", h("code", {}, error.windows), ")"]), ` ${error.numbers}`),
    h("p", {}, error.means), list("With another socket on the port", error.when), list("Without any", error.free),
    /^https:/.test(error.source) && h("p", {}, h("a", { href: error.source, rel: "noreferrer noopener", target: "_blank" }, "Documented here"))); // prettier-ignore
}

/** What was measured of the hosts themselves. */
function facts(app: App, meaning: Meaning): Child {
  const { matrix } = app;
  const rows = new Map<string, string[]>();
  matrix.facts.forEach((facts, place) => {
    for (const [question, answer] of facts) {
      const words = question.split(" ");
      if (meaning.options.length && !words.some((word) => meaning.options.includes(word))) continue;
      if (meaning.protocols.length && !meaning.protocols.includes(words[0])) continue;
      if (!meaning.measures.includes(words.at(-1)!)) continue;
      const key = words.filter((word) => word !== "-").join(" ");
      const row = rows.get(key) ?? matrix.platforms.map(() => "");
      row[place] = matrix.answers[answer].outcome;
      rows.set(key, row);
    }
  });
  return [...rows].map(([question, outcomes]) =>
    h("div", {}, h("h2", {}, question), h("ul", { class: "lines" }, classesBy(matrix, (place) => outcomes[place] || undefined).map((group) =>
      h("li", { class: "line" }, h("div", { class: "who" }, group.name), h("div", { class: "what" }, badge(matrix.words, outcomes[group.members[0]], { systems: systemsOf(matrix, group.members) })))))),
  ); // prettier-ignore
}

/** The cases that a meaning names: each protocol with each state. */
export function casesOf(matrix: Matrix, meaning: Meaning): number[] {
  const { first, second } = meaning;
  if (!first || !second) return [];
  const choices = (option: string) => (option === ANY ? matrix.words.codes.first_option : [option]);
  const numbers: number[] = [];
  for (const protocol of meaning.protocols)
    for (const state of meaning.states)
      for (const one of choices(first.option))
        for (const other of choices(second.option)) {
          const number = matrix.caseOf([protocol, first.family, one, first.address, state, second.family, other, second.address, meaning.account]);
          if (number !== undefined) numbers.push(number);
        }
  return numbers;
}

function caseAnswer(app: App, meaning: Meaning): Child {
  const numbers = casesOf(app.matrix, meaning);
  if (!numbers.length) return h("p", {}, "No such case can be asked: ", h("code", {}, caseText(meaning)));
  const special = meaning.measures.filter((name) => !/^(bind|listen|deliver-)/.test(name)).map((name) => app.matrix.measure(name));
  const platforms = meaning.platforms.map(([system, version]) => `${systemName(app.matrix, system)}${version ? ` ${version}` : ""}`);
  return [
    numbers.slice(0, MAX_CASES).map((number) =>
      h("article", { class: "case" },
        h("h2", {}, sentence(app.matrix, number)),
        platforms.length > 0 && h("p", { class: "aside" }, `You asked about ${platforms.join(" and ")}; the others stand beside it.`),
        meaning.versions && since(app, number, meaning),
        answerList(app, number, meaning.platforms.map(([system]) => system)),
        special.map((measure) => measured(app, number, measure)),
        h("p", { class: "actions" }, h("button", { type: "button", "data-case": app.matrix.idOf(number) }, "Evidence, documents, raw rows"), " ", copyLink(app, { q: app.state.q || FIRST })))),
    numbers.length > MAX_CASES && h("p", {}, `and ${counted(numbers.length - MAX_CASES, "more case")}`),
  ]; // prettier-ignore
}

/** One measure of a case, by class. */
function measured(app: App, number: number, measure: number): Child {
  const { matrix } = app;
  const groups = classesOf(app, number, [measure]);
  const receivers = matrix.words.measures[measure][2].includes("split");
  return [
    h("h3", {}, measureName(matrix.words, matrix.measures[measure])),
    groups.length
      ? h("ul", { class: "lines" }, groups.map((group) => {
          const each = classAnswer(app, number, measure, group)!;
          return h("li", { class: "line" }, h("div", { class: "who" }, group.name), h("div", { class: "what" }, receivers && each.attempts ? bar(shares(app, number, measure, group), "connections or datagrams") : badge(matrix.words, each.outcome, { error: each.error, measure: matrix.measures[measure] }), h("span", { class: "attempts" }, attempts(each))));
        }))
      : h("p", { class: "aside" }, "Not measured of this case."),
  ]; // prettier-ignore
}

/** Whether an answer is the one that was wanted. */
export function wantedOutcome(matrix: Matrix, number: number, platform: number, wanted: string): boolean {
  const outcome = (name: string) => matrix.outcome(number, matrix.measure(name), platform);
  const bind = outcome("bind");
  if (!bind || matrix.words.not_measured.includes(bind)) return false;
  if (!wanted) return true;
  if (wanted === "live") return bind === "SUCCESS" && ["", "SUCCESS"].includes(outcome("listen"));
  const calls = ["bind", "listen"].map(outcome).filter(Boolean);
  if (wanted === "REFUSED") return calls.some((each) => each !== "SUCCESS" && each !== "UNSTABLE" && !matrix.words.not_measured.includes(each));
  if (wanted === "SUCCESS") return bind === "SUCCESS";
  if (/^[a-z]/.test(wanted)) return [...matrix.row(number, platform)].some(([measure, answer]) => matrix.measures[measure].startsWith("deliver-") && matrix.answers[answer].outcome === wanted);
  return calls.includes(wanted);
}

const WANTED: Record<string, string> = { live: "both live", REFUSED: "the second is refused", SUCCESS: "the second is let in", first: "the first receives", second: "the second receives", split: "traffic is split", both: "both receive" };

/** An inverse question, or a pattern: the cases where it is so, and on which platforms. */
function found(app: App, meaning: Meaning): Child {
  const { matrix } = app;
  const asked = new Set(meaning.platforms.map(([system]) => system));
  let numbers = casesOf(matrix, meaning);
  if (meaning.kind === "pattern") {
    const globs = meaning.text.split(" ").map(globbed);
    for (let number = 0; number < matrix.count; number++) if (matrix.has(number) && matches(matrix.idOf(number), globs)) numbers.push(number);
  }
  numbers = numbers.filter((number) => matrix.has(number));
  const measures = meaning.measures.length ? meaning.measures.map((name) => matrix.measure(name)) : [matrix.measure("bind")];
  const rows = numbers
    .map((number) => ({ number, so: matrix.platforms.flatMap((platform, place) => ((!asked.size || asked.has(platform.system)) && wantedOutcome(matrix, number, place, meaning.wanted) && measures.some((measure) => isMeasured(matrix, number, measure, place)) ? [place] : [])) }))
    .filter(({ so }) => so.length);
  const about = WANTED[meaning.wanted] ?? (meaning.wanted ? `the answer is ${meaning.wanted}` : "it was measured");
  const unmeasured = [...asked].filter((system) => !matrix.platforms.some((platform) => platform.system === system));
  return [
    unmeasured.map((system) => secondHand(app, numbers, system)),
    (rows.length > 0 || !unmeasured.length) && h("p", {}, h("b", {}, counted(rows.length, "case")), ` of ${numbers.length.toLocaleString("en-US")} in which ${about}, on some platform.`),
    rows.length > 0 && h("ul", { class: "lines" }, rows.slice(0, MAX_FOUND).map(({ number, so }) =>
      h("li", { class: "line" },
        h("div", { class: "who" }, h("button", { type: "button", class: "link", "data-case": matrix.idOf(number) }, compact(matrix, number))),
        h("div", { class: "what" }, byOutcome(app, number, measures, so))))),
    rows.length > MAX_FOUND && h("p", { class: "aside" }, `and ${counted(rows.length - MAX_FOUND, "more case")}; add words, or use the table of all cases below`),
  ]; // prettier-ignore
}

/** What is known of bind on a system that was not measured, case by case. */
function secondHand(app: App, numbers: number[], system: string): Child {
  const { matrix, judge } = app;
  const bind = matrix.measure("bind");
  const items = numbers.slice(0, MAX_JUDGED).map((number) => ({ number, rungs: byRung(judge.known(matrix, number), system, bind) })).filter((each) => each.rungs.length);
  const name = systemName(matrix, system);
  return [
    h("p", { class: "warning" }, `${name} is not measured by us. `, items.length > 0 ? `What is documented, asserted and reported of it, in ${counted(items.length, "case")}; choose one for its sources:` : "Nothing is known of these cases."),
    items.length > 0 && h("ul", { class: "lines" }, items.slice(0, MAX_FOUND).map(({ number, rungs }) =>
      h("li", { class: "line" },
        h("div", { class: "who" }, h("button", { type: "button", class: "link", "data-case": matrix.idOf(number) }, compact(matrix, number))),
        h("div", { class: "what rungs" }, rungs.map(({ rung, outcomes }) => h("div", {}, rungLabel(rung), ": ", [...outcomes.keys()].map((outcome, at) => [at > 0 && h("b", {}, " but also "), expectedBadge(matrix.words, outcome, { systems: [system], measure: "bind" })]))))))),
    items.length > MAX_FOUND && h("p", { class: "aside" }, `and ${counted(items.length - MAX_FOUND, "more case")}; add words to see fewer`),
  ]; // prettier-ignore
}

function byOutcome(app: App, number: number, measures: number[], members: number[]): Child {
  const { matrix } = app;
  const { words } = matrix;
  const groups = new Map<string, number[]>();
  for (const place of members) {
    const key = measures.map((measure) => shortWords(words, matrix.outcome(number, measure, place), { systems: [matrix.platforms[place].system] })).join();
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  return [...groups.values()].map((group) => {
    const said = note(app, group);
    const outcomes = new Map<string, number[]>(); // → the measures that answer so
    for (const measure of measures) {
      const outcome = matrix.outcome(number, measure, group[0]);
      if (outcome) outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), measure]);
    }
    const about = (of: number[]) => outcomes.size > 1 && h("small", {}, ` (${of.map((measure) => measureName(words, matrix.measures[measure])).join("; ")})`);
    return h("div", {}, [...outcomes].map(([outcome, of]) => [shortBadge(words, outcome, { systems: systemsOf(matrix, group), measure: matrix.measures[of[0]] }), about(of), " "]), named(matrix, group), said && h("small", {}, ` ${said}`));
  });
}

/** Whether a measure has an answer of a case on a platform. */
function isMeasured(matrix: Matrix, number: number, measure: number, place: number): boolean {
  const outcome = matrix.outcome(number, measure, place);
  return outcome !== "" && !matrix.words.not_measured.includes(outcome);
}

