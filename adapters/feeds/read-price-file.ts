import type { SeriesBar } from '../../engine/futures/curve.ts';
import type { QualityReport } from '../../schemas/dataset.ts';
import { foreignDelimiter, namesColumns, readHeader, type Header } from './price-file/header.ts';
import { ProblemList, type RefusalCode, type WarningCode } from './price-file/problems.ts';
import { RecordReader, type RecordEvent } from './price-file/record-reader.ts';
import { readRow } from './price-file/row.ts';
import { SeriesChecks } from './price-file/series.ts';

export interface PriceFileOptions {
  /** The reader's clock, as an ISO day or instant: rows after it are refused. */
  readonly now: string;
}

/** What reading found. `report.problems` is bounded, refusals first; the totals are not. */
export interface PriceFile {
  readonly report: QualityReport;
  readonly refusalsTotal: number;
  readonly warningsTotal: number;
  /** Oldest first. Those since the last `push`, or all; empty when the file was refused. */
  readonly bars: readonly SeriesBar[];
}

type RecordCells = Extract<RecordEvent, { kind: 'record' }>;
type UnreadableRecord = Extract<RecordEvent, { kind: 'unreadable' }>;

/**
 * Reads a price file piece by piece, so that memory stays bounded whatever the file's size. It
 * accepts what has exactly one meaning: it never repairs, drops, sorts or guesses.
 *
 * A parser of our own and not a CSV package, because every remark carries its physical line, bytes
 * that are not UTF-8 are refused rather than replaced, and a line has a limit while it is read.
 *
 * The bars of `push` are provisional: a later chunk may refuse the file, and `end` says so.
 */
export class PriceFileReader {
  private readonly records = new RecordReader();
  private readonly refusals = new ProblemList<RefusalCode>();
  private readonly warnings = new ProblemList<WarningCode>();
  private readonly series: SeriesChecks;
  private header: Header | null = null;
  /** Set when nothing behind this point can be read. */
  private stopped = false;
  private rows = 0;
  private from: string | null = null;
  private to: string | null = null;

  constructor({ now }: PriceFileOptions) {
    const nowMs = Date.parse(now);
    if (Number.isNaN(nowMs)) {
      throw new TypeError(`now must be an ISO day or instant, was ${now}`);
    }
    this.series = new SeriesChecks({ refusals: this.refusals, warnings: this.warnings }, nowMs);
  }

  /** True when nothing behind this point can be read: the rest need not be pushed. */
  get isStopped(): boolean {
    return this.stopped;
  }

  /** @returns the bars that this chunk completes; none once anything was refused. */
  push(chunk: Buffer): SeriesBar[] {
    return this.stopped ? [] : this.take(this.records.push(chunk));
  }

  /** Ends the file. @returns the verdict, and the bar of a last line without a line end. */
  end(): PriceFile {
    const bars = this.stopped ? [] : this.take(this.records.end());
    if (!this.stopped && this.header === null) {
      this.stop('empty-file', 1, 'the file is empty');
    } else if (!this.stopped && this.rows === 0 && this.refusals.total === 0) {
      this.stop('no-rows', 1, 'there is a header and no row');
    }
    this.series.end();
    return { ...this.summary(), bars: this.refusals.total > 0 ? [] : bars };
  }

  private take(events: Iterable<RecordEvent>): SeriesBar[] {
    const bars: SeriesBar[] = [];
    for (const event of events) {
      const bar = this.takeEvent(event);
      if (bar !== null) {
        bars.push(bar);
      }
      if (this.stopped) {
        break;
      }
    }
    return bars;
  }

  private takeEvent(event: RecordEvent): SeriesBar | null {
    switch (event.kind) {
      case 'unreadable':
        return this.takeUnreadable(event);
      case 'blank':
        return this.takeBlank(event.line);
      case 'record':
        return this.header === null ? this.takeHeader(event) : this.takeRow(event, this.header);
      default:
        return event satisfies never;
    }
  }

  private takeUnreadable({ code, line, message, text }: UnreadableRecord): null {
    // Quoted names between semicolons look like misplaced quotes to whoever looks for commas.
    const foreign = this.header === null && text !== undefined ? foreignDelimiter(text) : null;
    return foreign === null
      ? this.stop(code, line, message)
      : this.stop('wrong-delimiter', line, foreign);
  }

  private takeBlank(line: number): null {
    if (this.header === null) {
      const message = 'the first line is blank; it must name the columns';
      return this.stop('missing-header', line, message);
    }
    const message = 'a blank line; blank lines may stand at the end only';
    this.refusals.add('field-count', { line, value: '0', message });
    return null;
  }

  private takeHeader(record: RecordCells): null {
    this.header = readHeader(record, this.refusals, this.warnings);
    this.stopped = this.header === null;
    return null;
  }

  private takeRow({ line, cells }: RecordCells, header: Header): SeriesBar | null {
    if (namesColumns(cells)) {
      this.refusals.add('repeated-header', { line, message: 'the header stands here again' });
      return null;
    }
    this.rows += 1;
    if (cells.length !== header.cellCount) {
      const message = `${String(cells.length)} cells; the header has ${String(header.cellCount)}`;
      this.refusals.add('field-count', { line, value: String(cells.length), message });
      return null;
    }
    const row = readRow({ line, cells }, header, this.refusals);
    this.series.check(row);
    if (row.instant !== null) {
      this.from ??= row.instant.time;
      this.to = row.instant.time;
    }
    return this.refusals.total > 0 ? null : row.bar;
  }

  private stop(code: RefusalCode, line: number, message: string): null {
    this.refusals.add(code, { line, message });
    this.stopped = true;
    return null;
  }

  private summary(): Omit<PriceFile, 'bars'> {
    const accepted = this.warnings.total > 0 ? 'accept-with-warning' : 'accept';
    return {
      report: {
        verdict: this.refusals.total > 0 ? 'refuse' : accepted,
        rows: this.rows,
        from: this.from,
        to: this.to,
        problems: [...this.refusals.first(), ...this.warnings.first()],
      },
      refusalsTotal: this.refusals.total,
      warningsTotal: this.warnings.total,
    };
  }
}

/**
 * Reads a price file from a stream. Memory holds one chunk and its bars, whatever the file's size.
 *
 * @param onBars takes the bars of each chunk, oldest first. They are provisional: when the verdict
 *   is `refuse`, none of them counts.
 * @returns the verdict; its `bars` are empty.
 */
export async function readPriceChunks(
  chunks: AsyncIterable<Buffer>,
  options: PriceFileOptions,
  onBars: (bars: readonly SeriesBar[]) => Promise<void> | void = () => undefined,
): Promise<PriceFile> {
  const reader = new PriceFileReader(options);
  for await (const chunk of chunks) {
    const bars = reader.push(chunk);
    if (bars.length > 0) await onBars(bars);
    if (reader.isStopped) break;
  }
  const end = reader.end();
  if (end.bars.length > 0) await onBars(end.bars);
  return { ...end, bars: [] };
}

/** Reads a whole price file that is in memory. */
export function readPriceFile(bytes: Buffer | string, options: PriceFileOptions): PriceFile {
  const reader = new PriceFileReader(options);
  const bars = reader.push(typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes);
  const end = reader.end();
  return { ...end, bars: end.refusalsTotal > 0 ? [] : [...bars, ...end.bars] };
}
