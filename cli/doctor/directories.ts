import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { cacheDirectory } from '../../infra/local/cache-directory.ts';
import { MARKER } from '../../infra/local/data-directory.ts';
import { reasonOf } from '../../infra/local/data-directory-error.ts';
import { freeBytesOf } from '../health.ts';
import type { Check, Verdict } from './finding.ts';
import { fail, ok, warn } from './finding.ts';

const GIB = 2 ** 30;
/** A year of daily cycles with their artifacts. */
const SPACE_WARN = 5 * GIB;
/** Postgres stops when it cannot write. */
const SPACE_FAIL = 0.5 * GIB;
const CHOOSE = 'choose another one with --data-dir or STRATEGY_LOOP_DATA';

/** Where the loop writes: rights, and room on the disk. Nothing is made or written. */
export function directoryChecks(dataDirectory: string): Check[] {
  const area = 'directories';
  const cache = cacheDirectory();
  return [
    { area, name: 'data directory', look: () => lookAtData(dataDirectory) },
    { area, name: 'space for data', look: () => lookAtSpace(dataDirectory) },
    {
      area,
      name: 'cache',
      look: () => lookAtRights(cache, 'choose another one with STRATEGY_LOOP_CACHE'),
    },
    {
      area,
      name: 'temporary files',
      look: () => lookAtRights(tmpdir(), 'choose another one with TMPDIR'),
    },
  ];
}

/** @returns the directory itself, or the nearest one above it that is there. */
async function nearest(directory: string): Promise<string> {
  try {
    await stat(directory);
    return directory;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return nearest(dirname(directory));
  }
}

/** Whether a directory can be written, or made where it is not there yet. */
export async function lookAtRights(directory: string, mend: string): Promise<Verdict> {
  try {
    const there = await nearest(directory);
    if (!(await stat(there)).isDirectory()) return fail(`${there} is a file`, mend);
    await access(there, constants.W_OK | constants.X_OK);
    return ok(there === directory ? directory : `${directory} (will be made)`);
  } catch (error) {
    return fail(`${directory} cannot be written: ${reasonOf(error)}`, mend);
  }
}

async function lookAtData(directory: string): Promise<Verdict> {
  const rights = await lookAtRights(directory, CHOOSE);
  if (rights.state !== 'ok' || rights.text !== directory) return rights;
  const names = await readdir(directory);
  if (names.length > 0 && !names.includes(MARKER)) {
    return fail(`${directory} holds other files and is not a data directory of ours`, CHOOSE);
  }
  const { uid, mode } = await stat(directory);
  if (uid !== process.getuid?.()) {
    return warn(
      `${directory} belongs to user number ${String(uid)}, not to the one of this command`,
      'run the command as that user, or give the directory to this one with chown -R',
    );
  }
  if ((mode & 0o022) !== 0) {
    return warn(`${directory} can be written by others`, `run \`chmod go-w ${directory}\``);
  }
  return ok(directory);
}

async function lookAtSpace(directory: string): Promise<Verdict> {
  return judgeSpace(await freeBytesOf(await nearest(directory)));
}

/** @param bytes that are free on the data directory's disk. */
export function judgeSpace(bytes: number): Verdict {
  const text = `${(bytes / GIB).toFixed(1)} GiB free`;
  const mend = `free some, or ${CHOOSE}`;
  if (bytes < SPACE_FAIL) return fail(`${text}: Postgres stops when the disk is full`, mend);
  if (bytes < SPACE_WARN) return warn(`${text}, less than ${String(SPACE_WARN / GIB)} GiB`, mend);
  return ok(text);
}
