import { join } from 'node:path';
import pg from 'pg';
import { findRunningStack } from '../../infra/local/stack.ts';
import { StackAlreadyRunningError } from '../../infra/local/stack-lock.ts';
import { startStoreServer } from '../../infra/local/store-server.ts';
import { requireNoProcessOf } from '../support/left-behind.ts';
import { processesIn } from '../support/processes.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

describe('startStoreServer', () => {
  it('starts Postgres alone, keeps others out, and is not taken for a stack', async () => {
    const directory = await scratchDirectory('store-server');
    const dataDirectory = join(directory, 'data');
    const start = () => startStoreServer(dataDirectory, () => undefined);

    const server = await start();
    try {
      const client = new pg.Client({ connectionString: server.databaseUrl });
      await client.connect();
      const { rows } = await client.query('select current_database() as name');
      await client.end();

      expect(rows).toEqual([{ name: 'strategy_loop' }]);
      expect(processesIn(directory).join('\n')).not.toContain('temporal');
      expect(await findRunningStack(dataDirectory)).toBeNull();
      await expect(start()).rejects.toThrow(StackAlreadyRunningError);
    } finally {
      await server.stop();
    }

    requireNoProcessOf(directory);
    // Would notice a lock that outlives the server.
    await (await start()).stop();
  });
});
