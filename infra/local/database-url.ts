/** @returns a database URL fit for a message. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    return `${parsed.host}${parsed.pathname}`;
  } catch {
    return 'not a valid URL';
  }
}

/** @returns whether a text is the URL of a Postgres database. */
export function isDatabaseUrl(url: string): boolean {
  return URL.canParse(url) && /^postgres(ql)?:\/\//.test(url);
}
