import type { z } from 'zod';
import { BadInputError } from '../contract/job-error.ts';

/**
 * Reads a file with one JSON object a line.
 *
 * @throws {BadInputError} naming the first line that is not such an object.
 */
export function readJsonLines<T>(name: string, text: string, schema: z.ZodType<T>): T[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') {
    lines.pop();
  }
  return lines.map((line, index) => {
    try {
      return schema.parse(JSON.parse(line));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${name} line ${String(index + 1)} is not what it must be: ${reason}. Prepare the job again.`;
      throw new BadInputError(message, { cause: error });
    }
  });
}
