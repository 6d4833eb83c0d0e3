import { join } from 'node:path';

/** Where the newest report of a data directory lies, whoever drew it. */
export function latestReportPath(dataDirectory: string): string {
  return join(dataDirectory, 'reports', 'latest.html');
}
