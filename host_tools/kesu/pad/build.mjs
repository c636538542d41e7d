// SPDX-License-Identifier: MIT
// build: bundle what the page loads into the folder OUT (first argument, default dist/). One line per bundle.
import { build } from "esbuild";

const out = process.argv[2] ?? "dist";
await build({
  entryPoints: { contract: "src/bench/contract.ts" },
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  sourcemap: true,
  minify: true,
  logLevel: "warning",
});
