import { readProcess, readProcFile } from '../adapters/launchers/process-table.ts';
import { dataDirectoryLayout } from '../infra/local/data-directory.ts';
import { readStackFile } from '../infra/local/stack-file.ts';

/** A server of a stack that was stopped by a signal: it lives, holds its port and answers nothing. */
export interface SuspendedServer {
  readonly name: 'Postgres' | 'Temporal';
  readonly pid: number;
}

/** @returns the servers of the stack on a data directory that are suspended. */
export async function suspendedServers(dataDirectory: string): Promise<SuspendedServer[]> {
  const record = await readStackFile(dataDirectoryLayout(dataDirectory).stackFile);
  return (record?.servers ?? []).flatMap(({ pid, startTicks }) => {
    const entry = readProcess(pid);
    if (entry?.isStopped !== true || entry.startTicks !== startTicks) return [];
    const isPostgres = readProcFile(pid, 'comm')?.startsWith('postgres') === true;
    return [{ name: isPostgres ? 'Postgres' : 'Temporal', pid } as const];
  });
}

/** What is wrong, and what wakes it. */
export function suspendedText({ name, pid }: SuspendedServer): { text: string; mend: string } {
  return {
    text: `${name} is suspended (pid ${String(pid)}): it lives and answers nothing`,
    mend: `wake it: kill -CONT ${String(pid)}`,
  };
}
