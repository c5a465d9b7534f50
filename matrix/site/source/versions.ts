/* Versions of one system as a line in time, and two platforms side by side. */

import type { App } from "./app.ts";
import { accountOf, addressesOf, compare, compareDocumented, type Comparison, DOCUMENTED, optionsOf, together, versionChains, type Way } from "./compare.ts";
import { named, systemName } from "./classes.ts";
import { note, sourceLink } from "./answer.ts";
import { runLink } from "./platforms.ts";
import { type Attributes, type Child, counted, h, part, replace, thousands } from "./dom.ts";
import { breakable, measureName, sentence, shortBadge } from "./phrases.ts";

const MAX_WAYS = 40;
const MAX_CASES = 60;
const MAX_NAMED = 4;

export function versions(app: App): void {
  app.on(["system"], () => {
    const chains = versionChains(app.matrix);
    part("versions").hidden = !chains.size;
    if (!chains.size) return;
    const chosen = chains.has(app.state.system) ? app.state.system : [...chains.keys()][0];
    const focused = part("version-systems").contains(document.activeElement);
    const buttons = [...chains.keys()].map((system) =>
      h("button", { type: "button", class: "chip", "aria-pressed": String(system === chosen), onclick: () => app.set({ system }) }, systemName(app.matrix, system)),
    );
    replace(part("version-systems"), buttons);
    if (focused) buttons[[...chains.keys()].indexOf(chosen)].focus();
    replace(part("version-line"), line(app, chains.get(chosen)!));
  });
}

function line(app: App, chain: number[]): HTMLElement {
  return h("ol", { class: "timeline" }, chain.map((place, at) => {
    const platform = app.matrix.platforms[place];
    const step = at > 0 ? compare(app.matrix, chain[at - 1], place) : undefined;
    return h("li", {},
      step && h("div", { class: "step" },
        step.changed ? folded(`${thousands(step.changed)} of ${thousands(step.questions)} questions are answered otherwise`, () => ways(app, step, side(app, chain[at - 1]), side(app, chain[at]))) : `nothing changed in ${thousands(step.questions)} questions`),
      h("div", { class: "version" }, h("b", {}, platform.release), " ", runLink(app, platform), ` ${platform.name}, measured ${platform.measured}`)); // prettier-ignore
  }));
}

/** A fold whose inside is made when it is first opened. */
function folded(title: string, inside: () => HTMLElement): HTMLElement {
  const made = h("details", {}, h("summary", {}, title));
  made.addEventListener("toggle", () => made.childElementCount === 1 && made.append(inside()));
  return made;
}

export function comparison(app: App): void {
  const selects = (["a", "b"] as const).map((name) => h("select", { id: `page-compare-${name}`, onchange: (event) => app.set({ [name]: (event.target as HTMLSelectElement).value }) }));
  replace(part("compare-choices"),
    h("label", {}, "One ", selects[0]), " ", h("label", {}, "and the other ", selects[1])); // prettier-ignore
  app.on(["a", "b"], () => {
    const { platforms } = app.matrix;
    part("compare").hidden = !platforms.length;
    if (!platforms.length) return;
    for (const select of selects) replace(select, platforms.map((platform, place) => h("option", { value: platform.target }, named(app.matrix, [place]))));
    selects[1].append(h("option", { value: DOCUMENTED }, "Windows, as its guide documents it"));
    const [a, b] = defaults(app);
    selects[0].value = platforms[a].target;
    if (app.state.b === DOCUMENTED || platforms.length < 2) {
      selects[1].value = DOCUMENTED;
      replace(part("compare-answer"), againstDocument(app, a));
      return;
    }
    selects[1].value = platforms[b].target;
    const found = compare(app.matrix, a, b);
    replace(part("compare-answer"),
      h("p", {}, a === b ? "That is one platform twice." : found.changed ? [h("b", {}, `${thousands(found.changed)} of ${thousands(found.questions)}`), ` questions that both have measured are answered otherwise, in ${counted(found.ways.length, "way")}.`] : `All ${thousands(found.questions)} questions that both have measured are answered the same.`),
      found.changed > 0 && ways(app, found, side(app, a), side(app, b))); // prettier-ignore
  });
}

/** A run against the guide's table for every Windows in use: both sockets of one account, over IPv4. */
function againstDocument(app: App, place: number): Child {
  const { matrix, judge, data } = app;
  const found = compareDocumented(matrix, place, judge.expectations(matrix, data.guide, matrix.measure("bind")));
  const name = named(matrix, [place]);
  const said = note(app, [place]);
  return [
    h("p", {}, h("b", {}, `${name} answers ${thousands(found.changed)} of ${thousands(found.questions)}`), ` binds otherwise than Microsoft's table for Windows Server 2003 and later documents, for one account: `, sourceLink(app, ...data.guide), `. ${said ? `${name} ${said}. ` : ""}Windows itself is ${data.about.windows_measured ? "among the runs" : "not measured by us"}.`),
    found.changed > 0 && ways(app, found, side(app, place), { name: "Windows, as documented", systems: ["windows"] }),
  ]; // prettier-ignore
}

/** The two that are compared: those of the state, or the first two of different systems. */
export function defaults(app: App): [number, number] {
  const { platforms } = app.matrix;
  const chosen = [app.state.a, app.state.b].map((target) => app.matrix.indexOf(target));
  const own = platforms.findIndex((platform) => platform.own);
  const a = chosen[0] >= 0 ? chosen[0] : own >= 0 ? own : Math.max(platforms.findIndex((platform) => platform.system === "linux"), 0);
  const other = platforms.findIndex((platform) => platform.system !== platforms[a].system);
  const b = chosen[1] >= 0 ? chosen[1] : other >= 0 ? other : (a + 1) % platforms.length;
  return [a, b];
}

interface Side {
  name: string;
  systems: string[];
}

const side = (app: App, place: number): Side => ({ name: named(app.matrix, [place]), systems: [app.matrix.platforms[place].system] });

function ways(app: App, found: Comparison, before: Side, after: Side): HTMLElement {
  const heads = ["what is asked", before.name, after.name, "options", "addresses", "account", "cases"];
  const more = found.ways.length - MAX_WAYS;
  return h("div", {},
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": `What ${before.name} and ${after.name} answer otherwise` },
      h("table", { class: "ways", role: "table" },
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads.map((name) => h("th", { scope: "col", role: "columnheader" }, name)))),
        h("tbody", { role: "rowgroup" }, found.ways.slice(0, MAX_WAYS).map((way) => row(app, way, before, after, heads))))),
    more > 0 && h("p", { class: "aside" }, `${counted(more, "more way")} not shown here.`)); // prettier-ignore
}

/** A row; on a narrow screen each cell stands below the last, with its heading beside it. */
function row(app: App, way: Way, before: Side, after: Side, heads: readonly string[]): HTMLTableRowElement {
  const { matrix } = app;
  const measure = matrix.measures[way.measure];
  const badgeOf = (outcome: string, { systems }: Side) => shortBadge(matrix.words, outcome, { systems, measure });
  const few = (join: (words: string[]) => string) => {
    const words = together(matrix, way.cases, join);
    return words.length <= MAX_NAMED ? words.map((word) => h("div", {}, word.split(" → ").map((half, at) => [at > 0 && " → ", h("span", { class: "nobreak" }, breakable(half))]))) : `${words.length} of them`;
  };
  const inside: Child[] = [
    [`${way.protocol.toUpperCase()} ${way.state}`.trim(), h("br"), measureName(matrix.words, measure)],
    badgeOf(way.before, before), badgeOf(way.after, after), few(optionsOf), few(addressesOf), few(accountOf),
  ]; // prettier-ignore
  const td = (at: number, attributes: Attributes, ...children: Child[]) => h("td", { role: "cell", "data-label": heads[at], ...attributes }, h("div", {}, children));
  const cell = td(heads.length - 1, { class: "number" });
  const made = h("tr", { role: "row" }, inside.map((each, at) => td(at, {}, each)), cell);
  if (!way.cases.length) return made;
  const open = h("button", { type: "button", class: "link", "aria-expanded": "false" }, thousands(way.cases.length));
  let shown: HTMLTableRowElement | undefined;
  open.addEventListener("click", () => {
    if (shown) (shown.remove(), (shown = undefined));
    else {
      const more = way.cases.length - MAX_CASES;
      shown = h("tr", { class: "cases", role: "row" }, h("td", { colspan: "7", role: "cell" },
        h("ul", {}, way.cases.slice(0, MAX_CASES).map((number) => h("li", {}, h("button", { type: "button", class: "link", "data-case": matrix.idOf(number) }, sentence(matrix, number))))),
        more > 0 && h("p", { class: "aside" }, `and ${counted(more, "more case")}`))); // prettier-ignore
      made.after(shown);
    }
    open.setAttribute("aria-expanded", String(shown !== undefined));
  });
  cell.firstElementChild!.append(open);
  return made;
}
