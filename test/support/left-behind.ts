import { processesIn } from './processes.ts';

/** For the end of a test: what it started in a directory must be gone. */
export function requireNoProcessOf(directory: string): void {
  const left = processesIn(directory);
  if (left.length > 0) {
    throw new Error(`the test left processes behind:\n${left.join('\n')}`);
  }
}
