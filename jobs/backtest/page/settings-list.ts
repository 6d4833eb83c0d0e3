import { html, type Html } from '../../analyze/page/html.ts';

/** A name and its value in words. */
export type Setting = readonly [name: string, value: string];

/** What was run, so that the page says how to run it again. */
export function settingsList(settings: readonly Setting[]): Html {
  const items = settings.map(
    ([name, value]) =>
      html`<dt>${name}</dt>
        <dd>${value}</dd>`,
  );
  return html`<h3>What was run</h3>
    <dl class="settings">${items}</dl>`;
}
