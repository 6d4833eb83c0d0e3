/** Markup that is safe to put into a page: every value in it has been escaped. */
export interface Html {
  readonly markup: string;
}

type Value = string | Html | readonly Html[];

/**
 * Markup with values in it. Texts are escaped for element content and for quoted attributes;
 * numbers must be formatted first, so that a page shows none by accident.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  let markup = strings[0] ?? '';
  for (const [index, value] of values.entries()) {
    markup += markupOf(value) + (strings[index + 1] ?? '');
  }
  return { markup };
}

/** Markup that this program wrote itself, or has made safe in another way. Never for data. */
export function trusted(markup: string): Html {
  return { markup };
}

/** Nothing at all. */
export const NOTHING: Html = { markup: '' };

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
}

/**
 * JSON that can stand in a `script` element: no `<` is left that could end the element or open a
 * comment, and no line separator that older parsers refuse.
 */
export function jsonForScript(value: unknown): Html {
  const json = JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return { markup: json };
}

function markupOf(value: Value): string {
  if (typeof value === 'string') {
    return escapeText(value);
  }
  return 'markup' in value ? value.markup : value.map((part) => part.markup).join('');
}
