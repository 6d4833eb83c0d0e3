import { readProcFile } from './process-table.ts';
import type { ProcessEntry } from './process-table.ts';

const PAGE_BYTES = 4096;

/**
 * @returns bytes of memory that the processes hold together. Shared pages are counted once (PSS);
 *   where the kernel does not tell, resident pages are summed, which counts them several times.
 */
export function memoryBytes(processes: readonly ProcessEntry[]): number {
  return processes.reduce(
    (sum, { pid }) => sum + (proportionalBytes(pid) ?? residentBytes(pid)),
    0,
  );
}

function proportionalBytes(pid: number): number | null {
  const text = readProcFile(pid, 'smaps_rollup');
  const kib = text === null ? null : /^Pss:\s+(\d+) kB$/m.exec(text);
  return kib === null ? null : Number(kib[1]) * 1024;
}

function residentBytes(pid: number): number {
  const pages = readProcFile(pid, 'statm')?.split(' ')[1];
  return pages === undefined ? 0 : Number(pages) * PAGE_BYTES;
}
