import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOutput, fixed, table } from '../../cli/output.ts';
import { packagePath } from '../../cli/package-path.ts';
import { runMeasured } from '../data/peak-memory.ts';
import { minuteBars, writePriceFile } from '../engine/minute-bars.ts';
import { describeMachine } from '../machine.ts';

const PEAK_MB_MAX = 512;
const SEED = 42;

interface Step {
  readonly what: string;
  readonly bars: number;
  readonly seconds: number;
  readonly peakMb: number;
}

/**
 * What the engines hold in memory: a back-test of a price file of a million bars, reading included, and
 * a portfolio of 500 instruments on 5,000 bars. Each also at a quarter of the bars, which shows what
 * grows with them.
 *
 * @returns whether every process stayed under 512 MB.
 */
export async function benchMemory(json: boolean): Promise<boolean> {
  const output = createOutput(json);
  const directory = mkdtempSync(join(tmpdir(), 'strategy-loop-bench-memory-'));
  try {
    const steps: Step[] = [];
    for (const bars of [250_000, 1_000_000]) {
      output.note(`one instrument, ${String(bars)} bars`);
      const file = join(directory, `${String(bars)}.csv`);
      writePriceFile(file, minuteBars(bars, SEED));
      steps.push(await stepOf('one instrument', 'run-instrument.js', [file]));
    }
    for (const bars of [1250, 5000]) {
      output.note(`500 instruments, ${String(bars)} bars each`);
      steps.push(await stepOf('500 instruments', 'run-portfolio.js', ['500', String(bars)]));
    }
    const isMet = steps.every(({ peakMb }) => peakMb <= PEAK_MB_MAX);
    const machine = describeMachine();
    const text = [
      Object.entries(machine)
        .map(([key, value]) => `${key} ${value}`)
        .join(', '),
      table(
        ['', 'bars', 'time', 'bars/s', 'peak memory'],
        steps.map(({ what, bars, seconds, peakMb }) => [
          what,
          String(bars),
          `${fixed(seconds, 1)} s`,
          fixed(bars / seconds, 0),
          `${fixed(peakMb, 0)} MB`,
        ]),
      ),
      `at most ${String(PEAK_MB_MAX)} MB each: ${isMet ? 'yes' : 'NO'}`,
    ].join('\n');
    output.answer({ command: 'npm run bench -- memory', machine, steps, isMet }, text);
    return isMet;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @throws {Error} when the program fails. */
async function stepOf(what: string, program: string, words: readonly string[]): Promise<Step> {
  const path = packagePath(`dist/bench/memory/${program}`);
  const { exitCode, stdout, stderr, wallMs, peakBytes } = await runMeasured([path, ...words]);
  if (exitCode !== 0) throw new Error(`${program} must exit with 0, said ${stderr}`);
  const { bars } = JSON.parse(stdout) as { bars: number };
  return { what, bars, seconds: wallMs / 1000, peakMb: peakBytes / 1e6 };
}
