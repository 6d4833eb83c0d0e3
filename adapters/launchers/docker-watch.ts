import type Docker from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';
import { digestOf, inspectJob, memoryOf, signalJob } from './docker-engine.ts';
import type { JobObservation, LaunchSpec } from './launcher.ts';
import { classify } from './process-end.ts';
import { isGentle, isGraceOver } from './process-grace.ts';
import type { JobFiles } from './process-job-files.ts';
import type { JobEnd, Stop } from './process-job-records.ts';
import { isOutputTooLarge } from './process-output.ts';
import { uptimeMs } from './process-table.ts';

/** How often memory and output are measured. */
const MEASURE_MS = 250;
const MIB = 1024 * 1024;

/** A job whose container has not ended. */
interface RunningJob {
  readonly spec: LaunchSpec;
  readonly startedAtMs: number;
}

/**
 * One observer's view of one job's container. Several may watch the same job and act alike: why it
 * is stopped and how it ended are files of the job, written once.
 */
export class DockerWatch {
  readonly #docker: Docker;
  readonly #files: JobFiles;
  #measuredAt = -Infinity;
  #memory = 0;

  constructor(docker: Docker, files: JobFiles) {
    this.#docker = docker;
    this.#files = files;
  }

  /** Looks at the job without enforcing its limits. */
  async observe(): Promise<JobObservation> {
    const job = await this.#find();
    if ('phase' in job) return job;
    this.#memory = await memoryOf(this.#docker, this.#files.directory);
    return this.#running(job);
  }

  /** Looks at the job, and stops it when it breaks a limit or is being stopped for some time. */
  async enforce(): Promise<JobObservation> {
    const job = await this.#find();
    if ('phase' in job) return job;
    const stop = (await this.#files.readStop()) ?? (await this.#stopOnBreach(job));
    if (stop !== null && isGraceOver(stop, job.spec)) {
      await signalJob(this.#docker, this.#files.directory, 'SIGKILL');
    }
    return this.#running(job);
  }

  /** Stops the job for a reason and returns what it came to; `enforce` does the rest. */
  async stop(cause: Stop['cause']): Promise<JobObservation> {
    const job = await this.#find();
    if ('phase' in job) return job;
    await this.#stop(cause);
    return this.enforce();
  }

  async #find(): Promise<RunningJob | JobObservation> {
    const end = await this.#files.readEnd();
    const spec = await this.#files.readSpec();
    if (end !== null || spec === null) return end ?? { phase: 'absent' };
    const container = await inspectJob(this.#docker, this.#files.directory);
    const isClaimed = (await this.#files.claimAgeMs()) !== null;
    if (container === null || container.State.Status === 'created') {
      // Whoever claimed the job had seen it start: a container that is gone since then is lost.
      return isClaimed && container === null ? this.#settle(spec, null) : { phase: 'absent' };
    }
    return container.State.Running
      ? { spec, startedAtMs: Date.parse(container.State.StartedAt) }
      : this.#settle(spec, container);
  }

  async #stopOnBreach(job: RunningJob): Promise<Stop | null> {
    const { limits } = job.spec;
    if (Date.now() - job.startedAtMs >= limits.deadlineMs) return this.#stop('deadline');
    if (performance.now() - this.#measuredAt < MEASURE_MS) return null;
    this.#measuredAt = performance.now();
    this.#memory = await memoryOf(this.#docker, this.#files.directory);
    if (this.#memory > (await this.#files.readPeakMemoryBytes())) {
      await this.#files.writePeakMemoryBytes(this.#memory);
    }
    return (await isOutputTooLarge(this.#files.output, limits))
      ? this.#stop('output-too-large')
      : null;
  }

  /** The reason is recorded before the signal, so that every observer gives the same one. */
  async #stop(cause: Stop['cause']): Promise<Stop> {
    const stop = await this.#files.writeStopOnce({ cause, uptimeMs: uptimeMs() });
    if (stop.cause === cause && isGentle(cause)) {
      await signalJob(this.#docker, this.#files.directory, 'SIGTERM');
    }
    return stop;
  }

  /** Records the end for every later observer. */
  async #settle(spec: LaunchSpec, container: ContainerInspectInfo | null): Promise<JobEnd> {
    const state = container?.State;
    const cause =
      (await this.#files.readStop())?.cause ??
      (await this.#lateCause(spec, container)) ??
      (container === null ? 'lost' : null);
    const peak = await this.#files.readPeakMemoryBytes();
    return this.#files.writeEndOnce({
      phase: 'ended',
      ...classify(cause, state?.ExitCode ?? null),
      wallMs:
        state === undefined
          ? 0
          : Math.max(0, Date.parse(state.FinishedAt) - Date.parse(state.StartedAt)),
      // What the kernel ended at its limit had taken all of it, whenever it was last measured.
      peakMemoryBytes:
        cause === 'out-of-memory' ? Math.max(peak, spec.limits.memoryMib * MIB) : peak,
      ...(container === null ? {} : { image: await digestOf(this.#docker, container) }),
    });
  }

  /** Reasons that show only when the job is over. */
  async #lateCause(
    { limits }: LaunchSpec,
    container: ContainerInspectInfo | null,
  ): Promise<Stop['cause'] | null> {
    if (container?.State.OOMKilled === true) return 'out-of-memory';
    return (await isOutputTooLarge(this.#files.output, limits)) ? 'output-too-large' : null;
  }

  #running({ startedAtMs }: RunningJob): JobObservation {
    return { phase: 'running', startedAtMs, memoryBytes: this.#memory };
  }
}
