import { execFile } from 'node:child_process';
import { chown, cp, mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { workerBug } from './fault.ts';
import type { Fault, Mistake } from './fault.ts';
import { startHeld, untilFailure } from './server-faults.ts';
import type { Trial } from './trial.ts';

const run = promisify(execFile);
const CHUNK = Buffer.alloc(4096, 1);

/** A real file system of a fixed size; mounting one needs root. */
interface SmallDisk {
  readonly path: string;
  /** Writes until nothing fits any more. */
  fill(): Promise<void>;
  /** Takes away what `fill` wrote. */
  free(): Promise<void>;
  unmount(): Promise<void>;
}

/** Disks that are full; none where we may not mount one. */
export function fullDiskFaults(): Fault[] {
  return process.getuid?.() === 0 ? [artifactsFull, databaseFull] : [];
}

const artifactsFull: Fault = {
  name: 'disk of the artifacts full (tmpfs of 24 MB)',
  isQuick: false,
  attempts: 1,
  planted: {
    text: 'a full disk taken for a finished write',
    mistake: { worker: 'swallows-full-disk' },
    sign: /waits at/,
  },
  async happen(_stand, trial, mistake) {
    await cp(trial.artifacts, join(trial.home, 'copy'), { recursive: true });
    const disk = await mountSmallDisk(trial.artifacts, 24);
    try {
      await cp(join(trial.home, 'copy'), trial.artifacts, { recursive: true });
      const hold = { activity: 'launchTrade', when: 'before' } as const;
      const worker = await startHeld(trial, hold, workerBug(mistake));
      await disk.fill();
      worker.go();
      const observed = await whatCameOfIt(trial, mistake, /ENOSPC/);
      await disk.free();
      await trial.completed(60_000);
      return `${observed}; completed when there was room again`;
    } finally {
      await trial.stopWorkers();
      await disk.unmount();
    }
  },
};

const databaseFull: Fault = {
  name: 'disk of Postgres full (53100, tablespace on a tmpfs of 2 MB)',
  isQuick: false,
  attempts: 1,
  planted: {
    text: 'an error of the database taken for success',
    mistake: { worker: 'swallows-database-errors' },
    sign: /waits at|rows lost in/,
  },
  async happen(stand, trial, mistake) {
    const disk = await mountSmallDisk(join(trial.home, 'disk'), 2);
    const tablespace = `${trial.databaseName}_small`;
    try {
      const { uid, gid } = await stat(
        `/proc/${String((await stand.serverProcess('postgres')).pid)}`,
      );
      const place = join(disk.path, 'tablespace');
      await mkdir(place);
      await chown(place, uid, gid);
      await trial.pool.query(`create tablespace ${tablespace} location '${place}'`);
      await trial.pool.query(`alter table decisions set tablespace ${tablespace}`);
      const hold = { activity: 'ingestTrade', when: 'before' } as const;
      const worker = await startHeld(trial, hold, workerBug(mistake));
      await disk.fill();
      worker.go();
      const observed = await whatCameOfIt(trial, mistake, /No space left on device/);
      await disk.free();
      await trial.completed(60_000);
      return `${observed}; completed when there was room again`;
    } finally {
      await trial.stopWorkers();
      await trial.pool.query('alter table decisions set tablespace pg_default');
      await trial.pool.query(`drop tablespace ${tablespace}`);
      await disk.unmount();
    }
  },
};

/** With a planted bug there may be no failure at all: then the end of the cycle is awaited. */
async function whatCameOfIt(
  trial: Trial,
  mistake: Mistake | null,
  failure: RegExp,
): Promise<string> {
  if (mistake === null) return untilFailure(trial, failure);
  await trial.completed(20_000);
  return 'no failure';
}

async function mountSmallDisk(path: string, mib: number): Promise<SmallDisk> {
  await mkdir(path, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${String(mib)}m,mode=0755`, 'tmpfs', path]);
  const filler = join(path, 'filler');
  return {
    path,
    async fill() {
      const file = await open(filler, 'w');
      try {
        for (;;) await file.write(CHUNK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        await file.close();
      }
    },
    free: () => rm(filler, { force: true }),
    async unmount() {
      await run('umount', ['--lazy', path]);
    },
  };
}
