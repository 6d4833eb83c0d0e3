/** A model file that cannot be used, or that answered with something other than numbers. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}
