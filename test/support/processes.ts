import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { identify, readProcess } from '../../adapters/launchers/process-table.ts';
import type { ProcessIdentity } from '../../adapters/launchers/process-table.ts';

/** Command lines of living processes that work in a directory or were given its path. */
export function processesIn(directory: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const state = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
      // A zombie has ended; it only waits for its parent to look.
      if (state === 'Z') continue;
      const place = readlinkSync(`/proc/${pid}/cwd`);
      if (command.includes(directory) || place.startsWith(directory)) found.push(command);
    } catch {
      // The process ended while we looked.
    }
  }
  return found;
}

/** The processes that a process has started, and those that they have. */
export function descendantsOf(pid: number): ProcessIdentity[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => readProcess(each)?.parent === pid);
  return children.flatMap((child) => {
    const identity = identify(child);
    return identity === null ? [] : [identity, ...descendantsOf(child)];
  });
}
