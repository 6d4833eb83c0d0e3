import { randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The holder touches its lock this often; a lock that is older than STALE_MS has no holder. */
const TOUCH_MS = 2_000;
const STALE_MS = 30_000;
const POLL_MS = 100;

/**
 * Waits until no other process holds the lock, and takes it.
 *
 * A lock is stale when its process is gone (same host) or when nobody touched it for 30 s. Only a
 * process that holds the short-lived `.steal` file removes another's lock, so that two waiters
 * never both believe to have taken over from a dead one.
 *
 * @param onWait called once, with the holder's description, when the lock is not free.
 * @returns a function that gives the lock back; it is called at exit at the latest.
 */
export async function takeLock(path, onWait = () => undefined) {
  mkdirSync(dirname(path), { recursive: true });
  const token = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  let announced = false;
  while (!createExclusive(path, token)) {
    if (!removeStale(path)) {
      if (!announced) onWait(describe(path));
      announced = true;
      await delay(POLL_MS);
    }
  }
  return hold(path, token);
}

function hold(path, token) {
  const touching = setInterval(() => touch(path), TOUCH_MS);
  touching.unref();
  const release = () => {
    clearInterval(touching);
    process.off('exit', release);
    if (read(path) === token) unlinkQuietly(path);
  };
  process.on('exit', release);
  return release;
}

/** @returns whether a stale lock was removed, or was gone already. */
function removeStale(path) {
  if (!isStale(path)) return false;
  const stealing = `${path}.steal`;
  if (!createExclusive(stealing, '')) {
    if (ageMs(stealing) > STALE_MS) unlinkQuietly(stealing);
    return false;
  }
  try {
    if (isStale(path)) unlinkQuietly(path);
    return true;
  } finally {
    unlinkQuietly(stealing);
  }
}

function isStale(path) {
  const text = read(path);
  if (text === null) return false;
  if (ageMs(path) > STALE_MS) return true;
  const holder = parse(text);
  return holder !== null && holder.host === hostname() && !isAlive(holder.pid);
}

/** @returns the holder, or null while its process has not written it yet. */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error.code === 'EPERM';
  }
}

function describe(path) {
  const holder = parse(read(path) ?? '');
  return holder === null ? 'another process' : `process ${String(holder.pid)}`;
}

function createExclusive(path, text) {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, text);
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Contents of a file, or null when it is gone. */
function read(path) {
  return unlessGone(() => readFileSync(path, 'utf8'), null);
}

/** Age of a file in ms; 0 when it is gone. */
function ageMs(path) {
  return unlessGone(() => Date.now() - statSync(path).mtimeMs, 0);
}

function touch(path) {
  unlessGone(() => utimesSync(path, new Date(), new Date()), undefined);
}

function unlinkQuietly(path) {
  unlessGone(() => unlinkSync(path), undefined);
}

function unlessGone(action, otherwise) {
  try {
    return action();
  } catch (error) {
    if (error.code === 'ENOENT') return otherwise;
    throw error;
  }
}
