import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import {
  BACKTEST_TABLES,
  ExportFormat,
  REPORT_NAME,
  SWEEP_TABLE,
  type WantedFiles,
} from '../schemas/backtest.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';
import { destination } from './strategy-options.ts';

/** Options that ask for files beside the document. */
export interface FileOptions {
  readonly report?: string;
  readonly out?: string;
  readonly format?: ExportFormat;
  readonly force: boolean;
}

/** What is wanted, and where each file goes by its name. */
export interface FilePlan {
  readonly wanted: WantedFiles;
  readonly destinations: ReadonlyMap<string, string>;
}

/** @param out what `--out` names, and its explanation. */
export function withFileOptions(
  command: Command,
  out: readonly [name: string, what: string],
): Command {
  return command
    .option('--report <file>', 'also write a page (HTML) that needs nothing else', destination)
    .option(`--out <${out[0]}>`, out[1], destination)
    .addOption(
      new Option(
        '--format <format>',
        'of the tables; by default csv, or what the name of a file says',
      ).choices(ExportFormat.options),
    )
    .option('--force', 'replace files that are there', false);
}

/** Plans a back-test's files: the page, and a folder with three tables. */
export function backtestFiles(options: FileOptions): FilePlan {
  const { out } = options;
  refuseFormatAlone(options);
  const tables = out === undefined ? null : (options.format ?? 'csv');
  if (out !== undefined && formatOfName(out) !== null) {
    throw usage(
      `--out must be a folder, for ${BACKTEST_TABLES.join(', ')}, was the file ${out}. Name a folder and a --format.`,
    );
  }
  const folder = out ?? '';
  const named = BACKTEST_TABLES.map((table) => `${table}.${tables ?? ''}`);
  const places = tables === null ? [] : named.map((name) => [name, join(folder, name)] as const);
  return planned(options, tables, places, null);
}

/** Plans a sweep's files: the page, and one table in a file or a folder. */
export function sweepFiles(options: FileOptions, heatMap: readonly string[] | null): FilePlan {
  const { out } = options;
  refuseFormatAlone(options);
  if (heatMap !== null && options.report === undefined) {
    throw usage(
      '--heat-map chooses the sides of the map in the page: name the page with --report.',
    );
  }
  if (out === undefined) return planned(options, null, [], heatMap);
  const tables = options.format ?? formatOfName(out) ?? 'csv';
  const isFolder = extname(out) === '' || isThereAsFolder(out);
  const name = `${SWEEP_TABLE}.${tables}`;
  return planned(options, tables, [[name, isFolder ? join(out, name) : out]], heatMap);
}

function planned(
  { report, force }: FileOptions,
  tables: ExportFormat | null,
  places: readonly (readonly [name: string, path: string])[],
  heatMap: readonly string[] | null,
): FilePlan {
  const page = report === undefined ? [] : [[REPORT_NAME, report] as const];
  const destinations = new Map([...page, ...places]);
  for (const path of destinations.values()) requireFree(path, force);
  return {
    wanted: {
      report: report !== undefined,
      tables,
      heatMap: heatMap === null ? null : [...heatMap],
    },
    destinations,
  };
}

/** Puts the files that were made where they are wanted; each appears whole or not at all. */
export async function placeFiles(
  folder: string,
  destinations: FilePlan['destinations'],
): Promise<string[]> {
  for (const [name, path] of destinations) {
    const unfinished = `${path}.${randomUUID()}.tmp`;
    try {
      await makeFolder(dirname(path));
      await copyFile(join(folder, name), unfinished);
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true });
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandError(CommandExitCode.CannotWrite, `${path} cannot be written: ${reason}`, {
        cause: error,
      });
    }
  }
  return [...destinations.values()];
}

/** One level only: a typing slip must not make a tree. */
async function makeFolder(path: string): Promise<void> {
  if (!isThereAsFolder(path)) await mkdir(path);
}

/** Refuses before anything runs what would fail in the end, or destroy a file. */
function requireFree(path: string, force: boolean): void {
  if (isThereAsFolder(path)) {
    throw new CommandError(CommandExitCode.BadInput, `${path} is a folder; name a file to write`);
  }
  const folder = dirname(path);
  if (existsSync(folder) ? !isThereAsFolder(folder) : !isThereAsFolder(dirname(folder))) {
    throw new CommandError(
      CommandExitCode.CannotWrite,
      `${path} cannot be written: there is no folder ${folder}; make it first`,
    );
  }
  if (!force && existsSync(path)) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `${path} exists; choose another name, or replace it with --force`,
    );
  }
}

function refuseFormatAlone({ format, out }: FileOptions): void {
  if (format !== undefined && out === undefined) {
    throw usage('--format is of the tables: say with --out where they go.');
  }
}

function formatOfName(path: string): ExportFormat | null {
  const ending = extname(path).slice(1).toLowerCase();
  if (ending === 'pq') return 'parquet';
  return ExportFormat.options.find((format) => format === ending) ?? null;
}

function isThereAsFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Absent, or below something that is no folder.
    return false;
  }
}

function usage(message: string): CommandError {
  return new CommandError(CommandExitCode.Usage, message);
}
