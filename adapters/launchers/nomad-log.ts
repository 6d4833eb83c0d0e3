import { chown, open, stat } from 'node:fs/promises';
import { nullWhenMissing } from './null-when-missing.ts';
import type { JobFiles } from './process-job-files.ts';

/** Where a job's container sees the file that its log is kept in. */
export const CONTAINER_LOG = '/job/log';

/** Unit of `ulimit -f`. */
const BLOCK_BYTES = 512;

/**
 * Runs the job's argv inside the container and keeps what it prints in a file of the jobs' directory,
 * because Nomad's docker driver stops reading a container's log when the container ends: of every
 * three jobs that end within a second it lost the last lines of one (1.6.1, November 2026). Nomad gets the
 * same lines for its own log, as far as it reads them. POSIX sh and four small programs only.
 *
 * - Nomad puts a socket of its API into every container, for those that hold a token. A job holds none
 *   and has no network, so it gets no socket either.
 * - SIGTERM comes to this shell alone and is handed on to the group; all but the job live through it.
 * - The log is cut at the cap while the rest is swallowed: a verbose job never dies of SIGPIPE. The
 *   cap is a file size limit on tee, which writes what it reads at once.
 * - Descriptor 3 brings the reader's pid and the job's exit code to the last part, which waits for the
 *   reader: what a job that has ended leaves running gets SIGTERM, and holds the log for 2 s at most.
 */
const KEEP_LOG = `
cap=$1 log=$2
shift 2
[ -z "$NOMAD_SECRETS_DIR" ] || rm -f "$NOMAD_SECRETS_DIR/api.sock"
exec 4>&1
trap 'trap : TERM; kill -TERM 0' TERM
{
  trap : TERM
  {
    trap : TERM
    "$@" < /dev/null 2>&1 3>&- 4>&-
    code=$?
    exec > /dev/null 4>&-
    echo "code $code" >&3
  } | {
    trap '' TERM
    read -r pid rest < /proc/self/stat
    echo "reader $pid" >&3
    ( trap '' XFSZ; ulimit -f "$cap"; exec tee -a "$log" >&4 2> /dev/null 3>&- )
    exec cat > /dev/null 4>&-
  }
} 3>&1 | {
  trap '' TERM
  exec 4>&-
  reader= code=
  while [ -z "$reader" ] || [ -z "$code" ]; do
    read -r what value || break
    case $what in reader) reader=$value ;; code) code=$value ;; esac
  done
  kill -TERM 0
  ( sleep 2; kill -KILL "$reader" ) > /dev/null 2>&1 < /dev/null &
  while read -r rest; do :; done
  [ -n "$code" ] || code=70
  exit "$code"
} &
last=$!
wait "$last"
code=$?
while kill -0 "$last" 2> /dev/null; do
  wait "$last"
  code=$?
done
exit "$code"
`;

/** @returns argv of a container that runs a job's argv, which follows it, and keeps its log. */
export function keepLog(logBytesMax: number): readonly string[] {
  return [
    '/bin/sh',
    '-c',
    KEEP_LOG,
    'job',
    String(Math.ceil(logBytesMax / BLOCK_BYTES)),
    CONTAINER_LOG,
  ];
}

/** Makes the file that the job's user will write: a mount needs something to stand on. */
export async function prepareLog(
  files: JobFiles,
  user: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const file = await open(files.log, 'a', 0o600);
  await file.close();
  if (process.getuid?.() === 0) await chown(files.log, user.uid, user.gid);
}

/** @returns whether a job wrote its log itself, past the cap that the shell around it keeps to. */
export async function isLogTooLarge(files: JobFiles, logBytesMax: number): Promise<boolean> {
  const log = await stat(files.log).catch(nullWhenMissing);
  return (log?.size ?? 0) > logBytesMax + BLOCK_BYTES;
}
