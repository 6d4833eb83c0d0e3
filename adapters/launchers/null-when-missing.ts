/** For `.catch`: a file that is not there reads as null, anything else is thrown on. */
export function nullWhenMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return null;
  }
  throw error;
}
