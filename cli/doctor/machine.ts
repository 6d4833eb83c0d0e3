import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Check, Verdict } from './finding.ts';
import { fail, ok, warn } from './finding.ts';

const NODE_MIN = [20, 19] as const;
/** Of Temporal's native worker and of onnxruntime, as their packages were built. */
const GLIBC_MIN = 2.28;
const GIB = 2 ** 30;
/** Two jobs at their limit of 1 GiB beside servers and workers. */
const MEMORY_WARN = 3 * GIB;
/** Servers, worker and one small job. */
const MEMORY_FAIL = 1 * GIB;

/** The machine itself: processor, system library, Node.js, memory. */
export function machineChecks(): Check[] {
  const area = 'machine';
  return [
    { area, name: 'node', look: () => judgeNode(process.version) },
    { area, name: 'platform', look: () => judgePlatform(process.platform, process.arch) },
    { area, name: 'glibc', look: () => judgeGlibc(glibcVersion()) },
    { area, name: 'cores', look: () => ok(String(cpus().length)) },
    {
      area,
      name: 'memory',
      look: () => judgeMemory(availableMemory(readFileSync('/proc/meminfo', 'utf8'))),
    },
  ];
}

/** @param version as `process.version`. */
export function judgeNode(version: string): Verdict {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isEnough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  return isEnough
    ? ok(version)
    : fail(`${version} is too old`, `install Node.js ${NODE_MIN.join('.')} or later`);
}

function judgePlatform(platform: string, architecture: string): Verdict {
  const text = `${platform} ${architecture}`;
  return platform === 'linux'
    ? ok(text)
    : fail(`${text}: jobs are watched through Linux's /proc`, 'run it on Linux');
}

function glibcVersion(): string | null {
  const report: unknown = process.report.getReport();
  const { header } = report as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime ?? null;
}

/** @param version of the C library; null when it is another one than glibc, as on Alpine. */
export function judgeGlibc(version: string | null): Verdict {
  const mend = `use a system with glibc ${String(GLIBC_MIN)} or later: Debian 10, Ubuntu 20.04, RHEL 8 or newer`;
  if (version === null) return fail('the C library is not glibc', mend);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > 2 || minor >= Math.round((GLIBC_MIN % 1) * 100);
  return isEnough ? ok(version) : fail(`${version} is too old`, mend);
}

/** @returns bytes that programs can still get, from the text of /proc/meminfo. */
export function availableMemory(meminfo: string): number {
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * 1024;
}

/** @param bytes that programs can still get. */
export function judgeMemory(bytes: number): Verdict {
  const text = `${(bytes / GIB).toFixed(1)} GiB available`;
  const mend = 'free memory, or run fewer jobs at once with STRATEGY_LOOP_JOBS_MAX';
  if (bytes < MEMORY_FAIL)
    return fail(`${text}; the servers alone need ${String(MEMORY_FAIL / GIB)} GiB`, mend);
  if (bytes < MEMORY_WARN)
    return warn(
      `${text}; two jobs at their limits may need ${String(MEMORY_WARN / GIB)} GiB`,
      mend,
    );
  return ok(text);
}
