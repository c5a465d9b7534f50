/* Since which version a case is answered as it is: by system, among the versions that were measured. */

import type { App } from "./app.ts";
import { systemName } from "./classes.ts";
import { versionChains } from "./compare.ts";
import { type Child, h, lead } from "./dom.ts";
import { shortBadge } from "./phrases.ts";
import type { Meaning } from "./questions/reader.ts";

export interface Steady {
  system: string;
  releases: string[];
  steps: { before: string; after: string; measure: string; was: string; now: string }[];
}

/** The systems of which two versions or more have a case, and where the calls of one version come to something else than before. */
export function changes(app: Pick<App, "matrix">, number: number, asked: readonly string[]): Steady[] {
  const { matrix } = app;
  const found: Steady[] = [];
  for (const [system, chain] of versionChains(matrix)) {
    const having = chain.filter((place) => !["", ...matrix.words.not_measured].includes(matrix.outcome(number, matrix.measure("bind"), place)));
    if (having.length < 2 || (asked.length > 0 && !asked.includes(system))) continue;
    const steps = having.slice(1).flatMap((place, at) => {
      const changed = ["bind", "listen"].map((measure) => [measure, ...[having[at], place].map((each) => matrix.outcome(number, matrix.measure(measure), each))]).find(([, was, now]) => was !== now);
      return changed ? [{ before: matrix.platforms[having[at]].release, after: matrix.platforms[place].release, measure: changed[0], was: changed[1], now: changed[2] }] : [];
    });
    found.push({ system, releases: having.map((place) => matrix.platforms[place].release), steps });
  }
  return found;
}

/** What changed of one case, in sentences, and the way to all changes. */
export function since(app: App, number: number, meaning: Meaning): Child {
  const found = changes(app, number, meaning.platforms.map(([system]) => system));
  if (!found.length) return h("p", {}, "No system was measured in two versions that have this.");
  const steady = found.filter((each) => !each.steps.length);
  return [
    found.flatMap((each) => each.steps.map((step) => h("p", {}, `${systemName(app.matrix, each.system)}: ${step.measure} `, shortBadge(app.matrix.words, step.was, { systems: [each.system] }), ` up to ${step.before}; `, shortBadge(app.matrix.words, step.now, { systems: [each.system] }), ` since ${step.after} (measured at these two, not between them).`))),
    steady.length > 0 && h("p", {}, `The same at every version that was measured: ${steady.map((each) => `${systemName(app.matrix, each.system)} (${each.releases.join(", ")})`).join(", ")}. Of earlier ones, and between them, nothing is known.`),
    h("p", {}, h("button", { type: "button", class: "chip", onclick: () => (app.set({ system: found[0].system }), lead("versions")) }, "Everything that changed from version to version")),
  ];
}
