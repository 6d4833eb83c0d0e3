import { CommandExitCode } from '../schemas/exit-code.ts';
import type { Window } from '../schemas/window.ts';
import { CommandError } from './command-error.ts';

/** Today in UTC, in which windows are counted. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/**
 * Refuses a window that ends after today: its last bars cannot be there yet, and those that come
 * after it ran could never be traded.
 *
 * @param option the option that says where it ends, and what would be right instead.
 * @throws {CommandError}
 */
export function refuseUnfinished(
  window: Window,
  option: { readonly name: string; readonly wayOut: string },
): void {
  const now = today();
  if (window.to <= now) return;
  throw new CommandError(
    CommandExitCode.BadInput,
    `${option.name}: the window ${window.from} to ${window.to} is not over yet, today is ${now}; ${option.wayOut}`,
  );
}
