/* The report's own answers and its drawing, once more where the page asks the same. They speak of all runs: with some runs only, they are hidden. */

import { h, part } from "./dom.ts";

// Section of the page → heading of the report's part that answers it, and whether its first paragraph is enough: else to its first list.
const ANSWERS: [section: string, heading: string, sentence: boolean][] = [
  ["guide", "what-windows-does", false],
  ["goals", "what-should-i-set", true],
  ["versions", "how-systems-differ-and-since-when", true],
  ["traffic", "who-receives", true],
  ["sentences", "where-the-documents-are-wrong", true],
];

export function reported(): void {
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
  part("glance-picture").append(drawn);
}
