import { constants } from 'node:os';
import type { JobFiles } from './process-job-files.ts';
import type { JobEnd, Stop } from './process-job-records.ts';
import { killJob } from './process-kill.ts';
import { isOutputTooLarge } from './process-output.ts';
import type { LaunchSpec } from './launcher.ts';
import { ticksToUptimeMs, uptimeMs } from './process-table.ts';
import type { ProcessIdentity } from './process-table.ts';

/** What the shim recorded at the job's end. */
interface Exit {
  readonly code: number;
  readonly uptimeMs: number;
}

/**
 * Closes the books on a job whose shim has recorded an exit or has vanished: kills what the job
 * left behind, measures its output a last time, and records the end for every later observer.
 *
 * @param leader null when the job never came to run.
 */
export async function settle(
  files: JobFiles,
  spec: LaunchSpec,
  leader: ProcessIdentity | null,
): Promise<JobEnd> {
  const exitBefore = await files.readExit();
  if (leader !== null) {
    await killJob(files, leader);
  }
  const stop = (await files.readStop()) ?? (await lateStop(files, spec, exitBefore));
  const exit = await files.readExit();
  return files.writeEndOnce({
    phase: 'ended',
    ...classify(stop?.cause ?? null, exit?.code ?? null),
    wallMs: wallMs(leader, exit ?? stop),
    peakMemoryBytes: await files.readPeakMemoryBytes(),
  });
}

/** Reasons that show only when the job is over: it vanished, or its output is too large. */
async function lateStop(
  files: JobFiles,
  { limits }: LaunchSpec,
  exit: Exit | null,
): Promise<Stop | null> {
  if (exit === null) {
    // A shim that vanished has no say any more, even when a part of it wrote an exit as it died.
    return files.writeStopOnce({ cause: 'lost', uptimeMs: uptimeMs() });
  }
  return (await isOutputTooLarge(files.output, limits))
    ? files.writeStopOnce({ cause: 'output-too-large', uptimeMs: exit.uptimeMs })
    : null;
}

function wallMs(leader: ProcessIdentity | null, end: { readonly uptimeMs: number } | null): number {
  return leader === null || end === null
    ? 0
    : Math.max(0, end.uptimeMs - ticksToUptimeMs(leader.startTicks));
}

/**
 * @param cause why a launcher stopped the job, null when none did.
 * @param code exit code as the shell reports it: 128 + n for a death by signal n. A program that
 *   itself exits with 128 + n cannot be told from it. Null when the shim recorded nothing.
 */
export function classify(
  cause: Stop['cause'] | null,
  code: number | null,
): Pick<JobEnd, 'cause' | 'exitCode' | 'signal'> {
  if (cause === 'lost' || cause === 'not-started') {
    return { cause, exitCode: null, signal: null };
  }
  const signal = code === null ? 'SIGKILL' : signalOf(code);
  return {
    cause: cause ?? (signal === null ? 'exited' : 'killed'),
    exitCode: signal === null ? code : null,
    signal,
  };
}

function signalOf(code: number): string | null {
  const names = Object.entries(constants.signals);
  return names.find(([, number]) => number === code - 128)?.[0] ?? null;
}
