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
export function interruptedText(session: Watched | null): string {
  if (session === null) return KEPT;
  // A report is drawn anew by the same command; there is nothing else to do about it.
  const ids = [...session.watched].filter((id) => !isReport(id));
  if (ids.length === 0) return KEPT;
  const isDefault = session.dataDirectory === defaultDataDirectory();
  const where = isDefault ? '' : ` --data-dir ${session.dataDirectory}`;
  return session.isOwner ? ownText(session, ids, where) : watchedText(ids, where);
}

type Watched = Pick<Session, 'isOwner' | 'watched' | 'dataDirectory' | 'image'>;

const KEPT = 'interrupted; what was done is kept, and the same command goes on from there';

function ownText({ image }: Watched, ids: readonly string[], where: string): string {
  const stop = stopLines(ids, where);
  if (stop.length > 0) {
    return `${KEPT}. \`strategy-loop up\` goes on with it, too, unless it is stopped:\n${indented(stop)}`;
  }
  // A cycle is started once, and a decision is taken once: the same command would be refused.
  const on = image === null ? '' : ` --image ${image}`;
  return `interrupted; what was done is kept, and ${named(ids)} on with \`strategy-loop up${where}${on}\``;
}

function watchedText(ids: readonly string[], where: string): string {
  const stop = stopLines(ids, where);
  const look =
    stop.length > 0
      ? [`strategy-loop run list${where}`]
      : ids.map((id) => `strategy-loop cycle status ${id}${where}`);
  return [
    `interrupted: this command only watched, and ${named(ids)} on in the stack that is up.`,
    'The same command watches again. To look at it:',
    indented(look),
    ...(stop.length === 0 ? [] : ['To stop it after the cycle that it is at:', indented(stop)]),
  ].join('\n');
}

function stopLines(ids: readonly string[], where: string): string[] {
  return ids.filter(isLongRun).map((id) => `strategy-loop run stop ${id}${where}`);
}

function named(ids: readonly string[]): string {
  return `${ids.join(' and ')} ${ids.length > 1 ? 'go' : 'goes'}`;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
