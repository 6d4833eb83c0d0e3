/**
 * Hashes of the sources that decide what a release does and how it is made. The build writes them
 * to dist/source-hashes.json; trainer jobs put them into release manifests. Line ends are
 * normalised, so that a checkout on another system gives the same hashes.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesBelow } from './build-inputs.js';

/** Trainer jobs and the packages that their bytes depend on, each with where it is required from. */
const TRAINERS = {
  'retrain/search': [],
  'retrain/train': ['onnx-proto', 'onnx-proto/protobufjs'],
};

/** Folders whose sources count for a trainer; engine and strategy files have hashes of their own. */
const TRAINER_FOLDERS = ['jobs/retrain/', 'jobs/host/', 'adapters/onnx/'];

/** Code that only finds or checks strategies and has no say in what the installed ones do. */
const NOT_SHARED = ['strategies/registry.ts', 'strategies/index.ts', 'strategies/checked-rules.ts'];

/** Where the build writes the JSON Schemas of jobs, and those that all jobs have in common. */
const SCHEMA_FOLDER = 'dist/schemas/json';
const COMMON_SCHEMAS = ['job-input.schema.json', 'job-result.schema.json'];
const BUILD_DIGITS = 12;

/** Every strategy is one file named after its id that makes it with this call. */
const STRATEGY_MARK = '= defineStrategy(';

/**
 * @param root folder of the checkout, with the JSON Schemas of this build.
 * @returns {{engine: string, strategies: Record<string, string>, trainers: Record<string, string>,
 *   packages: Record<string, string>, contracts: Record<string, string>, build: string}}
 */
export function sourceHashes(root) {
  const shared = sharedStrategyFiles(root);
  const packages = packageVersions(root);
  const strategies = {};
  for (const path of strategyFiles(root)) {
    const id = path.slice('strategies/'.length, -'.ts'.length);
    strategies[id] = hashSources(root, [path, ...shared]);
  }
  const trainers = {};
  for (const [jobType, needed] of Object.entries(TRAINERS)) {
    const files = importedFiles(root, `jobs/${jobType}.ts`).filter((path) =>
      TRAINER_FOLDERS.some((folder) => path.startsWith(folder)),
    );
    const versions = needed.map((name) => `${name}@${packages[name]}`);
    trainers[jobType] = hashSources(root, [...files, ...shared], versions);
  }
  const engine = hashSources(root, sourcesIn(root, 'engine'));
  const hashes = { engine, strategies, trainers, packages, contracts: contractHashes(root) };
  const all = createHash('sha256').update(JSON.stringify(hashes)).digest('hex');
  return { ...hashes, build: all.slice(0, BUILD_DIGITS) };
}

/** What each job is asked and answers, by its JSON Schemas: comments and code do not count. */
function contractHashes(root) {
  if (!existsSync(join(root, SCHEMA_FOLDER))) return {};
  const paths = filesBelow(root, SCHEMA_FOLDER);
  const common = COMMON_SCHEMAS.map((name) => `${SCHEMA_FOLDER}/${name}`);
  const contracts = {};
  for (const path of paths) {
    const [, room, name] = /([a-z-]+?)-([a-z]+)\.input\.schema\.json$/.exec(path) ?? [];
    if (room === undefined) continue;
    const result = path.replace('.input.', '.result.');
    contracts[`${room}/${name}`] = hashSources(root, [path, result, ...common]);
  }
  return contracts;
}

function sourcesIn(root, folder) {
  return filesBelow(root, folder).filter((path) => path.endsWith('.ts'));
}

function strategyFiles(root) {
  return sourcesIn(root, 'strategies').filter((path) => isStrategy(root, path));
}

function sharedStrategyFiles(root) {
  return sourcesIn(root, 'strategies').filter(
    (path) => !isStrategy(root, path) && !NOT_SHARED.includes(path),
  );
}

function isStrategy(root, path) {
  return readText(root, path).includes(STRATEGY_MARK);
}

function readText(root, path) {
  return readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n');
}

/** One hash over sorted names and contents, and over notes such as package versions. */
function hashSources(root, paths, notes = []) {
  const hash = createHash('sha256');
  for (const path of [...new Set(paths)].sort()) {
    const text = readText(root, path);
    hash.update(`${path}\0${String(Buffer.byteLength(text))}\0${text}`);
  }
  for (const note of notes) hash.update(`${note}\0`);
  return hash.digest('hex');
}

/** A source file and every file of the checkout that it imports, directly or not. */
function importedFiles(root, entry) {
  const found = new Set();
  const pending = [entry];
  while (pending.length > 0) {
    const path = pending.pop();
    if (found.has(path)) continue;
    found.add(path);
    const specifiers = readText(root, path).matchAll(
      /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+\.ts)'/g,
    );
    for (const [, specifier] of specifiers) pending.push(join(dirname(path), specifier));
  }
  return [...found].sort();
}

/** Installed versions; a nested name such as a/b is package b as package a sees it. */
function packageVersions(root) {
  const names = [...new Set(Object.values(TRAINERS).flat())].sort();
  return Object.fromEntries(names.map((name) => [name, installedVersion(root, name.split('/'))]));
}

function installedVersion(root, names) {
  let folder = root;
  for (const name of names) {
    const nested = join(folder, 'node_modules', name);
    folder = existsSync(nested) ? nested : join(root, 'node_modules', name);
  }
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) {
    throw new Error(`${names.join('/')} must be installed, was not found. Run "npm ci".`);
  }
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
