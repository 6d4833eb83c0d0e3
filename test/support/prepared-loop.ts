import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { newLoopDirectory, openTestLoop, openTestSession } from './loop.ts';
import type { TestLoop } from './loop.ts';

/** A stopped loop. Starting on a copy of it is quicker than making the same state anew. */
export interface PreparedLoop {
  /** Starts servers on a copy: each test has its own, and none sees what another did. */
  open(): Promise<TestLoop>;
  remove(): Promise<void>;
}

/** Makes a loop that holds the first release of a strategy, and stops it. */
export async function prepareLoop(strategyId: string): Promise<PreparedLoop> {
  const loop = await openTestLoop();
  const { dataDirectory } = loop;
  const worker = await loop.startWorker();
  await loop.firstRelease(strategyId);
  await worker.stop();
  await loop.session.close();
  return {
    async open() {
      const copy = await newLoopDirectory();
      // Node's own copy loses the owner, and the database belongs to another user than root.
      await promisify(execFile)('cp', ['-a', `${dataDirectory}/.`, copy]);
      return openTestLoop(await openTestSession(copy));
    },
    remove: () => rm(dataDirectory, { recursive: true, force: true }),
  };
}
