import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { problemTexts } from '../schemas/problem-text.ts';
import type { StrategyPlaces } from '../schemas/strategy-places.ts';
import { CommandError } from './command-error.ts';
import { packagePath } from './package-path.ts';

/** The part of a package.json that is ours. */
const FIELD = 'strategy-loop';
const OurPart = z.strictObject({ strategies: z.array(z.string().min(1)) });

/** Where strategies are looked for when nothing else is said. */
const DEFAULT_FOLDER = './strategies';

/**
 * Where a user keeps strategies: what the nearest package.json above the working directory names, else
 * the folder `strategies` of the working directory, if there is one.
 *
 * @throws {CommandError} when package.json names them in a wrong way.
 */
export function strategyPlaces(workingDirectory: string = process.cwd()): StrategyPlaces {
  for (let directory = workingDirectory; ; directory = dirname(directory)) {
    const path = join(directory, 'package.json');
    const entries = existsSync(path) ? entriesOf(path) : null;
    if (entries !== null) return { directory, entries };
    if (directory === dirname(directory)) break;
  }
  const folder = join(workingDirectory, DEFAULT_FOLDER);
  // Our own sources are no user's: they are installed already.
  const isTheirs = existsSync(folder) && folder !== packagePath('strategies');
  return { directory: workingDirectory, entries: isTheirs ? [DEFAULT_FOLDER] : [] };
}

/** Null when the file says nothing about strategies. */
function entriesOf(path: string): string[] | null {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `${path} must be JSON: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  if (typeof manifest !== 'object' || manifest === null || !(FIELD in manifest)) return null;
  const parsed = OurPart.safeParse(manifest[FIELD]);
  if (parsed.success) return parsed.data.strategies;
  const problems = problemTexts(parsed.error, manifest[FIELD], `"${FIELD}"`).join('; ');
  throw new CommandError(
    CommandExitCode.BadInput,
    `${path}: ${problems}. Write "${FIELD}": { "strategies": ["./strategies", "a-package"] }.`,
  );
}
