const LEVELS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO ',
  40: 'WARN ',
  50: 'ERROR',
  60: 'FATAL',
};
/** Every line has them, and a person at a terminal knows them. */
const OMITTED = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg']);

/** Turns one JSON line of the log into one for people; what is no JSON stays as it is. */
export function lineForPeople(line: string): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const time = new Date(Number(record['time'])).toISOString().slice(11, 23);
  const fields = Object.entries(record)
    .filter(([name, value]) => !OMITTED.has(name) && value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const level = LEVELS[Number(record['level'])] ?? '     ';
  const message = typeof record['msg'] === 'string' ? record['msg'] : '';
  return `${[time, level, message, ...fields].join(' ')}\n`;
}
