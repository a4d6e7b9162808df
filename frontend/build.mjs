// Builds style sheets, scripts, fonts and the favicon into jointops/static/build/ with the content's hash in every
// file name, and writes manifest.json: logical name -> file. Needs nothing but node_modules.
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { build } from "esbuild";
import { compile } from "sass";
import { outlines } from "./outlines.mjs";
import { onlyUsed } from "./used.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const out = join(root, "jointops", "static", "build");

// Fonts are read under short names in the style sheet; this is where each one is in the package.
const fontFolder = join(root, "node_modules/@fontsource-variable/ibm-plex-sans/files");
const fonts = {
  "plex-latin.woff2": "ibm-plex-sans-latin-standard-normal.woff2",
  "plex-latin-light.woff2": "ibm-plex-sans-latin-wght-normal.woff2",
  "plex-latin-ext.woff2": "ibm-plex-sans-latin-ext-standard-normal.woff2",
  "plex-greek.woff2": "ibm-plex-sans-greek-standard-normal.woff2",
  "plex-cyrillic.woff2": "ibm-plex-sans-cyrillic-standard-normal.woff2",
};

const manifest = {};

function hashed(name, content) {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const extension = extname(name);
  return `${basename(name, extension)}-${digest}${extension}`;
}

const packedTypes = new Set([".css", ".js", ".json", ".svg"]);
const packs = { ".br": promisify(brotliCompress), ".gz": promisify(gzip) };

async function emit(name, content) {
  manifest[name] = hashed(name, content);
  await writeFile(join(out, manifest[name]), content);
  if (!packedTypes.has(extname(name))) return;
  await Promise.all(
    Object.entries(packs).map(async ([ending, pack]) => writeFile(join(out, manifest[name] + ending), await pack(content))),
  );
}

// Pages and documents draw charts in one theme. A colour of it that is not in the palette would be a second visual language.
async function checkChartColours() {
  const theme = await readFile(join(root, "jointops/rendering/chart-theme.json"), "utf8");
  const palette = (await readFile(join(here, "scss/_palette.scss"), "utf8")).toLowerCase();
  const foreign = [...new Set(theme.match(/#[0-9a-f]{6}/gi) ?? [])].filter((colour) => !palette.includes(colour.toLowerCase()));
  if (foreign.length > 0) {
    throw new Error(`chart-theme.json uses colours that scss/_palette.scss does not have: ${foreign.join(", ")}`);
  }
}

async function buildFonts() {
  for (const [name, file] of Object.entries(fonts)) {
    await emit(name, await readFile(join(fontFolder, file)));
  }
}

// `sources` are the scripts and templates of a page that has to be light: its sheet holds what they use.
async function buildStyles(sheet, sources = "") {
  const { css } = compile(join(here, `scss/${sheet}.scss`), { loadPaths: [join(root, "node_modules")], quietDeps: true });
  const linked = css.replace(/url\("?font:([^")]+)"?\)/g, (_match, name) => `url("${manifest[name]}")`);
  const result = await build({
    stdin: { contents: linked, loader: "css", resolveDir: here },
    external: ["*.woff2"],
    bundle: true,
    minify: true,
    target: ["chrome100", "firefox100", "safari15.4"],
    write: false,
  });
  const whole = result.outputFiles[0].text;
  await emit(`${sheet}.css`, sources ? onlyUsed(whole, sources) : whole);
}

async function fieldSources() {
  const folder = join(here, "js/offline");
  const files = (await readdir(folder)).map((name) => join(folder, name));
  files.push(join(root, "templates/returns/offline.jinja2"), join(root, "templates/macros/icons.jinja2"));
  return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
}

const scripts = {
  "main.js": "main.js",
  "charts.js": "charts.js",
  "timeline.js": "timeline.js",
  "map.js": "map.js",
  "return-form.js": "return-form.js",
  "return-map.js": "return-map.js",
  "field.js": "offline/app.js",
  "field-worker.js": "offline/worker.js",
  "queue-file.js": "offline/queue-file.js",
};

async function buildScripts() {
  for (const [name, source] of Object.entries(scripts)) {
    const result = await build({
      entryPoints: [join(here, "js", source)],
      bundle: true,
      minify: true,
      format: "esm",
      target: ["chrome100", "firefox100", "safari15.4"],
      legalComments: "none",
      loader: { ".json": "json" },
      write: false,
    });
    await emit(name, result.outputFiles[0].contents);
  }
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await checkChartColours();
await buildFonts();
await Promise.all([
  buildStyles("main"),
  fieldSources().then((sources) => buildStyles("field", sources)),
  buildScripts(),
  outlines(root).then((content) => emit("countries.json", content)),
  readdir(join(here, "brand")).then((names) =>
    Promise.all(names.map(async (name) => emit(name, await readFile(join(here, "brand", name))))),
  ),
]);
await cp(join(root, "node_modules/@fontsource-variable/ibm-plex-sans/LICENSE"), join(out, "plex-licence.txt"));
const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => a.localeCompare(b)));
await writeFile(join(out, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
console.log(`built ${Object.keys(sorted).length} files into jointops/static/build`);
