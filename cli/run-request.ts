import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StrategyRequest } from '../schemas/backtest.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { isStrategyPath } from '../schemas/strategy-path.ts';
import { LauncherKind } from '../schemas/task-queue.ts';
import { CommandError } from './command-error.ts';
import { requireImage } from './options.ts';
import type { Output } from './output.ts';
import { strategyPlaces } from './strategy-places.ts';
import { runStrategyProgram } from './strategy-program.ts';
import type { JobOptions } from './strategy-options.ts';
import { placeFiles, type FilePlan } from './wanted-files.ts';

export interface RequestToRun {
  readonly request: StrategyRequest;
  readonly files: FilePlan;
  readonly jobs: JobOptions;
  readonly output: Output;
}

/**
 * Runs a back-test or a sweep: in one process of this machine, or in parts as jobs. The document and the
 * files are the same bytes either way.
 *
 * With `--json` the document is printed as it comes; else it is returned.
 *
 * @throws {CommandError} when the request is refused, fails or is interrupted; nothing has been printed
 *   or written then.
 */
export async function runRequest(
  { request, files, jobs, output }: RequestToRun,
  answer: (document: unknown) => string,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'strategy-loop-run-'));
  try {
    const document = await (jobs.launcher === undefined
      ? runHere({ request, files, folder, json: output.json })
      : runAsJobs({ request, files, jobs, output, folder }));
    const written = await placeFiles(folder, files.destinations);
    if (!output.json) output.answer(document, answer(document));
    for (const path of written) output.note(`wrote ${path}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Here {
  readonly request: StrategyRequest;
  readonly files: FilePlan;
  readonly folder: string;
  readonly json: boolean;
}

async function runHere({ request, files, folder, json }: Here): Promise<unknown> {
  const input = {
    request,
    places: strategyPlaces(),
    wanted: files.wanted,
    outputDirectory: folder,
  };
  return runStrategyProgram(input, json ? 'print' : 'read');
}

async function runAsJobs({
  request,
  files,
  jobs,
  output,
  folder,
}: RequestToRun & { readonly folder: string }): Promise<unknown> {
  const { launcher = LauncherKind.Process, image, shards = 1 } = jobs;
  requireImage({ launcher, ...(image === undefined ? {} : { image }) });
  const isLocal = launcher === LauncherKind.Process;
  if (!isLocal && isStrategyPath(request.strategyId)) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `--strategy must be an installed strategy with --launcher ${launcher}, was the path ${request.strategyId}. ` +
        'An image runs what it was built with: leave --launcher out, or build the strategy into the image.',
    );
  }
  // Loaded here: most runs start no job, and the launchers take their time to load.
  const { runParts } = await import('./request-jobs.ts');
  const path = await runParts({
    request,
    wanted: files.wanted,
    places: isLocal ? strategyPlaces() : null,
    ...{ launcher, image: image ?? '', shards, folder, output },
  });
  const text = await readFile(path, 'utf8');
  if (!output.json) return JSON.parse(text) as unknown;
  await print(text);
  return undefined;
}

/** Resolves when the whole text is with the reader: a process that exits drops what is not. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
