import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';
import { isByDigest } from './image/image-name.ts';
import { isQuiet } from './output.ts';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** Of what a program says, the end is kept: the reason of a failure stands there. */
const SAID_CHARACTERS_MAX = 64 * 1024;

/** What the engine knows about an image. */
export interface ImageDescription {
  readonly id: string;
  /** References by digest under which registries know it; empty for one that was never pushed or pulled. */
  readonly digests: readonly string[];
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly bytes: number;
}

/** Runs a program and returns what it printed. */
export async function runQuietly(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, [...args], { maxBuffer: OUTPUT_BYTES_MAX });
  return stdout;
}

/** How a docker command ended. */
export interface DockerEnd {
  readonly code: number | null;
  /** Its progress, also printed to stderr meanwhile; the end of it. */
  readonly printed: string;
  /** Its errors, which are for the caller to tell. */
  readonly errors: string;
}

/**
 * Runs a docker command that takes its time, and shows its progress on stderr.
 *
 * @param signal ends it.
 * @throws {CommandError} when there is no docker program.
 */
export async function runDocker(args: readonly string[], signal?: AbortSignal): Promise<DockerEnd> {
  const child = spawn('docker', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { printed: '', errors: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.printed = (said.printed + chunk.toString('utf8')).slice(-SAID_CHARACTERS_MAX);
    if (!isQuiet()) process.stderr.write(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.errors = (said.errors + chunk.toString('utf8')).slice(-SAID_CHARACTERS_MAX);
  });
  const stop = (): void => {
    child.kill('SIGTERM');
  };
  signal?.addEventListener('abort', stop);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, ...said };
  } catch (error) {
    throw dockerUnavailable(error);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** What an error of the docker program means that has nothing to do with what it was asked. */
export function dockerUnavailable(error: unknown): CommandError {
  const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
  return new CommandError(
    CommandExitCode.Unavailable,
    code === 'ENOENT'
      ? 'there is no docker program on the PATH. Install the client of Docker, or run this command where it is.'
      : `the Docker Engine cannot be asked: ${stderr.trim() || String(error)} Start it, or correct DOCKER_HOST.`,
    { cause: error },
  );
}

/** @returns null when the engine has no such image. @throws {CommandError} without a Docker Engine. */
export async function findImage(name: string): Promise<ImageDescription | null> {
  let text: string;
  try {
    text = await runQuietly('docker', ['image', 'inspect', name]);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    if (/No such image/i.test(stderr)) return null;
    throw dockerUnavailable(error);
  }
  const [found] = JSON.parse(text) as {
    Id: string;
    RepoDigests: string[] | null;
    RepoTags: string[] | null;
    Size: number;
    Config: { Labels: Record<string, string> | null };
  }[];
  if (found === undefined) throw new Error(`docker image inspect ${name} answered nothing`);
  return {
    id: found.Id,
    digests: found.RepoDigests ?? [],
    tags: found.RepoTags ?? [],
    labels: found.Config.Labels ?? {},
    bytes: found.Size,
  };
}

/** @throws {CommandError} when there is no such image, or no Docker Engine. */
export async function inspectImage(name: string): Promise<ImageDescription> {
  const found = await findImage(name);
  if (found !== null) return found;
  throw noImage(name);
}

export function noImage(name: string): CommandError {
  return new CommandError(CommandExitCode.BadInput, `there is no image "${name}". ${wayTo(name)}`);
}

/** How to come by an image: only a name can be given to one that is built. */
function wayTo(name: string): string {
  if (!isByDigest(name)) {
    return `Build one with \`strategy-loop image build --tag ${name}\`, or pull it.`;
  }
  const isOwnId = name.startsWith('sha256:');
  return isOwnId
    ? 'That is an id of one engine: `docker image ls --no-trunc` lists those of this one.'
    : `Pull it with \`docker pull ${name}\`, or name one that is here.`;
}
