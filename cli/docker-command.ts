import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/** What the engine knows about an image. */
export interface ImageDescription {
  readonly id: string;
  /** Digests under which registries know it; empty for one that was never pushed or pulled. */
  readonly digests: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly bytes: number;
}

/** Runs a program and returns what it printed. */
export async function runQuietly(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, [...args], { maxBuffer: OUTPUT_BYTES_MAX });
  return stdout;
}

/** @throws {CommandError} when there is no such image, or no Docker Engine. */
export async function inspectImage(name: string): Promise<ImageDescription> {
  let text: string;
  try {
    text = await runQuietly('docker', ['image', 'inspect', name]);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const isAbsent = /No such image/i.test(stderr);
    throw new CommandError(
      isAbsent ? CommandExitCode.BadInput : CommandExitCode.Unavailable,
      isAbsent
        ? `there is no image "${name}". Build one with \`strategy-loop image build --tag ${name}\`, or pull it.`
        : `the Docker Engine cannot be asked: ${stderr.trim() || String(error)}`,
      { cause: error },
    );
  }
  const [found] = JSON.parse(text) as {
    Id: string;
    RepoDigests: string[] | null;
    Size: number;
    Config: { Labels: Record<string, string> | null };
  }[];
  if (found === undefined) throw new Error(`docker image inspect ${name} answered nothing`);
  return {
    id: found.Id,
    digests: found.RepoDigests ?? [],
    labels: found.Config.Labels ?? {},
    bytes: found.Size,
  };
}
