import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import { findImage, inspectImage, runDocker, runQuietly } from '../docker-command.ts';
import type { ImageDescription } from '../docker-command.ts';
import { interruptible } from '../interruptible.ts';
import { createOutput } from '../output.ts';
import { loginCommand, parseImageName, pushTarget } from './image-name.ts';
import { requireSameSources } from './image-sources.ts';
import { registryRefusal } from './registry-refusal.ts';

export interface PushOptions {
  readonly json: boolean;
  readonly to?: string;
  readonly unverified: boolean;
}

/** Pushes an image under its own name or another, and answers how to name it by digest. */
export async function pushImage(image: string, options: PushOptions): Promise<void> {
  const output = createOutput(options.json);
  const target = pushTarget(image, options.to ?? null);
  const found = await inspectImage(image);
  if (!options.unverified) {
    await requireSameSources(image, ' `--unverified` pushes it all the same.');
  }
  const digest = await interruptible(
    () => nameFor(image, found, target),
    (name, signal) => name.keepAfter(push(target, signal)),
    () => `interrupted; ${target} was not pushed`,
  );
  const reference = `${parseImageName(target).repository}@${digest}`;
  output.note(`pushed ${target}; jobs run in it with \`--image ${reference}\``);
  output.answer(
    { image, target, reference, digest, id: found.id, isVerified: !options.unverified },
    reference,
  );
}

/** A tag that stands as long as it is needed. */
interface TemporaryTag {
  /** Waits for the work; when it has succeeded, the tag stays. */
  keepAfter<T>(work: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Gives an image the name that it is pushed under; what was there before comes back on failure. */
async function nameFor(
  image: string,
  { id, tags }: ImageDescription,
  target: string,
): Promise<TemporaryTag> {
  const before = await findImage(target);
  if (before?.id !== id) await tag(id, target);
  let ended: Promise<boolean> = Promise.resolve(false);
  return {
    keepAfter(work) {
      ended = work.then(
        () => true,
        () => false,
      );
      return work;
    },
    async close() {
      if ((await ended) || before?.id === id) return;
      if (before !== null) return tag(before.id, target);
      // An image goes with its last name: one that had none keeps this one.
      if (tags.length > 0) await runQuietly('docker', ['image', 'rm', target]);
    },
  };

  async function tag(of: string, name: string): Promise<void> {
    await runQuietly('docker', ['image', 'tag', of, name]).catch((error: unknown) => {
      const { stderr = '' } = error as { stderr?: string };
      throw new CommandError(
        CommandExitCode.BadInput,
        `${image} cannot be named ${name}: ${stderr.trim() || String(error)}`,
        { cause: error },
      );
    });
  }
}

/** @returns the digest that the registry knows the image by. */
async function push(target: string, signal: AbortSignal): Promise<string> {
  const { code, printed, errors } = await runDocker(['push', target], signal);
  if (code !== 0) {
    throw registryRefusal(`${target} was not pushed`, errors, {
      name: target,
      login: `Log in with \`${loginCommand(target)}\`, as somebody who may write there`,
    });
  }
  const [digest] = /sha256:[0-9a-f]{64}/.exec(/digest: \S+/.exec(printed)?.[0] ?? '') ?? [];
  if (digest === undefined) {
    throw new Error(`docker push ${target} named no digest: ${printed.slice(-500)}`);
  }
  return digest;
}
