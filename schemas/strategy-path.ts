/** Whether what stands in place of a strategy's id is the path of a file. */
export function isStrategyPath(text: string): boolean {
  return /^[./~]/.test(text) || /\.[cm]?[jt]s$/.test(text);
}
