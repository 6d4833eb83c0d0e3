import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runJob, type RunJobOptions } from '../../jobs/contract/run-job.ts';
import { JOB_CONTRACT } from '../../schemas/job.ts';
import { SOURCE_HASHES } from './source-hashes.ts';

export interface JobRun {
  readonly code: number;
  readonly log: readonly string[];
  readonly errors: readonly string[];
  /** Text of an output file; null when the job did not write it. */
  readonly output: (name: string) => string | null;
  readonly outputBytes: (name: string) => Uint8Array;
  /** `result` of result.json. */
  readonly result: () => unknown;
  /** `message` of failure.json; empty without one. */
  readonly failure: () => string;
}

/** Directories of jobs in a folder of their own, removed by `close`. */
export class JobDirectory {
  readonly root = mkdtempSync(join(tmpdir(), 'strategy-loop-jobs-'));
  #count = 0;

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Creates empty input and output directories. */
  directories(): { input: string; output: string } {
    this.#count += 1;
    const base = join(this.root, String(this.#count));
    const [input, output] = [join(base, 'in'), join(base, 'out')];
    mkdirSync(input, { recursive: true });
    mkdirSync(output);
    return { input, output };
  }

  /** Runs a job in this process on some input and files; `envelope` changes input.json itself. */
  async run(
    jobType: string,
    input: unknown,
    files: Readonly<Record<string, Uint8Array | string>> = {},
    more: {
      readonly envelope?: Record<string, unknown>;
      readonly jobs?: RunJobOptions['jobs'];
    } = {},
  ): Promise<JobRun> {
    const directories = this.directories();
    const hashes: Record<string, string> = {};
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(directories.input, name), content);
      hashes[name] = createHash('sha256').update(content).digest('hex');
    }
    const document = {
      contract: JOB_CONTRACT,
      jobName: 'a-job',
      jobType,
      strategyId: 'rsi-macd',
      stage: 'trade',
      attempt: 1,
      files: hashes,
      input,
      ...more.envelope,
    };
    writeFileSync(join(directories.input, 'input.json'), JSON.stringify(document));
    return this.runIn(directories, jobType, more.jobs);
  }

  /** Runs a job in directories that are ready. */
  async runIn(
    { input, output }: { input: string; output: string },
    jobType: string,
    jobs?: RunJobOptions['jobs'],
  ): Promise<JobRun> {
    const log: string[] = [];
    const errors: string[] = [];
    const code = await runJob(jobType, input, output, {
      sourceHashes: () => SOURCE_HASHES,
      log: (line) => log.push(line),
      logError: (text) => errors.push(text),
      ...(jobs === undefined ? {} : { jobs }),
    });
    const read = (name: string) => readOrNull(join(output, name));
    return {
      code,
      log,
      errors,
      output: (name) => read(name)?.toString('utf8') ?? null,
      outputBytes: (name) => read(name) ?? new Uint8Array(),
      result: () => fieldOf(read('result.json'), 'result'),
      failure: () => {
        const message = fieldOf(read('failure.json'), 'message');
        return typeof message === 'string' ? message : '';
      },
    };
  }
}

function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

function fieldOf(bytes: Buffer | null, field: string): unknown {
  if (bytes === null) {
    return undefined;
  }
  return (JSON.parse(bytes.toString('utf8')) as Record<string, unknown>)[field];
}
