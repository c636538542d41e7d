// SPDX-License-Identifier: MIT
// build: bundle what the page loads into the folder OUT (first argument, default dist/).
import { copyFile } from "node:fs/promises";
import { build } from "esbuild";

const out = process.argv[2] ?? "dist";
await build({
  entryPoints: [
    { in: "bench/worker.ts", out: "bench" },
    { in: "page/main.ts", out: "page" },
    { in: "page/page.css", out: "page" },
  ],
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8", // unescaped: the font is subset to these characters
  external: ["*.woff2"],
  logLevel: "warning",
});
for (const name of ["index.html", "icon.svg"]) await copyFile(`page/${name}`, `${out}/${name}`);
// The worker contains rp2040js, whose licence (MIT) must accompany every copy.
await copyFile("node_modules/rp2040js/LICENSE", `${out}/rp2040js-LICENSE.txt`);
