import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { constants } from 'node:os';
import { memoryBytes } from '../../adapters/launchers/process-memory.ts';
import { groupMembers, identify } from '../../adapters/launchers/process-table.ts';
import type { ProcessIdentity } from '../../adapters/launchers/process-table.ts';
import { packagePath } from '../../cli/package-path.ts';

const MIB = 1024 * 1024;
/** Each look reads the machine's whole process table. */
const MEMORY_TICK_MS = 150;

/** Keys that the docker driver knows, of those that a job of ours may want. */
const DRIVER_KEYS = new Set(
  `args cap_add cap_drop command cpu_hard_limit cpu_cfs_period entrypoint force_pull group_add
  hostname image init ipc_mode labels logging mount mounts network_mode pids_limit pid_mode
  privileged readonly_rootfs security_opt shm_size storage_opt sysctl ulimit userns_mode volumes
  work_dir`.split(/\s+/),
);

/** A task as it was registered. */
export interface DoubleTask {
  readonly User: string;
  readonly Config: Readonly<Record<string, unknown>>;
  readonly Env: Readonly<Record<string, string>>;
  readonly Resources: { readonly MemoryMB: number };
  /** In ns. */
  readonly KillTimeout: number;
}

export interface TaskExit {
  readonly code: number;
  readonly isOutOfMemory: boolean;
}

interface Mount {
  readonly type: string;
  readonly source?: string;
  readonly target: string;
}

/** @returns what the driver would say against a task's settings; null when it takes them. */
export function configProblem({ Config }: DoubleTask): string | null {
  const unknown = Object.keys(Config).find((key) => !DRIVER_KEYS.has(key));
  if (unknown !== undefined) return `unknown configuration option "${unknown}"`;
  return typeof Config['image'] === 'string' ? null : 'the image is missing';
}

/**
 * A container of the double: a process group of this machine, with the host's paths where the
 * container would have its mounts and the program. It isolates nothing; its memory is watched.
 */
export class RunningTask {
  readonly #child: ChildProcess;
  readonly #leader: ProcessIdentity | null;
  readonly #memoryTimer: NodeJS.Timeout;
  readonly exit: Promise<TaskExit>;
  /** As it was measured last. */
  memoryBytes = 0;

  constructor(task: DoubleTask, logFile: string) {
    const mounts = (task.Config['mount'] ?? []) as readonly Mount[];
    const [program = '', ...args] = [
      ...((task.Config['entrypoint'] ?? []) as string[]),
      ...((task.Config['args'] ?? []) as string[]),
    ];
    const hostPath = (value: string): string =>
      mounts.find(({ type, target }) => type === 'bind' && target === value)?.source ??
      value.replace(/^\/app\//, packagePath('./'));
    const env = Object.fromEntries(
      Object.entries(task.Env).map(([name, value]) => [name, hostPath(value)]),
    );
    const log = openSync(logFile, 'a');
    this.#child = spawn(program, args.map(hostPath), {
      detached: true,
      cwd: '/tmp',
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', log, 'ignore'],
    });
    closeSync(log);
    this.#leader = identify(this.#child.pid ?? 0);
    let isOutOfMemory = false;
    this.#memoryTimer = setInterval(() => {
      this.memoryBytes = this.#leader === null ? 0 : memoryBytes(groupMembers(this.#leader));
      if (this.memoryBytes <= task.Resources.MemoryMB * MIB) return;
      isOutOfMemory = true;
      this.kill();
    }, MEMORY_TICK_MS);
    this.exit = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        clearInterval(this.#memoryTimer);
        // A container ends with its first process.
        this.kill();
        resolve({
          code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
          isOutOfMemory,
        });
      });
    });
  }

  /** To the first process alone, as a container's init hands it on. */
  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL') this.kill();
    else this.#child.kill(signal);
  }

  kill(): void {
    if (this.#leader !== null && groupMembers(this.#leader).length > 0) {
      process.kill(-this.#leader.pid, 'SIGKILL');
    }
  }
}
