import { randomUUID } from 'node:crypto';
import { access, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readBarPages, requireSeries } from '../../adapters/postgres/price-series.ts';
import { formatBarLines } from '../../engine/bars-file.ts';
import type { Bar } from '../../schemas/bar.ts';
import { counted } from '../../schemas/counted.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import { createOutput } from '../output.ts';
import { withStore } from '../store.ts';
import { formatOf } from './read-input.ts';
import type { DataFormat } from './read-input.ts';
import type { SpanOptions } from './show.ts';

export interface ExportOptions extends SpanOptions {
  readonly format?: DataFormat;
  readonly out: string;
  readonly force: boolean;
}

/** Header of an exported file: the columns that the reading policy asks for. */
const HEADER = 'date,open,high,low,close,volume';

/**
 * Writes a series to a file. CSV has one form for one content, so that importing and exporting it
 * again gives the same bytes. The file appears whole or not at all.
 */
export async function exportSeries(seriesId: string, options: ExportOptions): Promise<void> {
  const { out } = options;
  const format = options.format ?? formatOf(out);
  await requireFree(out, options.force);
  const output = createOutput(options.json);
  await withStore({ dataDirectory: options.dataDir, output, upToDate: true }, async (pool) => {
    await requireSeries(pool, seriesId);
    const span = { from: options.from ?? null, to: options.to ?? null };
    let rows = 0;
    async function* pages(): AsyncGenerator<Bar[]> {
      for await (const page of readBarPages(pool, seriesId, span)) {
        rows += page.length;
        yield page;
      }
    }
    await writeWhole(out, (path) => writeAs(format, path, pages()));
    const { size } = await stat(out);
    const document = { series: seriesId, format, path: out, rows, bytes: size };
    output.answer(document, `${out}: ${counted(rows, 'bar')}, ${counted(size, 'byte')}`);
  });
}

async function writeAs(
  format: DataFormat,
  path: string,
  pages: AsyncIterable<readonly Bar[]>,
): Promise<void> {
  if (format === 'parquet') {
    const { writeBarsParquet } = await import('../../adapters/parquet/write-bars.ts');
    await writeBarsParquet(path, pages);
    return;
  }
  const file = await open(path, 'wx');
  try {
    await file.writeFile(`${HEADER}\n`);
    for await (const bars of pages) await file.writeFile(formatBarLines(bars));
  } finally {
    await file.close();
  }
}

async function writeWhole(path: string, write: (path: string) => Promise<void>): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.tmp`;
  try {
    await write(unfinished);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Refuses before anything is started what would fail or destroy a file in the end. */
async function requireFree(path: string, force: boolean): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere && !force) {
    const message = `--out: ${path} exists; choose another file, or replace it with --force`;
    throw new CommandError(CommandExitCode.BadInput, message);
  }
  const folder = dirname(path);
  const status = await stat(folder).catch(() => null);
  if (status?.isDirectory() !== true) {
    const message = `--out: there is no folder ${folder}; make it first`;
    throw new CommandError(CommandExitCode.CannotWrite, message);
  }
}
