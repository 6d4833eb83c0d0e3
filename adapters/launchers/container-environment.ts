import { JOB_INPUT_DIRECTORY, JOB_OUTPUT_DIRECTORY } from '../../schemas/job.ts';

/** Where a job finds its directories inside a container, whatever runs it. */
export const CONTAINER_INPUT = '/job/input';
export const CONTAINER_OUTPUT = '/job/output';

/** Where it finds certificates that it trusts beside the usual ones. */
export const CONTAINER_CERTIFICATES = '/job/certificates.pem';

/** The whole environment of a job in a container, beside what its image sets. */
export const CONTAINER_ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: '/tmp',
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  NODE_ENV: 'production',
  [JOB_INPUT_DIRECTORY]: CONTAINER_INPUT,
  [JOB_OUTPUT_DIRECTORY]: CONTAINER_OUTPUT,
};
