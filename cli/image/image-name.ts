import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';

/** An image's name, taken apart as Docker does it. */
export interface ImageName {
  /** Host, with a port where one is named; null means Docker Hub. */
  readonly registry: string | null;
  /** Everything before tag and digest, as it was typed. */
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

export function parseImageName(text: string): ImageName {
  const [named = '', digest = null] = text.split('@', 2);
  // A colon before the last slash belongs to the port of a registry.
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const repository = colon === -1 ? named : named.slice(0, colon);
  const tag = colon === -1 ? null : named.slice(colon + 1);
  const [first = '', ...rest] = repository.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return { registry: isHost ? first : null, repository, tag, digest };
}

/** Whether a name says where the image comes from. Docker looks for all others on Docker Hub. */
export function namesRegistry(image: string): boolean {
  return parseImageName(image).registry !== null;
}

/** Whether a reference is by digest or by the engine's own id, which nobody can give to an image. */
export function isByDigest(image: string): boolean {
  return image.includes('@') || image.startsWith('sha256:');
}

/** @returns the command that logs in where an image goes to or comes from. */
export function loginCommand(image: string): string {
  const { registry } = parseImageName(image);
  return registry === null ? 'docker login' : `docker login ${registry}`;
}

/**
 * Where an image is to be pushed: with a repository of its own and a tag.
 *
 * @param to what was asked for; null pushes the image under the name that it has.
 * @throws {CommandError} when that names no repository, or a digest.
 */
export function pushTarget(image: string, to: string | null): string {
  const asked = to ?? image;
  const { registry, repository, tag, digest } = parseImageName(asked);
  const example = `strategy-loop image push ${image} --to ghcr.io/<owner>/strategy-loop:${parseImageName(image).tag ?? '1'}`;
  if (digest !== null) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `${to === null ? 'without --to the image' : '--to'} must be a repository and a tag, was ${asked}: ` +
        `the registry makes the digest. Type \`${example}\`.`,
    );
  }
  const names = repository.split('/');
  const isHub = registry === null || /^(index\.)?docker\.io$/.test(registry);
  if (names.length - (registry === null ? 0 : 1) < (isHub ? 2 : 1)) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `${asked} names no registry and no owner, so it would go to Docker Hub's own library. ` +
        `Say where to: \`${example}\`.`,
    );
  }
  return `${repository}:${tag ?? parseImageName(image).tag ?? 'latest'}`;
}
