import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProcessLauncher } from '../adapters/launchers/process.ts';
import type { Launcher } from '../adapters/launchers/launcher.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The program that runs a job, as the process launcher starts it. */
const JOB_PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '..', 'jobs', 'main.js');

/** Variables of a worker that decide how its network feeds are reached. */
export const FEED_VARIABLES: readonly string[] = [
  ...['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'NODE_EXTRA_CA_CERTS'],
  ...['STRATEGY_LOOP_FEED_HOSTS', 'STRATEGY_LOOP_FEED_CERTIFICATES'],
];

/** The launcher of the embedded default: jobs are processes of this machine. Trusted code only. */
export function openProcessLauncher(
  directory: string,
  environment: Environment = process.env,
): Launcher {
  return createProcessLauncher({
    directory,
    command: (jobType) => [process.execPath, JOB_PROGRAM, jobType],
    networkEnvironment: networkEnvironment(environment),
  });
}

function networkEnvironment(environment: Environment): Record<string, string> {
  const certificates = environment['STRATEGY_LOOP_FEED_CERTIFICATES'];
  const given: Environment = {
    ...environment,
    ...(certificates === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificates }),
  };
  return Object.fromEntries(
    FEED_VARIABLES.flatMap((name) => {
      const value = name.startsWith('STRATEGY_LOOP_') ? undefined : given[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
