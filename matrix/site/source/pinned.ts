/* What a link to exactly some runs comes to on this page: which of them are here, which were measured anew, which are gone. */

import type { App } from "./app.ts";
import { type Child, counted, h, part, replace } from "./dom.ts";
import { type Fate, pinsOf } from "./pins.ts";

export function pinned(app: App): void {
  const button = part("pin") as HTMLButtonElement;
  button.addEventListener("click", () => app.set({ pin: app.state.pin ? "" : pinsOf(app.matrix.platforms) }));
  app.on([], () => {
    const place = part("pinned");
    const pins = app.state.pin || pinsOf(app.matrix.platforms);
    button.hidden = !pins;
    button.title = app.pinned ? "Show every run of this page again" : "Put the very runs that are shown into the address of this view";
    replace(button, app.pinned ? "Unpin" : "Pin these runs");
    place.hidden = !app.pinned;
    document.body.classList.toggle("some-runs", Boolean(app.pinned));
    replace(place, app.pinned && banner(app));
  });
}

function banner(app: App): Child {
  const { fates, unread, places } = app.pinned!;
  const of = (kind: Fate["kind"]) => fates.filter((fate) => fate.kind === kind);
  const [here, anew, gone] = [of("here"), of("anew"), of("gone")];
  const whole = fates.length > 0 && !anew.length && !gone.length && !unread.length;
  const today = [...places, ...anew.map((fate) => app.all.platforms.indexOf(fate.platform!))];
  const others = app.all.platforms.filter((each) => !each.own).length - places.length;
  return [
    h("p", {}, h("b", {}, `This link shows exactly ${counted(fates.length, "run")}. `),
      whole ? `${fates.length === 1 ? "It is" : "All are"} here, byte for byte.` : `${here.length} of ${fates.length} ${here.length === 1 ? "is" : "are"} here, byte for byte; nothing else is shown.`,
      others > 0 && ` ${counted(others, "other run")} of this page ${others === 1 ? "is" : "are"} not shown; the report at the end speaks of all.`),
    anew.length > 0 && h("ul", {}, anew.map((fate) => h("li", {}, h("b", {}, "Measured anew: "), h("code", {}, fate.pin.target), `, pinned as ${fate.pin.hash}; here it is ${hash(fate)}, and so is left out.`))),
    gone.length > 0 && h("ul", {}, gone.map((fate) => h("li", {}, h("b", {}, "Gone: "), h("code", {}, fate.pin.target), ` (${fate.pin.hash}); no run here has this name.`))),
    unread.length > 0 && h("ul", {}, unread.map((text) => h("li", {}, h("b", {}, "Not a run: "), h("q", {}, text.slice(0, 80)), "; a run is named as in ", h("code", {}, "linux-6.18@0123456789ab"), "."))),
    here.length > 0 && h("details", {}, h("summary", {}, "The runs that are shown"), h("ul", {}, here.map((fate) => h("li", {}, h("code", {}, fate.pin.target), ` ${fate.pin.hash}`)))),
    h("p", { class: "actions" },
      h("button", { type: "button", onclick: () => app.set({ pin: "" }) }, "Show every run of this page"), " ",
      anew.length > 0 && h("button", { type: "button", onclick: () => app.set({ pin: pinsOf(today.sort((a, b) => a - b).map((each) => app.all.platforms[each])) }) }, "Show the same platforms as measured last")),
  ]; // prettier-ignore
}

/** What a target is on this page. */
function hash({ pin, platform }: Fate): string {
  return `${platform!.sha256.slice(0, pin.hash.length)}, measured ${platform!.measured}`;
}
