/**
 * Runs one job as process 1 of its container. POSIX sh, `sleep` and /proc only. Arguments: the file
 * that asks for a stop, the file for its note, deadline and grace in ms, then the job's own argv; they are never pasted into
 * the script.
 *
 * It stops the job by itself, so that the pod ends and is not deleted: a deleted pod takes its log and
 * its exit code with it, and Kubernetes counts its grace in whole seconds. A worker asks for the stop
 * with a file; the deadline needs nobody to ask, and no clocks that agree.
 *
 * - Output and errors are made one stream, so that the log keeps the order of its lines. The shell's
 *   own remarks are none of the job's.
 * - SIGTERM of the node's own (a drain, an eviction) goes on to the job. It ends a wait early, hence
 *   the second one.
 * - What it leaves in the termination message: wall time in ms and peak memory in bytes, of the
 *   container's cgroup, which includes cached files.
 * - It stays a moment longer than the job: of what lies in the log's pipe when process 1 ends, containerd
 *   1.6 has dropped the last 34 kB.
 * - When it ends, everything else in the container is killed.
 */
const KEEPER = `
stop=$1 note=$2 deadline=$3 grace=$4
shift 4
now() { read -r up rest < /proc/uptime; now=\${up%.*}\${up#*.}0; }
now; started=$now
"$@" < /dev/null 2>&1 &
job=$!
exec 2> /dev/null
trap 'kill -TERM "$job"' TERM
(
  trap - TERM
  until [ -e "$stop" ] || { now; [ $((now - started)) -ge "$deadline" ]; }; do sleep 0.1; done
  kill -TERM "$job"
  now; asked=$now
  until now; [ $((now - asked)) -ge "$grace" ]; do sleep 0.05; done
  kill -KILL "$job"
) > /dev/null &
watcher=$!
wait "$job"
code=$?
while kill -0 "$job"; do wait "$job"; code=$?; done
kill -KILL "$watcher"
now
peak=0
for file in /sys/fs/cgroup/memory.peak /sys/fs/cgroup/memory/memory.max_usage_in_bytes; do
  [ -r "$file" ] && read -r peak < "$file" && break
done
printf '%s %s' "$((now - started))" "$peak" > "$note"
sleep 0.2
exit "$code"
`;

/** The kubelet hands over what a container writes here. */
export const TERMINATION_LOG = '/dev/termination-log';

/** @returns the command of a job's container. */
export function keeperCommand(
  files: { readonly stop: string; readonly note: string },
  limits: { readonly deadlineMs: number; readonly graceMs: number },
  argv: readonly string[],
): string[] {
  const numbers = [limits.deadlineMs, limits.graceMs].map((ms) => String(Math.ceil(ms)));
  return ['/bin/sh', '-c', KEEPER, 'job', files.stop, files.note, ...numbers, ...argv];
}

/** What the keeper left; the job could have written it too, so it is read with care. */
export interface KeeperNote {
  readonly wallMs: number;
  readonly peakMemoryBytes: number;
}

/** @returns null when the keeper was killed before it could write. */
export function readKeeperNote(message: string | undefined): KeeperNote | null {
  const [, wallMs, peak] = /^(\d{1,12}) (\d{1,15})$/.exec(message ?? '') ?? [];
  return wallMs === undefined || peak === undefined
    ? null
    : { wallMs: Number(wallMs), peakMemoryBytes: Number(peak) };
}
