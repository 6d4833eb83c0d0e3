import { SCRIPT_PARTS } from '../../analyze/page/script-parts.ts';

/**
 * The script that draws a back-test's trades on the price, from the JSON beside the figure. It goes on
 * after the charts' common script. Plain JavaScript for browsers, kept as a text because it runs
 * nowhere else.
 */
export const TRADES_SCRIPT = String.raw`
(function () {
  'use strict';
${SCRIPT_PARTS}
  function percent(value) {
    return (value < 0 ? '\u2212' : '+') + Math.abs(value * 100).toFixed(1) + '%';
  }
  function price(value) {
    return Number(value.toPrecision(7)).toLocaleString('en-US', { maximumFractionDigits: 6 });
  }

  function spans(data) {
    var last = data.time[data.time.length - 1];
    return data.trades.map(function (trade) {
      return [
        { xAxis: Date.parse(trade.entryTime) },
        { xAxis: Date.parse(trade.exitTime === null ? last : trade.exitTime) }
      ];
    });
  }
  function marks(data, deed) {
    var found = [];
    data.trades.forEach(function (trade, number) {
      // A short trade sells first and buys back.
      var isEntry = (deed === 'bought') !== trade.isShort;
      var at = isEntry ? trade.entryTime : trade.exitTime;
      if (at === null) return;
      found.push({ value: [Date.parse(at), isEntry ? trade.entryPrice : trade.exitPrice], number: number });
    });
    return found;
  }
  function tradeTip(data) {
    return function (item) {
      if (item.seriesType !== 'scatter') return '';
      var trade = data.trades[item.data.number];
      var exit = trade.exitTime === null
        ? 'still open'
        : (trade.isShort ? 'bought back ' : 'sold ') + escapeText(trade.exitTime) + ' at ' + price(trade.exitPrice);
      return '<table class="tip"><caption>Trade ' + (item.data.number + 1) + ', ' + percent(trade.gain) +
        '</caption><tbody><tr><td>' + (trade.isShort ? 'sold short ' : 'bought ') + escapeText(trade.entryTime) + ' at ' + price(trade.entryPrice) +
        '</td></tr><tr><td>' + exit + '</td></tr></tbody></table>';
    };
  }

  function optionOf(data, times, log, narrow) {
    var text = { color: color('--muted'), fontSize: 11 };
    var left = narrow ? 48 : 60;
    var right = narrow ? 8 : 16;
    function scatter(deed, symbol, tint) {
      return {
        type: 'scatter', name: deed, data: marks(data, deed), z: 5,
        symbol: 'triangle', symbolRotate: symbol, symbolSize: data.trades.length > 120 ? 7 : 9,
        symbolOffset: [0, deed === 'bought' ? '60%' : '-60%'], animation: false,
        itemStyle: { color: tint, borderColor: color('--panel'), borderWidth: 0.8 }
      };
    }
    return {
      useUTC: true, animation: false, backgroundColor: 'transparent',
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: [{ left: left, right: right, top: 12, bottom: 64 }],
      tooltip: {
        trigger: 'item', confine: true, padding: 0, borderWidth: 0,
        extraCssText: 'box-shadow:0 4px 18px rgba(0,0,0,.22);border-radius:8px;',
        backgroundColor: color('--panel'), textStyle: { color: color('--ink'), fontSize: 12 },
        formatter: tradeTip(data)
      },
      dataZoom: [{
        type: 'slider', bottom: 8, height: 22, brushSelect: false, left: left, right: right,
        borderColor: color('--rule'), fillerColor: color('--band-b'), backgroundColor: 'transparent',
        handleStyle: { color: color('--panel'), borderColor: color('--muted') },
        moveHandleStyle: { color: color('--rule-strong') }, textStyle: text,
        dataBackground: { lineStyle: { color: color('--rule-strong') }, areaStyle: { color: color('--rule') } },
        selectedDataBackground: { lineStyle: { color: color('--muted') }, areaStyle: { color: color('--rule') } },
        labelFormatter: function (value) { return new Date(value).toISOString().slice(0, 10); }
      }, { type: 'inside', zoomOnMouseWheel: 'ctrl' }],
      xAxis: {
        type: 'time', min: times[0], max: times[times.length - 1], splitNumber: narrow ? 4 : 8,
        axisLabel: Object.assign({ hideOverlap: true }, text),
        axisLine: { onZero: false, lineStyle: { color: color('--rule-strong') } },
        axisTick: { show: false }, splitLine: { show: false }
      },
      yAxis: {
        type: log ? 'log' : 'value', logBase: data.logBase, scale: true,
        axisLabel: Object.assign({ formatter: function (value) { return log ? price(Number(value.toPrecision(4))) : priceTick(value); } }, text),
        splitLine: { lineStyle: { color: color('--rule') } }
      },
      series: [
        {
          type: 'line', name: 'close', showSymbol: false, animation: false, z: 3, emphasis: { disabled: true },
          lineStyle: { color: color('--muted'), width: 1.2 }, itemStyle: { color: color('--muted') },
          data: data.close.map(function (value, at) { return [times[at], value]; }),
          markArea: { silent: true, animation: false, itemStyle: { color: color('--band-b') }, data: spans(data) }
        },
        scatter('bought', 0, color('--loop')),
        scatter('sold', 180, color('--neverRetrained'))
      ]
    };
  }

  function start(figure) {
    var data = JSON.parse(document.getElementById(figure.dataset.trades).textContent);
    var times = data.time.map(function (label) { return Date.parse(label); });
    drawFigure(figure, function (log, narrow) { return optionOf(data, times, log, narrow); });
  }

  document.querySelectorAll('figure[data-trades]').forEach(start);
})();
`;
