import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { JOB_CONTRACT, JOB_INPUT_FILE, JobInput } from '../../schemas/job.ts';
import { problemTexts } from '../../schemas/problem-text.ts';
import { BadInputError } from './job-error.ts';
import { codeOf } from './job-files.ts';

/**
 * Reads `input.json` and checks that it speaks this contract and means this job.
 *
 * @throws {BadInputError} when the file is missing, not JSON, of another contract version, of a
 *   wrong shape, or for another job type.
 */
export async function readJobInput(directory: string, jobType: string): Promise<JobInput> {
  const value = await readJson(join(directory, JOB_INPUT_FILE));
  const contract = contractOf(value);
  if (contract !== JOB_CONTRACT) {
    throw new BadInputError(
      `contract must be ${JOB_CONTRACT}, was ${contract === undefined ? 'missing' : JSON.stringify(contract)}. Run this job with the version of strategy-loop that prepared it.`,
    );
  }
  const input = parseOrRefuse(JobInput, value, JOB_INPUT_FILE);
  if (input.jobType !== jobType) {
    throw new BadInputError(
      `jobType must be ${jobType}, as on the command line, was ${input.jobType}. Start the job with its own type.`,
    );
  }
  return input;
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new BadInputError(
      `${JOB_INPUT_FILE} must lie in the input directory, was not readable (${codeOf(error)}). Point STRATEGY_LOOP_JOB_INPUT at the job's input directory.`,
      { cause: error },
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new BadInputError(
      `${JOB_INPUT_FILE} must be JSON: ${error instanceof Error ? error.message : String(error)}. Prepare the job again.`,
      { cause: error },
    );
  }
}

function contractOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'contract' in value
    ? value.contract
    : undefined;
}

/**
 * Parses a part of a job's input.
 *
 * @param root name of the part in messages.
 * @throws {BadInputError} with one sentence a problem.
 */
export function parseOrRefuse<T>(schema: z.ZodType<T>, value: unknown, root: string): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const sentences = problemTexts(parsed.error, value, root).map((problem) => `${problem}.`);
    throw new BadInputError(`${sentences.join(' ')} Correct ${root} and start the job again.`);
  }
  return parsed.data;
}
