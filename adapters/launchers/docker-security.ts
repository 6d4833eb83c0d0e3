import type Docker from 'dockerode';

/** What the engine is asked to enforce by profiles of the kernel's filters. */
export interface DockerSecurity {
  /** A seccomp profile as JSON text; null for the engine's default one. */
  readonly seccomp: string | null;
  /** Name of an AppArmor profile that is loaded on the engine's host; null when none is. */
  readonly appArmor: string | null;
}

/**
 * Security options of a container. An engine whose kernel has no AppArmor would refuse to start a
 * container that names a profile of it, so there the name is left out.
 */
export async function securityOptions(
  docker: Pick<Docker, 'info'>,
  { seccomp, appArmor }: DockerSecurity,
): Promise<string[]> {
  return [
    'no-new-privileges',
    ...(seccomp === null ? [] : [`seccomp=${seccomp}`]),
    ...(appArmor !== null && (await hasAppArmor(docker)) ? [`apparmor=${appArmor}`] : []),
  ];
}

/** An engine lists `name=apparmor`, older ones `apparmor`. */
async function hasAppArmor(docker: Pick<Docker, 'info'>): Promise<boolean> {
  const { SecurityOptions } = (await docker.info()) as { SecurityOptions?: readonly string[] };
  return (SecurityOptions ?? []).some((option) => /^(name=)?apparmor(,|$)/.test(option));
}
