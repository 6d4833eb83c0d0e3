/**
 * What the scripts of all charts share, for use inside their own function: colors of the theme, text
 * made safe for HTML, and the drawing of a figure. `drawFigure` draws again when scale, width, theme
 * or medium changes. Plain JavaScript for browsers, kept as a text because it runs nowhere else.
 */
export const SCRIPT_PARTS = String.raw`
  var dark = window.matchMedia('(prefers-color-scheme: dark)');

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }
  function escapeText(text) {
    return String(text).replace(/[&<>"']/g, function (sign) {
      return '&#' + sign.charCodeAt(0) + ';';
    });
  }
  // Ticks are round numbers: their own decimals tell any two of them apart, however near they are.
  function round(value) {
    return Number(value.toPrecision(9));
  }
  function percentTick(value, signed) {
    var text = Math.abs(round(value * 100)).toLocaleString('en-US', { maximumFractionDigits: 9 }) + '%';
    if (!/[1-9]/.test(text)) return text;
    return (value < 0 ? '\u2212' : signed ? '+' : '') + text;
  }
  function priceTick(value) {
    return round(value).toLocaleString('en-US', { maximumFractionDigits: 9 });
  }
  function drawFigure(figure, optionOf) {
    var target = figure.querySelector('.chart');
    var chart = echarts.init(target, null, { renderer: 'svg' });
    var log = false;
    function draw() {
      chart.setOption(optionOf(log, target.clientWidth < 560), { notMerge: true });
    }
    figure.querySelectorAll('button[data-scale]').forEach(function (button) {
      button.addEventListener('click', function () {
        log = button.dataset.scale === 'log';
        figure.querySelectorAll('button[data-scale]').forEach(function (other) {
          other.setAttribute('aria-pressed', String(other === button));
        });
        draw();
      });
    });
    new ResizeObserver(function () { chart.resize(); draw(); }).observe(target);
    dark.addEventListener('change', draw);
    window.matchMedia('print').addEventListener('change', draw);
    draw();
  }
`;
