/* The report's own answers and its drawing, once more where the page asks the same. They speak of all runs: with some runs only, they are hidden. */

import type { App } from "./app.ts";
import { h, part } from "./dom.ts";
import { sentence } from "./phrases.ts";

// Section of the page → heading of the report's part that answers it, and whether its first paragraph is enough: else to its first list.
const ANSWERS: [section: string, heading: string, sentence: boolean][] = [
  ["guide", "what-windows-does", false],
  ["goals", "what-should-i-set", true],
  ["versions", "how-systems-differ-and-since-when", true],
  ["traffic", "who-receives", true],
  ["sentences", "where-the-documents-are-wrong", true],
];

export function reported(app: App): void {
  for (const [section, heading, sentence] of ANSWERS) {
    const found: Node[] = [];
    for (let each = document.getElementById(heading)?.nextElementSibling; each && /^(P|UL)$/.test(each.tagName); each = each.nextElementSibling) {
      found.push(each.cloneNode(true));
      if (sentence || each.tagName === "UL") break;
    }
    if (found.length) part(section).querySelector("h2")!.after(h("div", { class: "of-all-runs" }, found));
  }
  const drawn = document.getElementById("picture-second-socket")?.cloneNode(true) as HTMLElement | undefined;
  part("glance").hidden = !drawn;
  if (!drawn) return;
  drawn.removeAttribute("id");
  linked(app, drawn);
  part("glance-picture").append(drawn);
}

/** Each cell of the drawing becomes a link to its case. */
function linked(app: App, drawn: HTMLElement): void {
  const svg = drawn.querySelector("svg")!;
  svg.setAttribute("role", "group"); // an image can have nothing in it that is chosen
  svg.setAttribute("aria-label", svg.querySelector("title")?.textContent ?? "");
  svg.querySelector("title")?.remove(); // or it would stand beside the mouse, whatever the cell
  for (const cell of svg.querySelectorAll<SVGGElement>("g[data-case]")) {
    const id = cell.dataset.case ?? "";
    const number = app.all.caseById(id);
    if (number === undefined) continue;
    const link = document.createElementNS(cell.namespaceURI, "a") as SVGAElement;
    const title = document.createElementNS(cell.namespaceURI, "title");
    title.textContent = `${cell.dataset.on}: ${cell.textContent}. ${sentence(app.all, number)}`;
    link.setAttribute("href", app.link({ case: id }));
    link.dataset.case = id;
    link.append(title, ...cell.childNodes);
    cell.replaceWith(link);
  }
}
