import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';

/** One thing that must be reachable for a worker to do its work. */
export interface Check {
  readonly name: string;
  /** Rejects, with the reason, when it is not there. */
  readonly run: () => Promise<unknown>;
}

/** What a worker answers over HTTP. */
export interface HealthSources {
  /** All metrics in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  readonly checks: readonly Check[];
}

/** A check that takes longer counts as failed. */
const CHECK_MS_MAX = 2_000;
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `/metrics`, `/healthz` (the process lives) and `/readyz` (everything it needs is reachable;
 * else 503 with the reasons). Anything else is 404; nothing can be changed here.
 *
 * @param address host:port
 * @throws when the port is taken.
 */
export async function serveHealth(address: string, sources: HealthSources): Promise<Server> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  const server = createServer((request, response) => {
    answer(request.url ?? '/', sources)
      .catch((error: unknown) => ({ status: 500, type: TEXT, body: `${String(error)}\n` }))
      .then(({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
      })
      .catch(() => response.destroy());
  });
  // Whoever keeps a connection open must not keep the worker from ending.
  server.keepAliveTimeout = 1_000;
  server.listen({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) });
  await once(server, 'listening');
  server.unref();
  return server;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function answer(url: string, { metrics, checks }: HealthSources): Promise<Answer> {
  switch (url.split('?')[0]) {
    case '/metrics':
      return { status: 200, type: TEXT, body: await metrics() };
    case '/healthz':
      return { status: 200, type: TEXT, body: 'ok\n' };
    case '/readyz': {
      const results = await Promise.all(checks.map(tryCheck));
      const isReady = results.every(({ ok }) => ok);
      const body = `${JSON.stringify({ ready: isReady, checks: results }, null, 2)}\n`;
      return { status: isReady ? 200 : 503, type: 'application/json', body };
    }
    default:
      return { status: 404, type: TEXT, body: 'there are /metrics, /healthz and /readyz\n' };
  }
}

async function tryCheck({
  name,
  run,
}: Check): Promise<{ name: string; ok: boolean; reason: string | null }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(CHECK_MS_MAX / 1000)} s`));
    }, CHECK_MS_MAX);
  });
  try {
    await Promise.race([run(), late]);
    return { name, ok: true, reason: null };
  } catch (error) {
    return { name, ok: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
