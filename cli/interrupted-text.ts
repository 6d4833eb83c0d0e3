import { defaultDataDirectory } from '../infra/local/data-directory.ts';
import type { Session } from './session.ts';

/** Replays, back-fills and scheduled starts: they run many cycles and can be stopped between two. */
export function isLongRun(workflowId: string): boolean {
  return /^(replay|backfill|scheduled)\//.test(workflowId);
}

function isReport(workflowId: string): boolean {
  return workflowId.startsWith('report/');
}

/**
 * What a command says when Ctrl-C ends it. Workflows outlive the command: in a stack that is up
 * they go on at once, and in one that was the command's own with the next worker.
 *
 * @param session what the command had opened; null when it had not come so far.
 */
export function interruptedText(
  session: Pick<Session, 'isOwner' | 'watched' | 'dataDirectory'> | null,
): string {
  // A report is drawn anew by the same command; there is nothing else to do about it.
  const ids = [...(session?.watched ?? [])].filter((id) => !isReport(id));
  const runs = ids.filter(isLongRun);
  const isDefault = session === null || session.dataDirectory === defaultDataDirectory();
  const where = isDefault ? '' : ` --data-dir ${session.dataDirectory}`;
  const stop = runs.map((id) => `strategy-loop run stop ${id}${where}`);
  if (session === null || session.isOwner || ids.length === 0) {
    const kept = 'interrupted; what was done is kept, and the same command goes on from there';
    return stop.length === 0
      ? kept
      : `${kept}. \`strategy-loop up\` goes on with it, too, unless it is stopped:\n${indented(stop)}`;
  }
  const look =
    runs.length > 0
      ? [`strategy-loop run list${where}`]
      : ids.map((id) => `strategy-loop cycle status ${id}${where}`);
  return [
    `interrupted: this command only watched, and ${ids.join(' and ')} ${ids.length > 1 ? 'go' : 'goes'} on in the stack that is up.`,
    'The same command watches again. To look at it:',
    indented(look),
    ...(stop.length === 0 ? [] : ['To stop it after the cycle that it is at:', indented(stop)]),
  ].join('\n');
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
