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
