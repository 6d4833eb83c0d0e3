import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { configProblem, RunningTask } from './nomad-double-task.ts';
import type { DoubleTask, TaskExit } from './nomad-double-task.ts';

const NS_PER_MS = 1_000_000;
const EVENTS_MAX = 10;
/** A node gathers what happened to its tasks for that long before it tells the servers. */
const TOLD_AFTER_MS = 200;

/** A job as it was registered, in Nomad's spelling. */
export interface DoubleJobSpec {
  readonly ID: string;
  readonly Type: string;
  readonly Meta: Readonly<Record<string, string>>;
  readonly TaskGroups: readonly [
    {
      readonly Name: string;
      readonly EphemeralDisk: { readonly SizeMB: number };
      readonly Disconnect?: { readonly Replace?: boolean };
      readonly Tasks: readonly [
        DoubleTask & {
          readonly Name: string;
          readonly Driver: string;
          readonly LogConfig: { readonly MaxFiles: number; readonly MaxFileSizeMB: number };
        },
      ];
    },
  ];
}

interface Event {
  readonly Type: string;
  readonly Time: number;
  readonly DisplayMessage: string;
  readonly Details: Record<string, string>;
}

/** One placement, and the process that stands for its container. */
export class DoubleAllocation {
  readonly id = randomUUID();
  readonly logFile: string;
  clientStatus = 'pending';
  desiredStatus = 'run';
  desiredDescription = '';
  running: RunningTask | null = null;
  readonly #events: Event[] = [];
  #state = 'pending';
  #startedAt: string | null = null;
  /** What the servers know, which lags behind what has happened. */
  #told: Record<string, unknown> | null = null;
  #toldStatus = 'pending';
  readonly #spec: DoubleJobSpec;
  readonly #createIndex: number;
  readonly #changed: () => void;

  constructor(
    spec: DoubleJobSpec,
    options: {
      readonly createIndex: number;
      readonly directory: string;
      readonly changed: () => void;
    },
  ) {
    this.#spec = spec;
    this.#createIndex = options.createIndex;
    this.#changed = options.changed;
    this.logFile = join(options.directory, `${this.id}.log`);
    this.#tell('Received', 'Task received by client');
    this.#tell('Task Setup', 'Building Task Directory');
  }

  #report(): void {
    setTimeout(() => {
      this.#told = {
        [this.#task.Name]: {
          State: this.#state,
          StartedAt: this.#startedAt,
          // As a node does, which keeps the newest.
          Events: this.#events.slice(-EVENTS_MAX),
          Restarts: 0,
        },
      };
      if (this.#toldStatus !== 'lost') this.#toldStatus = this.clientStatus;
      this.#changed();
    }, TOLD_AFTER_MS).unref();
  }

  get #task() {
    return this.#spec.TaskGroups[0].Tasks[0];
  }

  /** @param problem what the driver says instead of starting it; null when it starts. */
  start(problem: string | null): void {
    // A job that was stopped meanwhile is not started any more.
    if (this.desiredStatus !== 'run') return;
    const invalid = configProblem(this.#task);
    if (invalid !== null) this.#fail('Failed Validation', invalid);
    else if (problem !== null) this.#fail('Driver Failure', problem);
    else {
      this.running = new RunningTask(this.#task, this.logFile);
      this.#state = 'running';
      this.#startedAt = new Date().toISOString();
      this.clientStatus = 'running';
      this.#tell('Started', 'Task started by client');
      void this.running.exit.then((exit) => {
        this.#terminated(exit);
      });
    }
    this.#report();
  }

  /** As a stop of the job, a drain and a preemption do: SIGTERM, kill timeout, SIGKILL. */
  stop(description: string, status = 'stop'): void {
    if (this.desiredStatus !== 'run') return;
    this.desiredStatus = status;
    this.desiredDescription = description;
    const { running } = this;
    if (running === null) {
      this.#state = 'dead';
      this.clientStatus = 'complete';
    } else if (this.#state === 'dead') {
      // What has ended is "killed" once more when its node forgets it.
      this.#tell('Killing', 'Sent interrupt. Waiting before force killing');
    } else if (this.#state === 'running') {
      this.#tell('Killing', 'Sent interrupt. Waiting before force killing');
      running.signal('SIGTERM');
      const timer = setTimeout(() => {
        running.kill();
      }, this.#task.KillTimeout / NS_PER_MS);
      void running.exit.then(() => {
        clearTimeout(timer);
      });
    }
    this.#changed();
    this.#report();
  }

  /** As when its node has been out of touch for too long: nobody hears of its end. */
  lose(): void {
    this.clientStatus = 'lost';
    this.#toldStatus = 'lost';
    this.desiredStatus = 'stop';
    this.desiredDescription = 'alloc is lost since its node is down';
    this.running?.kill();
    this.#changed();
  }

  get isOver(): boolean {
    return this.#state === 'dead';
  }

  document(): Record<string, unknown> {
    return {
      ID: this.id,
      JobID: this.#spec.ID,
      ClientStatus: this.#toldStatus,
      DesiredStatus: this.desiredStatus,
      DesiredDescription: this.desiredDescription,
      CreateIndex: this.#createIndex,
      TaskStates: this.#told,
    };
  }

  #terminated({ code, isOutOfMemory }: TaskExit): void {
    if (this.clientStatus === 'lost') return;
    this.#state = 'dead';
    this.clientStatus = code === 0 ? 'complete' : 'failed';
    // The docker driver tells no signal, only 128 + n.
    this.#tell('Terminated', `Exit Code: ${String(code)}`, {
      exit_code: String(code),
      signal: '0',
      oom_killed: String(isOutOfMemory),
      ...(code === 0
        ? {}
        : {
            exit_message: `Docker container exited with non-zero exit code: ${String(code)}`,
          }),
    });
    if (this.desiredStatus !== 'run') this.#tell('Killed', 'Task successfully killed');
    else if (code !== 0) this.#tell('Not Restarting', 'Policy allows no restarts');
    this.#report();
  }

  #fail(type: string, message: string): void {
    this.#state = 'dead';
    this.clientStatus = 'failed';
    this.#tell(type, message);
    this.#tell('Not Restarting', 'Policy allows no restarts');
  }

  #tell(type: string, message: string, details: Record<string, string> = {}): void {
    this.#events.push({
      Type: type,
      Time: Math.round(Date.now() * NS_PER_MS),
      DisplayMessage: message,
      Details: details,
    });
  }
}

/** @returns what Nomad's servers would say against a job; null when they take it. */
export function jobProblem(spec: DoubleJobSpec): string | null {
  const group = spec.TaskGroups[0];
  const { LogConfig, Driver, Resources } = group.Tasks[0];
  const log = LogConfig.MaxFiles * LogConfig.MaxFileSizeMB;
  if (spec.Type !== 'batch') return `job type "${spec.Type}" is not what a job needs`;
  if (Driver !== 'docker') return `driver "${Driver}" is not there`;
  if (Resources.MemoryMB < 10) return 'minimum MemoryMB value is 10';
  if (log >= group.EphemeralDisk.SizeMB) {
    return `log storage (${String(log)} MB) must be less than requested disk capacity (${String(group.EphemeralDisk.SizeMB)} MB)`;
  }
  return null;
}
