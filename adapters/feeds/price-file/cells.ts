/** The cells of a record, or why the text is not a whole record. */
export type Cells =
  | { readonly kind: 'cells'; readonly cells: string[] }
  /** The text ends inside quotes: the record may go on in the next line. */
  | { readonly kind: 'open-quote' }
  /** A quote stands inside an unquoted cell, or text stands behind a closing quote. */
  | { readonly kind: 'stray-quote' };

const QUOTE = '"';
const DELIMITER = ',';

/**
 * Splits a record into trimmed cells as RFC 4180 says: a quote inside quotes is doubled, and none
 * may stand in an unquoted cell. Blanks around a cell, quoted or not, have no meaning here.
 */
export function splitCells(text: string): Cells {
  if (!text.includes(QUOTE)) {
    return { kind: 'cells', cells: text.split(DELIMITER).map(trimBlanks) };
  }
  const cells: string[] = [];
  let at = 0;
  while (at <= text.length) {
    const start = skipBlanks(text, at);
    if (text[start] === QUOTE) {
      const quoted = readQuoted(text, start);
      if (quoted.kind !== 'quoted') {
        return quoted;
      }
      cells.push(trimBlanks(quoted.value));
      at = quoted.next + 1;
    } else {
      const comma = text.indexOf(DELIMITER, at);
      const end = comma === -1 ? text.length : comma;
      const cell = text.slice(at, end);
      if (cell.includes(QUOTE)) {
        return { kind: 'stray-quote' };
      }
      cells.push(trimBlanks(cell));
      at = end + 1;
    }
  }
  return { kind: 'cells', cells };
}

/** @returns whether a record that ends here would end inside quotes, if its quotes are in order. */
export function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf(QUOTE); at !== -1; at = text.indexOf(QUOTE, at + 1)) {
    odd = !odd;
  }
  return odd;
}

/** Reads from an opening quote to the comma, or the end, behind its closing one. */
function readQuoted(
  text: string,
  start: number,
): { kind: 'quoted'; value: string; next: number } | Exclude<Cells, { kind: 'cells' }> {
  let close = text.indexOf(QUOTE, start + 1);
  while (close !== -1 && text[close + 1] === QUOTE) {
    close = text.indexOf(QUOTE, close + 2);
  }
  if (close === -1) {
    return { kind: 'open-quote' };
  }
  const next = skipBlanks(text, close + 1);
  if (next < text.length && text[next] !== DELIMITER) {
    return { kind: 'stray-quote' };
  }
  return { kind: 'quoted', value: text.slice(start + 1, close).replaceAll('""', QUOTE), next };
}

/**
 * Removes spaces and tabs at both ends, and nothing else: `String.trim` would also remove a
 * no-break space or a byte-order mark in the middle of a file, which must be noticed.
 */
export function trimBlanks(text: string): string {
  const start = skipBlanks(text, 0);
  let end = text.length;
  while (end > start && isBlank(text.charCodeAt(end - 1))) {
    end -= 1;
  }
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text.charCodeAt(at))) {
    at += 1;
  }
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
