import { readFileSync } from 'node:fs';
import { cpus, totalmem, loadavg } from 'node:os';

/** Where a figure was measured: it does not carry to another machine. */
export function describeMachine(): Record<string, string> {
  const cores = cpus();
  return {
    processor: cores[0]?.model ?? 'unknown',
    cores: String(cores.length),
    memory: `${String(Math.round(totalmem() / 2 ** 30))} GiB`,
    load: loadavg()
      .map((value) => value.toFixed(1))
      .join(' '),
    node: process.version,
    kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
  };
}

/** The middle value; the mean of the two middle ones for an even count. @throws when empty. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle];
  if (high === undefined) throw new RangeError('median needs at least one value');
  if (sorted.length % 2 === 1) return high;
  return ((sorted[middle - 1] ?? high) + high) / 2;
}
