import type Docker from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';
import { digestOf } from '../../../adapters/launchers/docker-engine.ts';

const ID = `sha256:${'1'.repeat(64)}`;
const [A, B] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];

/** @param digests that the engine knows the image by; null when it has it no more. */
async function digestWith(name: string, digests: readonly string[] | null): Promise<string> {
  const inspect = () =>
    digests === null
      ? Promise.reject(Object.assign(new Error('no such image'), { statusCode: 404 }))
      : Promise.resolve({ RepoDigests: digests });
  const docker = { getImage: () => ({ inspect }) } as unknown as Docker;
  const container = { Image: ID, Config: { Image: name } } as ContainerInspectInfo;
  return digestOf(docker, container);
}

describe('digestOf', () => {
  const both = [`ghcr.io/me/loop@${A}`, `127.0.0.1:5000/loop@${B}`];

  it.each([
    ['the one that it was named by', `127.0.0.1:5000/loop@${B}`, both, B],
    ['that of the repository that it was named by', '127.0.0.1:5000/loop:1', both, B],
    ["any registry's where it goes by a name of its own", 'loop:dev', both, A],
    ["the engine's id where no registry knows it", 'loop:dev', [], ID],
    ['the same when the image is gone', 'loop:dev', null, ID],
  ])('is %s', async (_, name, digests, digest) => {
    expect(await digestWith(name, digests)).toBe(digest);
  });
});
