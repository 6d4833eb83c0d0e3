/**
 * The program that runs one job: `node dist/jobs/main.js <job-type>`. It reads and writes the
 * directories that two environment variables name, and ends with an exit code of the job contract.
 */
import { JobExitCode } from '../schemas/exit-code.ts';
import { JOB_INPUT_DIRECTORY, JOB_OUTPUT_DIRECTORY } from '../schemas/job.ts';
import { runJob } from './contract/run-job.ts';

async function main(): Promise<number> {
  const [jobType, ...more] = process.argv.slice(2);
  const inputDirectory = process.env[JOB_INPUT_DIRECTORY];
  const outputDirectory = process.env[JOB_OUTPUT_DIRECTORY];
  if (jobType === undefined || more.length > 0 || !inputDirectory || !outputDirectory) {
    process.stderr.write(
      `usage: ${JOB_INPUT_DIRECTORY}=<directory> ${JOB_OUTPUT_DIRECTORY}=<directory> node jobs/main.js <job-type>\n`,
    );
    return JobExitCode.BadInput;
  }
  return runJob(jobType, inputDirectory, outputDirectory);
}

// Ends at once: native libraries may keep threads that would hold the process open.
process.exit(await main());
