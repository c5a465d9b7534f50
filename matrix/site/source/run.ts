/* One run in the drawer: what its host is, its files, and how far the other runs are from it. */

import type { App } from "./app.ts";
import { named, shortName, systemName } from "./classes.ts";
import { distances } from "./compare.ts";
import type { Platform } from "./data.ts";
import { type Child, counted, h, thousands } from "./dom.ts";
import { copyLink } from "./drawer.ts";
import { note } from "./answer.ts";
import { optionName } from "./phrases.ts";

const MAX_OTHERS = 8;
const FILES = ["observations.csv", "counts.csv", "host.json"];
const ROLES: Record<string, string> = { own: "its own", other: "another", third: "a third" };

/** A run's drawer; undefined for a target that no run here has. */
export function runContent(app: App, target: string): Child {
  const place = app.matrix.indexOf(target);
  if (place < 0) return elsewhere(app, target);
  const platform = app.matrix.platforms[place];
  const said = note(app, [place]);
  return [
    h("h2", { id: "page-drawer-title", tabindex: "-1" }, `Run ${shortName(platform)}`),
    h("p", { class: "aside" }, `${platform.name || systemName(app.matrix, platform.system)}, measured ${platform.measured}${said && `; ${said}`}. `, !platform.own && copyLink(app, { run: target })),
    h("dl", { class: "facts" }, facts(app, platform).filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    files(platform),
    h("h3", {}, "How far the other runs are from it"),
    others(app, place),
  ]; // prettier-ignore
}

function elsewhere(app: App, target: string): Child {
  return [
    h("h2", { id: "page-drawer-title", tabindex: "-1" }, "No such run"),
    h("p", {}, app.all.indexOf(target) >= 0 ? ["The run ", h("code", {}, target), " is on this page, but not among those that this link shows."] : ["No run on this page is named ", h("code", {}, target), "."]),
  ]; // prettier-ignore
}

function facts(app: App, platform: Platform): [string, Child][] {
  const { words } = app.matrix;
  const stated = Object.entries(platform.stated).map(([name, value]) => `${name} ${value}`).join(", "); // prettier-ignore
  const accounts = Object.entries(platform.accounts).filter(([, role]) => role);
  return [
    ["system", `${systemName(app.matrix, platform.system)} ${platform.version}`.trim() + (stated && ` (${stated})`)],
    ["kernel", platform.kernel],
    ["imitates", platform.imitates && `${systemName(app.matrix, platform.imitates.system)} ${platform.imitates.version}${words.same_kernel.includes(platform.system) ? ", with its own kernel" : ""}`],
    ["container", platform.container || (platform.own ? "" : "none")],
    ["machine", platform.machine],
    ["Python", platform.python],
    ["account", platform.account],
    ["accounts asked", accounts.map(([name, role]) => `${ROLES[name] ?? name}: ${role}`).join("; ")],
    ["options", platform.options.map((option, at) => [at > 0 && ", ", optionName(option)])],
    ["selection", platform.selection && h("code", {}, platform.selection)],
    ["each question asked", `${platform.repeat} times, ${platform.repeat + words.extra} where the answers disagree`],
    ["rows", `${thousands(platform.rows)}${platform.older ? ", asked with an older vocabulary" : ""}`],
    ["probe", [platform.probe[0], ", SHA-256 ", h("code", {}, platform.probe[1])]],
    ["SHA-256 of observations.csv", platform.sha256 && h("code", {}, platform.sha256)],
  ]; // prettier-ignore
}

/** Links to the files, where it is known how they lie to this page. */
function files(platform: Platform): Child {
  if (!platform.folder || !/^[\w./-]+$/.test(platform.folder)) return null;
  return h("p", {}, "Its files: ", FILES.map((name, at) => [at > 0 && ", ", h("a", { href: `${platform.folder}/${name}` }, name)]), ".");
}

/** The others, the nearest first; each leads to the comparison. */
function others(app: App, place: number): Child {
  const { matrix } = app;
  const target = matrix.platforms[place].target;
  const rows = distances(matrix, place)
    .map((distance, other) => ({ ...distance, other }))
    .filter(({ other, questions }) => other !== place && questions > 0)
    .sort((a, b) => a.changed / a.questions - b.changed / b.questions);
  if (!rows.length) return h("p", { class: "aside" }, "No other run here was asked the same questions.");
  const list = (some: typeof rows) => h("ul", { class: "plain" }, some.map(({ other, changed, questions }) =>
    h("li", {}, h("a", { href: app.link({ a: target, b: matrix.platforms[other].target }), "data-state": "1", "data-to": "compare" }, named(matrix, [other])), `: ${changed ? `${thousands(changed)} of ${thousands(questions)} questions answered otherwise` : `the same in all ${thousands(questions)} questions`}`))); // prettier-ignore
  return [list(rows.slice(0, MAX_OTHERS)), rows.length > MAX_OTHERS && h("details", {}, h("summary", {}, counted(rows.length - MAX_OTHERS, "more run")), list(rows.slice(MAX_OTHERS)))];
}
