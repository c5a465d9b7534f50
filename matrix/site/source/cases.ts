/* All cases on all platforms, with filters by everything: those on which platforms differ come first, equal ones are counted. */

import type { App } from "./app.ts";
import { classesBy, type Class, systemName, systemsOf } from "./classes.ts";
import type { Matrix } from "./data.ts";
import { counted, h, part, replace, thousands } from "./dom.ts";
import { measureName, optionName, place, shortBadge, shortWords } from "./phrases.ts";

const PAGE = 30;
const MAX_COLUMNS = 6;
const LABELS: Record<string, string> = {
  protocol: "protocol", first_family: "first: family", first_option: "first: option", first_address: "first: address", first_state: "first: state",
  second_family: "second: family", second_option: "second: option", second_address: "second: address", account: "account",
}; // prettier-ignore

export interface Found {
  groups: { outcomes: string[]; kinds: number; cases: number[] }[]; // by what the platforms answer; most different first
  columns: Class[];
  cases: number;
}

/** The cases that fit some filters, grouped by what the chosen platforms answer. */
export function filtered(matrix: Matrix, filters: Readonly<Record<string, string>>): Found {
  const measure = Math.max(matrix.measure(filters.measure || "bind"), 0);
  const wanted = matrix.words.keys.slice(0, -1).flatMap((column, at) => (filters[column] ? [[at, matrix.codeOf(at, filters[column])] as const] : []));
  const byVector = new Map<number, number[]>();
  for (let number = 0; number < matrix.count; number++) {
    let fits = true;
    for (const [column, code] of wanted) if (matrix.code(number, column) !== code) fits = false;
    if (!fits) continue;
    const vector = matrix.vectorOf[number];
    const mine = byVector.get(vector);
    if (mine) mine.push(number);
    else byVector.set(vector, [number]);
  }
  const chosen = matrix.platforms.map((platform) => !filters.system || platform.system === filters.system);
  const rows: { vector: number; outcomes: string[] }[] = [];
  for (const vector of byVector.keys()) {
    const outcomes = [...matrix.vectors[vector]].map((row) => {
      const answer = matrix.rows[row].get(measure);
      return answer === undefined ? "" : matrix.answers[answer].outcome;
    });
    const theirs = outcomes.filter((_, at) => chosen[at]);
    if (!theirs.some(Boolean)) continue;
    if (filters.outcome && !theirs.includes(filters.outcome)) continue;
    rows.push({ vector, outcomes });
  }
  const columns = classesBy(matrix, (platform) => (chosen[platform] ? rows.map((row) => row.outcomes[platform]).join() : undefined)).sort((a, b) => b.members.length - a.members.length);
  const unmeasured = new Set(["", ...matrix.words.not_measured]);
  const groups = new Map<string, Found["groups"][number]>();
  let cases = 0;
  for (const { vector, outcomes } of rows) {
    const mine = columns.map((column) => outcomes[column.members[0]]);
    const kinds = new Set(mine.filter((outcome) => !unmeasured.has(outcome))).size;
    if (filters.differ && kinds < 2) continue;
    const key = mine.join();
    const numbers = byVector.get(vector)!;
    cases += numbers.length;
    const group = groups.get(key);
    if (group) group.cases.push(...numbers);
    else groups.set(key, { outcomes: mine, kinds, cases: [...numbers] });
  }
  for (const group of groups.values()) group.cases.sort((a, b) => a - b);
  return { groups: [...groups.values()].sort((a, b) => b.kinds - a.kinds || a.cases.length - b.cases.length), columns, cases };
}

export function cases(app: App): void {
  const { matrix } = app;
  const { words } = matrix;
  const choose = (name: string, label: string, options: [string, string][]) => {
    const select = h("select", { id: `page-f-${name}`, onchange: () => app.set({ filters: fitting(app.matrix, { ...app.state.filters, [name]: select.value }) }) }, options.map(([value, text]) => h("option", { value }, text)));
    return { name, select, shown: h("label", {}, label, select) };
  };
  const any: [string, string] = ["", "any"];
  const option = (word: string) => (word === "default" ? "none" : word);
  const controls = [
    choose("measure", "what is asked", words.measures.filter(([, about]) => about !== "host").map(([name]) => [name === "bind" ? "" : name, measureName(words, name)])),
    ...words.keys.slice(0, -1).map((column) => choose(column, LABELS[column], [any, ...words.codes[column].map((word): [string, string] => [word, column.endsWith("option") ? option(word) : word])])),
    choose("outcome", "some platform answers", [any]),
    choose("system", "platforms", [any, ...[...new Set(matrix.platforms.map((platform) => platform.system))].map((system): [string, string] => [system, systemName(matrix, system)])]),
  ];
  const differ = h("input", { type: "checkbox", id: "page-f-differ", onchange: () => app.set({ filters: { ...app.state.filters, differ: differ.checked ? "1" : "" } }) });
  const clear = h("button", { type: "button", onclick: () => app.set({ filters: {} }) }, "Clear filters");
  replace(part("case-filters"), controls.map((control) => control.shown), h("label", { class: "check" }, differ, " only where platforms differ"), clear);
  app.on(["filters"], () => {
    const { filters } = app.state;
    const answers = controls.find(({ name }) => name === "outcome")!;
    replace(answers.select, [any, ...answersOf(app.matrix, filters)].map(([value, text]) => h("option", { value }, text)));
    for (const { name, select } of controls) {
      select.value = filters[name] ?? "";
      if (select.selectedIndex < 0) select.value = "";
      select.classList.toggle("set", select.value !== "");
    }
    differ.checked = Boolean(filters.differ);
    clear.disabled = !Object.values(filters).some(Boolean);
    show(app, filtered(app.matrix, filters), app.matrix.measures[Math.max(app.matrix.measure(filters.measure || "bind"), 0)]);
  });
}

/** What some platform answers to the chosen measure, in the table's words; and what was chosen, though nobody answers so. */
export function answersOf(matrix: Matrix, filters: Readonly<Record<string, string>>): [outcome: string, words: string][] {
  const measure = Math.max(matrix.measure(filters.measure || "bind"), 0);
  const systems = new Map<string, Set<string>>();
  const seen = new Set<string>();
  for (const vector of matrix.vectors)
    vector.forEach((row, place) => {
      const answer = matrix.rows[row].get(measure);
      const { system } = matrix.platforms[place];
      if (answer === undefined || (filters.system && system !== filters.system) || seen.has(`${answer} ${system}`)) return;
      seen.add(`${answer} ${system}`);
      const { outcome } = matrix.answers[answer];
      systems.set(outcome, (systems.get(outcome) ?? new Set()).add(system));
    });
  if (filters.outcome && !systems.has(filters.outcome)) systems.set(filters.outcome, new Set());
  const about = (outcome: string) => shortWords(matrix.words, outcome, { systems: [...systems.get(outcome)!], measure: matrix.measures[measure] });
  return [...systems.keys()].map((outcome): [string, string] => [outcome, about(outcome)]).sort((a, b) => a[1].localeCompare(b[1], "en"));
}

/** The filters without an answer that nobody gives to what is asked now. */
function fitting(matrix: Matrix, filters: Record<string, string>): Record<string, string> {
  const { outcome, ...others } = filters;
  return outcome && answersOf(matrix, others).some(([each]) => each === outcome) ? filters : { ...others, outcome: "" };
}

function show(app: App, found: Found, measure: string): void {
  const differing = found.groups.filter((group) => group.kinds > 1);
  const equal = found.groups.filter((group) => group.kinds < 2);
  const count = differing.reduce((sum, group) => sum + group.cases.length, 0);
  const total = new Map<string, number>();
  const systems = new Set<string>();
  for (const group of equal) {
    group.outcomes.forEach((each, at) => each && systemsOf(app.matrix, found.columns[at].members).forEach((system) => systems.add(system)));
    const outcome = group.outcomes.find((each) => each && !app.matrix.words.not_measured.includes(each)) ?? "NOT_RUN";
    total.set(outcome, (total.get(outcome) ?? 0) + group.cases.length);
  }
  const folded = h("details", { class: "equal" },
    h("summary", {}, `Answered the same wherever it was measured: ${counted(found.cases - count, "case")} — `, [...total].map(([outcome, number], at) => [at > 0 && ", ", shortBadge(app.matrix.words, outcome, { systems: [...systems], measure }), ` ${thousands(number)}`]))); // prettier-ignore
  folded.addEventListener("toggle", () => {
    if (folded.open && folded.childElementCount === 1) folded.append(table(app, found.columns, equal, measure, "Cases that are answered the same"));
  });
  replace(part("case-table"),
    h("p", { class: "found", role: "status" }, !app.matrix.platforms.length ? "No run is shown." : found.cases ? [h("b", {}, counted(count, "case")), ` on which platforms differ, of ${thousands(found.cases)} that fit.`] : "No case fits these filters; clear one of them."),
    count > 0 && table(app, found.columns, differing, measure, "Cases on which platforms differ"),
    found.cases > count && folded); // prettier-ignore
}

function table(app: App, columns: Class[], groups: Found["groups"], measure: string, label: string): HTMLElement {
  const rows = groups.flatMap((group) => group.cases.map((number) => ({ number, group })));
  let width = Math.min(columns.length, MAX_COLUMNS);
  let length = Math.min(rows.length, PAGE);
  const systems = columns.map((column) => systemsOf(app.matrix, column.members));
  const body = h("tbody");
  const head = h("tr");
  const more = h("button", { type: "button", onclick: () => { length = Math.min(rows.length, length + 10 * PAGE); fill(); } }); // prettier-ignore
  const wider = h("button", { type: "button", onclick: () => { width = columns.length; fill(); } }, `Show ${counted(columns.length - width, "more class")}`.replace("classs", "classes")); // prettier-ignore
  const fill = () => {
    replace(head, h("th", { scope: "col", class: "corner" }, "case"), columns.slice(0, width).map((column) => h("th", { scope: "col" }, column.name)));
    replace(body, rows.slice(0, length).map(({ number, group }) => h("tr", {}, h("th", { scope: "row" }, h("button", { type: "button", class: "link", "data-case": app.matrix.idOf(number) }, compact(app.matrix, number))), group.outcomes.slice(0, width).map((outcome, at) => h("td", {}, outcome ? shortBadge(app.matrix.words, outcome, { systems: systems[at], measure }) : h("span", { class: "outcome none" }, "–"))))));
    more.hidden = length >= rows.length;
    more.textContent = `Show ${thousands(Math.min(rows.length - length, 10 * PAGE))} more of ${thousands(rows.length)}`;
    wider.hidden = width >= columns.length;
  };
  fill();
  return h("div", {}, h("div", { class: "wide tall", tabindex: "0", role: "region", "aria-label": label }, h("table", { class: "cases" }, h("thead", {}, head), body)), h("p", {}, more, " ", wider));
}

/** A case in one line. */
export function compact(matrix: Matrix, number: number): (Node | string)[] {
  const [protocol, family, option, address, state, family2, option2, address2, account] = matrix.wordsOf(number);
  const socket = (one: string, two: string, three: string) => h("span", { class: "nobreak" }, place(matrix.words, one, three), " ", two === "default" ? "" : optionName(two));
  const kind = `${protocol.toUpperCase()}${protocol === "udp" ? "" : ` ${state}`}${family === "ipv4" && family2 === "ipv4" ? "" : ` ${family === family2 ? family : `${family}/${family2}`}`}${account === "same" ? "" : ` ${account}`}`;
  return [h("span", { class: "kind" }, kind), " ", socket(family, option, address), " → ", socket(family2, option2, address2)];
}

