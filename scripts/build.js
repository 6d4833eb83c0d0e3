/**
 * Builds dist/ from the sources, or does nothing when dist/ is current.
 *
 *   node scripts/build.js            build what changed
 *   node scripts/build.js --force    build everything
 *
 * Runs as `prepare` in `npm ci`, and again before start, test and bench, because install scripts
 * may be switched off. Two builds at once are safe: the second waits and finds dist/ current.
 */
import { spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  filesBelow,
  fingerprint,
  hasSources,
  hashFiles,
  rooms,
  sourceFiles,
} from './build-inputs.js';
import { takeLock } from './build-lock.js';

const STAMP_FILE = '.build-stamp.json';
const BUNDLE_FILE = 'workflow-bundle.js';
const OUTPUT_ENDINGS = ['.js', '.js.map', '.d.ts'];

/** A build that could not be done, in words for a person. `exitCode` is one of sysexits. */
export class BuildError extends Error {
  constructor(message, exitCode = 70) {
    super(message);
    this.name = 'BuildError';
    this.exitCode = exitCode;
  }
}

/**
 * Brings dist/ up to date. Prints one line a step to stderr, and nothing when there is nothing to
 * do. A build that fails leaves the files of the last good one.
 *
 * @param root folder of the checkout.
 * @throws {BuildError} with the reason and what to do about it.
 */
export async function ensureBuilt(root, { force = false } = {}) {
  if (!hasSources(root)) return;
  if (!force && isCurrent(root)) return;
  checkWritable(root);
  const stop = () => process.exit(130);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const release = await takeLock(join(root, 'dist', '.build.lock'), (holder) =>
    print(`waiting for the build of ${holder}`),
  );
  try {
    if (force || !isCurrent(root)) await build(root, force);
  } finally {
    release();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

function isCurrent(root) {
  return stampOf(root).fingerprint === fingerprint(root);
}

/** What the last complete build left behind; empty when there is none. */
function stampOf(root) {
  const path = join(root, 'dist', STAMP_FILE);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

async function build(root, force) {
  const compiler = findCompiler(root);
  const last = force ? {} : stampOf(root);
  // Taken before compiling: a source that changes meanwhile makes the next build run.
  const inputs = fingerprint(root);
  const started = performance.now();
  rmSync(join(root, 'dist', STAMP_FILE), { force: true });
  await step('types and code', () => compile(root, compiler, force));
  const bundle = bundleInputs(root);
  if (bundle === null) print('workflow bundle skipped: there is no workflows/index.ts yet');
  else if (bundle === last.bundle && existsSync(join(root, 'dist', BUNDLE_FILE)))
    print('workflow bundle unchanged');
  else await step('workflow bundle', () => writeWorkflowBundle(root));
  await step('JSON Schemas', async () => {
    const { writeJsonSchemas } = await import('./json-schemas.js');
    await writeJsonSchemas(root, join(root, 'dist', 'schemas', 'json'));
  });
  // Last: what jobs are asked counts by its JSON Schemas.
  await step('source hashes', () => writeSourceHashes(root));
  writeWhole(join(root, 'dist', STAMP_FILE), JSON.stringify({ fingerprint: inputs, bundle }));
  print(`done in ${seconds(started)}`);
}

function findCompiler(root) {
  try {
    const require = createRequire(join(root, 'package.json'));
    return join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new BuildError(
      'dist/ is missing or out of date, and the compiler to build it is not installed. ' +
        'Run "npm ci" with the development dependencies (without --omit=dev) first.',
      69,
    );
  }
}

async function compile(root, compiler, force) {
  // Not the file of `tsc --noEmit`: that one knows of outputs that were never written.
  const buildInfo = join(root, 'dist', '.build.tsbuildinfo');
  if (force) rmSync(buildInfo, { force: true });
  const flags = ['-p', 'tsconfig.json', '--noEmitOnError', '--tsBuildInfoFile', buildInfo];
  const status = await run(process.execPath, [compiler, ...flags], root);
  if (status !== 0) {
    throw new BuildError('the sources have type errors (above); dist/ keeps the last good build');
  }
  removeOrphans(root);
}

/** Removes compiled files whose source is gone, so that nothing imports them by accident. */
function removeOrphans(root) {
  const wanted = new Set(sourceFiles(root).map((path) => path.replace(/\.ts$/, '')));
  const folders = rooms(root).filter((room) => existsSync(join(root, 'dist', room)));
  for (const path of folders.flatMap((room) => filesBelow(join(root, 'dist'), room))) {
    const ending = OUTPUT_ENDINGS.find((candidate) => path.endsWith(candidate));
    if (ending !== undefined && !wanted.has(path.slice(0, -ending.length))) {
      rmSync(join(root, 'dist', path));
    }
  }
}

async function writeSourceHashes(root) {
  const script = join(root, 'scripts', 'source-hashes.js');
  if (!existsSync(script)) return;
  const { sourceHashes } = await import(pathToFileURL(script).href);
  const hashes = await sourceHashes(root);
  writeWhole(join(root, 'dist', 'source-hashes.json'), `${JSON.stringify(hashes, null, 2)}\n`);
}

/** Hash of what the bundle is made of; null while there are no workflows. */
function bundleInputs(root) {
  const dist = join(root, 'dist');
  if (!existsSync(join(dist, 'workflows', 'index.js'))) return null;
  const files = ['workflows', 'schemas'].flatMap((room) => filesBelow(dist, room));
  const code = files.filter((path) => path.endsWith('.js'));
  return hashFiles(root, ['package-lock.json', ...code.map((path) => `dist/${path}`)]);
}

async function writeWorkflowBundle(root) {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'dist', 'workflows', 'index.js'),
    logger: new DefaultLogger('WARN'),
  });
  writeWhole(join(root, 'dist', BUNDLE_FILE), code);
}

/** Writes a file in one step: readers see the old bytes or the new ones. */
function writeWhole(path, text) {
  const unfinished = `${path}.${String(process.pid)}.tmp`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, path);
}

function checkWritable(root) {
  const dist = join(root, 'dist');
  try {
    mkdirSync(dist, { recursive: true });
    accessSync(dist, constants.W_OK);
  } catch (error) {
    throw new BuildError(`cannot write to ${dist}: ${error.message}`, 73);
  }
}

function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    // Everything goes to stderr: stdout belongs to the command that is run after the build.
    const child = spawn(command, args, { cwd, stdio: ['ignore', 2, 2] });
    const stop = () => child.kill();
    process.once('exit', stop);
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('exit', stop);
      resolve(code ?? 1);
    });
  });
}

async function step(name, action) {
  const started = performance.now();
  await action();
  print(`${name} ${seconds(started)}`);
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

function print(line) {
  process.stderr.write(`build: ${line}\n`);
}

async function main() {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const force = process.argv.includes('--force');
  try {
    await ensureBuilt(root, { force });
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    print(error.message);
    process.exitCode = 1;
  }
}

const startedAs = process.argv[1];
if (startedAs !== undefined && realpathSync(startedAs) === fileURLToPath(import.meta.url)) {
  await main();
}
