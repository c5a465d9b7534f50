/* What a link to exactly some runs comes to on this page: which of them are here, which were measured anew, which are gone. */

import type { App } from "./app.ts";
import { type Child, counted, h, part, replace } from "./dom.ts";
import { type Fate, pinsOf } from "./pins.ts";

export function pinned(app: App): void {
  app.on([], () => {
    const place = part("pinned");
    place.hidden = !app.pinned;
    document.body.classList.toggle("some-runs", Boolean(app.pinned));
    replace(place, app.pinned && banner(app));
  });
}

function banner(app: App): Child {
  const { fates, unread, places } = app.pinned!;
  const of = (...kinds: Fate["kind"][]) => fates.filter((fate) => kinds.includes(fate.kind));
  const [here, anew, gone] = [of("here", "renamed"), of("anew"), of("gone")];
  const whole = fates.length > 0 && !anew.length && !gone.length && !unread.length;
  const today = [...places, ...anew.map((fate) => app.all.platforms.indexOf((fate as Fate & { kind: "anew" }).platform))];
  const others = app.all.platforms.filter((each) => !each.own).length - places.length;
  return [
    h("p", {}, h("b", {}, `This link shows exactly ${counted(fates.length, "run")}. `),
      whole ? `${fates.length === 1 ? "It is" : "All are"} on this page, byte for byte.` : `${here.length} of ${fates.length} ${here.length === 1 ? "is" : "are"} on this page, byte for byte; only what is here is shown.`,
      others > 0 && ` ${counted(others, "other run")} of this page ${others === 1 ? "is" : "are"} not shown; the report at the end speaks of all.`),
    anew.length > 0 && h("ul", {}, anew.map((fate) => h("li", {}, h("b", {}, "Measured anew: "), h("code", {}, fate.pin.target), `, pinned as ${fate.pin.hash}; here it is ${hash(fate)}, and so is left out.`))),
    gone.length > 0 && h("ul", {}, gone.map((fate) => h("li", {}, h("b", {}, "Gone: "), h("code", {}, fate.pin.target), ` (${fate.pin.hash}); no run here has these bytes or this name.`))),
    h("ul", {}, of("renamed").map((fate) => h("li", {}, h("b", {}, "Renamed: "), h("code", {}, fate.pin.target), " is ", h("code", {}, (fate as Fate & { kind: "renamed" }).platform.target), " here, byte for byte.")),
      unread.map((text) => h("li", {}, h("b", {}, "Not a run: "), h("q", {}, text.slice(0, 80)), "; a run is named as in ", h("code", {}, "linux-6.18@0123456789ab"), "."))),
    here.length > 0 && h("details", {}, h("summary", {}, "The runs that are shown"), h("ul", {}, here.map((fate) => h("li", {}, h("code", {}, fate.pin.target), ` ${fate.pin.hash}`)))),
    h("p", { class: "actions" },
      h("button", { type: "button", onclick: () => app.set({ pin: "" }) }, "Show every run of this page"), " ",
      anew.length > 0 && h("button", { type: "button", onclick: () => app.set({ pin: pinsOf(today.sort((a, b) => a - b).map((each) => app.all.platforms[each])) }) }, "Show the same platforms as measured last")),
  ]; // prettier-ignore
}

function hash(fate: Fate): string {
  const { platform } = fate as Fate & { kind: "anew" };
  return `${platform.sha256.slice(0, fate.pin.hash.length)}, measured ${platform.measured}`;
}
