// Bundles src/ and the picked third-party files into the directory given as first argument.
import { createHash } from "node:crypto";
import { copyFile, readFile, readdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { documentFonts } from "./fonts.mjs";

const out = process.argv[2] ?? "dist";

const shared = {
  bundle: true,
  minify: true,
  outdir: out,
  legalComments: "none",
  logLevel: "error",
  assetNames: "fonts/[name]-[hash]",
  chunkNames: "chunks/[name]-[hash]",
  loader: { ".woff2": "file", ".woff": "empty" },
};

async function sprite() {
  const lines = (await readFile("icons.txt", "utf8")).split("\n").map((line) => line.trim());
  const names = lines.filter((line) => line && !line.startsWith("#"));
  const symbols = await Promise.all(
    names.map(async (entry) => {
      const [name, style = "outline"] = entry.split("/");
      const file = `node_modules/@tabler/icons/icons/${style}/${name}.svg`;
      const svg = await readFile(file, "utf8").catch(() => {
        throw new Error(`icons.txt names “${entry}”, which is no Tabler icon`);
      });
      const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.indexOf("</svg>"));
      const paint = style === "filled" ? 'fill="currentColor"' : "";
      return `<symbol id="${entry.replace("/", "-")}" viewBox="0 0 24 24" ${paint}>${body
        .replace(/\s*\n\s*/g, "")
        .trim()}</symbol>`;
    }),
  );
  const head = '<svg xmlns="http://www.w3.org/2000/svg">';
  await writeFile(join(out, "icons.svg"), `${head}${symbols.join("")}</svg>`);
}

async function writeManifest() {
  const names = await readdir(out, { recursive: true, withFileTypes: true });
  const manifest = {};
  for (const entry of names.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const hash = createHash("sha256").update(await readFile(path)).digest("hex").slice(0, 12);
    manifest[relative(out, path).replaceAll("\\", "/")] = hash;
  }
  await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, Object.keys(manifest).sort(), 1));
}

try {
  await Promise.all([
    build({
      ...shared,
      entryPoints: { app: "src/app.js" },
      format: "esm",
      splitting: true,
      target: "es2022",
    }),
    build({ ...shared, entryPoints: { theme: "src/theme-early.js" }, format: "iife" }),
    build({ ...shared, entryPoints: { app: "src/app.css", "app.rtl": "src/app.rtl.css" } }),
    sprite(),
    documentFonts(out),
  ]);
  await copyFile("src/img/logo.svg", join(out, "logo.svg"));
  await writeManifest();
} catch (error) {
  process.stderr.write(`error: ${error.errors?.[0]?.text ?? error.message}\n`);
  process.exit(1);
}
