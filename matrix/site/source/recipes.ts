/* What runtimes set by default on a server's socket, and what that comes to for a goal where it was measured. */

import type { App } from "./app.ts";
import { note } from "./answer.ts";
import { named } from "./classes.ts";
import type { Check, Recipe } from "./data.ts";
import { type Child, h } from "./dom.ts";
import { optionName } from "./phrases.ts";

const SYSTEMS: Record<string, string> = { unix: "Unix", windows: "Windows", linux: "Linux" };

/** Recipes of a protocol whose sockets are the same to the probe, and are judged alike. */
export function alike(recipes: readonly Recipe[], protocol: string): Recipe[][] {
  const groups = new Map<string, Recipe[]>();
  for (const each of recipes) {
    if (each.protocol !== protocol) continue;
    const key = JSON.stringify([each.option, each.judged]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()];
}

/** The recipes of a protocol; `required` are the criteria of the chosen goal, `check` shows one of them. */
export function recipes(app: App, protocol: string, required: ReadonlySet<string>, check: (each: Check) => Child, runtimes: readonly string[] = []): Child {
  const groups = alike(app.data.recipes.filter((each) => !runtimes.length || runtimes.includes(each.runtime)), protocol); // prettier-ignore
  if (!groups.length) return null;
  return [
    h("h3", {}, `What runtimes set by default for ${protocol.toUpperCase()}, by the same measure`),
    h("ul", { class: "lines" }, groups.map((group) => h("li", { class: "line" },
      h("div", { class: "who" }, h("small", {}, "sets"), optionName(group[0].option)),
      h("div", { class: "what" }, h("ul", { class: "plain calls" }, group.map(call))),
      h("div", { class: "what" }, outcomes(app, group[0], required, check))))),
  ]; // prettier-ignore
}

function call(each: Recipe): HTMLElement {
  const systems = each.systems.split("|").map((word) => SYSTEMS[word] ?? word).join(", "); // prettier-ignore
  return h("li", {}, h("a", { href: each.link, rel: "noreferrer noopener", target: "_blank", title: `read ${each.read}` }, h("b", {}, each.runtime), ` ${each.call}`), h("small", {}, ` on ${systems}${each.note && `; ${each.note}`}`));
}

function outcomes(app: App, recipe: Recipe, required: ReadonlySet<string>, check: (each: Check) => Child): Child {
  const found = recipe.judged
    .map(([targets, checks]) => ({ places: targets.map((target) => app.matrix.indexOf(target)).filter((place) => place >= 0), checks }))
    .filter(({ places }) => places.length);
  if (!found.length) return h("p", { class: "aside" }, "Not measured by us on such a system.");
  return found.map(({ places, checks }) => {
    const said = note(app, places);
    return h("div", { class: "chosen" }, h("b", {}, named(app.matrix, places)), said && h("small", {}, ` ${said}`),
      h("ul", { class: "checks" }, checks.map(([criterion, , ...others]) => check([criterion, required.has(criterion), ...others])))); // prettier-ignore
  });
}
