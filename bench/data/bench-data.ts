import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileArtifactStore } from '../../adapters/artifacts/file-store.ts';
import { createOutput, fixed, table } from '../../cli/output.ts';
import { packagePath } from '../../cli/package-path.ts';
import { describeMachine } from '../machine.ts';
import { writeLargePriceFile } from './large-price-file.ts';
import { runMeasured, type MeasuredRun } from './peak-memory.ts';
import { runFetchJob } from './run-fetch-job.ts';

/** 2 GB, unless BENCH_DATA_BYTES says otherwise. */
const BYTES = Number(process.env['BENCH_DATA_BYTES'] ?? 2e9);
const PEAK_MB_MAX = 512;

/**
 * What a price file of 2 GB takes: `data check`, the artifact store, and the collect job, which keeps
 * the bars of the last 30 days. Each runs in a process of its own but the store, whose memory is
 * that of this process.
 *
 * @returns whether every process stayed under 512 MB and ended well.
 */
export async function benchData(json: boolean): Promise<boolean> {
  const output = createOutput(json);
  const directory = await mkdtemp(join(tmpdir(), 'strategy-loop-bench-data-'));
  try {
    output.note(`writing a file of ${String(BYTES / 1e6)} MB`);
    const file = await writeLargePriceFile(join(directory, 'prices.csv'), BYTES);
    const from = new Date(Date.parse(file.last) - 30 * 86_400_000).toISOString();
    output.note('1 of 3: data check');
    const check = await runMeasured([
      packagePath('bin/strategy-loop.js'),
      ...['data', 'check', file.path, '--json', '--now', '2100-01-01'],
    ]);
    output.note('2 of 3: the artifact store');
    const startedAt = performance.now();
    await createFileArtifactStore(join(directory, 'artifacts')).putFile(file.path);
    const storeMs = performance.now() - startedAt;
    output.note('3 of 3: the collect job');
    const fetch = await runFetchJob(directory, file, { from });
    const storePeakBytes = process.resourceUsage().maxRSS * 1024;
    const steps = [
      stepOf('data check', check),
      { step: 'artifact store', ms: storeMs, peakMb: storePeakBytes / 1e6, isOk: true },
      stepOf('collect job', fetch),
    ];
    const isMet = steps.every(({ peakMb, isOk }) => isOk && peakMb <= PEAK_MB_MAX);
    const { bytes, rows } = file;
    const document = { command: 'npm run bench -- data', machine: describeMachine(), bytes, rows };
    output.answer({ ...document, steps, isMet }, text({ bytes, rows, steps, isMet }));
    return isMet;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Step {
  readonly step: string;
  readonly ms: number;
  readonly peakMb: number;
  readonly isOk: boolean;
}

function stepOf(step: string, { exitCode, wallMs, peakBytes, stderr }: MeasuredRun): Step {
  if (exitCode !== 0) process.stderr.write(stderr);
  return { step, ms: wallMs, peakMb: peakBytes / 1e6, isOk: exitCode === 0 };
}

function text(figures: {
  bytes: number;
  rows: number;
  steps: readonly Step[];
  isMet: boolean;
}): string {
  const { bytes, rows, steps, isMet } = figures;
  const machine = Object.entries(describeMachine())
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
  return [
    machine,
    table(
      [`${fixed(bytes / 1e6, 0)} MB, ${String(rows)} rows`, 'time', 'MB/s', 'peak memory', ''],
      steps.map(({ step, ms, peakMb, isOk }) => [
        step,
        `${fixed(ms / 1000, 1)} s`,
        fixed(bytes / 1e3 / ms, 0),
        `${fixed(peakMb, 0)} MB`,
        isOk ? `target <= ${String(PEAK_MB_MAX)} MB` : 'FAILED',
      ]),
    ),
    isMet ? 'targets met' : 'targets NOT met',
  ].join('\n');
}
