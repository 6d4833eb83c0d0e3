import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Processes whose command line or working directory lies in a folder, as `{ pid, command }`.
 * Empty where there is no /proc.
 */
export function processesIn(folder) {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), command: commandIn(folder, name) }))
    .filter(({ command }) => command !== null);
}

/** Command line of a process that belongs to the folder; null for any other. */
function commandIn(folder, pid) {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    // Empty for a process that has ended and waits to be collected by its parent.
    if (command === '') return null;
    const inside = `${folder}/`;
    const isInside =
      command.includes(inside) || `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(inside);
    return isInside ? command : null;
  } catch {
    // It ended while we looked, or belongs to somebody else.
    return null;
  }
}

/** Waits until no process is left in a folder, 10 s at most; answers those that are. */
export async function waitForNone(folder) {
  const deadline = Date.now() + 10_000;
  let left = processesIn(folder);
  while (left.length > 0 && Date.now() < deadline) {
    await delay(100);
    left = processesIn(folder);
  }
  return left;
}

/** Ends every process in a folder, and removes the folder. For what an interrupted run left. */
export async function removeWithProcesses(folder) {
  for (const { pid } of processesIn(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
  await waitForNone(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
