import type { ChildProcess } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  identify,
  isRunning,
  signalGroup,
  signalProcess,
} from '../../adapters/launchers/process-table.ts';
import type { ProcessIdentity } from '../../adapters/launchers/process-table.ts';

const POLL_MS = 10;

/** One step of the way down: a signal, and how long the process may take after it. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/**
 * Stops a process by ever stronger signals and returns when it is gone.
 *
 * @throws when it survives the last step.
 */
export async function stopProcess(
  identity: ProcessIdentity,
  steps: readonly StopStep[],
): Promise<void> {
  for (const { signal, waitMs } of steps) {
    if (isRunning(identity)) {
      signalProcess(identity.pid, signal);
    }
    await until(() => !isRunning(identity), waitMs);
  }
  signalGroup(identity, 'SIGKILL');
  if (!(await until(() => !isRunning(identity), 5_000))) {
    throw new Error(`process ${String(identity.pid)} still runs after SIGKILL`);
  }
}

/** @returns whether a child is gone: nobody needs to wait for what it would have done. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Waits for a condition. @returns whether it came true in time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  limitMs: number,
): Promise<boolean> {
  const giveUpAt = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) {
      return false;
    }
    await sleep(POLL_MS);
  }
  return true;
}

/**
 * Finds the servers that an earlier owner left behind. A server works in its own data directory,
 * and nobody else runs that program there, so this needs no record that could be out of date.
 *
 * @param directory the servers' working directory, without symbolic links.
 * @param program name of the executable file.
 */
export function serversIn(directory: string, program: string): ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => linkOf(pid, 'cwd') === directory && programOf(pid) === program)
    .map((pid) => identify(Number(pid)))
    .filter((identity) => identity !== null && isRunning(identity))
    .filter((identity) => identity !== null);
}

/** A program file that was replaced meanwhile carries a remark behind its name. */
function programOf(pid: string): string | null {
  const path = linkOf(pid, 'exe');
  return path === null ? null : basename(path.replace(/ \(deleted\)$/, ''));
}

/** Null for a process that is gone or somebody else's. */
function linkOf(pid: string, name: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return null;
  }
}
