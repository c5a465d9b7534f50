/* Drop your own run: observations.csv and host.json, read here and sent nowhere. */

import type { App } from "./app.ts";
import { FILES, ownRun, shown, Unreadable } from "./dropped.ts";
import { h, part, replace, counted } from "./dom.ts";
import { distances } from "./compare.ts";
import { named, shortName } from "./classes.ts";


export function own(app: App): void {
  const zone = part("drop");
  const says = part("drop-says");
  const input = h("input", { type: "file", id: "page-own-files", multiple: true, accept: ".csv,.json" });
  input.addEventListener("change", () => void take([...(input.files ?? [])]));
  replace(zone, h("label", { for: "page-own-files" }, "Drop the three files of your run here, ", FILES.map((name, at) => [at > 0 && ", ", h("code", {}, name)]), ", or choose them: "), input);
  for (const name of ["dragover", "dragenter"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); }); // prettier-ignore
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    void take([...(event.dataTransfer?.files ?? [])]);
  });

  const take = async (files: File[]): Promise<void> => {
    try {
      const read = new Map<string, Uint8Array>();
      for (const file of files) {
        if (!(FILES as readonly string[]).includes(file.name)) continue; // others of the folder are not needed
        if (file.size > app.data.rules.limits.bytes) throw new Unreadable([`${file.name}: the file has more than ${app.data.rules.limits.bytes.toLocaleString("en-US")} bytes — is this the right file?`]);
        read.set(file.name, new Uint8Array(await file.arrayBuffer()));
      }
      const run = await ownRun(read, app.all, app.data.rules, sha256, new Date().toISOString().slice(0, 10));
      app.take(app.all.with(run.platform, run.rowOf, run.facts, run.splits));
      const near = nearest(app, app.matrix.platforms.length - 1);
      app.set({ a: run.platform.target, b: near.target });
      replace(says, h("p", {}, `${run.platform.target}: ${counted(run.platform.rows, "row")} read, and shown everywhere on this page as “${shortName(run.platform)}” until you reload it. `,
        near.target && `Nearest is ${named(app.matrix, [near.place])}, with ${near.changed.toLocaleString("en-US")} of ${near.questions.toLocaleString("en-US")} questions answered otherwise.`)); // prettier-ignore
    } catch (problem) {
      const faults = problem instanceof Unreadable ? problem.faults : [`it can't be read: ${shown(problem instanceof Error ? problem.message : problem)}`];
      replace(says, h("p", {}, h("b", {}, "Not shown, because it can't be believed:")), h("ul", {}, faults.map((fault) => h("li", {}, fault))));
    }
    input.value = "";
  };
}

async function sha256(of: Uint8Array): Promise<string | undefined> {
  if (!globalThis.crypto?.subtle) return undefined;
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", of as Uint8Array<ArrayBuffer>));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The run that answers most like the one at a place. */
function nearest(app: App, place: number): { target: string; place: number; changed: number; questions: number } {
  const found = distances(app.matrix, place)
    .map((distance, other) => ({ ...distance, target: app.matrix.platforms[other].target, place: other }))
    .filter((each) => each.place !== place && each.questions > 0)
    .sort((a, b) => a.changed / a.questions - b.changed / b.questions);
  return found[0] ?? { target: "", place: -1, changed: 0, questions: 0 };
}
