// SPDX-License-Identifier: MIT
// line_build: writes the npm package @kesu/line and the browser extension into the folder OUT (first argument, default
// dist/line), as folders that `npm publish` and `chrome://extensions` take: minified, with types, without source maps.
import { execFile } from "node:child_process";
import { copyFile, mkdir } from "node:fs/promises";
import { promisify } from "node:util";
import { build } from "esbuild";

const out = process.argv[2] ?? "dist/line";
const common = { bundle: true, target: "es2022", minify: true, logLevel: "warning" };

const library = `${out}/npm`;
await build({
  ...common,
  entryPoints: [
    { in: "line/index.ts", out: "kesu-line" },
    { in: "line/worker.ts", out: "kesu-line-worker" },
  ],
  outdir: library,
  format: "esm",
});
await promisify(execFile)("node_modules/.bin/tsc", ["-p", "line", "--outDir", library]);
for (const [from, to] of [
  ["line/package.json", "package.json"],
  ["line/README.md", "README.md"],
  ["../../LICENSE", "LICENSE"],
])
  await copyFile(from, `${library}/${to}`);

const extension = `${out}/extension`;
const modules = { ...common, outdir: extension, format: "esm" };
await mkdir(extension, { recursive: true });
await build({ ...modules, entryPoints: ["extension/background.ts", "extension/offscreen.ts"] });
await build({ ...modules, entryPoints: [{ in: "line/worker.ts", out: "kesu-line-worker" }] });
// Content scripts are no modules.
await build({ ...modules, format: "iife", entryPoints: ["extension/content.ts", "extension/page.ts"] });
for (const name of ["manifest.json", "managed.schema.json", "offscreen.html"])
  await copyFile(`extension/${name}`, `${extension}/${name}`);
