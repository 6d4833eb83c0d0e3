import { Agent } from 'node:https';
import {
  ApiException,
  BatchV1Api,
  CoreV1Api,
  createConfiguration,
  KubeConfig,
  ServerConfiguration,
} from '@kubernetes/client-node';
import type { Middleware } from '@kubernetes/client-node';
import { LauncherUnavailableError } from './launcher.ts';
import { pause } from './process-wait.ts';

/** The two groups of the API that the launcher speaks to, in one namespace. */
export interface KubernetesApi {
  readonly batch: BatchV1Api;
  readonly core: CoreV1Api;
  readonly namespace: string;
}

/** A call that takes longer counts as unanswered. */
const CALL_MS_MAX = 30_000;
/** Tries of one call, and the pause after the first; it doubles. Together about six seconds. */
const TRIES_MAX = 6;
const FIRST_PAUSE_MS = 200;
/** A connection is made anew after this time, with the certificates that are valid then. */
const AGENT_MS_MAX = 10 * 60_000;

/** @returns the cluster that KUBECONFIG or ~/.kube/config names, or the one that this process runs in. */
export function loadCluster(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}

/** @throws when the configuration names no cluster. */
export function connectKubernetes(config: KubeConfig, namespace: string): KubernetesApi {
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(
      'the Kubernetes configuration names no cluster: set KUBECONFIG to a file whose ' +
        'current-context names one',
    );
  }
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(cluster.server, {}),
    authMethods: { default: config },
    promiseMiddleware: [keptConnections()],
  });
  return {
    batch: new BatchV1Api(configuration),
    core: new CoreV1Api(configuration),
    namespace,
  };
}

/** The client makes an agent for every call, and with it a TLS handshake; this keeps one. */
function keptConnections(): Middleware {
  let kept: Agent | null = null;
  let keptSince = -Infinity;
  return {
    pre(context) {
      const fresh = context.getAgent();
      if (fresh instanceof Agent) {
        if (kept === null || performance.now() - keptSince > AGENT_MS_MAX) {
          kept = new Agent({ ...fresh.options, keepAlive: true });
          keptSince = performance.now();
        }
        context.setAgent(kept);
      }
      context.setSignal(AbortSignal.timeout(CALL_MS_MAX));
      return Promise.resolve(context);
    },
    post: (context) => Promise.resolve(context),
  };
}

/**
 * Makes a call, and makes it again after a pause when the API is away or busy. Only for calls that
 * may be made twice.
 *
 * @throws {LauncherUnavailableError} when it stays away.
 */
export async function ask<T>(
  call: () => Promise<T>,
  firstPauseMs: number = FIRST_PAUSE_MS,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (tries >= TRIES_MAX) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new LauncherUnavailableError(
          `the Kubernetes API cannot be reached: ${reason.slice(0, 300)}`,
          { cause: error },
        );
      }
      await pause(firstPauseMs * 2 ** (tries - 1));
    }
  }
}

/** For `.catch`: an answer with one of these codes reads as null, anything else is thrown on. */
export function nullOn(...codes: readonly number[]): (error: unknown) => null {
  return (error) => {
    if (error instanceof ApiException && codes.includes(error.code)) return null;
    throw error;
  };
}

const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;

function isPassing(error: unknown): boolean {
  if (error instanceof ApiException) {
    return error.code === TOO_MANY_REQUESTS || error.code >= SERVER_ERROR;
  }
  return (
    error instanceof Error && ['FetchError', 'AbortError', 'TimeoutError'].includes(error.name)
  );
}
