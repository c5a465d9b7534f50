import { readFileSync } from "node:fs";
import { validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";
let found = 0;
for (const path of process.argv.slice(2)) {
  const document = TextDocument.create("file:///" + path, "yaml", 1, readFileSync(path, "utf-8"));
  for (const each of await validate(document)) {
    found += 1;
    console.log(`${path}:${each.range.start.line + 1}: ${each.message}`);
  }
}
process.exit(found ? 1 : 0);
