/**
 * Colors, type and layout of the page. The three contestants have colors of the Okabe-Ito palette,
 * which people with any common color blindness tell apart; their lines differ in shape too.
 *
 * @see M. Okabe & K. Ito, "Color Universal Design", 2008.
 */
export const THEME = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --panel: #ffffff; --ink: #17202a; --muted: #5b6672;
  --rule: #e3e7ec; --rule-strong: #c3cad3;
  --band-a: rgba(90, 110, 140, 0.05); --band-b: rgba(90, 110, 140, 0.13);
  --loop: #0072b2; --neverRetrained: #d55e00; --buyAndHold: #009e73;
  --good: #00694d; --good-wash: #e0f3ec; --kept: #7a4a00; --kept-wash: #fbeed9;
  --open: #44505c; --open-wash: #e9edf1; --accent: #005a8c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151b; --panel: #181f27; --ink: #e6ebf0; --muted: #9aa7b4;
    --rule: #28323d; --rule-strong: #445160;
    --band-a: rgba(160, 180, 210, 0.04); --band-b: rgba(160, 180, 210, 0.12);
    --loop: #56b4e9; --neverRetrained: #e69f00; --buyAndHold: #2bb58c;
    --good: #6fd6b3; --good-wash: #15372d; --kept: #f0bf6a; --kept-wash: #3a2c12;
    --open: #b5c0cb; --open-wash: #27313b; --accent: #8ccbf0;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  -webkit-text-size-adjust: 100%;
}
main, header.page, footer.page { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header.page { padding-top: 40px; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.015em; margin: 0 0 6px; text-wrap: balance; }
h2 { font-size: 1.45rem; letter-spacing: -0.01em; margin: 0 0 4px; overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 36px 0 4px; }
p { margin: 0 0 12px; max-width: 75ch; overflow-wrap: anywhere; }
a { color: var(--accent); }
code { font: 0.85em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.hint { color: var(--muted); font-size: 0.85rem; font-weight: 400; }
.verdict { font-size: 1.1rem; text-wrap: pretty; }
.unseen {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
section.strategy {
  background: var(--panel); border: 1px solid var(--rule); border-radius: 14px;
  padding: 28px; margin: 28px 0;
}
.cards { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px; margin: 18px 0 22px; padding: 0; list-style: none; }
.cards li { border: 1px solid var(--rule); border-top: 3px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.cards .name { display: block; color: var(--muted); font-size: 0.85rem; }
.cards .big { display: block; font-size: 1.75rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.cards .small { display: block; color: var(--muted); font-size: 0.82rem; font-variant-numeric: tabular-nums; }
.loop { --line: var(--loop); } .neverRetrained { --line: var(--neverRetrained); } .buyAndHold { --line: var(--buyAndHold); }
.swatch { display: inline-block; width: 18px; height: 0; margin-right: 7px; vertical-align: 0.25em; border-top: 2px solid var(--line); }
.swatch.loop { border-top-width: 4px; } .swatch.neverRetrained { border-top-style: dashed; }
figure { margin: 0; }
.toolbar { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 8px 20px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; margin: 0; padding: 0; font-size: 0.85rem; }
.scale { display: inline-flex; border: 1px solid var(--rule-strong); border-radius: 8px; overflow: hidden; }
.scale button { font: inherit; font-size: 0.8rem; padding: 4px 12px; border: 0; background: none; color: var(--muted); cursor: pointer; }
.scale button[aria-pressed="true"] { background: var(--open-wash); color: var(--ink); font-weight: 600; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.chart { height: 500px; margin-top: 8px; color: var(--muted); }
figcaption { color: var(--muted); font-size: 0.82rem; }
.scroll { overflow-x: auto; margin: 28px 0 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
caption { text-align: left; font-weight: 600; font-size: 1.05rem; padding: 0 0 8px; }
caption.unseen { padding: 0; }
th, td { text-align: left; padding: 7px 14px 7px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
thead th { color: var(--muted); font-weight: 550; font-size: 0.82rem; border-bottom-color: var(--rule-strong); white-space: nowrap; }
tbody th { font-weight: 550; white-space: nowrap; }
tbody tr:last-child th, tbody tr:last-child td { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.number:last-child, th.number:last-child { padding-right: 0; }
.metrics tbody th .hint { margin-left: 4px; }
td.best { font-weight: 700; }
td.best::before { content: "●"; font-size: 0.55em; vertical-align: 0.25em; margin-right: 6px; color: var(--accent); }
.overview td, .overview th { white-space: nowrap; }
.pairs { min-width: 190px; list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0 14px; font-variant-numeric: tabular-nums; }
.tag {
  display: inline-block; padding: 0 9px; border-radius: 999px; font-size: 0.8rem; font-weight: 600;
  background: var(--open-wash); color: var(--open); white-space: nowrap;
}
.tag.good { background: var(--good-wash); color: var(--good); }
.tag.kept { background: var(--kept-wash); color: var(--kept); }
details.gate { border: 1px solid var(--rule); border-radius: 10px; padding: 0 16px; margin: 8px 0; }
details.gate > p { margin: 12px 0 16px; }
summary { cursor: pointer; padding: 10px 0; display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline; }
summary::before { content: "▸"; color: var(--muted); }
details[open] > summary::before { content: "▾"; }
summary::-webkit-details-marker { display: none; }
summary .when { font-weight: 600; font-variant-numeric: tabular-nums; }
summary .reason { color: var(--muted); font-size: 0.88rem; flex: 1 1 300px; overflow-wrap: anywhere; }
.evidence { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 28px; align-items: start; }
.evidence .scroll { margin-top: 0; }
.checks { list-style: none; margin: 0; padding: 0; font-size: 0.9rem; }
.checks li { padding: 6px 0 6px 24px; position: relative; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
.checks li:last-child { border-bottom: 0; }
.checks li::before { position: absolute; left: 0; font-weight: 700; }
.checks .passed::before { content: "✓"; color: var(--good); } .checks .failed::before { content: "✗"; color: var(--kept); }
table.tip { width: auto; font-size: 12px; margin: 10px 12px; }
.tip caption { font-size: 12px; padding-bottom: 4px; } .tip th, .tip td { border: 0; padding: 1px 0 1px 14px; text-align: right; }
.tip td:first-child { padding-left: 0; text-align: left; } .tip thead th { font-size: 11px; }
footer.page { padding-bottom: 48px; }
@media (max-width: 640px) {
  main, header.page, footer.page { padding-left: 12px; padding-right: 12px; }
  header.page { padding-top: 24px; }
  h1 { font-size: 1.5rem; }
  section.strategy { padding: 18px 14px; margin: 18px 0; }
  .cards { grid-template-columns: 1fr; gap: 8px; }
  .cards li { display: grid; grid-template-columns: 1fr auto; padding: 8px 12px; border-top-width: 1px; border-left: 4px solid var(--line); }
  .cards .big { grid-row: span 2; align-self: center; grid-column: 2; font-size: 1.45rem; }
  .cards .name { grid-column: 1; grid-row: 1; } .cards .small { grid-column: 1; grid-row: 2; }
  .chart { height: 400px; }
  .metrics thead th { white-space: normal; vertical-align: bottom; } .metrics .swatch { display: block; margin: 0 0 4px auto; }
  .metrics tbody th { white-space: normal; } .metrics tbody th .hint { display: none; }
  th, td { padding-right: 8px; } table { font-size: 0.85rem; }
  .evidence { grid-template-columns: minmax(0, 1fr); gap: 8px; }
  .overview .traded { display: none; } .overview td .hint { display: block; }
  .overview thead th { white-space: normal; }
}
@media print {
  :root {
    --page: #fff; --panel: #fff; --ink: #000; --muted: #444; --rule: #ddd; --rule-strong: #aaa;
    --loop: #0072b2; --neverRetrained: #d55e00; --buyAndHold: #009e73; --open-wash: #eee; --open: #222;
    --good: #00694d; --good-wash: #e0f3ec; --kept: #7a4a00; --kept-wash: #fbeed9; --accent: #005a8c;
  }
  body { font-size: 11pt; } .scale { display: none; }
  section.strategy { border: 0; padding: 0; } .scroll { overflow: visible; }
  figure, table, details, .cards { break-inside: avoid; }
}
`;
