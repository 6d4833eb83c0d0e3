import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { serveHealth } from '../../workers/health.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(run: () => Promise<unknown>): Promise<string> {
  const server = await serveHealth('127.0.0.1:0', {
    metrics: () => Promise.resolve('a 1\n'),
    checks: [
      { name: 'postgres', run },
      { name: 'temporal', run: () => Promise.resolve() },
    ],
  });
  servers.push(server);
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

describe('serveHealth', () => {
  it('serves metrics, life and readiness, and nothing else', async () => {
    const url = await serve(() => Promise.resolve());

    const answers = await Promise.all(
      ['/metrics', '/healthz', '/readyz?verbose', '/', '/admin'].map((path) => fetch(url + path)),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 404]);
    expect(await answers[0]?.text()).toBe('a 1\n');
    expect(answers[0]?.headers.get('content-type')).toContain('version=0.0.4');
  });

  it('is alive and not ready while something it needs is away, and says what', async () => {
    const url = await serve(() => Promise.reject(new Error('connect ECONNREFUSED')));

    const ready = await fetch(`${url}/readyz`);

    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({
      ready: false,
      checks: [
        { name: 'postgres', ok: false, reason: 'connect ECONNREFUSED' },
        { name: 'temporal', ok: true, reason: null },
      ],
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('is not ready when a check hangs', async () => {
    const url = await serve(() => new Promise(() => undefined));

    const ready = await fetch(`${url}/readyz`);

    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('no answer within 2 s');
  });

  it('refuses to start on a port that is taken', async () => {
    const url = await serve(() => Promise.resolve());

    await expect(
      serveHealth(new URL(url).host, { metrics: () => Promise.resolve(''), checks: [] }),
    ).rejects.toThrow(/EADDRINUSE/);
  });
});
