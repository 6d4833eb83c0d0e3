import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How a program ended, how long it took, and the most memory it held. */
export interface MeasuredRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
  /** Peak resident set, in bytes; the kernel keeps it, so that no peak falls between two looks. */
  readonly peakBytes: number;
}

const LOOK_MS = 50;

/** Runs a Node.js program to its end and measures it. Linux only. */
export async function runMeasured(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<MeasuredRun> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...argv], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let peakBytes = 0;
  const look = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid ?? 0));
  }, LOOK_MS);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      texts[name] += chunk.toString('utf8');
    });
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearInterval(look);
  return { exitCode, ...texts, wallMs: performance.now() - startedAt, peakBytes };
}

/** The kernel's high-water mark of a process's memory; 0 when it is gone. */
function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
