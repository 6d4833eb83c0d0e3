import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const FIRST_MS = Date.UTC(1900, 0, 1);

/** A generated price file. */
export interface LargePriceFile {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  readonly sha256: string;
  /** Open time of the last bar. */
  readonly last: string;
}

/**
 * Writes a file of one-minute bars from 1900 on, without weekends, until it has so many bytes: 2 GB
 * are some 39 million rows. Prices are a saw tooth, so that the same size gives the same file.
 */
export async function writeLargePriceFile(path: string, bytesMin: number): Promise<LargePriceFile> {
  const stream = createWriteStream(path, { highWaterMark: 1 << 20 });
  const hash = createHash('sha256');
  let bytes = 0;
  let rows = 0;
  let last = '';
  const write = async (text: string): Promise<void> => {
    hash.update(text);
    bytes += text.length;
    if (!stream.write(text)) await once(stream, 'drain');
  };
  await write('date,open,high,low,close,volume\n');
  for (let day = 0; bytes < bytesMin; day += 1) {
    const midnight = FIRST_MS + day * DAY_MINUTES * MINUTE_MS;
    if (new Date(midnight).getUTCDay() % 6 === 0) continue;
    await write(dayText(midnight));
    rows += DAY_MINUTES;
    last = new Date(midnight + (DAY_MINUTES - 1) * MINUTE_MS).toISOString();
  }
  stream.end();
  await once(stream, 'finish');
  return { path, bytes, rows, sha256: hash.digest('hex'), last };
}

function dayText(midnight: number): string {
  const date = new Date(midnight).toISOString().slice(0, 10);
  let text = '';
  for (let minute = 0; minute < DAY_MINUTES; minute += 1) {
    const hours = String(Math.floor(minute / 60)).padStart(2, '0');
    const minutes = String(minute % 60).padStart(2, '0');
    const open = 1400 + (minute % 97) / 4;
    const prices = `${String(open)},${String(open + 1.5)},${String(open - 1.25)},${String(open + 0.25)}`;
    text += `${date}T${hours}:${minutes}Z,${prices},${String(900 + minute)}\n`;
  }
  return text;
}
