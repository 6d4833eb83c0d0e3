/**
 * Values changed so that they sum to `total` exactly. What is missing goes to the largest size, the
 * first of equals: a few 1e-8 that rounding left over.
 *
 * @param sizes what is compared, one a value; their signs do not count.
 */
export function reconcile(
  values: readonly bigint[],
  total: bigint,
  sizes: readonly bigint[] = values,
): bigint[] {
  const rest = total - sum(values);
  if (rest === 0n) return [...values];
  const at = indexOfLargest(sizes);
  return values.map((value, index) => (index === at ? value + rest : value));
}

/**
 * Shares of `total` in proportion to weights >= 0; they sum to it exactly. Equal shares when all
 * weights are 0.
 */
export function shareOut(total: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.length === 0) return [];
  const given = sum(weights);
  const used = given === 0n ? weights.map(() => 1n) : weights;
  const whole = given === 0n ? BigInt(weights.length) : given;
  return reconcile(
    used.map((weight) => (total * weight) / whole),
    total,
    used,
  );
}

export function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

export function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function indexOfLargest(sizes: readonly bigint[]): number {
  let at = 0;
  for (const [index, size] of sizes.entries()) {
    if (magnitude(size) > magnitude(sizes[at] ?? 0n)) at = index;
  }
  return at;
}
