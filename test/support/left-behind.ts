import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** @returns command lines of the processes that work in a directory or name it in their arguments. */
export function processesOf(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const isThere =
          command.includes(directory) || readlinkSync(`/proc/${pid}/cwd`).startsWith(directory);
        return isThere ? [command] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

/** For the end of a test: what it started in a directory must be gone. */
export function requireNoProcessOf(directory: string): void {
  const left = processesOf(directory);
  if (left.length > 0) {
    throw new Error(`the test left processes behind:\n${left.join('\n')}`);
  }
}
