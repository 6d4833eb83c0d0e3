import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/**
 * Runs one job, and outlives the worker that started it. POSIX sh and four small programs only.
 * Arguments: job directory, log cap in blocks of 512 bytes, CPU limit in seconds, then the job's own argv; they
 * are never pasted into the script.
 *
 * - `mkdir claim` is the lock: of two shims for one job the second leaves at once.
 * - `started` holds pid, start time and boot of this shell, the leader of the job's group. Closing
 *   descriptor 3 tells the launcher that it is there; nothing is written to 3, so a launcher that
 *   died meanwhile costs no SIGPIPE.
 * - SIGTERM goes to the whole group: this shell and the left side live through it, so that the
 *   exit code is recorded, and the right side ignores it, so that the job's last words are kept.
 *   The job itself gets the default action, because a trapped signal is reset by exec.
 * - The log is cut at the cap while the rest is swallowed: a verbose job never dies of SIGPIPE. The
 *   cap is a file size limit on cat, which writes what it reads at once; head would hold it back.
 * - `exit` holds the exit code and the time since boot in seconds.
 */
const SHIM = `
job=$1 cap=$2 cpu=$3
shift 3
mkdir "$job/claim" 2>/dev/null || exit 0
trap : TERM INT HUP
read -r pid f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 f20 f21 start rest \
  < /proc/self/stat || exit 1
read -r boot < /proc/sys/kernel/random/boot_id || exit 1
printf '%s %s %s\\n' "$pid" "$start" "$boot" > "$job/started.tmp" || exit 1
mv "$job/started.tmp" "$job/started" || exit 1
exec 3>&-
ulimit -t "$cpu" 2>/dev/null || :
{
  trap : TERM INT HUP
  "$@" < /dev/null 2>&1
  code=$?
  exec > /dev/null
  read -r up idle < /proc/uptime
  printf '%s %s\\n' "$code" "$up" > "$job/exit.tmp" && mv "$job/exit.tmp" "$job/exit"
} | {
  trap '' TERM INT HUP
  read -r pid rest < /proc/self/stat
  printf '%s\\n' "$pid" > "$job/drain"
  ( trap '' XFSZ; ulimit -f "$cap"; exec cat > "$job/log" 2>/dev/null )
  exec cat > /dev/null
}
`;

/** Unit of `ulimit -f`. */
const BLOCK_BYTES = 512;

/** How a shim is started. */
export interface ShimOptions {
  readonly jobDirectory: string;
  readonly workDirectory: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logBytesMax: number;
  readonly cpuSecondsMax: number;
  readonly user: { readonly uid: number; readonly gid: number } | null;
}

/**
 * Starts the shim in a session of its own and waits until the job is claimed, by this shim or by
 * another one that was first.
 *
 * @throws when the shell cannot be started.
 */
export async function startShim(options: ShimOptions): Promise<ChildProcess> {
  const { jobDirectory, logBytesMax, cpuSecondsMax, argv, user } = options;
  const numbers = [logBytesMax / BLOCK_BYTES, cpuSecondsMax].map((each) => String(Math.ceil(each)));
  const child = spawn('/bin/sh', ['-c', SHIM, 'job', jobDirectory, ...numbers, ...argv], {
    detached: true,
    cwd: options.workDirectory,
    env: options.environment,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    ...(user ?? {}),
  });
  child.unref();
  await once(child, 'spawn');
  const claimed = child.stdio[3] as Readable;
  claimed.resume();
  await once(claimed, 'close');
  return child;
}
