import { resolve } from 'node:path';
import {
  calendarNames,
  loadCalendar,
  UnknownCalendarError,
} from '../adapters/calendars/load-calendar.ts';
import type { JobSettings } from '../schemas/job-settings.ts';
import type { FeedSettings } from '../schemas/settings.ts';
import { StrategyEntry } from '../schemas/strategies-file.ts';
import type { Problem } from './strategies-file.ts';

/**
 * An entry of a settings file as far as it can be read: a field that is missing or refused by the
 * file's schema is undefined, so that the others can be checked all the same.
 */
export interface CheckableEntry {
  /** Which entry of the file it is, from 0. */
  readonly entry: number;
  readonly settings: {
    readonly implementation?: string | undefined;
    readonly trainer?: unknown;
    readonly feed?: FeedSettings | undefined;
    readonly instrument?: { readonly calendar: string } | undefined;
    readonly jobs?: JobSettings | undefined;
  };
}

/**
 * What can be read of the entries of a file that its schema refuses.
 *
 * @param folder that paths of price files count from.
 */
export function checkableEntries(file: unknown, folder: string): CheckableEntry[] {
  const { strategies } = (file ?? {}) as { readonly strategies?: unknown };
  if (!Array.isArray(strategies)) return [];
  const { implementation, trainer, feed, instrument, symbols, jobs } = StrategyEntry.shape;
  return strategies.map((value: unknown, entry) => {
    const raw = (value ?? {}) as Readonly<Record<string, unknown>>;
    const read = feed.safeParse(raw['feed']).data;
    // With symbols the path stands for several files.
    const isOne = symbols.safeParse(raw['symbols']).data === undefined;
    const calendar = (raw['instrument'] as { readonly calendar?: unknown } | undefined)?.calendar;
    return {
      entry,
      settings: {
        implementation: implementation.safeParse(raw['implementation']).data,
        trainer: trainer.safeParse(raw['trainer']).data,
        feed: read === undefined || !isOne ? undefined : absoluteFeed(read, folder),
        jobs: jobs.safeParse(raw['jobs']).data,
        instrument: instrument.safeParse(calendar === undefined ? {} : { calendar }).data,
      },
    };
  });
}

/** The feed with the path of its file from the root. */
export function absoluteFeed(feed: FeedSettings, folder: string): FeedSettings {
  return feed.kind === 'csv' ? { ...feed, path: resolve(folder, feed.path) } : feed;
}

/** A calendar that nobody knows would only be noticed when gaps are looked for. */
export function calendarProblems({ entry, settings }: CheckableEntry): Problem[] {
  const name = settings.instrument?.calendar;
  if (name === undefined) return [];
  try {
    loadCalendar(name);
    return [];
  } catch (error) {
    if (!(error instanceof UnknownCalendarError)) throw error;
    const path = ['strategies', entry, 'instrument', 'calendar'];
    const rule = `must be one of ${calendarNames().join(', ')}, was ${JSON.stringify(name)}`;
    return [{ path, text: `${path.join('.')} ${rule}${error.hint}` }];
  }
}
