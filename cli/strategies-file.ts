import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import { calendarCode } from '../adapters/calendars/load-calendar.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { nearestName } from '../schemas/nearest-name.ts';
import { problemTexts } from '../schemas/problem-text.ts';
import { JobAllowance, JobSettings } from '../schemas/job-settings.ts';
import { ScheduleSettings } from '../schemas/schedule-settings.ts';
import { STAGES } from '../schemas/stage.ts';
import { CostModel } from '../schemas/settings.ts';
import { expandEntries, StrategiesFile, StrategyEntry } from '../schemas/strategies-file.ts';
import type { WantedStrategy } from '../schemas/strategies-file.ts';
import { absoluteFeed, calendarProblems, checkableEntries } from './checkable-entries.ts';
import type { CheckableEntry } from './checkable-entries.ts';
import { CommandError } from './command-error.ts';

const BYTES_MAX = 1024 * 1024;
const PROBLEMS_MAX = 20;

/** A settings file that has been read, and where in it a value stands. */
export interface ReadStrategies {
  readonly wanted: readonly WantedStrategy[];
  /** Line of a path such as `['strategies', 0, 'id']`, from 1; the nearest one that there is. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
  /** The error for problems that were found; names file and line of each. */
  readonly error: (problems: readonly Problem[]) => CommandError;
}

export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/** What is installed knows more than the file's schema: looks at what can be read of each entry. */
export type MoreChecks = (entries: readonly CheckableEntry[]) => Promise<readonly Problem[]>;

/**
 * Reads and checks a settings file. Paths of price files in it count from its own folder.
 *
 * @param more checks that are made together with the file's own, so that one run names every problem.
 * @throws {CommandError} with every problem: file, line, field, value and rule.
 */
export async function readStrategiesFile(
  path: string,
  more: MoreChecks = () => Promise.resolve([]),
): Promise<ReadStrategies> {
  const text = await readText(path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  if (document.errors.length > 0) {
    const problems = document.errors.map(
      (error) => `${path}:${String(lineAt(error.pos[0]))}: ${error.message.split('\n')[0] ?? ''}`,
    );
    throw fileError(problems);
  }
  const lineOf = (at: readonly PropertyKey[]): number => lineAt(offsetOf(document, at));
  const value = document.toJS() as unknown;
  const error = (problems: readonly Problem[]): CommandError =>
    fileError(
      problems.map(
        (each) =>
          `${path}:${String(lineOf(each.path))}: ${each.text}${entryText(value, each.path)}`,
      ),
    );
  const parsed = StrategiesFile.safeParse(value ?? {});
  if (!parsed.success) {
    const entries = checkableEntries(value, dirname(path));
    const others = [...entries.flatMap(calendarProblems), ...(await more(entries))];
    const own = problemsOf(parsed.error, value);
    // A value that the schema refuses is told of once.
    throw error([...own, ...others.filter((each) => !own.some((other) => isWithin(each, other)))]);
  }
  const wanted = expandEntries(parsed.data).map((each) => withAbsoluteFeed(each, dirname(path)));
  const problems = [
    ...wanted.flatMap(calendarProblems),
    ...findClashes(wanted),
    ...(await more(wanted)),
  ];
  if (problems.length > 0) throw error(problems);
  return { wanted, lineOf, error };
}

function isWithin({ path }: Problem, outer: Problem): boolean {
  return outer.path.every((name, index) => name === path[index]);
}

/** Which entry a problem is in, by the name that people gave it: they do not count entries. */
function entryText(value: unknown, path: readonly PropertyKey[]): string {
  if (path[0] !== 'strategies' || path.length < 2) return '';
  const entries = (value as { readonly strategies?: readonly unknown[] }).strategies;
  const id = (entries?.[Number(path[1])] as { readonly id?: unknown } | undefined)?.id;
  return typeof id === 'string' ? ` (entry ${id})` : '';
}

async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      CommandExitCode.BadInput,
      `-f: file "${path}" cannot be read (${reason}). Name a settings file.`,
      { cause: error },
    );
  }
  if (bytes.length <= BYTES_MAX) return bytes.toString('utf8');
  throw new CommandError(
    CommandExitCode.BadInput,
    `-f: file "${path}" must have at most ${String(BYTES_MAX)} bytes, was ${String(bytes.length)}. ` +
      'Is it a settings file?',
  );
}

function fileError(problems: readonly string[]): CommandError {
  // An entry with several symbols has each of its problems once.
  const all = [...new Set(problems)];
  const shown = all.slice(0, PROBLEMS_MAX);
  const more = all.length - shown.length;
  return new CommandError(
    CommandExitCode.BadInput,
    [
      ...shown,
      ...(more > 0 ? [`and ${String(more)} more`] : []),
      'Correct the file and apply it again; nothing was changed.',
    ].join('\n'),
  );
}

/** Where a value stands; for a missing one, where the value around it begins. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const around = document.getIn(path.slice(0, length - 1), true);
    const name = path[length - 1];
    // A key tells more than its value, which may begin on the next line.
    if (isMap(around)) {
      const pair = around.items.find(({ key }) => isScalar(key) && key.value === name);
      if (pair !== undefined && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
    }
    const node = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node) {
      const range = node.range as readonly number[] | null | undefined;
      if (range?.[0] !== undefined) return range[0];
    }
  }
  return 0;
}

/** Known fields by the name of the value that holds them; an entry is held by its number, a stage's jobs by its name. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  entry: Object.keys(StrategyEntry.shape),
  instrument: Object.keys(StrategyEntry.shape.instrument.unwrap().shape),
  schedule: Object.keys(ScheduleSettings.shape),
  costModel: Object.keys(CostModel.shape),
  feed: ['kind', 'path', 'sha256', 'url', 'bytesMax'],
  retrain: ['everyBars'],
  analyze: ['everyBars'],
  jobs: Object.keys(JobSettings.shape),
  stages: STAGES,
  stage: Object.keys(JobAllowance.shape),
};

function problemsOf(error: z.ZodError, value: unknown): Problem[] {
  const texts = problemTexts(error, value, 'the file');
  return error.issues.flatMap((issue, index) => {
    if (issue.code !== 'unrecognized_keys') {
      return [{ path: issue.path, text: texts[index] ?? issue.message }];
    }
    const holder = issue.path.at(-1);
    const isStage = issue.path.at(-2) === 'stages';
    const name = typeof holder === 'number' ? 'entry' : String(holder ?? '');
    const known = FIELDS[isStage ? 'stage' : name] ?? ['strategies'];
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      text: unknownText([...issue.path, key], known),
    }));
  });
}

/** What to say of a field that nobody knows. */
export function unknownText(path: readonly PropertyKey[], known: readonly string[]): string {
  const nearest = nearestName(String(path.at(-1)), known);
  const hint = nearest === null ? `Known: ${known.join(', ')}.` : `Did you mean ${nearest}?`;
  return `unknown field ${path.map(String).join('.')}. ${hint}`;
}

function withAbsoluteFeed(wanted: WantedStrategy, folder: string): WantedStrategy {
  const { settings } = wanted;
  return { ...wanted, settings: { ...settings, feed: absoluteFeed(settings.feed, folder) } };
}

/** Two strategies of one id, and instruments or series that are described in two ways. */
function findClashes(wanted: readonly WantedStrategy[]): Problem[] {
  const problems: Problem[] = [];
  const firstOf = new Map<string, string>();
  for (const { settings, entry } of wanted) {
    const { strategyId, instrument, seriesId, feed } = settings;
    const path = ['strategies', entry];
    if (firstOf.has(strategyId)) {
      const text = `strategies.${String(entry)}.id must be unique, was ${strategyId} again`;
      problems.push({ path: [...path, 'id'], text });
    }
    firstOf.set(strategyId, '');
    const { instrumentId, ...traded } = instrument;
    // By the names of the file; NYSE and XNYS are one exchange.
    const described = { id: instrumentId, ...traded, calendar: calendarCode(traded.calendar) };
    const facts = [
      [`instrument ${instrumentId}`, described, 'instrument'],
      [`series ${seriesId}`, { feed, instrument: instrumentId }, 'feed'],
    ] as const;
    for (const [what, fact, field] of facts) {
      const told = JSON.stringify(fact);
      const before = firstOf.get(what) ?? told;
      firstOf.set(what, before);
      if (before === told) continue;
      const text = `${what} must be described in one way, ${strategyId} says ${told} and another strategy ${before}`;
      problems.push({ path: [...path, field], text });
    }
  }
  return problems;
}
