import { findGaps } from '../../activities/find-gaps.ts';
import { calendarCode } from '../../adapters/calendars/load-calendar.ts';
import { listFacts } from '../../adapters/postgres/bar-facts.ts';
import {
  listSeries,
  readBarPages,
  readSpan,
  requireSeries,
} from '../../adapters/postgres/price-series.ts';
import type { Bar } from '../../schemas/bar.ts';
import { counted } from '../../schemas/counted.ts';
import type { CommonOptions, ListOptions } from '../options.ts';
import { createOutput } from '../output.ts';
import { withStore } from '../store.ts';
import { durationText } from './duration.ts';
import { factRows, factTables } from './fact-tables.ts';

export interface SpanOptions extends CommonOptions {
  readonly from?: string;
  readonly to?: string;
}

/** Prints every stored series. */
export async function showSeriesList(options: ListOptions): Promise<void> {
  const output = createOutput(options.json, options.format);
  await withStore({ dataDirectory: options.dataDir, output, upToDate: true }, async (pool) => {
    const series = (await listSeries(pool)).map(({ durationMs, calendar, ...rest }) => ({
      ...rest,
      // One exchange, one name, whichever a settings file or an import has used.
      calendar: calendarCode(calendar),
      duration: durationText(durationMs),
    }));
    const rows = series.map((one) => [
      one.seriesId,
      one.instrumentId,
      one.duration,
      one.calendar,
      String(one.bars),
      one.from ?? '',
      one.to ?? '',
      String(one.revisions),
      String(one.lateBars),
      String(one.gaps),
    ]);
    const head = ['series', 'instrument', 'bar', 'calendar', 'bars', 'from', 'to'];
    output.list({ series }, { head: [...head, 'revisions', 'late', 'gaps'], rows });
  });
}

/** Prints the bars of a series: the last ones, or those of a span. */
export async function showBars(
  seriesId: string,
  options: SpanOptions & Pick<ListOptions, 'format'> & { readonly limit: number },
): Promise<void> {
  const output = createOutput(options.json, options.format);
  await withStore({ dataDirectory: options.dataDir, output, upToDate: true }, async (pool) => {
    await requireSeries(pool, seriesId);
    const span = { from: options.from ?? null, to: options.to ?? null };
    let bars: Bar[] = [];
    let total = 0;
    for await (const page of readBarPages(pool, seriesId, span)) {
      total += page.length;
      // Without a first day the newest bars are wanted, with one those that follow it.
      bars =
        span.from === null
          ? [...bars, ...page].slice(-options.limit)
          : [...bars, ...page].slice(0, options.limit);
    }
    const rows = bars.map((bar) => Object.values(bar).map(String));
    const head = ['time', 'open', 'high', 'low', 'close', 'volume'];
    output.list({ series: seriesId, total, bars }, { head, rows });
    if (total > bars.length) {
      output.note(`${String(bars.length)} of ${counted(total, 'bar')}; see --limit`);
    }
  });
}

/** Looks for gaps in a whole series, and prints them with what is kept about late and revised bars. */
export async function showGaps(seriesId: string, options: ListOptions): Promise<void> {
  const output = createOutput(options.json, options.format);
  await withStore({ dataDirectory: options.dataDir, output, upToDate: true }, async (pool) => {
    const series = await requireSeries(pool, seriesId);
    const span = await readSpan(pool, seriesId);
    const report = span === null ? null : await findGaps(pool, series, span);
    const facts = await listFacts(pool, seriesId, ['gap', 'late-bar', 'revision']);
    const filled = facts.filter(({ kind, filledAt }) => kind === 'gap' && filledAt !== null);
    const late = facts.filter(({ kind }) => kind === 'late-bar');
    const revisions = facts.filter(({ kind }) => kind === 'revision');
    const gaps = report?.gaps ?? [];
    const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
    const calendar = report?.calendar ?? null;
    const version = report?.version ?? null;
    const by = calendar === null ? 'bars are longer than a day' : `${calendar}, ${version ?? ''}`;
    const summary =
      `${seriesId}: ${counted(gaps.length, 'gap')}, ${counted(missing, 'bar')} missing (${by}); ` +
      `${String(filled.length)} filled, ${counted(late.length, 'late bar')}, ${counted(revisions.length, 'revision')}`;
    output.list(
      { series: seriesId, calendar, version, missing, gaps, filled, late, revisions },
      factRows({ gaps, late, revisions }),
      [...factTables({ gaps, late, revisions }), summary].join('\n\n'),
    );
  });
}
