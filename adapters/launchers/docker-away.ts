import type Docker from 'dockerode';
import type { Launcher } from './launcher.ts';
import { LauncherUnavailableError } from './launcher.ts';

/** Codes of Node with which a socket is closed, silent or not to be found. */
const AWAY = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
]);

/** Gives errors of a broken connection a name: alone they say which port, and not whose. */
export function namingEngine(launcher: Launcher, docker: Docker): Launcher {
  const named = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw asAway(docker, error);
    }
  };
  return {
    ...launcher,
    ensure: (spec) => named(launcher.ensure(spec)),
    observe: (jobName) => named(launcher.observe(jobName)),
    wait: (jobName, options) => named(launcher.wait(jobName, options)),
    logs: (jobName) => named(launcher.logs(jobName)),
    cancel: (jobName) => named(launcher.cancel(jobName)),
    remove: (jobName) => named(launcher.remove(jobName)),
    list: () => named(launcher.list()),
  };
}

function asAway(docker: Docker, error: unknown): unknown {
  const { code = '', syscall, message } = error as Partial<NodeJS.ErrnoException>;
  // A stopped engine takes its socket with it.
  const isGone = code === 'ENOENT' && syscall === 'connect';
  if (!AWAY.has(code) && !isGone) return error;
  return new LauncherUnavailableError(
    `the Docker Engine at ${addressOf(docker)} does not answer: ${message ?? code}`,
    { cause: error },
  );
}

function addressOf({ modem }: Docker): string {
  const { socketPath, host, port } = modem as {
    socketPath?: string;
    host?: string;
    port?: string | number;
  };
  return host === undefined ? `unix://${socketPath ?? ''}` : `${host}:${String(port ?? '')}`;
}
