import type { LaunchSpec } from './launcher.ts';
import type { Stop } from './process-job-records.ts';
import { uptimeMs } from './process-table.ts';

/** Memory and disk are taken from others at once, so such a job gets no time to say good-bye. */
export function isGentle(cause: Stop['cause']): boolean {
  return cause === 'deadline' || cause === 'cancelled';
}

/** A worker that died between recording the reason and sending SIGTERM costs only the grace. */
export function isGraceOver(stop: Stop, { limits }: LaunchSpec): boolean {
  return !isGentle(stop.cause) || uptimeMs() - stop.uptimeMs >= limits.graceMs;
}
