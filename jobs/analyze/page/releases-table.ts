import type { ReleaseLine } from '../../../schemas/jobs/analyze.ts';
import type { ParameterSet } from '../../../schemas/primitives.ts';
import { count } from './format.ts';
import { html, type Html } from './html.ts';

/** Which release traded from when, and what is in it. */
export function releasesTable(releases: readonly ReleaseLine[]): Html {
  if (releases.length === 0) {
    return html`<p class="hint">No release has been published.</p>`;
  }
  const rows = releases.map(
    (release) =>
      html`<tr>
        <th scope="row">${String(release.version)}</th>
        <td>${release.from}</td>
        <td>${parameterList(release.parameters)}</td>
        <td class="number">${count(release.trialCount)}</td>
        <td>${release.hasModel ? 'yes' : 'no'}</td>
        <td><code title="${release.releaseId}">${release.releaseId.slice(0, 12)}</code></td>
      </tr> `,
  );
  return html`<div class="scroll" role="region" aria-label="Releases" tabindex="0">
    <table>
      <caption>
        Releases
        <span class="hint">Lineage trials count every parameter set and model of the lineage.</span>
      </caption>
      <thead>
        <tr>
          <th scope="col">Release</th>
          <th scope="col">Trades from</th>
          <th scope="col">Parameters</th>
          <th scope="col" class="number">Lineage trials</th>
          <th scope="col">Model</th>
          <th scope="col">Id</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function parameterList(parameters: ParameterSet): Html {
  const entries = Object.entries(parameters);
  if (entries.length === 0) {
    return html`<span class="hint">none</span>`;
  }
  const items = entries.map(
    ([name, value]) => html`<li><span class="hint">${name}</span> ${shownValue(value)}</li>`,
  );
  return html`<ul class="pairs">
    ${items}
  </ul>`;
}

/** Numbers keep the digits that decide something; people do not read a float64's seventeenth. */
function shownValue(value: ParameterSet[string]): string {
  if (typeof value === 'object') {
    return JSON.stringify(value);
  }
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
}
