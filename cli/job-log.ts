import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nullWhenMissing } from '../adapters/launchers/null-when-missing.ts';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import {
  ArtifactCorruptError,
  ArtifactMissingError,
} from '../adapters/artifacts/artifact-store.ts';
import type { JobRun } from '../adapters/postgres/history.ts';

/** Where the lines of a log were found. */
export type LogSource = 'artifact' | 'live' | 'none';

/** The log of one attempt. */
export interface JobLog {
  readonly job: JobRun;
  readonly source: LogSource;
  /** Why there are no lines; null when there are. */
  readonly problem: string | null;
  readonly lines: readonly LogLine[];
}

/** A line; fields when the job wrote a JSON object. */
export interface LogLine {
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>> | null;
}

/** Where logs lie. */
export interface LogPlaces {
  readonly artifacts: ArtifactStore;
  /** Directory of the process launcher: a running job's log is there. */
  readonly jobsDirectory: string;
}

/** Reads the log of an attempt: from the artifact store when it has ended, else as it is written. */
export async function readJobLog(job: JobRun, places: LogPlaces): Promise<JobLog> {
  if (job.logSha256 !== null) {
    try {
      const text = (await places.artifacts.get(job.logSha256)).toString('utf8');
      return { job, source: 'artifact', problem: null, lines: linesOf(text) };
    } catch (error) {
      if (!(error instanceof ArtifactMissingError || error instanceof ArtifactCorruptError)) {
        throw error;
      }
      return { job, source: 'none', problem: error.message, lines: [] };
    }
  }
  const live = await readLive(job, places);
  if (live !== null) return { job, source: 'live', problem: null, lines: linesOf(live) };
  const problem =
    job.status === 'running'
      ? 'it has not started on this machine yet'
      : 'its log was lost with it: it never came into the artifact store';
  return { job, source: 'none', problem, lines: [] };
}

async function readLive(job: JobRun, { jobsDirectory }: LogPlaces): Promise<string | null> {
  const path = join(jobsDirectory, job.jobName, 'log');
  const text = await readFile(path, 'utf8').catch(nullWhenMissing);
  if (text === null || job.status !== 'running') return text;
  // Half a line would be taken for a whole one.
  return text.slice(0, text.lastIndexOf('\n') + 1);
}

export function linesOf(text: string): LogLine[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => ({ text: line, fields: fieldsOf(line) }));
}

function fieldsOf(line: string): LogLine['fields'] {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // A line that merely begins with a brace.
    return null;
  }
}
