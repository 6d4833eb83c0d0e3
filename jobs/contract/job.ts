import type { InputOf, JobType, ResultOf } from '../../schemas/jobs/job-type.ts';
import type { OutputFile } from './output-files.ts';
import type { SourceHashes } from '../../schemas/source-hashes.ts';

/** Everything a job may touch: its parsed input, its files, its log. */
export interface JobContext<T extends JobType = JobType> {
  readonly input: InputOf<T>;
  readonly inputDirectory: string;
  /**
   * Bytes of an input file. They were checked against their hash before the job began.
   *
   * @throws {BadInputError} when the file is not among the job's listed files.
   */
  readonly readFile: (name: string) => Uint8Array;
  /**
   * The same in pieces, for a file that may be larger than memory. A big one is checked against
   * its hash while it is read: until the last piece has come, what was read is provisional.
   *
   * @throws {BadInputError} also at the end, when the bytes are not the ones that were listed.
   */
  readonly readChunks: (name: string) => AsyncIterable<Buffer>;
  /** The same as UTF-8 text. */
  readonly readText: (name: string) => string;
  /** Writes an output file whole and returns the SHA-256 of its bytes. */
  readonly writeFile: (name: string, content: Uint8Array | string) => Promise<string>;
  /** Opens an output file that is written piece by piece. */
  readonly openFile: (name: string) => Promise<OutputFile>;
  /** Writes one line for operators to the job's log. */
  readonly log: (line: string) => void;
}

/** What a job may ask about the program that it is part of. */
export interface ProgramFacts {
  /** What the build noted about the sources; read on first use. */
  readonly sourceHashes: () => SourceHashes;
}

/** What the module of a job exports. */
export interface JobModule<T extends JobType> {
  /**
   * @throws {BadInputError} when the input is wrong.
   * @throws {TryAgainError} when something outside was not there.
   */
  readonly run: (context: JobContext<T>, program: ProgramFacts) => Promise<ResultOf<T>>;
}

/** How each job type's module is loaded: only when asked for, so that start-up stays fast. */
export type JobTable = { readonly [T in JobType]: () => Promise<JobModule<T>> };
