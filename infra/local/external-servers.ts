import { Connection } from '@temporalio/client';
import pg from 'pg';
import { SearchAttribute } from '../../schemas/search-attribute.ts';
import { withoutPassword } from './database-url.ts';
import { isListening } from './port.ts';
import { ServerUnavailableError } from './server-error.ts';
import { requireNamespace } from './temporal-server.ts';

const CONNECT_MS = 5_000;
/** `IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;

/**
 * Makes sure that a database server of somebody else's answers.
 *
 * @throws {ServerUnavailableError} when it does not. The message does not repeat the password.
 */
export async function requireDatabase(url: string): Promise<void> {
  try {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
    // A connection that breaks later on is nobody's business here.
    client.on('error', () => undefined);
    await client.connect();
    await client.end();
  } catch (error) {
    throw new ServerUnavailableError(
      'the database',
      `the database that DATABASE_URL names (${withoutPassword(url)}) cannot be reached: ` +
        `${reasonOf(error)}; start it, correct DATABASE_URL, or unset it to use the embedded one`,
      { cause: error },
    );
  }
}

/**
 * Makes sure that a Temporal server of somebody else's answers, and has the namespace and our
 * search attributes; missing attributes are added.
 *
 * @throws {ServerUnavailableError} when it does not.
 */
export async function requireTemporal(address: string, namespace: string): Promise<void> {
  try {
    const { hostname, port } = new URL(`tcp://${address}`);
    // The client would knock for 10 s before it gives up.
    if (!(await isListening(Number(port), hostname))) {
      throw new Error('nothing answers there');
    }
    await requireNamespace(address, namespace);
    await ensureSearchAttributes(address, namespace);
  } catch (error) {
    throw new ServerUnavailableError(
      'Temporal',
      `the Temporal server that TEMPORAL_ADDRESS names (${address}, namespace ${namespace}) ` +
        `cannot be used: ${reasonOf(error)}; start it, correct TEMPORAL_ADDRESS and ` +
        'TEMPORAL_NAMESPACE, or unset them to use the embedded one',
      { cause: error },
    );
  }
}

async function ensureSearchAttributes(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: CONNECT_MS });
  try {
    const { operatorService } = connection;
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing = Object.values(SearchAttribute).filter((name) => !(name in customAttributes));
    if (missing.length > 0) {
      await operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
      });
    }
  } finally {
    await connection.close();
  }
}

/** Errors of several addresses tried at once have no message of their own. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message === '' ? (code ?? String(error)) : message;
}
