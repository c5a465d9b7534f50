/* A case's drawer: beside the page on a wide screen, over it on a narrow one. Escape closes it, and focus goes back. */

import type { App } from "./app.ts";
import { answerList, classAnswer, classesOf, note, rungLabel, shares, sourceLink } from "./answer.ts";
import { bar } from "./bars.ts";
import { type Class, classesBy, systemName } from "./classes.ts";
import { type Child, h, part, replace } from "./dom.ts";
import type { Claim, Spoken } from "./judge.ts";
import { attempts, badge, circumstances, expectedBadge, measureName, sentence } from "./phrases.ts";
import { pinsOf } from "./pins.ts";
import { runLink } from "./platforms.ts";
import { programs } from "./programs.ts";
import { runContent } from "./run.ts";
import type { State } from "./state.ts";
import { verdictMark } from "./sentences.ts";

const WIDE = "(min-width: 70rem)";

export function drawer(app: App): void {
  const dialog = part("drawer") as HTMLDialogElement;
  let opener: HTMLElement | SVGElement | undefined;
  let opens = ""; // what finds the opener again, where it was drawn anew
  const close = () => app.set({ case: "", run: "" });
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement | SVGElement>("button[data-case], a[data-case], a[data-run]");
    if (!button) return;
    const { case: id = "", run = "" } = button.dataset;
    if (!dialog.contains(button)) [opener, opens] = [button, id ? `${button.localName}[data-case="${CSS.escape(id)}"]` : `a[data-run="${CSS.escape(run)}"]`];
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    app.set({ case: id, run });
  });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); }); // prettier-ignore
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && dialog.open) (event.preventDefault(), close());
  });
  app.on(["case", "run"], () => {
    const { matrix } = app;
    const number = app.state.case ? matrix.caseById(app.state.case) : undefined;
    if (!app.state.case && !app.state.run) {
      if (dialog.open) {
        dialog.close();
        document.body.classList.remove("drawn");
        const back = opener?.isConnected ? opener : (opens && document.querySelector<HTMLElement>(opens));
        (back || part("question")).focus();
      }
      return;
    }
    replace(dialog,
      h("div", { class: "drawer-top" }, h("button", { type: "button", class: "close", onclick: close }, "Close ", h("kbd", {}, "Esc"))),
      !app.state.case ? runContent(app, app.state.run) : number === undefined ? h("p", {}, "There is no case with the id ", h("code", {}, app.state.case), ".") : content(app, number)); // prettier-ignore
    if (!dialog.open) {
      if (matchMedia(WIDE).matches) dialog.show();
      else dialog.showModal();
    }
    document.body.classList.add("drawn");
    dialog.scrollTop = 0;
    dialog.querySelector<HTMLElement>("h2, .close")?.focus();
  });
}

function content(app: App, number: number): Child {
  const { matrix } = app;
  const groups = classesOf(app, number);
  const id = matrix.idOf(number);
  return [
    h("h2", { id: "page-drawer-title", tabindex: "-1" }, sentence(matrix, number)),
    h("p", { class: "aside" }, circumstances(matrix, number)),
    h("p", { class: "aside" }, h("code", { class: "id" }, id), " ", copyLink(app, { case: id })),
    h("h3", {}, "What happens"),
    answerList(app, number),
    groups.length > 0 && h("details", {}, h("summary", {}, "Everything that was asked"), groups.map((group) => everything(app, number, group))),
    h("h3", {}, "What documents and published tests say"),
    documents(app, number),
    evidence(app, number),
    programs(matrix.words, matrix.wordsOf(number)).map(([title, text]) => h("details", { class: "program" }, h("summary", {}, `Try it: ${title}`), copyText(text), h("pre", { tabindex: "0" }, text))),
    groups.length > 0 && h("details", {}, h("summary", {}, "Raw rows, as in observations.csv"), rawRows(app, number)),
  ];
}

/** Every measure of a class. */
function everything(app: App, number: number, group: Class): HTMLElement {
  const { matrix } = app;
  const said = note(app, group.members);
  return h("section", { class: "everything" },
    h("h4", {}, group.name, said && h("small", {}, ` ${said}`)),
    h("dl", {}, matrix.measuresOf(number).map((measure) => {
      const answer = classAnswer(app, number, measure, group);
      if (!answer) return null;
      const receivers = matrix.words.measures[measure][2].includes("split") && answer.attempts > 0;
      return h("div", {}, h("dt", {}, measureName(matrix.words, matrix.measures[measure])),
        h("dd", {}, receivers ? bar(shares(app, number, measure, group), "connections or datagrams") : badge(matrix.words, answer.outcome, { error: answer.error, measure: matrix.measures[measure] }), " ", h("span", { class: "attempts" }, attempts(answer)), answer.detail && h("span", { class: "aside" }, ` ${answer.detail}`)));
    }))); // prettier-ignore
}

function documents(app: App, number: number): HTMLElement {
  const { matrix, judge } = app;
  const gathered = new Map<string, Spoken[]>();
  for (const each of judge.speaking(matrix, number)) {
    const key = [each.claim.source, each.claim.section, each.measure, each.expected, each.claim.system].join("\n");
    gathered.set(key, [...(gathered.get(key) ?? []), each]);
  }
  if (!gathered.size) return h("p", { class: "aside" }, "No document or test that we hold speaks of this case.");
  return h("ul", { class: "plain sources" }, [...gathered.values()].map((members) => {
    const { claim, measure, expected } = members[0];
    const systems = claim.system.split("|");
    return h("li", {},
      h("p", {}, sourceLink(app, claim.source, claim.section), " ", h("span", { class: "aside" }, [speaksOf(app, claim), claim.section].filter(Boolean).map((each) => `· ${each}`).join(" "))),
      h("p", {}, `${measureName(matrix.words, matrix.measures[measure])}: `, expectedBadge(matrix.words, expected, { systems, measure: matrix.measures[measure] })),
      h("p", { class: "aside" }, claim.statement),
      held(app, number, members[0]));
  })); // prettier-ignore
}

/** The systems and versions that a claim speaks of; blank where the title of its source, or its section, names just these. */
function speaksOf(app: App, claim: Claim): string {
  const names = claim.system.split("|").map((system) => systemName(app.matrix, system));
  const title = app.judge.sources[claim.source]?.title ?? "";
  if (!claim.versions && names.every((name) => title.includes(name))) return "";
  const spoken = `${claim.versions && names[0] === "Windows 9x" ? "Windows" : names.join(", ")} ${claim.versions}`.trim();
  return claim.section.includes(spoken) ? "" : spoken;
}

/** What a claim comes to on each platform, those with one verdict together. */
function held(app: App, number: number, { claim, measure, expected }: Spoken): Child {
  const { matrix, judge } = app;
  const answered = (place: number): [relation: string, verdict: string] | undefined => {
    const [relation, outcome] = [judge.relation(claim, matrix, place), matrix.outcome(number, measure, place)];
    return relation && outcome ? [relation, judge.verdict(expected, outcome)] : undefined;
  };
  const rows = classesBy(matrix, (place) => answered(place)?.join(" ")).map((group) => {
    const [relation, verdict] = answered(group.members[0])!;
    return { group, relation, verdict };
  });
  return rows.length > 0 && h("ul", { class: "checks" }, rows.map(({ group, relation, verdict }) => h("li", {}, verdictMark(app, verdict), ` ${group.name}`, relation === "comparison" && h("small", {}, " (compared only)"))));
}

/** What was published by others, beside the claims. */
function evidence(app: App, number: number): Child {
  const { matrix, judge } = app;
  const rows = judge.known(matrix, number).filter((each) => each.sure);
  if (!rows.length) return null;
  return [
    h("h3", {}, "What others have published"),
    h("ul", { class: "plain sources" }, rows.map((each) => h("li", {},
      h("p", {}, rungLabel(each.rung), ` on ${systemName(matrix, each.system)}${each.versions && each.versions !== "not stated" ? ` (${each.versions})` : ""}, `, `${measureName(matrix.words, matrix.measures[each.measure])}: `, expectedBadge(matrix.words, each.outcome, { systems: [each.system], measure: matrix.measures[each.measure] })),
      h("p", { class: "aside" }, each.statement),
      h("p", { class: "aside" }, sourceLink(app, each.source, each.section, each.link), each.date && `, ${each.date}`, `; how sure: ${each.sure}, ${each.why}`, each.unstated.length > 0 && `; not stated: ${each.unstated.map((word) => word.replaceAll("_", " ")).join(", ")}`)))),
  ]; // prettier-ignore
}

function rawRows(app: App, number: number): HTMLElement {
  const { matrix } = app;
  const cells = matrix.wordsOf(number).join(",");
  const quoted = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return h("div", {}, matrix.platforms.map((platform, at) => {
    const row = matrix.row(number, at);
    if (!row.size) return null;
    const lines = [...row].sort((a, b) => a[0] - b[0]).map(([measure, answer]) => {
      const { outcome, error, agreed, attempts: made, detail } = matrix.answers[answer];
      return `${cells},${matrix.measures[measure]},${outcome},${error},${agreed},${made},${quoted(detail)}`;
    });
    return h("section", {}, h("h4", {}, runLink(app, platform), h("small", {}, ` measured ${platform.measured}, probe ${platform.probe[1].slice(0, 12)}`)), h("pre", { tabindex: "0" }, lines.join("\n")));
  })); // prettier-ignore
}

/** A button that copies a text. */
function copyText(text: string): HTMLElement {
  const done = h("span", { role: "status" });
  const say = (word: string) => replace(done, ` ${word}`);
  const copy = () => (navigator.clipboard ? void navigator.clipboard.writeText(text).then(() => say("copied"), () => say("the browser does not allow it")) : say("the browser does not allow it")); // prettier-ignore
  return h("p", {}, h("button", { type: "button", onclick: copy }, "Copy"), done);
}

/** Links to just this, as measured last and of exactly these runs, with buttons that copy them. */
export function copyLink(app: App, state: Partial<State>): HTMLElement {
  const done = h("span", { role: "status" });
  const link = (href: string, name: string, title: string) => [
    h("a", { href, title, "data-state": "1" }, name), " ",
    h("button", { type: "button", class: "link", "aria-label": `Copy the link: ${name}`, onclick: () => {
      const address = new URL(href, location.href).href;
      navigator.clipboard?.writeText(address).then(() => replace(done, " copied"), () => replace(done, " ", address));
      if (!navigator.clipboard) replace(done, " ", address);
    } }, "copy")]; // prettier-ignore
  const pin = pinsOf(app.matrix.platforms);
  const latest = app.link({ ...state, pin: "" });
  return h("span", { class: "permalink" },
    latest !== "#" && link(latest, "permalink", "Whatever runs the page then has"), latest !== "#" && pin && " · ",
    pin && link(app.link({ ...state, pin }), "with exactly these runs", "The very runs that are shown now, byte for byte"), done); // prettier-ignore
}
