/** One release decides once per bar, so its start and the bar's time name the order. */
export function orderIdOf(releaseId: string, decidedAt: string): string {
  return `${releaseId.slice(0, 12)}/${decidedAt}`;
}
