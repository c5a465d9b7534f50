/* What is known of one case, a line for each class of platforms. */

import type { App } from "./app.ts";
import { type Class, classesBy, systemName } from "./classes.ts";
import type { Answer, Matrix } from "./data.ts";
import { bar, type Share } from "./bars.ts";
import { type Child, h } from "./dom.ts";
import { type Known, type Rung, RUNGS } from "./judge.ts";
import { attempts, badge, expectedBadge, measureName } from "./phrases.ts";

/** What an answer's line shows: the calls of the second, and who receives while both live. */
const shownOf = (matrix: Matrix, number: number): number[] => matrix.measuresOf(number).filter((measure) => /^(bind|listen|deliver-.*)$/.test(matrix.measures[measure]));

/** Platforms that answer a case alike in everything but how often; with some measures, in these. */
export function classesOf(app: App, number: number, measures: readonly number[] = app.matrix.measuresOf(number)): Class[] {
  const { matrix } = app;
  return classesBy(matrix, (platform) => {
    const row = matrix.row(number, platform);
    if (!measures.some((measure) => row.has(measure))) return undefined;
    return measures.map((measure) => {
      const answer = matrix.answer(number, measure, platform);
      return answer ? `${answer.outcome} ${answer.error}` : "";
    }).join("|"); // prettier-ignore
  });
}

/** What imitates another system is not that system; where only some of a class do, they are named. */
export function note(app: App, members: readonly number[]): string {
  const platforms = members.map((place) => app.matrix.platforms[place]);
  const own = platforms.some((each) => each.own) ? "your own run, on this page only. " : "";
  const imitated = new Map<string, Set<string>>();
  for (const each of platforms) {
    if (!each.imitates || app.matrix.words.same_kernel.includes(each.system)) continue;
    const system = systemName(app.matrix, each.imitates.system);
    imitated.set(system, (imitated.get(system) ?? new Set()).add(systemName(app.matrix, each.system)));
  }
  const [only] = imitated.keys();
  if (imitated.size === 1 && platforms.every((each) => each.imitates && !app.matrix.words.same_kernel.includes(each.system))) return `${own}imitates ${only}; is not ${only}`;
  return own + [...imitated].map(([system, names]) => `${[...names].join(" and ")} only ${names.size > 1 ? "imitate" : "imitates"} ${system}`).join("; ");
}

/** All attempts of a class: the fewest that agreed. */
export function classAnswer(app: App, number: number, measure: number, group: Class): Answer | undefined {
  const answers = group.members.map((place) => app.matrix.answer(number, measure, place)).filter((answer): answer is Answer => answer !== undefined);
  return answers.sort((a, b) => a.agreed / (a.attempts || 1) - b.agreed / (b.attempts || 1))[0];
}

/** Who receives by one measure, over all attempts of a class. */
export function shares(app: App, number: number, measure: number, group: Class): Share[] {
  const { matrix } = app;
  const counts = new Map<string, number>();
  for (const place of group.members) {
    const answer = matrix.answer(number, measure, place);
    if (!answer || !answer.attempts) continue;
    const split = matrix.split(number, measure, place);
    if (answer.outcome === "split" && split) {
      counts.set("first", (counts.get("first") ?? 0) + split.first);
      counts.set("second", (counts.get("second") ?? 0) + split.second);
    } else counts.set(answer.outcome, (counts.get(answer.outcome) ?? 0) + answer.attempts * matrix.words.senders);
  }
  return [...counts].map(([receiver, count]) => ({ receiver, count }));
}

/** The measures of who receives while both live, that a class answers. */
export function deliveries(app: App, number: number): number[] {
  return app.matrix.measuresOf(number).filter((measure) => app.matrix.measures[measure].startsWith("deliver-"));
}

/** Outcome of the calls: the first that is refused, or the success of all. */
export function callsOutcome(app: App, number: number, group: Class): { outcome: string; error: string; call: string; answer: Answer } | undefined {
  const { matrix } = app;
  let last: { outcome: string; error: string; call: string; answer: Answer } | undefined;
  for (const call of ["bind", "listen"]) {
    const answer = classAnswer(app, number, matrix.measure(call), group);
    if (!answer || (call === "listen" && answer.outcome === "NOT_RUN")) break;
    last = { outcome: answer.outcome, error: answer.error, call, answer };
    if (answer.outcome !== "SUCCESS") break;
  }
  return last;
}

function receivers(app: App, number: number, group: Class): Child {
  const found = deliveries(app, number)
    .map((measure) => ({ measure, shares: shares(app, number, measure, group) }))
    .filter((each) => each.shares.length);
  if (!found.length) return null;
  const texts = new Map<string, { measures: number[]; shares: Share[] }>();
  for (const each of found) {
    const key = each.shares.map((share) => share.receiver).join();
    const known = texts.get(key);
    if (known) {
      known.measures.push(each.measure);
      for (const share of each.shares) known.shares.find((other) => other.receiver === share.receiver)!.count += share.count;
    } else texts.set(key, { measures: [each.measure], shares: each.shares });
  }
  return [...texts.values()].map((each) =>
    h("div", { class: "receives" },
      h("span", { class: "receives-what" }, texts.size > 1 ? each.measures.map((measure) => measureName(app.matrix.words, app.matrix.measures[measure]).replace(/^While both live, s/, "S")).join("; ") : "Then receives:"),
      bar(each.shares, "connections or datagrams"))); // prettier-ignore
}

/** One line of the answer. */
export function classLine(app: App, number: number, group: Class): HTMLElement {
  const calls = callsOutcome(app, number, group);
  const said = note(app, group.members);
  return h("li", { class: "line" },
    h("div", { class: "who" }, group.name, said && h("small", {}, said)),
    h("div", { class: "what" },
      calls ? [badge(app.matrix.words, calls.outcome, calls), calls.call === "listen" && calls.outcome !== "SUCCESS" && h("span", { class: "aside" }, " by listen; bind succeeds"), calls.answer.detail && h("span", { class: "aside" }, ` ${calls.answer.detail}`)] : badge(app.matrix.words, "NOT_RUN"),
      calls && calls.answer.attempts > 0 && h("span", { class: "attempts" }, attempts(calls.answer), group.members.length > 1 && ` in each of ${group.members.length} runs`)),
    receivers(app, number, group)); // prettier-ignore
}

export const RUNG_MARK: Record<Rung, string> = { measured: "●", asserted: "◐", reported: "◔", documented: "○" };
const RUNG_NAME: Record<Rung, string> = { measured: "measured by us", asserted: "asserted by a published test", reported: "reported by somebody", documented: "documented" };

export function rungLabel(rung: Rung): HTMLElement {
  return h("span", { class: `rung ${rung}` }, h("span", { class: "glyph", "aria-hidden": "true" }, RUNG_MARK[rung]), ` ${RUNG_NAME[rung]}`);
}

/** What is known of bind on a system, by rung and outcome: one entry each, with the number of sources. */
export function byRung(known: readonly Known[], system: string, measure: number): { rung: Rung; outcomes: Map<string, Known[]> }[] {
  return RUNGS.map((rung) => {
    const outcomes = new Map<string, Known[]>();
    for (const each of known)
      if (each.rung === rung && each.system === system && each.measure === measure) outcomes.set(each.outcome, [...(outcomes.get(each.outcome) ?? []), each]);
    return { rung, outcomes };
  }).filter((each) => each.outcomes.size);
}

/** A system that we have not measured: what others assert, report and document of bind, rung by rung. */
export function unmeasuredLine(app: App, system: string, known: readonly Known[]): HTMLElement {
  const bind = app.matrix.measure("bind");
  const rungs = byRung(known, system, bind);
  return h("li", { class: "line" },
    h("div", { class: "who" }, systemName(app.matrix, system), h("small", {}, "not measured by us")),
    h("div", { class: "what rungs" },
      rungs.length ? rungs.map(({ rung, outcomes }) =>
        h("div", {}, rungLabel(rung), ": ", [...outcomes].map(([outcome, records], at) => [at > 0 && h("b", {}, " but also "), expectedBadge(app.matrix.words, outcome, { systems: [system], measure: "bind" }), " ", h("small", {}, sourcesOf(app, records))]))) : "nothing is known of this case")); // prettier-ignore
}

/** Each source once, with all versions that it speaks of; linked where it speaks of those in use. */
function sourcesOf(app: App, records: readonly Known[]): Child {
  const bySource = new Map<string, Known[]>();
  for (const each of records) bySource.set(each.source, [...(bySource.get(each.source) ?? []), each]);
  const shown = [...bySource.values()].slice(0, 3);
  const versions = (of: readonly Known[]) => {
    const named = [...new Set(of.map((each) => each.versions))].filter((each) => each && each !== "no version named");
    return named.length ? ` (${named.join(", ")})` : "";
  };
  const current = (of: readonly Known[]) => of.find((each) => !each.until) ?? of[0];
  return [shown.map((of, at) => [at > 0 && ", ", sourceLink(app, current(of).source, current(of).section, current(of).link), versions(of)]), bySource.size > 3 && ` and ${bySource.size - 3} more`];
}

/** A source by its title, as a link to the place where it says so. */
export function sourceLink(app: App, id: string, section: string, link = app.judge.link(id, section)): Child {
  const source = app.judge.sources[id];
  const title = source?.title ?? id;
  if (!/^https?:\/\//.test(link)) return title;
  return h("a", { href: link, rel: "noreferrer noopener", target: "_blank", title: section }, title);
}

/** The whole answer to one case. */
export function answerList(app: App, number: number, asked: readonly string[] = []): HTMLElement {
  const { matrix } = app;
  const known = app.judge.known(matrix, number);
  const measured = new Set(matrix.platforms.map((platform) => platform.system));
  const bind = matrix.measure("bind");
  const others = [...new Set(known.filter((each) => each.measure === bind).map((each) => each.system))].filter((system) => !measured.has(system) && system !== "windows" && (system !== "windows-9x" || asked.includes(system)));
  const mine = (members: readonly number[]) => members.some((place) => asked.includes(matrix.platforms[place].system));
  const groups = classesOf(app, number, shownOf(matrix, number));
  const windows = !measured.has("windows") && unmeasuredLine(app, "windows", known);
  const othersAsked = groups.some((group) => mine(group.members)) && !asked.includes("windows");
  return h("ul", { class: "lines" },
    !othersAsked && windows,
    groups.filter((group) => mine(group.members)).map((group) => classLine(app, number, group)),
    othersAsked && windows,
    groups.filter((group) => !mine(group.members)).map((group) => classLine(app, number, group)),
    others.map((system) => unmeasuredLine(app, system, known))); // prettier-ignore
}
