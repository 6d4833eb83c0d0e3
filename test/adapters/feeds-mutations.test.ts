import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { readPriceFile } from '../../adapters/feeds/read-price-file.ts';
import { vegaDatasetsFile, vegaDatasetsPath } from '../../adapters/feeds/vega-datasets.ts';
import { verified } from '../../jobs/collect/fetch.ts';
import type { Bar } from '../../schemas/bar.ts';
import { anyMutation, isHarmless, mayBeUnseen, seenMutation } from '../support/sp500-mutations.ts';
import type { Mutation } from '../support/sp500-mutations.ts';

const SEED = 20_261_121;
const RUNS = 200;
const NOW = '2026-01-01';

/** Reads a file: null when it remarked on anything, else the bars. */
type Reader = (bytes: Buffer) => readonly Bar[] | null;

const ours: Reader = (bytes) => {
  const { report, bars } = readPriceFile(bytes, { now: NOW });
  return report.verdict === 'accept' ? bars : null;
};

/**
 * What the text says, read in the plainest way by other code than the reader's: its answer is the
 * meaning of a file that the reader has accepted.
 */
function literally(bytes: Buffer): Bar[] {
  const [header = '', ...rows] = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.replaceAll('"', ''));
  const names = header.toLowerCase().split(',');
  return rows.map((line) => {
    const cells = line.split(',');
    const of = (name: string): string => (cells[names.indexOf(name)] ?? '').trim();
    return {
      time: of('date'),
      open: Number(of('open')),
      high: Number(of('high')),
      low: Number(of('low')),
      close: Number(of('close')),
      volume: Number(of('volume')),
    };
  });
}

function textOf(bars: readonly Bar[]): string {
  return bars.map((bar) => Object.values(bar).join()).join('\n');
}

const ORIGINAL = textOf(ours(readFileSync(vegaDatasetsPath())) ?? []);

type Outcome = 'remarked on' | 'the same data' | 'other data, as the file says' | 'OTHER DATA';

function outcomeOf(reader: Reader, mutation: Mutation): Outcome {
  const bytes = mutation.bytes();
  const bars = reader(bytes);
  if (bars === null) return 'remarked on';
  const text = textOf(bars);
  if (text === ORIGINAL) return 'the same data';
  return text === textOf(literally(bytes)) ? 'other data, as the file says' : 'OTHER DATA';
}

/** A reader behind the feed's check of the hash, as the loop reads the S&P 500 file. */
async function passesFeed(bytes: Buffer): Promise<boolean> {
  const feed = { ...vegaDatasetsFile(), chunks: () => chunksOf(bytes) };
  try {
    for await (const _chunk of verified(feed));
    return true;
  } catch {
    return false;
  }
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) {
    yield await Promise.resolve(bytes.subarray(at, at + 65_536));
  }
}

const runs = { numRuns: RUNS, seed: SEED };

/** No change that the policy can see passes with other data. */
function assertSeen(reader: Reader): void {
  fc.assert(
    fc.property(seenMutation, (mutation) => !/other data/i.test(outcomeOf(reader, mutation))),
    runs,
  );
}

/** Our reader behind something that mends files before it, as people are tempted to. */
const FAULTY: [string, Reader][] = [
  ['leaves out the rows that it refuses', leavingOut],
  ['sorts the rows and keeps one a day', (bytes) => ours(onLines(bytes, sorted))],
  [
    'fills short rows up',
    (bytes) =>
      ours(
        onLines(bytes, (lines) =>
          lines.map((line) => (line.split(',').length === 6 ? `${line},0` : line)),
        ),
      ),
  ],
];

function onLines(bytes: Buffer, change: (lines: string[]) => string[]): Buffer {
  return Buffer.from(change(bytes.toString('utf8').trimEnd().split('\n')).join('\n'));
}

function sorted([header = '', ...rows]: string[]): string[] {
  const byDay = new Map(rows.map((row) => [row.slice(0, 10), row]));
  return [header, ...[...byDay.values()].sort()];
}

function leavingOut(bytes: Buffer): readonly Bar[] | null {
  const { report } = readPriceFile(bytes, { now: NOW });
  const bad = new Set(report.problems.map(({ line }) => line - 1));
  return ours(onLines(bytes, (lines) => lines.filter((_line, at) => at === 0 || !bad.has(at))));
}

describe(`200 random changes to the S&P 500 file (seed ${String(SEED)})`, () => {
  it('never pass with other data when they break a rule of the policy', () => {
    assertSeen(ours);
  }, 60_000);

  it.each(FAULTY)(
    'would be noticed in a reader that %s',
    (_what, reader) => {
      expect(() => {
        assertSeen(reader);
      }).toThrow('Property failed');
    },
    60_000,
  );

  it('never pass the feed, which knows the hash of the file', async () => {
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(anyMutation, async (mutation) => {
        const bytes = mutation.bytes();
        const isSame = bytes.equals(readFileSync(vegaDatasetsPath()));
        const isPassed = await passesFeed(bytes);
        if (isPassed) passed += 1;

        expect(isPassed).toBe(isSame);
      }),
      runs,
    );

    expect(passed).toBeLessThan(RUNS);
    expect(await passesFeed(readFileSync(vegaDatasetsPath()))).toBe(true);
  }, 60_000);

  it('pass with other data only where no rule is broken, and then as the file says', () => {
    const counts: Record<string, number> = {};
    fc.assert(
      fc.property(anyMutation, (mutation) => {
        const outcome = outcomeOf(ours, mutation);
        counts[outcome] = (counts[outcome] ?? 0) + 1;

        expect(outcome).not.toBe('OTHER DATA');
        expect(outcome !== 'other data, as the file says' || mayBeUnseen(mutation.kind)).toBe(true);
        expect(!isHarmless(mutation.kind) || outcome === 'the same data').toBe(true);
      }),
      runs,
    );

    // All three kinds of outcome did occur, or the test would say less than it seems to.
    expect(Object.keys(counts)).toHaveLength(3);
  }, 60_000);
});
