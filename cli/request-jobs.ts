import { randomUUID } from 'node:crypto';
import { access, copyFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import type { StrategyRequest, WantedFiles } from '../schemas/backtest.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import {
  DOCUMENT_FILE,
  FinishResult,
  INPUT_NAMES,
  PART_FILE,
  PartResult,
} from '../schemas/jobs/backtest.ts';
import type { FinishInput, PartAccount, PartInput } from '../schemas/jobs/backtest.ts';
import type { StrategyPlaces } from '../schemas/strategy-places.ts';
import { LauncherKind } from '../schemas/task-queue.ts';
import { openProcessLauncher } from '../workers/process-jobs.ts';
import { CommandError } from './command-error.ts';
import { inspectImage } from './docker-command.ts';
import { ensureImage } from './image/ensure-image.ts';
import { openJobRunner, type InputPath, type JobRunner } from './job-runner.ts';
import type { Output } from './output.ts';

export interface RequestJobs {
  readonly request: StrategyRequest;
  readonly wanted: WantedFiles;
  /** Null where only installed strategies may run. */
  readonly places: StrategyPlaces | null;
  readonly launcher: LauncherKind;
  /** Of containers; empty for processes. */
  readonly image: string;
  readonly shards: number;
  /** An empty folder: document and wanted files are put there, jobs lie below it. */
  readonly folder: string;
  readonly output: Output;
}

/**
 * Runs a request as jobs: its parts, and one that puts them together. The parts of a sweep run beside
 * one another; those of a back-test one after another, because each begins with the account that the
 * one before left.
 *
 * @returns path of the document.
 * @throws {CommandError} in the words of the first part that refuses its input, in their order.
 */
export async function runParts(jobs: RequestJobs): Promise<string> {
  const { request, places, wanted, folder } = jobs;
  const files = await namedFiles(request);
  const runner = openJobRunner(await launcherOf(jobs));
  const name = `${request.command}-${randomUUID().slice(0, 8)}`;
  try {
    const parts =
      request.command === 'sweep'
        ? await runBeside(runner, jobs, { name, files })
        : await runInTurn(runner, jobs, { name, files });
    const made = parts.map((path, at): InputPath => ({ name: `part-${String(at)}.json`, path }));
    const names = made.map((each) => each.name);
    const input: FinishInput = { request, places, wanted, parts: names };
    const { strategyId } = request;
    const document = { strategyId, input, files: [...files, ...made] };
    const { output, result } = await runner.run('backtest/finish', `${name}-finish`, document);
    for (const each of [DOCUMENT_FILE, ...FinishResult.parse(result).files]) {
      await copyFile(join(output, each), join(folder, each));
    }
    return join(folder, DOCUMENT_FILE);
  } finally {
    await runner.close();
  }
}

/** @throws {CommandError} for launchers of other machines, when there is no such image, or no Docker Engine. */
async function launcherOf({ launcher, image, folder, output }: RequestJobs): Promise<Launcher> {
  const directory = join(folder, 'jobs');
  switch (launcher) {
    case LauncherKind.Process:
      return openProcessLauncher(directory);
    case LauncherKind.Docker: {
      await ensureImage(image, output);
      await inspectImage(image);
      // The engine's client is large; jobs that are processes do not wait for it.
      const { openDockerLauncher } = await import('../workers/docker-jobs.ts');
      return openDockerLauncher(directory, image, process.env);
    }
    default:
      throw new CommandError(
        CommandExitCode.Usage,
        `--launcher must be process or docker here, was ${launcher}: a back-test reads files of this machine. ` +
          'Run it here, or as a cycle of a strategy.',
      );
  }
}

/** Files that a request names, as its jobs find them. */
async function namedFiles(request: StrategyRequest): Promise<InputPath[]> {
  const named: readonly (readonly [option: keyof typeof INPUT_NAMES, path: string | null])[] = [
    ['--data', request.dataFile],
    ['--model', request.modelFile],
    ['--params-file', request.command === 'sweep' ? request.parametersFile : null],
  ];
  const files: InputPath[] = [];
  for (const [option, path] of named) {
    if (path === null) continue;
    await access(path).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new CommandError(
        CommandExitCode.BadInput,
        `${option} must name a file that can be read, was ${path} (${code}). Correct the path.`,
        { cause: error },
      );
    });
    files.push({ name: INPUT_NAMES[option], path });
  }
  return files;
}

interface PartsOf {
  readonly name: string;
  readonly files: readonly InputPath[];
}

/** Each part begins with the account that the one before left. @returns paths of what they found. */
async function runInTurn(runner: JobRunner, jobs: RequestJobs, of: PartsOf): Promise<string[]> {
  const paths: string[] = [];
  let account: PartAccount | null = null;
  for (let index = 0; index < jobs.shards; index += 1) {
    const part = await runPart(runner, jobs, { ...of, index, account });
    account = part.account;
    paths.push(part.path);
  }
  return paths;
}

/** As many parts at once as there are cores; all are awaited, so that the first failure is told. */
async function runBeside(runner: JobRunner, jobs: RequestJobs, of: PartsOf): Promise<string[]> {
  const paths: string[] = [];
  const failures = new Map<number, unknown>();
  let next = 0;
  const takeParts = async (): Promise<void> => {
    while (next < jobs.shards && failures.size === 0) {
      const index = next;
      next += 1;
      try {
        paths[index] = (await runPart(runner, jobs, { ...of, index, account: null })).path;
      } catch (error) {
        failures.set(index, error);
      }
    }
  };
  const atOnce = Math.min(jobs.shards, availableParallelism());
  await Promise.all(Array.from({ length: atOnce }, takeParts));
  const [first] = [...failures].sort(([one], [other]) => one - other);
  if (first !== undefined) throw first[1];
  return paths;
}

interface OnePart extends PartsOf {
  readonly index: number;
  readonly account: PartAccount | null;
}

async function runPart(
  runner: JobRunner,
  { request, places, wanted, shards, output }: RequestJobs,
  { name, files, index, account }: OnePart,
): Promise<{ readonly path: string; readonly account: PartAccount | null }> {
  const shard = { index, count: shards };
  const input: PartInput = { request, places, shard, account, wanted };
  const document = { strategyId: request.strategyId, input, files };
  const ended = await runner.run('backtest/part', `${name}-part-${String(index)}`, document);
  if (shards > 1) output.note(`part ${String(index + 1)} of ${String(shards)} done`);
  return { path: join(ended.output, PART_FILE), account: PartResult.parse(ended.result).account };
}
