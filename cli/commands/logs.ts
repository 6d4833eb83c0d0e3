import { Option } from 'commander';
import type { Command } from 'commander';
import pc from 'picocolors';
import { chosenArtifacts } from '../../adapters/artifacts/artifact-location.ts';
import { openArtifactStore } from '../../adapters/artifacts/open-artifact-store.ts';
import { readCycle } from '../../adapters/postgres/cycles.ts';
import { listJobRuns } from '../../adapters/postgres/history.ts';
import type { JobFilter, JobRun } from '../../adapters/postgres/history.ts';
import type { StorePool } from '../../adapters/postgres/pool.ts';
import { listStages } from '../../adapters/postgres/stages.ts';
import { dataDirectoryLayout } from '../../infra/local/data-directory.ts';
import { findRunningStack } from '../../infra/local/stack.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { STAGES } from '../../schemas/stage.ts';
import { CommandError } from '../command-error.ts';
import { readJobLog } from '../job-log.ts';
import type { JobLog, LogLine, LogPlaces } from '../job-log.ts';
import { didYouMean, unknownCycle } from '../known-ids.ts';
import { withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput, shortTime } from '../output.ts';
import type { Output } from '../output.ts';
import { withStore } from '../store.ts';

interface LogsOptions extends CommonOptions {
  readonly stage?: string;
  readonly job?: string;
  readonly follow: boolean;
}

const FOLLOW_MS = 250;

export function addLogsCommand(program: Command): void {
  withCommonOptions(program.command('logs'))
    .description('print what the jobs of a cycle have written, also long after it ended')
    .argument('[cycle]', 'id as `cycle list` prints it; the newest cycle or retrain by default')
    .addOption(new Option('--stage <stage>', 'of this stage only').choices(STAGES))
    .option('--job <name>', 'of this job only, whatever its cycle')
    .option('--follow', 'go on until the cycle ends or waits for a person', false)
    .addHelpText(
      'after',
      '\nWith --json one document; with --json and --follow one JSON object a line, as it comes.' +
        '\n\nExamples:\n  strategy-loop logs cycle/rsi-macd/2012-01-01_2013-01-01 --stage retrain' +
        '\n  strategy-loop logs --follow' +
        '\n  strategy-loop logs --job sl-trade-0123456789abcdef0123 --json',
    )
    .action(showLogs);
}

async function showLogs(cycle: string | undefined, options: LogsOptions): Promise<void> {
  const output = createOutput(options.json);
  const layout = dataDirectoryLayout(options.dataDir);
  const stack = await findRunningStack(options.dataDir);
  const places = {
    // A stack that runs may have been started with another setting than this command.
    artifacts: openArtifactStore(
      stack?.artifacts ?? chosenArtifacts(process.env, layout.artifacts),
    ),
    jobsDirectory: layout.jobs,
  };
  await withStore({ dataDirectory: options.dataDir, output }, async (pool) => {
    const filter = await filterOf(pool, cycle, options);
    if (options.follow) {
      await follow(pool, filter, { places, json: options.json, output });
      return;
    }
    const jobs = await listJobRuns(pool, filter);
    const logs = await Promise.all(jobs.map((job) => readJobLog(job, places)));
    const document = {
      cycleId: filter.cycleId ?? jobs[0]?.cycleId ?? null,
      jobs: logs.map(({ job, source, problem, lines }) => ({
        ...headOf(job),
        logSha256: job.logSha256,
        source,
        problem,
        lines: lines.map(lineDocument),
      })),
    };
    const text = logs.map((log) => `${title(log.job)}\n${bodyOf(log)}`).join('\n\n');
    output.answer(document, text === '' ? await whyNoJob(pool, filter) : text);
  });
}

/** A stage that was skipped never gets a job: what the store says of it is all there is to read. */
async function whyNoJob(pool: StorePool, { cycleId, stage }: JobFilter): Promise<string> {
  const stages = cycleId === undefined ? [] : await listStages(pool, cycleId);
  const told = stages
    .filter((each) => (stage === undefined || each.stage === stage) && each.cause !== null)
    .map((each) => `no job ran for ${each.stage}: ${each.status}, ${each.cause ?? ''}`);
  return told.length === 0 ? 'no job has been started for it yet' : told.join('\n');
}

/** @throws {CommandError} for a cycle or a job that the store does not know. */
async function filterOf(
  pool: StorePool,
  cycle: string | undefined,
  { stage, job }: LogsOptions,
): Promise<JobFilter> {
  const ofStage = stage === undefined ? {} : { stage };
  if (job !== undefined) return { ...ofStage, jobName: await requireJobName(pool, job) };
  if (cycle !== undefined) {
    if ((await readCycle(pool, cycle)) === null) throw await unknownCycle(pool, cycle);
    return { ...ofStage, cycleId: cycle };
  }
  const { rows } = await pool.query<{ id: string }>(
    'select cycle_id as id from cycles order by started_at desc limit 1',
  );
  if (rows[0] === undefined) {
    throw new CommandError(
      CommandExitCode.BadInput,
      'no cycle has been started yet; run one with `strategy-loop replay` or `strategy-loop cycle start`',
    );
  }
  return { ...ofStage, cycleId: rows[0].id };
}

async function requireJobName(pool: StorePool, name: string): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(
    'select job_name as name from job_runs order by job_name = $1 desc, started_at desc limit 2000',
    [name],
  );
  const known = rows.map((row) => row.name);
  if (known.includes(name)) return name;
  throw new CommandError(
    CommandExitCode.BadInput,
    `--job: there is no job "${name}"${didYouMean(name, known)}`,
  );
}

function headOf(job: JobRun): object {
  const { jobName, cycleId, stage, unit, attempt, jobType, status, startedAt, endedAt } = job;
  const failure = job.failure === null ? {} : { failure: job.failure };
  return {
    jobName,
    cycleId,
    stage,
    unit,
    attempt,
    jobType,
    status,
    startedAt,
    endedAt,
    ...failure,
  };
}

function lineDocument({ text, fields }: LogLine): unknown {
  return fields ?? text;
}

function title(job: JobRun): string {
  return pc.bold(
    `${job.stage}: ${job.jobType}, attempt ${String(job.attempt)}, ${job.status}, ${shortTime(job.startedAt)} UTC, ${job.jobName}`,
  );
}

function bodyOf({ job, problem, lines }: JobLog): string {
  const failure = job.failure === null ? [] : [`${job.failure.type}: ${job.failure.message}`];
  const written = problem === null ? lines.map(({ text }) => text) : [`(${problem})`];
  return [...(written.length === 0 ? ['(it wrote nothing)'] : written), ...failure]
    .map((line) => `  ${line}`)
    .join('\n');
}

interface Follower {
  readonly places: LogPlaces;
  readonly json: boolean;
  readonly output: Output;
}

/** Prints new lines as they come. Ends with the cycle, or when it waits for a person. */
async function follow(pool: StorePool, filter: JobFilter, follower: Follower): Promise<void> {
  const printed = new Map<string, number>();
  const complete = new Set<string>();
  for (;;) {
    // Read before the jobs: what ended before is complete in the store.
    const state = await stateOf(pool, filter);
    for (const job of await listJobRuns(pool, filter)) {
      if (complete.has(job.jobName)) continue;
      const { lines } = await readJobLog(job, follower.places);
      if (job.status !== 'running') complete.add(job.jobName);
      const before = printed.get(job.jobName);
      if (before === undefined && !follower.json) process.stdout.write(`${title(job)}\n`);
      for (const line of lines.slice(before ?? 0)) printLine(job, line, follower.json);
      printed.set(job.jobName, lines.length);
    }
    if (state !== 'running') {
      follower.output.note(`it is ${state}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
  }
}

function printLine(job: JobRun, line: LogLine, json: boolean): void {
  const { jobName, cycleId, stage, attempt } = job;
  const document = { cycleId, stage, jobName, attempt, line: lineDocument(line) };
  process.stdout.write(json ? `${JSON.stringify(document)}\n` : `  ${line.text}\n`);
}

async function stateOf(pool: StorePool, { cycleId, jobName }: JobFilter): Promise<string> {
  const { rows } = await pool.query<{ state: string }>(
    jobName === undefined
      ? 'select status as state from cycles where cycle_id = $1'
      : 'select status as state from job_runs where job_name = $1',
    [jobName ?? cycleId],
  );
  return rows[0]?.state ?? 'gone';
}
