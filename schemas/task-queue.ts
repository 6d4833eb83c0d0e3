/**
 * Task queues. Trusted work is split by the rights it needs: `store` workers may reach the
 * database and have no launcher rights; `launch` workers may start jobs and have no database.
 */
export const TaskQueue = {
  Workflows: 'strategy-loop',
  Store: 'strategy-loop-store',
} as const;

/** A launcher starts jobs; each launcher class has a task queue of its own. */
export const LauncherKind = {
  Process: 'process',
  Docker: 'docker',
  Nomad: 'nomad',
  Kubernetes: 'kubernetes',
} as const;
export type LauncherKind = (typeof LauncherKind)[keyof typeof LauncherKind];

/** @returns the task queue on which workers with that launcher listen. */
export function launchTaskQueue(launcher: LauncherKind): string {
  return `strategy-loop-launch-${launcher}`;
}
