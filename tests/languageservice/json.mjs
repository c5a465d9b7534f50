// The package imports JSON without the attribute that Node asks for: it is handed over as a module here.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { fileURLToPath } from "node:url";

export async function load(url, context, next) {
  if (!url.endsWith(".json")) return next(url, context);
  return { format: "module", shortCircuit: true, source: "export default " + readFileSync(fileURLToPath(url), "utf-8") };
}

if (!globalThis.registered) {
  globalThis.registered = true;
  register(import.meta.url);
}
