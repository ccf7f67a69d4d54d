// Builds everything in dist/ from src/, the packages of package.json, and what the templates in ../views name:
// stylesheet, scripts, icon sprite, fonts, pictures, licence notices, and the list of common passwords; and packs the browser
// extension, extension/, as it stands.
//
// Each served file lies in a folder named after its content, dist/HASH/NAME, and its address is /static/HASH/NAME:
// it may be cached for ever, and one that did not change keeps its address through a release. Texts get .br and .gz
// siblings. manifest.json tells static.go which name lies where; what is not in it is not served.
// The same sources give the same bytes: nothing here depends on time, file order or the machine's paths.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import zlib from "node:zlib";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { zipSync } from "fflate";
import subsetFont from "subset-font";

const here = path.dirname(fileURLToPath(import.meta.url));
process.chdir(here);
const views = "../views";
const dist = "dist";
const targets = ["chrome125", "edge125", "firefox128", "safari17.5"]; // older ones get the plain, scriptless page
const files = {}; // name → HASH/NAME
const bytes = {}; // name → content, for the figures at the end

await main();

async function main() {
  for (const range of ["latin", "latin-ext", "vietnamese"]) put(`inter-${range}.woff2`, await font(range));
  for (const picture of fs.readdirSync("src/img").sort()) put(picture, fs.readFileSync(path.join("src/img", picture)));
  const icons = iconNames();
  put("icons.svg", sprite(icons));
  put("app.css", stylesheet());
  put("crop.js", script("src/crop.js"));
  put("app.js", htmx() + ";\n" + script("src/app.js"));
  put("licenses.txt", licenses());
  put("extension.zip", extension());
  const passwords = commonPasswords();
  fs.writeFileSync(path.join(dist, "passwords.txt"), passwords);
  fs.writeFileSync(path.join(dist, "manifest.json"), JSON.stringify({ files: sorted(files), icons }, null, 1) + "\n");
  sweep();
  report(passwords);
}

// put writes one served file under its fingerprint, with compressed siblings where they are smaller. Forty bits tell the
// versions of one file apart, and stand in each page thirty times: pages are not compressed (app/web/compress.go).
function put(name, content) {
  const body = Buffer.from(content);
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 10);
  files[name] = `${hash}/${name}`;
  bytes[name] = body;
  const file = path.join(dist, hash, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, body);
  if (/\.(woff2|zip)$/.test(name)) return; // compressed inside already
  for (const [ext, packed] of [["br", brotli(body)], ["gz", zlib.gzipSync(body, { level: 9 })]])
    if (packed.length < body.length) fs.writeFileSync(`${file}.${ext}`, packed);
    else fs.rmSync(`${file}.${ext}`, { force: true });
}

// font is the part of Inter that pages use: the characters and weights that app.css says, what languages need to be set, and
// figures of one width. The weights nobody sees and the other forms of letters are half of it.
function font(range) {
  const css = fs.readFileSync("src/app.css", "utf8"), name = `inter-${range}.woff2`;
  const [, least, most, chars] = new RegExp(`font-weight: (\\d+) (\\d+); font-display: swap; src: url\\("${name}"\\) format\\("woff2"\\);\\s+unicode-range: ([^;]+);`).exec(css) ?? fail(`app.css does not say what ${name} is for`);
  const text = chars.split(",").map((part) => {
    const [from, to = from] = part.trim().replace("U+", "").split("-").map((hex) => parseInt(hex, 16));
    return Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join("");
  }).join("");
  return subsetFont(fs.readFileSync(`node_modules/@fontsource-variable/inter/files/inter-${range}-wght-normal.woff2`), text, {
    targetFormat: "woff2", variationAxes: { wght: { min: Number(least), max: Number(most) } }, keepFeatures: ["calt", "ccmp", "kern", "locl", "mark", "mkmk", "tnum"],
  });
}

function brotli(body) {
  return zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: body.length } });
}

// iconNames finds the icons in use. A template names one as {{icon "bell"}} or as icons.svg#bell, a script as
// icons.svg#bell, and where the name is computed the template lists the possible ones: {{/* icons: laptop monitor */}}.
function iconNames() {
  const found = new Map(); // name → the file that names it first
  const note = (name, file) => found.has(name) || found.set(name, file);
  for (const file of [...under(views, /\.(html|tmpl|gohtml)$/), ...under("src", /\.js$/)]) {
    const text = fs.readFileSync(file, "utf8");
    for (const m of text.matchAll(/icons\.svg#([a-z0-9-]+)/g)) note(m[1], file);
    for (const m of text.matchAll(/\bicon\s+["`]([^"`]*)["`]/g)) note(m[1], file);
    for (const m of text.matchAll(/\{\{-?\s*\/\*\s*icons:([^*]*)\*\//g)) for (const name of m[1].trim().split(/\s+/)) note(name, file);
  }
  const unknown = [...found].filter(([name]) => !fs.existsSync(`node_modules/lucide-static/icons/${name}.svg`));
  if (unknown.length) fail("no such icon in lucide: " + unknown.map(([name, file]) => `${JSON.stringify(name)} (${file})`).join(", "));
  return [...found.keys()].sort();
}

// sprite holds one symbol per icon; stroke and size come from the class .icon.
function sprite(names) {
  const symbols = names.map((name) => {
    const svg = fs.readFileSync(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
    const body = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "").replace(/\s+/g, " ").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("")}</svg>\n`;
}

// stylesheet runs Tailwind and points url("name") at the fingerprinted file beside it.
function stylesheet() {
  const tmp = fs.mkdtempSync(path.join(os.tmpdir(), "chancery-css-"));
  const out = path.join(tmp, "app.css");
  try {
    execFileSync(process.execPath, ["node_modules/@tailwindcss/cli/dist/index.mjs", "-i", "src/app.css", "-o", out, "--minify"], { stdio: ["ignore", "ignore", "pipe"] });
    return fs.readFileSync(out, "utf8").replace(/url\(["']?([^)"']+)["']?\)/g, (_, name) => (name.startsWith("#") ? `url(${name})` : `url(${beside(name)})`));
  } catch (error) {
    return fail(`stylesheet: ${error.stderr ?? error.message}`);
  } finally {
    fs.rmSync(tmp, { recursive: true });
  }
}

// script bundles one entry of ours with what it imports. The cropper is a module of its own, so that app.js
// can import() it when a picture is picked; its address, relative to app.js, is the constant CROP_URL.
function script(entry) {
  const define = entry === "src/app.js" ? { CROP_URL: JSON.stringify(beside("crop.js")) } : {};
  const format = entry === "src/app.js" ? "iife" : "esm";
  return buildSync({ entryPoints: [entry], bundle: true, minify: true, write: false, target: targets, legalComments: "none", define, format, absWorkingDir: here }).outputFiles[0].text;
}

// htmx and its extensions as shipped, in front of our script: no bundling, no transforms.
function htmx() {
  return ["htmx.min.js", "ext/hx-sse.min.js", "ext/hx-preload.min.js"]
    .map((file) => fs.readFileSync(`node_modules/htmx.org/dist/${file}`, "utf8").replace(/\n?\/\/# sourceMappingURL=.*$/m, "").trim())
    .join(";\n");
}

// extension is the browser extension as people load it: its sources, in a folder, all of one date. Its texts must be there in each
// language, and it names no script of elsewhere.
//
// Of its manifest: the key gives it one id wherever it is unpacked, so that a new version in another folder is the same extension
// and stays paired. It is the public half of a pair whose other half was never kept, since nothing is signed: who installs it by
// policy packs it with a key of their own. http to localhost and 127.0.0.1 is there for a practice that runs on the same machine
// (make run), and never leaves it; the browser asks at pairing as for any other host.
function extension() {
  const names = fs.readdirSync("extension", { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).map((e) => path.relative("extension", path.join(e.parentPath, e.name)).split(path.sep).join("/")).sort();
  const words = names.filter((name) => name.endsWith("/messages.json")).map((name) => [name, Object.keys(JSON.parse(fs.readFileSync(`extension/${name}`, "utf8"))).sort().join()]);
  for (const [name, keys] of words) if (keys !== words[0][1]) fail(`${name} has other texts than ${words[0][0]}`);
  const all = Object.fromEntries(names.map((name) => [`chancery-extension/${name}`, fs.readFileSync(`extension/${name}`)]));
  return zipSync(all, { level: 9, mtime: new Date(2026, 0, 1) });
}

// commonPasswords: folded as passwords.go folds what it is asked, 4 characters or more (shorter ones occur by chance), sorted
// by bytes for a binary search. The list speaks English; the words that people here would think of first are added.
function commonPasswords() {
  const all = JSON.parse(fs.readFileSync("node_modules/@zxcvbn-ts/language-common/src/passwords.json", "utf8"));
  const here = ["contrasena", "bienvenido", "bienvenida", "bienvenue", "immigration", "inmigracion", "migracion", "consultant", "consultor", "avocat", "abogado"];
  const fold = (p) => p.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const kept = new Set([...all, ...here].map(fold).filter((p) => [...p].length >= 4 && !/\s/.test(p)));
  return [...kept].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join("\n") + "\n";
}

// licenses are the notices of what we pass on: parts of these packages reach browsers, or lie in the binary.
function licenses() {
  const shipped = ["@cropper/elements", "@fontsource-variable/inter", "@zxcvbn-ts/language-common", "daisyui", "htmx.org", "lucide-static", "tailwindcss"];
  return shipped.map((name) => {
    const folder = `node_modules/${name}`, about = JSON.parse(fs.readFileSync(`${folder}/package.json`, "utf8"));
    const file = fs.readdirSync(folder).find((f) => /^licen[sc]e/i.test(f));
    if (!file) fail(`${name} has no licence file`);
    return `${name} ${about.version} (${about.license})\n\n${fs.readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
  }).join(`\n${"-".repeat(72)}\n\n`);
}

function beside(name) {
  return files[name] ? `../${files[name]}` : fail(`${name} is named, but not built`);
}

function under(folder, pattern) {
  return fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }).filter((f) => pattern.test(f)).sort().map((f) => path.join(folder, f)) : [];
}

// sweep removes what earlier builds left, after the new manifest stands.
function sweep() {
  const keep = new Set([".keep", "manifest.json", "passwords.txt", ...Object.values(files).map((f) => f.split("/")[0])]);
  for (const entry of fs.readdirSync(dist)) if (!keep.has(entry)) fs.rmSync(path.join(dist, entry), { recursive: true });
}

function report(passwords) {
  for (const [name, body] of Object.entries(bytes))
    console.log(name.padEnd(22), String(body.length).padStart(7), "bytes", String(/\.(woff2|zip)$/.test(name) ? body.length : brotli(body).length).padStart(6), "on the wire");
  console.log("passwords.txt".padEnd(22), String(passwords.length).padStart(7), "bytes", String(passwords.split("\n").length - 1).padStart(6), "passwords, not served");
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fail(message) {
  console.error(`build: ${message}`);
  process.exit(1);
}
