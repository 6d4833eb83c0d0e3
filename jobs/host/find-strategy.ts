import { readdir } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { nearestName } from '../../schemas/nearest-name.ts';
import { isStrategyPath } from '../../schemas/strategy-path.ts';
import {
  sourceName,
  type StrategyPlaces,
  type StrategySource,
} from '../../schemas/strategy-places.ts';
import { STRATEGIES } from '../../strategies/registry.ts';
import { SettingsError } from '../../strategies/settings-error.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { BadInputError } from '../contract/job-error.ts';
import { codeOf } from '../contract/job-files.ts';
import { loadStrategyFile, loadStrategyPackage } from './load-strategy.ts';

/** A strategy and where it is from. */
export interface FoundStrategy {
  readonly strategy: Strategy;
  /** Null for an installed one. */
  readonly source: StrategySource | null;
}

/** All strategies that some places have, and what is wrong with the rest. */
export interface StrategyList {
  /** Installed ones first, then in the order of the places and of names within a folder. */
  readonly found: readonly FoundStrategy[];
  readonly problems: readonly string[];
}

/** What a person has filled in: an option of `backtest` and `sweep`, an argument of other commands. */
export type AskedBy = '--strategy' | '<strategy>';

/**
 * The strategy that is meant by an id, or by the path of its file.
 *
 * @param places null where only installed strategies may run.
 * @param askedBy what messages call it.
 * @throws {BadInputError} when the file of a path has none, or is at fault.
 * @throws {SettingsError} naming the known ids and the nearest one when the id is unknown.
 */
export async function findStrategy(
  text: string,
  places: StrategyPlaces | null,
  askedBy: AskedBy,
): Promise<FoundStrategy> {
  if (isStrategyPath(text)) {
    if (places === null) throw new BadInputError(onlyInstalled(askedBy, text));
    const path = resolve(places.directory, text);
    return ofFile(path);
  }
  const installed = STRATEGIES.find(({ id }) => id === text);
  if (installed !== undefined) return { strategy: installed, source: null };
  const { found, problems } = await listStrategies(places);
  const known = found.find(({ strategy }) => strategy.id === text);
  if (known !== undefined) return known;
  throw unknown(askedBy, text, { found, problems });
}

/** What is said where code of users may not run. */
function onlyInstalled(askedBy: AskedBy, text: string): string {
  return (
    `${askedBy} must be the id of an installed strategy, was the path ${text}. A strategy by its path ` +
    'runs in backtest, sweep, check and strategy on your own machine; jobs of a worker or of a container ' +
    'run what their build has.'
  );
}

function unknown(askedBy: AskedBy, text: string, { found, problems }: StrategyList): SettingsError {
  const known = found.map(({ strategy }) => strategy.id);
  const nearest = nearestName(text, known);
  const hint = nearest === null ? '' : ` Did you mean ${nearest}?`;
  const broken = problems.length === 0 ? '' : ` Not loaded: ${problems.join(' ')}`;
  return new SettingsError(
    `${askedBy} must be one of ${known.join(', ')}, was ${JSON.stringify(text)}.${hint}${broken}`,
  );
}

/**
 * Every strategy that can be named. A file at fault does not hide the others. An id that is taken is
 * a problem of the later one.
 */
export async function listStrategies(places: StrategyPlaces | null): Promise<StrategyList> {
  const found: FoundStrategy[] = STRATEGIES.map((strategy) => ({
    strategy,
    source: null,
  }));
  const problems: string[] = [];
  const take = (one: FoundStrategy): void => {
    const other = found.find(({ strategy }) => strategy.id === one.strategy.id);
    if (other === undefined) found.push(one);
    else problems.push(takenId(one, other));
  };
  for (const entry of places?.entries ?? []) {
    try {
      for (const one of await strategiesAt(entry, places?.directory ?? '.', problems)) take(one);
    } catch (error) {
      problems.push(wordsOf(error));
    }
  }
  return { found, problems };
}

async function strategiesAt(
  entry: string,
  directory: string,
  problems: string[],
): Promise<FoundStrategy[]> {
  if (!/^[./]/.test(entry) && !isAbsolute(entry)) {
    const strategies = await loadStrategyPackage(entry, directory);
    const source = { kind: 'package', name: entry, directory } as const;
    return strategies.map((strategy) => ({ strategy, source }));
  }
  const path = resolve(directory, entry);
  if (/\.[cm]?[jt]s$/.test(path)) return [await ofFile(path)];
  const found: FoundStrategy[] = [];
  for (const name of await strategyFiles(path)) {
    try {
      found.push(await ofFile(join(path, name)));
    } catch (error) {
      problems.push(wordsOf(error));
    }
  }
  return found;
}

async function ofFile(path: string): Promise<FoundStrategy> {
  return { strategy: await loadStrategyFile(path), source: { kind: 'file', path } };
}

/** Files that hold a strategy: neither tests, nor declarations, nor shared code, which begins with `_`. */
async function strategyFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => /\.m?[jt]s$/.test(name) && !/^_|\.d\.m?ts$|\.test\.m?[jt]s$/.test(name))
      .sort();
  } catch (error) {
    throw new BadInputError(
      `strategies must be a folder, a file or a package, ${folder} cannot be read (${codeOf(error)}). Correct "strategy-loop" in package.json.`,
      { cause: error },
    );
  }
}

function takenId(one: FoundStrategy, other: FoundStrategy): string {
  const where = other.source === null ? 'an installed strategy' : sourceName(other.source);
  const who = one.source === null ? '' : sourceName(one.source);
  return `${who}: id ${one.strategy.id} is taken by ${where}. Choose another id.`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
