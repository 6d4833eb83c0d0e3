import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProcessLauncher } from '../adapters/launchers/process.ts';
import type { Launcher } from '../adapters/launchers/launcher.ts';

/** The program that runs a job, as the process launcher starts it. */
const JOB_PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '..', 'jobs', 'main.js');

/** The launcher of the embedded default: jobs are processes of this machine. Trusted code only. */
export function openProcessLauncher(directory: string): Launcher {
  return createProcessLauncher({
    directory,
    command: (jobType) => [process.execPath, JOB_PROGRAM, jobType],
  });
}
