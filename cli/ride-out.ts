import { isServerGone } from './command-error.ts';

/** `up` has a server that died back within seconds; the work goes on by itself meanwhile. */
const OUTAGE_MS_MAX = 30_000;
const PAUSE_MS = 500;

/**
 * Reads what a command follows, through a short outage of a server: the cycle lives through it, and
 * so should whoever watches it.
 *
 * @throws what the read throws, when it is about something else or the outage lasts.
 */
export async function rideOut<T>(read: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + OUTAGE_MS_MAX;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!isServerGone(error) || performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
