import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openTestLoop, openTestSession, until } from './loop.ts';
import type { TestLoop } from './loop.ts';
import { temporaryDataDirectory } from './run-command.ts';

const PREPARE_MS_MAX = 60_000;

/**
 * Opens a loop that holds the first release of a strategy. It is made once for all test files;
 * each call starts servers on a copy of it, so that no test sees what another did.
 */
export async function openPreparedLoop(strategyId: string): Promise<TestLoop> {
  const original = await prepared(strategyId);
  const copy = await temporaryDataDirectory();
  // Node's own copy loses the owner, and the database belongs to another user than root.
  await promisify(execFile)('cp', ['-a', `${original}/.`, copy]);
  return openTestLoop(await openTestSession(copy));
}

/** The stopped loop, made by whoever asks first; the run's temporary folder goes with it. */
async function prepared(strategyId: string): Promise<string> {
  // Set by scripts/run-jest.js.
  const folder = join(process.env['STRATEGY_LOOP_TEST_ROOT'] ?? '', 'prepared');
  const ready = join(folder, strategyId);
  await mkdir(folder, { recursive: true });
  const isFirst = await mkdir(`${ready}.making`).then(
    () => true,
    () => false,
  );
  if (isFirst) await rename(await make(strategyId), ready);
  else await until(`a loop is prepared in ${ready}`, () => existsSync(ready), PREPARE_MS_MAX);
  return ready;
}

async function make(strategyId: string): Promise<string> {
  const loop = await openTestLoop();
  const worker = await loop.startWorker();
  await loop.firstRelease(strategyId);
  await worker.stop();
  await loop.session.close();
  return loop.dataDirectory;
}
