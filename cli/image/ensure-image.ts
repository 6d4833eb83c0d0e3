import { CommandError } from '../command-error.ts';
import { findImage, noImage, runDocker } from '../docker-command.ts';
import type { Output } from '../output.ts';
import { loginCommand, namesRegistry } from './image-name.ts';
import { registryRefusal } from './registry-refusal.ts';

/**
 * Pulls an image that the engine does not have, with the docker client and its credentials, before
 * jobs wait for it. A name without a registry is never looked for: on Docker Hub it would be somebody
 * else's. Without a docker program or an engine nothing is done, and whoever needs them says so.
 *
 * @throws {CommandError} when it is not here and cannot be pulled.
 */
export async function ensureImage(image: string, output: Output): Promise<void> {
  const found = await findImage(image).catch((error: unknown) => {
    if (error instanceof CommandError) return 'unknown';
    throw error;
  });
  if (found !== null) return;
  if (!namesRegistry(image)) throw noImage(image);
  output.note(`pulling ${image}`);
  const { code, errors } = await runDocker(['pull', image]);
  if (code === 0) return;
  throw registryRefusal(`${image} is not here and was not pulled`, errors, {
    name: image,
    login: `Log in with \`${loginCommand(image)}\``,
  });
}
