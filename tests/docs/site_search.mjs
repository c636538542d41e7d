// site_search: runs the search worker of a built site as a page does, and prints what each query finds, as JSON.
// Usage: node site_search.mjs SITE QUERY...
// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";

const [site, ...queries] = process.argv.slice(2);
const folder = join(site, "search");
const posted = [];

class Request {
  addEventListener(_event, heard) {
    this.heard = heard;
  }
  open(_method, path) {
    this.path = path;
  }
  send() {
    this.heard.call({ responseText: readFileSync(join(folder, this.path), "utf8") });
  }
}

const worker = vm.createContext({
  console: { log() {}, error: console.error },
  XMLHttpRequest: Request,
  postMessage: (message) => posted.push(message),
});
worker.self = worker;
const run = (name) => vm.runInContext(readFileSync(join(folder, name), "utf8"), worker, { filename: name });
worker.importScripts = (...names) => {
  for (const name of names) run(name);
};
run("worker.js");
worker.onmessage({ data: { init: true } });

const shortest = posted.find((message) => message.config).config.min_search_length;
const found = {};
for (const query of queries) {
  posted.length = 0;
  // main.js sends no shorter query.
  if (query.length >= shortest) worker.onmessage({ data: { query } });
  found[query] = posted.flatMap((message) => message.results.map((result) => result.location));
}
console.log(JSON.stringify(found));
