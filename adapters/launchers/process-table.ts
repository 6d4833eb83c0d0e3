import { readdirSync, readFileSync } from 'node:fs';

/**
 * Who a process is. A pid alone is no identity, because the kernel gives it out again; pid, start
 * time and boot together are one. Start time in clock ticks since boot.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string;
}

/** One row of the kernel's process table. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly startTicks: number;
  /** Ended, and only waiting for its parent to take notice. */
  readonly isZombie: boolean;
  /** Suspended by a signal: it lives and does nothing. */
  readonly isStopped: boolean;
}

/** Linux reports times to user space in hundredths of a second, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

let currentBootId: string | null = null;

/** @returns the boot that this machine is in; another one after every restart. */
export function bootId(): string {
  // No process lives through a restart, so it is read once.
  currentBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return currentBootId;
}

/** @returns ms since boot, at a resolution of 10 ms. Steps of the wall clock do not move it. */
export function uptimeMs(): number {
  return Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ', 1)[0]) * 1000);
}

/** @returns ms since boot at which a process with that start time started. */
export function ticksToUptimeMs(ticks: number): number {
  return (ticks * 1000) / TICKS_PER_SECOND;
}

/** @returns the process's row, or null when there is none. */
export function readProcess(pid: number): ProcessEntry | null {
  const text = readProcFile(pid, 'stat');
  if (text === null) {
    return null;
  }
  // The second field is the program's name in parentheses and may itself hold spaces and ')'.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTicks: Number(fields[19]),
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
    isStopped: fields[0] === 'T' || fields[0] === 't',
  };
}

/** @returns the identity of a process that runs now, or null. */
export function identify(pid: number): ProcessIdentity | null {
  const entry = readProcess(pid);
  return entry === null ? null : { pid, startTicks: entry.startTicks, bootId: bootId() };
}

/** @returns whether exactly that process still runs. A zombie does not. */
export function isRunning(identity: ProcessIdentity): boolean {
  const entry = readProcess(identity.pid);
  return (
    entry !== null &&
    !entry.isZombie &&
    entry.startTicks === identity.startTicks &&
    identity.bootId === bootId()
  );
}

/** @returns the running processes whose group was founded by that process, itself included. */
export function groupMembers(leader: ProcessIdentity): ProcessEntry[] {
  if (leader.bootId !== bootId() || !isGroup(leader.pid)) {
    return [];
  }
  const now = readProcess(leader.pid);
  if (now !== null && now.startTicks !== leader.startTicks) {
    // The pid was given out again, which the kernel does only once the old group is empty.
    return [];
  }
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync('/proc')) {
    const entry = /^\d+$/.test(name) ? readProcess(Number(name)) : null;
    if (entry !== null && entry.group === leader.pid && !entry.isZombie) {
      entries.push(entry);
    }
  }
  return entries;
}

/** Asks the kernel, which is far cheaper than reading the whole process table. */
function isGroup(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Sends a signal to one process; one that has ended is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

/** Sends a signal to the whole group of a leader, when any of it still runs. */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  if (groupMembers(leader).length > 0) {
    signalProcess(-leader.pid, signal);
  }
}

/** @returns a file below /proc/<pid>, or null when the process is gone or not ours to read. */
export function readProcFile(pid: number, name: string): string | null {
  try {
    return readFileSync(`/proc/${String(pid)}/${name}`, 'utf8');
  } catch {
    return null;
  }
}
