import { SCRIPT_PARTS } from './script-parts.ts';

/**
 * The script of the page: draws each strategy's chart from the JSON beside it. Plain JavaScript for
 * browsers, kept as a text because it runs nowhere else. Colors come from the theme's variables,
 * so light, dark and print look as the style sheet says.
 */
export const CHART_SCRIPT = String.raw`
(function () {
  'use strict';
${SCRIPT_PARTS}
  var DAY = 86400000;
  function percent(value, digits, signed) {
    var text = Math.abs(value * 100).toFixed(digits) + '%';
    if (!/[1-9]/.test(text)) return text;
    return (value < 0 ? '\u2212' : signed ? '+' : '') + text;
  }
  function money(value, currency) {
    return Math.round(value).toLocaleString('en-US') + ' ' + currency;
  }
  function day(ms) {
    return new Date(ms).toISOString().slice(0, 10);
  }

  function tooltipOf(data, times) {
    return function (items) {
      if (items.length === 0) return '';
      var index = items[0].dataIndex;
      var rows = data.lines.map(function (line) {
        var growth = line.growth[index];
        return '<tr><td><span class="swatch ' + line.key + '"></span>' + escapeText(line.name) +
          '</td><td class="number">' + percent(growth, 1, true) +
          '</td><td class="number">' + money(data.initialEquity * (1 + growth), escapeText(data.currency)) +
          '</td><td class="number">' + percent(line.drawdown[index], 1, false) + '</td></tr>';
      });
      var label = String(data.time[index]);
      var release = releaseAt(data, label);
      return '<table class="tip"><caption>' + escapeText(label) +
        (release === null ? '' : ' · release ' + escapeText(release)) +
        '</caption><thead><tr><th></th><th>return</th><th>equity</th><th>drawdown</th></tr></thead><tbody>' +
        rows.join('') + '</tbody></table>';
    };
  }
  function releaseAt(data, label) {
    var found = null;
    data.bands.forEach(function (band) {
      if (band.from <= label) found = band.label;
    });
    return found;
  }

  function bandAreas(data, times, narrow) {
    var first = times[0];
    var last = times[times.length - 1];
    var areas = [];
    data.bands.forEach(function (band, index) {
      var next = data.bands[index + 1];
      var from = Math.max(Date.parse(band.from), first);
      var to = next ? Math.min(Date.parse(next.from), last) : last;
      if (to <= from) return;
      areas.push([
        {
          name: (narrow ? '' : 'release ') + band.label,
          xAxis: from,
          itemStyle: { color: areas.length % 2 === 0 ? color('--band-a') : color('--band-b') }
        },
        { xAxis: to }
      ]);
    });
    return areas;
  }
  function bandStarts(data, times) {
    return data.bands
      .map(function (band) { return Date.parse(band.from); })
      .filter(function (ms) { return ms > times[0] && ms <= times[times.length - 1]; })
      .map(function (ms) { return { xAxis: ms }; });
  }

  function lineSeries(data, times, log, narrow) {
    var series = [];
    data.lines.forEach(function (line, index) {
      var look = {
        color: color('--' + line.key),
        width: line.key === 'loop' ? 2.4 : 1.5,
        type: line.key === 'neverRetrained' ? [5, 3] : 'solid'
      };
      var common = {
        type: 'line', name: line.name, showSymbol: false, animation: false,
        z: line.key === 'loop' ? 4 : 3, emphasis: { disabled: true },
        lineStyle: look, itemStyle: { color: look.color }
      };
      var equity = Object.assign({}, common, {
        xAxisIndex: 0, yAxisIndex: 0,
        data: line.growth.map(function (growth, at) {
          return [times[at], log ? (growth > -1 ? 1 + growth : null) : growth];
        })
      });
      if (index === 0) {
        equity.markArea = {
          silent: true, animation: false, data: bandAreas(data, times, narrow),
          label: { position: 'insideTop', color: color('--muted'), fontSize: 11 }
        };
        equity.markLine = {
          silent: true, animation: false, symbol: 'none', label: { show: false },
          lineStyle: { color: color('--rule-strong'), type: [2, 3], width: 1 },
          data: bandStarts(data, times)
        };
      }
      series.push(equity);
      series.push(Object.assign({}, common, {
        xAxisIndex: 1, yAxisIndex: 1,
        areaStyle: line.key === 'loop' ? { color: look.color, opacity: 0.14 } : undefined,
        lineStyle: Object.assign({}, look, { width: line.key === 'loop' ? 1.6 : 1.1 }),
        data: line.drawdown.map(function (fraction, at) { return [times[at], fraction]; })
      }));
    });
    return series;
  }

  function axes(data, times, log, narrow) {
    var text = { color: color('--muted'), fontSize: 11 };
    var rule = { lineStyle: { color: color('--rule') } };
    var time = {
      type: 'time', min: times[0], max: times[times.length - 1],
      axisLabel: Object.assign({ hideOverlap: true }, text),
      axisLine: { onZero: false, lineStyle: { color: color('--rule-strong') } },
      axisTick: { show: false }, splitLine: { show: false }, splitNumber: narrow ? 4 : 8
    };
    return {
      xAxis: [
        Object.assign({}, time, { gridIndex: 0, axisLabel: { show: false } }),
        Object.assign({}, time, { gridIndex: 1 })
      ],
      yAxis: [
        {
          gridIndex: 0, type: log ? 'log' : 'value', logBase: data.logBase, scale: true,
          axisLabel: Object.assign({
            formatter: function (value) { return log ? percent(value - 1, 0, true) : percentTick(value, true); }
          }, text),
          splitLine: rule
        },
        {
          gridIndex: 1, type: 'value', max: 0, splitNumber: 3,
          axisLabel: Object.assign({ formatter: function (value) { return percentTick(value, false); } }, text),
          splitLine: rule
        }
      ]
    };
  }

  function optionOf(data, times, log, narrow) {
    var left = narrow ? 48 : 60;
    var right = narrow ? 8 : 16;
    return Object.assign({
      useUTC: true, animation: false, backgroundColor: 'transparent',
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: [
        { left: left, right: right, top: 12, height: narrow ? 220 : 300 },
        { left: left, right: right, top: narrow ? 256 : 340, height: narrow ? 80 : 100 }
      ],
      axisPointer: {
        link: [{ xAxisIndex: 'all' }],
        lineStyle: { color: color('--muted'), type: 'solid' }, label: { show: false }
      },
      tooltip: {
        trigger: 'axis', confine: true, padding: 0, borderWidth: 0,
        extraCssText: 'box-shadow:0 4px 18px rgba(0,0,0,.22);border-radius:8px;',
        backgroundColor: color('--panel'), textStyle: { color: color('--ink'), fontSize: 12 },
        formatter: tooltipOf(data, times)
      },
      dataZoom: [{
        type: 'slider', xAxisIndex: [0, 1], bottom: 8, height: 22, brushSelect: false,
        left: left, right: right, borderColor: color('--rule'),
        fillerColor: color('--band-b'), backgroundColor: 'transparent',
        handleStyle: { color: color('--panel'), borderColor: color('--muted') },
        moveHandleStyle: { color: color('--rule-strong') },
        dataBackground: { lineStyle: { color: color('--rule-strong') }, areaStyle: { color: color('--rule') } },
        selectedDataBackground: { lineStyle: { color: color('--loop') }, areaStyle: { color: color('--rule') } },
        textStyle: { color: color('--muted') }, minValueSpan: 20 * DAY,
        labelFormatter: function (value) { return day(value); }
      }],
      series: lineSeries(data, times, log, narrow)
    }, axes(data, times, log, narrow));
  }

  function start(figure) {
    var data = JSON.parse(document.getElementById(figure.dataset.source).textContent);
    var times = data.time.map(function (label) { return Date.parse(label); });
    if (times.length === 0) {
      figure.querySelector('.chart').textContent = 'There is no bar to draw yet.';
      return;
    }
    drawFigure(figure, function (log, narrow) { return optionOf(data, times, log, narrow); });
  }

  document.querySelectorAll('figure[data-source]').forEach(start);
})();
`;
