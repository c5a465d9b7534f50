/* Drop your own run: observations.csv and host.json, read here and sent nowhere. */

import type { App } from "./app.ts";
import { MAX_BYTES, ownRun, shown, Unreadable } from "./dropped.ts";
import { h, part, replace, counted } from "./dom.ts";
import { compare } from "./compare.ts";
import { named, shortName } from "./classes.ts";

const NAMES = ["observations.csv", "host.json"];

export function own(app: App): void {
  const zone = part("drop");
  const says = part("drop-says");
  const input = h("input", { type: "file", id: "page-own-files", multiple: true, accept: ".csv,.json" });
  input.addEventListener("change", () => void take([...(input.files ?? [])]));
  replace(zone, h("label", { for: "page-own-files" }, "Drop ", h("code", {}, "observations.csv"), " and ", h("code", {}, "host.json"), " of your run here, or choose them: "), input);
  for (const name of ["dragover", "dragenter"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); }); // prettier-ignore
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    void take([...(event.dataTransfer?.files ?? [])]);
  });

  const take = async (files: File[]): Promise<void> => {
    try {
      const texts = new Map<string, string>();
      for (const file of files) {
        if (!NAMES.includes(file.name)) continue; // counts.csv and others of the folder are not needed
        if (file.size > MAX_BYTES) throw new Unreadable([`${file.name}: ${file.size} bytes are more than ${MAX_BYTES}`]);
        texts.set(file.name, await text(file));
      }
      const run = await ownRun(texts, app.matrix, sha256);
      app.matrix = app.matrix.with(run.platform, run.rowOf, run.facts);
      const place = app.matrix.platforms.length - 1;
      const near = nearest(app, place);
      app.set({ a: run.platform.target, b: near.target });
      app.everything();
      replace(says, h("p", {}, `${run.platform.target}: ${counted(run.platform.rows, "row")} read, and shown everywhere on this page as “${shortName(run.platform)}” until you reload it. `,
        near.target && `Nearest is ${named(app.matrix, [near.place])}, with ${near.changed.toLocaleString("en-US")} of ${near.questions.toLocaleString("en-US")} questions answered otherwise.`)); // prettier-ignore
    } catch (problem) {
      const faults = problem instanceof Unreadable ? problem.faults : [`it can't be read: ${shown(problem instanceof Error ? problem.message : problem)}`];
      replace(says, h("p", {}, h("b", {}, "Not shown, because it can't be believed:")), h("ul", {}, faults.map((fault) => h("li", {}, fault))));
    }
    input.value = "";
  };
}

async function text(file: File): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new Unreadable([`${file.name}: not UTF-8 text; take the file that the probe wrote`]);
  }
}

async function sha256(of: string): Promise<string | undefined> {
  if (!globalThis.crypto?.subtle) return undefined;
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(of)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function nearest(app: App, place: number): { target: string; place: number; changed: number; questions: number } {
  let best = { target: "", place: -1, changed: 0, questions: 0 };
  let share = -1;
  app.matrix.platforms.forEach((platform, other) => {
    if (other === place) return;
    const { changed, questions } = compare(app.matrix, place, other);
    const mine = questions ? (questions - changed) / questions : 0;
    if (mine > share) [share, best] = [mine, { target: platform.target, place: other, changed, questions }];
  });
  return best;
}
