#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// Node resolves links before it sets import.meta.url, so this also holds for `npm link` and npx.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, 'dist', 'cli', 'start.js');

/** Brings dist/ up to date in a checkout; does nothing in a package without sources. */
async function prepare() {
  const script = join(root, 'scripts', 'build.js');
  if (!existsSync(script)) return;
  const { BuildError, ensureBuilt } = await import(pathToFileURL(script).href);
  try {
    await ensureBuilt(root);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stderr.write(`strategy-loop: ${error.message}\n`);
    process.exit(error.exitCode);
  }
}

await prepare();
if (!existsSync(main)) {
  process.stderr.write('strategy-loop: dist/ is missing; run "npm ci" in a full checkout first.\n');
  process.exit(70);
}
await import(pathToFileURL(main).href);
