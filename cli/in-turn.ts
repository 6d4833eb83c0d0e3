import { setTimeout as sleep } from 'node:timers/promises';
import { StackAlreadyRunningError } from '../infra/local/stack-lock.ts';

/** Servers take a second or two to come up or to go, and so does a command that only reads. */
const TURN_MS_MAX = 10_000;
const POLL_MS = 50;

/**
 * Uses the servers that run on a data directory, or starts some. Another command that holds the
 * directory for a moment, because its servers come up or go, is waited for.
 *
 * @param find null when none run.
 * @param msMax how long a held directory is waited for, in milliseconds.
 * @throws {StackAlreadyRunningError} when it is still held after that.
 */
export async function inTurn<T>(
  find: () => Promise<T | null>,
  start: () => Promise<T>,
  msMax = TURN_MS_MAX,
): Promise<T> {
  const giveUpAt = performance.now() + msMax;
  for (;;) {
    const found = await find();
    if (found !== null) return found;
    try {
      return await start();
    } catch (error) {
      const isHeld = error instanceof StackAlreadyRunningError;
      if (!isHeld || performance.now() > giveUpAt) throw error;
    }
    await sleep(POLL_MS);
  }
}
