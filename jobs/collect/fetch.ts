import { createHash } from 'node:crypto';
import { FeedRefusedError, FeedUnavailableError } from '../../adapters/feeds/feed-error.ts';
import type { FeedFile } from '../../adapters/feeds/feed-file.ts';
import { openFeed } from '../../adapters/feeds/feed.ts';
import { readPriceChunks, type PriceFile } from '../../adapters/feeds/read-price-file.ts';
import { formatBarLines } from '../../engine/bars-file.ts';
import { BARS_HEADER } from '../../schemas/bar.ts';
import { counted } from '../../schemas/counted.ts';
import { BARS_FILE, type FetchResult } from '../../schemas/jobs/collect.ts';
import { BadInputError, TryAgainError } from '../contract/job-error.ts';
import type { JobContext } from '../contract/job.ts';

/**
 * Reads a feed, checks the quality of all of it, and writes the bars of the wanted span in
 * canonical form. The feed is streamed and the bars are written as they come, so that memory does
 * not grow with either. No bar in that span is an ordinary answer: the caller knows whether it
 * matters.
 *
 * @throws {BadInputError} when the feed is refused; nothing has been written then.
 * @throws {TryAgainError} when a network feed does not answer.
 */
export async function run({
  input,
  readChunks,
  openFile,
  log,
}: JobContext<'collect/fetch'>): Promise<FetchResult> {
  const feed = openFeed(input.feed, readChunks);
  const { name } = feed;
  const { from, to, now } = input;
  const bars = await openFile(BARS_FILE);
  let rows = 0;
  let file: PriceFile;
  try {
    await bars.write(`${BARS_HEADER}\n`);
    file = await readPriceChunks(verified(feed), { now }, async (read) => {
      const wanted = read.filter((bar) => (from === null || bar.time >= from) && bar.time < to);
      rows += wanted.length;
      if (wanted.length > 0) await bars.write(formatBarLines(wanted));
    });
    if (file.report.verdict === 'refuse') throw new BadInputError(refusalMessage(name, file));
  } catch (error) {
    await bars.discard();
    throw asJobError(error);
  }
  const { report } = file;
  const barsSha256 = await bars.finish();
  log(
    `${name}: ${report.verdict}, ${counted(report.rows, 'row')}, ${counted(file.warningsTotal, 'warning')}, ` +
      `${counted(rows, 'bar')} from ${from ?? 'the start'} to ${to}`,
  );
  return { barsSha256, rows, quality: report };
}

/** How the job ends when its feed could not be read. */
function asJobError(error: unknown): unknown {
  if (error instanceof FeedRefusedError) return new BadInputError(error.message, { cause: error });
  if (error instanceof FeedUnavailableError) {
    return new TryAgainError(error.message, { cause: error });
  }
  return error;
}

/** The bytes of a feed, refused at their end when they are not those that it must have. */
export async function* verified({
  name,
  sha256,
  wayOut = 'Install it again',
  chunks,
}: FeedFile): AsyncGenerator<Buffer> {
  if (sha256 === undefined) {
    yield* chunks();
    return;
  }
  const hash = createHash('sha256');
  for await (const chunk of chunks()) {
    hash.update(chunk);
    yield chunk;
  }
  const found = hash.digest('hex');
  if (found === sha256) return;
  throw new BadInputError(
    `${name} hashes to ${found}, but it must be ${sha256}: the file was changed. ` +
      `${wayOut}; nothing was stored.`,
  );
}

/** The first offence in words that say where to look, and how many there are beside it. */
export function refusalMessage(name: string, { report, refusalsTotal }: PriceFile): string {
  const first = report.problems[0];
  if (first === undefined) {
    throw new Error(`${name} was refused without a reason`);
  }
  const column = first.column === null ? '' : `, column "${first.column}"`;
  const more = refusalsTotal - 1;
  const others = more === 0 ? '' : ` ${String(more)} more ${more === 1 ? 'problem' : 'problems'}.`;
  return (
    `${name} line ${String(first.line)}${column}: ${first.message} (${first.code}).${others} ` +
    `Correct the ${ROW_CODES.has(first.code) ? 'row or remove the file' : 'file or remove it'}; nothing was stored.`
  );
}

/** Problems that one row has; the others are of the file as a whole. */
const ROW_CODES: ReadonlySet<string> = new Set([
  'repeated-header',
  'field-count',
  'unclosed-quote',
  'not-a-number',
  'not-finite',
  'not-positive',
  'negative-volume',
  'high-below-low',
  'outside-range',
  'bad-date',
  'duplicate-timestamp',
  'out-of-order',
  'future-date',
  'mixed-time-zones',
]);
