import { readFileSync } from 'node:fs';

/** Golden values that the program of the same name in test/fixtures/golden computed. */
export function golden(name: string): unknown {
  const path = new URL(`../fixtures/golden/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as unknown;
}

/**
 * Says where two numbers differ by more than a share of the larger one; null when they agree. Two
 * nulls agree.
 */
export function difference(
  actual: number | null,
  expected: number | null,
  share = 1e-9,
): string | null {
  if (actual === null || expected === null) {
    return actual === expected ? null : `${String(actual)} instead of ${String(expected)}`;
  }
  const limit = share * Math.max(Math.abs(expected), Math.abs(actual), 1e-6);
  return Math.abs(actual - expected) <= limit
    ? null
    : `${String(actual)} instead of ${String(expected)}`;
}

/** `difference` of many named figures: those that differ, by name. */
export function differences(
  actual: Readonly<Record<string, number | null>>,
  expected: Readonly<Record<string, number | null>>,
  share?: number,
): string[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const found = difference(actual[name] ?? null, value, share);
    return found === null ? [] : [`${name}: ${found}`];
  });
}
