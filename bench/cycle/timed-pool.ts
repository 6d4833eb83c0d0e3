import type { StorePool } from '../../adapters/postgres/pool.ts';

/** A pool whose statements are timed. */
export interface TimedPool {
  readonly pool: StorePool;
  /** Milliseconds in which at least one statement was under way, since the last call. */
  takeMs(): number;
}

/**
 * Times every statement, on the pool and on its clients, as the union of the spans in which one was
 * under way: statements that overlap count once.
 */
export function timed(pool: StorePool): TimedPool {
  let underWay = 0;
  let since = 0;
  let total = 0;

  function wrap<T extends (...args: never[]) => unknown>(query: T): T {
    const wrapped = (...args: Parameters<T>): unknown => {
      if (underWay === 0) since = performance.now();
      underWay += 1;
      const answer = query(...args);
      const done = (): void => {
        underWay -= 1;
        if (underWay === 0) total += performance.now() - since;
      };
      if (answer instanceof Promise) answer.then(done, done);
      else done();
      return answer;
    };
    return wrapped as T;
  }

  pool.on('connect', (client) => {
    // The pool's own `query` also goes through a client, so every statement passes here once.
    client.query = wrap<typeof client.query>(client.query.bind(client));
  });
  return {
    pool,
    takeMs() {
      const taken = total;
      total = 0;
      return taken;
    },
  };
}
