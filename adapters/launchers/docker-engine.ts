import type Docker from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';
import { containerName } from './docker-container.ts';

/** Status code of an answer of the Docker Engine; null for any other error. */
export function statusOf(error: unknown): number | null {
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' ? status : null;
}

/** For `.catch`: an answer with one of these codes reads as null, anything else is thrown on. */
export function nullOn(...codes: readonly number[]): (error: unknown) => null {
  return (error) => {
    if (codes.includes(statusOf(error) ?? 0)) return null;
    throw error;
  };
}

/** @returns null when there is no such container. */
export async function inspectJob(
  docker: Docker,
  jobDirectory: string,
): Promise<ContainerInspectInfo | null> {
  return docker.getContainer(containerName(jobDirectory)).inspect().catch(nullOn(404));
}

/**
 * Digest of the image that a container was made from: the registry's, where it came from one or went to
 * one, because that is what anybody can pull; else the engine's own id, which only this engine knows.
 */
export async function digestOf(
  docker: Docker,
  { Image: id, Config: { Image: name } }: ContainerInspectInfo,
): Promise<string> {
  const image = await docker.getImage(id).inspect().catch(nullOn(404));
  const known = (image?.RepoDigests ?? []).flatMap((reference) => {
    const [repository = '', digest] = reference.split('@', 2);
    return digest === undefined ? [] : [{ repository, digest }];
  });
  const named =
    known.find(({ repository, digest }) => name === `${repository}@${digest}`) ??
    known.find(({ repository }) => name === repository || name.startsWith(`${repository}:`)) ??
    known[0];
  return named?.digest ?? id;
}

/** Sends a signal. Harmless when the container has ended or is gone. */
export async function signalJob(
  docker: Docker,
  jobDirectory: string,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  await docker.getContainer(containerName(jobDirectory)).kill({ signal }).catch(nullOn(404, 409));
}

/**
 * Memory of a running container, in bytes, without the page cache that the kernel can take back.
 *
 * @returns 0 when the container has ended meanwhile.
 */
export async function memoryOf(docker: Docker, jobDirectory: string): Promise<number> {
  const stats = await docker
    .getContainer(containerName(jobDirectory))
    .stats({ stream: false, 'one-shot': true })
    .catch(nullOn(404, 409));
  const memory = stats?.memory_stats;
  if (memory?.usage === undefined) return 0;
  // cgroup v1 calls it total_inactive_file, v2 inactive_file.
  const details = memory.stats as Readonly<Record<string, number>> | undefined;
  const cache = details?.['total_inactive_file'] ?? details?.['inactive_file'] ?? 0;
  return Math.max(0, memory.usage - cache);
}

const FRAME_HEADER_BYTES = 8;

/**
 * Takes the frames of an engine's log stream apart (8 bytes of header: stream, three zeros, length),
 * and cuts the text at a cap.
 */
export function textOfFrames(frames: Buffer, bytesMax: number): Buffer {
  const parts: Buffer[] = [];
  let kept = 0;
  for (let at = 0; at + FRAME_HEADER_BYTES <= frames.length && kept < bytesMax;) {
    const length = frames.readUInt32BE(at + 4);
    const part = frames.subarray(at + FRAME_HEADER_BYTES, at + FRAME_HEADER_BYTES + length);
    parts.push(part.subarray(0, bytesMax - kept));
    kept += part.length;
    at += FRAME_HEADER_BYTES + length;
  }
  return Buffer.concat(parts);
}
