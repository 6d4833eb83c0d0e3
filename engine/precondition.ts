/**
 * A caller broke a rule of the engine. It is a bug, never an ordinary answer: nothing should catch
 * it except the edge that reports it. Messages read "X must be …, was …".
 */
export class PreconditionError extends Error {
  override readonly name = 'PreconditionError';
}
