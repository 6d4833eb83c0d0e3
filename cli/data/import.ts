import { basename } from 'node:path';
import { findGaps, type GapReport } from '../../activities/find-gaps.ts';
import {
  calendarCode,
  loadCalendar,
  UnknownCalendarError,
} from '../../adapters/calendars/load-calendar.ts';
import type { PriceFile } from '../../adapters/feeds/read-price-file.ts';
import { recordImport } from '../../adapters/postgres/bar-facts.ts';
import type { Queryable } from '../../adapters/postgres/pool.ts';
import {
  ensureSeries,
  readSeries,
  readSpan,
  widenSpan,
  type StoredSeries,
  type StoredSpan,
} from '../../adapters/postgres/price-series.ts';
import { upsertBars } from '../../adapters/postgres/series.ts';
import { inTransaction } from '../../adapters/postgres/transaction.ts';
import { CalendarRangeError } from '../../engine/sessions.ts';
import type { Bar } from '../../schemas/bar.ts';
import { counted } from '../../schemas/counted.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput, type Output } from '../output.ts';
import { withStore } from '../store.ts';
import { problemsText, verdictText } from './check.ts';
import { durationText } from './duration.ts';
import { formatOf, readInput, type DataFormat } from './read-input.ts';

export interface ImportOptions extends CommonOptions {
  readonly series: string;
  readonly duration?: number;
  readonly instrument?: string;
  readonly name?: string;
  readonly currency?: string;
  readonly calendar?: string;
  readonly format?: DataFormat;
  readonly now?: string;
  readonly sha256?: string;
  readonly actor: string;
}

const DAY_MS = 86_400_000;
/** A daily file may step 23 hours when clocks go forward. */
const DAY_STEP_MS = 20 * 3_600_000;

/** What an import did. */
interface Imported {
  readonly series: StoredSeries;
  readonly file: PriceFile;
  readonly inserted: number;
  readonly revised: number;
  readonly gaps: GapReport | null;
}

/**
 * Stores the bars of a file in a series, in one transaction: all of it or nothing. The same file
 * again changes nothing; a bar with other values becomes its next revision.
 */
export async function importFile(path: string, options: ImportOptions): Promise<void> {
  const output = createOutput(options.json);
  if (options.calendar !== undefined) loadCalendar(options.calendar);
  await withStore({ dataDirectory: options.dataDir, output, upToDate: true }, async (pool) => {
    const imported = await inTransaction(pool, async (client) => {
      const series = await seriesFor(client, options);
      return storeFile(client, series, path, { ...options, output });
    });
    const { series, file, inserted, revised, gaps } = imported;
    const quality = file.report;
    const document = {
      series: series.seriesId,
      duration: durationText(series.durationMs),
      calendar: calendarCode(series.calendar),
      verdict: quality.verdict,
      problems: quality.problems,
      rows: quality.rows,
      from: quality.from,
      to: quality.to,
      inserted,
      revised,
      unchanged: quality.rows - inserted - revised,
      gaps: gaps?.gaps ?? null,
    };
    output.answer(document, [...problemsText(file), importText(document)].join('\n'));
  });
}

/** Finds the series, or makes it; what the options say must not contradict what is stored. */
async function seriesFor(client: Queryable, options: ImportOptions): Promise<StoredSeries> {
  const stored = await readSeries(client, options.series);
  const series = await ensureSeries(client, {
    seriesId: options.series,
    instrumentId: options.instrument ?? stored?.instrumentId ?? options.series,
    name: options.name ?? options.series,
    currency: options.currency ?? 'USD',
    calendar: options.calendar ?? 'XNYS',
    durationMs: options.duration ?? stored?.durationMs ?? DAY_MS,
  });
  refuseOtherOptions(series, options);
  return series;
}

/** @throws {CommandError} when an option says something else than what is stored. */
function refuseOtherOptions(series: StoredSeries, options: ImportOptions): void {
  const { duration, instrument, calendar } = options;
  const differs = (option: string, wanted: string, was: string): never => {
    throw new CommandError(
      CommandExitCode.BadInput,
      `--${option}: series ${series.seriesId} has ${was}, not ${wanted}; leave the option out, or import into another series`,
    );
  };
  if (duration !== undefined && duration !== series.durationMs) {
    differs('duration', durationText(duration), durationText(series.durationMs));
  }
  if (instrument !== undefined && instrument !== series.instrumentId) {
    differs('instrument', instrument, series.instrumentId);
  }
  if (calendar !== undefined && loadCalendar(calendar) !== loadCalendar(series.calendar)) {
    differs('calendar', calendar, series.calendar);
  }
}

async function storeFile(
  client: Queryable,
  series: StoredSeries,
  path: string,
  options: ImportOptions & { readonly output: Output },
): Promise<Imported> {
  const { seriesId, durationMs } = series;
  const known = await readSpan(client, seriesId);
  const format = options.format ?? formatOf(path);
  const steps = new StepCheck(durationMs);
  let [inserted, revised] = [0, 0];
  const { file, sha256 } = await readInput(path, {
    format,
    now: options.now ?? new Date().toISOString(),
    isDaily: durationMs >= DAY_MS,
    sha256: options.sha256,
    output: options.output,
    onBars: async (bars) => {
      steps.take(bars);
      const count = await upsertBars(client, seriesId, bars, known);
      inserted += count.inserted;
      revised += count.revised;
    },
  });
  const { report: quality } = file;
  if (quality.verdict === 'refuse') {
    throw new CommandError(
      CommandExitCode.BadInput,
      `${basename(path)} is refused and nothing was stored; correct the file and import it again.\n${verdictText(basename(path), file)}`,
    );
  }
  if (inserted + revised > 0) {
    const fileName = basename(path);
    const entry = { seriesId, fileName, sha256, format, quality, inserted, revised };
    await recordImport(client, { ...entry, actor: options.actor });
  }
  const { from, to } = quality;
  const span = from === null || to === null ? null : { first: from, last: to };
  return {
    series,
    file,
    inserted,
    revised,
    gaps: await gapsOf(client, series, span, options.output),
  };
}

/** The gaps in the imported span and up to its neighbors; null when no calendar can tell. */
async function gapsOf(
  client: Queryable,
  series: StoredSeries,
  span: StoredSpan | null,
  output: Output,
): Promise<GapReport | null> {
  if (span === null) return null;
  try {
    return await findGaps(client, series, await widenSpan(client, series.seriesId, span));
  } catch (error) {
    if (!(error instanceof CalendarRangeError || error instanceof UnknownCalendarError))
      throw error;
    output.note(`gaps are not known: ${error.message}`);
    return null;
  }
}

/** Refuses bars that lie closer together than one of them lasts. */
class StepCheck {
  readonly #stepMinMs: number;
  readonly #durationMs: number;
  #previous: string | null = null;

  constructor(durationMs: number) {
    this.#durationMs = durationMs;
    this.#stepMinMs = durationMs === DAY_MS ? DAY_STEP_MS : durationMs;
  }

  take(bars: readonly Bar[]): void {
    for (const { time } of bars) {
      const before = this.#previous;
      this.#previous = time;
      if (before === null || Date.parse(time) - Date.parse(before) >= this.#stepMinMs) continue;
      throw new CommandError(
        CommandExitCode.BadInput,
        `--duration: bars last ${durationText(this.#durationMs)}, but ${before} and ${time} lie closer; ` +
          'say how long a bar of this file lasts. Nothing was stored.',
      );
    }
  }
}

function importText(document: {
  readonly series: string;
  readonly rows: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly verdict: string;
  readonly inserted: number;
  readonly revised: number;
  readonly unchanged: number;
  readonly gaps: readonly unknown[] | null;
}): string {
  const { series, rows, from, to, verdict, inserted, revised, unchanged, gaps } = document;
  const gapText = gaps === null ? 'gaps not known' : counted(gaps.length, 'gap');
  return (
    `${series}: ${verdict}, ${counted(rows, 'row')}, ${from ?? ''} to ${to ?? ''}\n` +
    `${String(inserted)} new, ${String(revised)} revised, ${String(unchanged)} unchanged; ${gapText}`
  );
}
