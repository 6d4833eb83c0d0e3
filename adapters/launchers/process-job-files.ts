import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LaunchSpec } from './launcher.ts';
import { nullWhenMissing } from './null-when-missing.ts';
import { SpecRecord, StopRecord } from './process-job-records.ts';
import type { JobEnd, Stop } from './process-job-records.ts';
import type { ProcessIdentity } from './process-table.ts';

/**
 * The files by which workers and the shim of a job know about each other. All of them appear
 * complete: they are written beside their name and moved or linked to it.
 */
export class JobFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get input(): string {
    return join(this.directory, 'input');
  }

  get output(): string {
    return join(this.directory, 'output');
  }

  /** The job's working and home directory. */
  get work(): string {
    return join(this.directory, 'work');
  }

  get temporary(): string {
    return join(this.work, 'tmp');
  }

  get log(): string {
    return join(this.directory, 'log');
  }

  async createDirectories(): Promise<void> {
    for (const path of [this.input, this.output, this.temporary]) {
      await mkdir(path, { recursive: true });
    }
  }

  /** Writes the spec unless there is one, and returns the one that is there. */
  async writeSpecOnce(spec: LaunchSpec): Promise<LaunchSpec> {
    await this.writeOnce('spec.json', JSON.stringify(spec));
    return (await this.readSpec()) ?? spec;
  }

  async readSpec(): Promise<LaunchSpec | null> {
    const text = await this.read('spec.json');
    return text === null ? null : SpecRecord.parse(JSON.parse(text));
  }

  /** The shell that leads the job's process group; null before it has said so. */
  async readStarted(): Promise<ProcessIdentity | null> {
    const fields = (await this.read('started'))?.split(/\s+/);
    return fields === undefined
      ? null
      : { pid: Number(fields[0]), startTicks: Number(fields[1]), bootId: String(fields[2]) };
  }

  async readExit(): Promise<{ readonly code: number; readonly uptimeMs: number } | null> {
    const fields = (await this.read('exit'))?.split(/\s+/);
    return fields === undefined
      ? null
      : { code: Number(fields[0]), uptimeMs: Math.round(Number(fields[1]) * 1000) };
  }

  /** Process that writes the log; null before it has said so. */
  async readDrain(): Promise<number | null> {
    const text = await this.read('drain');
    return text === null ? null : Number(text);
  }

  /** Records why the job is being stopped. The first reason stays. */
  async writeStopOnce(stop: Stop): Promise<Stop> {
    await this.writeOnce('stop.json', JSON.stringify(stop));
    return (await this.readStop()) ?? stop;
  }

  async readStop(): Promise<Stop | null> {
    const text = await this.read('stop.json');
    return text === null ? null : StopRecord.parse(JSON.parse(text));
  }

  /** @returns ms since it was decided to stop the job, on any machine; null when it was not. */
  async stopAgeMs(): Promise<number | null> {
    const stop = await stat(join(this.directory, 'stop.json')).catch(nullWhenMissing);
    return stop === null ? null : Date.now() - stop.mtimeMs;
  }

  /** The job's end as it was first reported; every later report is the same. */
  async readEnd(): Promise<JobEnd | null> {
    const text = await this.read('ended.json');
    return text === null ? null : (JSON.parse(text) as JobEnd);
  }

  async writeEndOnce(end: JobEnd): Promise<JobEnd> {
    await this.writeOnce('ended.json', JSON.stringify(end));
    return (await this.readEnd()) ?? end;
  }

  /** @returns ms since the job was claimed, or null when nobody has claimed it. */
  async claimAgeMs(): Promise<number | null> {
    const claim = await stat(join(this.directory, 'claim')).catch(nullWhenMissing);
    return claim === null ? null : Date.now() - claim.mtimeMs;
  }

  /** Takes the job so that no shim will run it. @returns whether it was still free. */
  async takeClaim(): Promise<boolean> {
    try {
      await mkdir(join(this.directory, 'claim'));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        return false;
      }
      throw error;
    }
  }

  async readPeakMemoryBytes(): Promise<number> {
    return Number((await this.read('peak')) ?? 0);
  }

  async writePeakMemoryBytes(bytes: number): Promise<void> {
    const temporary = join(this.directory, `.peak-${randomUUID()}`);
    await writeFile(temporary, String(bytes));
    await rename(temporary, join(this.directory, 'peak'));
  }

  /** A log that was saved from where the job's platform keeps it; null before that. */
  async readLog(): Promise<Buffer | null> {
    return readFile(this.log).catch(nullWhenMissing);
  }

  async writeLog(bytes: Buffer): Promise<void> {
    const temporary = join(this.directory, `.log-${randomUUID()}`);
    await writeFile(temporary, bytes);
    await rename(temporary, this.log);
  }

  private async read(name: string): Promise<string | null> {
    return readFile(join(this.directory, name), 'utf8').catch(nullWhenMissing);
  }

  /** Of two writers one wins, and no reader sees half a file. */
  private async writeOnce(name: string, text: string): Promise<void> {
    const temporary = join(this.directory, `.${name}-${randomUUID()}`);
    await writeFile(temporary, text);
    try {
      await link(temporary, join(this.directory, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw error;
      }
    } finally {
      await rm(temporary, { force: true });
    }
  }
}
