import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { defaultDataDirectory } from '../infra/local/data-directory.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { LauncherKind } from '../schemas/task-queue.ts';
import { addMonths } from '../schemas/window.ts';
import { CommandError } from './command-error.ts';
import type { Format } from './output.ts';

/** Options that every command takes. */
export interface CommonOptions {
  readonly json: boolean;
  readonly dataDir: string;
}

export function withCommonOptions(command: Command): Command {
  return withOutput(
    command.addOption(
      new Option('--data-dir <directory>', 'where databases, artifacts and reports live')
        .default(defaultDataDirectory())
        .argParser((value: string) => resolve(value)),
    ),
  );
}

/** Options that say how a command answers: of every command, also of those that need no server. */
export function withOutput(command: Command): Command {
  return command
    .option('--json', 'print one JSON document on stdout', false)
    .addOption(new Option('--quiet', 'no progress and no remarks').conflicts('verbose'))
    .option('--verbose', 'every step with its time, and what lies beneath an error');
}

/** Options of a command that prints a list. */
export interface ListOptions extends CommonOptions {
  readonly format: Format;
}

export function withFormat(command: Command): Command {
  return command.addOption(
    new Option('--format <format>', 'how the list is printed')
      .choices(['table', 'json', 'csv'] satisfies Format[])
      .default('table'),
  );
}

/** Options that name who acts and why. */
export function withActor(command: Command): Command {
  return command.option('--actor <name>', 'who decides; kept in the record', userInfo().username);
}

/** Options that say where jobs run. */
export interface LauncherOptions {
  readonly launcher: LauncherKind;
  readonly image?: string;
}

/** Adds `--launcher` and, for those that need one, `--image`. */
export function withLauncher(command: Command): Command {
  return command
    .addOption(
      new Option('--launcher <kind>', 'where jobs run')
        .choices(Object.values(LauncherKind))
        .default(LauncherKind.Process)
        .env('STRATEGY_LOOP_LAUNCHER'),
    )
    .addOption(imageOption());
}

export function imageOption(): Option {
  return new Option('--image <reference>', 'image that jobs run in, by digest where you can').env(
    'STRATEGY_LOOP_IMAGE',
  );
}

/** Variables without which no job runs in a cluster. */
const CLUSTER_VARIABLES = ['STRATEGY_LOOP_KUBERNETES_CLAIM', 'STRATEGY_LOOP_KUBERNETES_VOLUME'];

/** @throws {CommandError} when the launcher needs an image, an address or a volume and none was named. */
export function requireImage({ launcher, image }: LauncherOptions): void {
  if (launcher === LauncherKind.Process) return;
  if (launcher === LauncherKind.Nomad && (process.env['NOMAD_ADDR'] ?? '') === '') {
    throw new CommandError(
      CommandExitCode.Usage,
      '--launcher nomad needs NOMAD_ADDR: the address of a Nomad server, as http://host:4646. ' +
        'See docs/nomad.md.',
    );
  }
  const missing = CLUSTER_VARIABLES.filter((name) => (process.env[name] ?? '') === '');
  if (launcher === LauncherKind.Kubernetes && missing.length > 0) {
    throw new CommandError(
      CommandExitCode.Usage,
      `--launcher kubernetes needs ${missing.join(' and ')}: the claim of a volume that jobs and ` +
        'workers share, and where this machine has it mounted. See docs/kubernetes.md.',
    );
  }
  if ((image ?? '') !== '') return;
  throw new CommandError(
    CommandExitCode.Usage,
    `--launcher ${launcher} needs --image (or STRATEGY_LOOP_IMAGE): the image that jobs run in. ` +
      'Build one with `strategy-loop image build`.',
  );
}

/** Parses a whole number within bounds. */
export function integerBetween(low: number, high: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(
      `it must be a whole number from ${String(low)} to ${String(high)}.`,
    );
  };
}

/** Parses a calendar day. */
export function day(text: string): string {
  try {
    return addMonths(text, 0);
  } catch {
    throw new InvalidArgumentError('it must be a real day as YYYY-MM-DD.');
  }
}

/** Parses `key=value`; the value is read as JSON when it is JSON, else as text. */
export function setting(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('it must be key=value.');
  const raw = text.slice(at + 1);
  let value: unknown = raw;
  try {
    value = JSON.parse(raw);
  } catch {
    // Not JSON: it is meant as plain text.
  }
  return { ...before, [text.slice(0, at)]: value };
}
