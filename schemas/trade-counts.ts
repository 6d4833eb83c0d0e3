/** How many trades have come to an end, and how many are still open: each trade is one of the two. */
export function tradeCounts(trades: readonly { readonly exitIndex: number | null }[]): {
  readonly closed: number;
  readonly open: number;
} {
  const open = trades.filter(({ exitIndex }) => exitIndex === null).length;
  return { closed: trades.length - open, open };
}
