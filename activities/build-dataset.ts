import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { Queryable } from '../adapters/postgres/pool.ts';
import { latestDataset, readBars, readBarsAfter } from '../adapters/postgres/series.ts';
import { formatBars } from '../engine/bars-file.ts';
import { BARS_HEADER } from '../schemas/bar.ts';
import type { Bar } from '../schemas/bar.ts';
import type { Dataset } from '../schemas/dataset.ts';

/**
 * Writes everything that is known of a series before `to` as a dataset. When nothing that an older
 * dataset holds has changed since, its bytes are taken and only the new bars are added: the result
 * is the same to the byte, because a dataset is the bars in the order of time.
 *
 * @returns null when the series has no bars before `to`.
 */
export async function buildDataset(
  client: Queryable,
  artifacts: ArtifactStore,
  seriesId: string,
  to: string,
): Promise<Dataset | null> {
  const older = await latestDataset(client, seriesId, to);
  const newer = older === null ? null : await readBarsAfter(client, seriesId, older, to);
  if (older === null || newer === null) {
    const bars = await readBars(client, seriesId, to);
    return describe(seriesId, bars, await artifacts.put(formatBars(bars)));
  }
  if (newer.length === 0) return older;
  const added = formatBars(newer).slice(BARS_HEADER.length + 1);
  const text = `${(await artifacts.get(older.datasetId)).toString('utf8')}${added}`;
  return {
    ...older,
    datasetId: await artifacts.put(text),
    rows: older.rows + newer.length,
    last: newer.at(-1)?.time ?? older.last,
  };
}

function describe(seriesId: string, bars: readonly Bar[], datasetId: string): Dataset | null {
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined) return null;
  return { datasetId, seriesId, rows: bars.length, from: first.time, last: last.time };
}

/** Longest run of days without bars in a daily series: a week, for long holidays. */
const GAP_DAYS_MAX = 7;

/**
 * Why a dataset does not cover a window to its end; null when it does. A window that ran on half of
 * its bars would count as done, and the other half could never be traded.
 *
 * @param now where it is given, a window that ends after this day is not over, whatever bars are there.
 */
export function missingBars(
  dataset: Pick<Dataset, 'last'> | null,
  window: { readonly from: string; readonly to: string },
  now?: Date,
): string | null {
  const today = now?.toISOString().slice(0, 10);
  if (today !== undefined && window.to.slice(0, 10) > today) {
    return (
      `the window ${window.from} to ${window.to} is not over yet, today is ${today}; ` +
      'abort this cycle, and choose a window that ends by then'
    );
  }
  if (dataset === null || dataset.last < window.from) {
    const last = dataset === null ? '' : `; the last bar is ${dataset.last}`;
    return `there are no bars from ${window.from} to ${window.to}${last}`;
  }
  const days = (Date.parse(window.to) - Date.parse(dataset.last)) / 86_400_000;
  if (days <= GAP_DAYS_MAX) return null;
  return `the bars end at ${dataset.last}, and the window at ${window.to}; choose a window that ends there`;
}
