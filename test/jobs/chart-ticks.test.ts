import { createContext, runInContext } from 'node:vm';
import { init } from 'echarts';
import { SCRIPT_PARTS } from '../../jobs/analyze/page/script-parts.ts';

interface Ticks {
  readonly percentTick: (value: number, signed: boolean) => string;
  readonly priceTick: (value: number) => string;
}

const page = createContext({ window: { matchMedia: () => ({}) } });
const ticks = runInContext(
  `(function () {${SCRIPT_PARTS} return { percentTick: percentTick, priceTick: priceTick }; })()`,
  page,
) as Ticks;

/** The labels at the axis of a chart that shows these values, as the library chooses its ticks. */
function labelsOf(values: readonly number[], formatter: (value: number) => string): string[] {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 600, height: 300 });
  chart.setOption({
    animation: false,
    xAxis: { type: 'category', axisLabel: { show: false } },
    yAxis: { type: 'value', scale: true, axisLabel: { formatter } },
    series: [{ type: 'line', data: [...values] }],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
}

describe('labels at an axis', () => {
  it.each([
    ['a fall of a hundred-thousandth', [0, -0.000_01]],
    ['1,000,000 to 1,000,050', [0, 0.000_05]],
    ['a thousandth far from zero', [0.385, 0.386]],
    ['a half', [-0.2, 0.3]],
    ['a multiple', [0, 12]],
  ])('differ where a return moves by %s', (_, values) => {
    const labels = labelsOf(values, (value) => ticks.percentTick(value, true));

    expect(labels.length).toBeGreaterThan(3);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it.each([
    ['a large price', [1_000_000, 1_000_050]],
    ['a price of cents', [0.0101, 0.0102]],
    ['a usual one', [90, 130]],
  ])('differ where %s moves little', (_, values) => {
    const labels = labelsOf(values, ticks.priceTick);

    expect(labels.length).toBeGreaterThan(3);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it('have no more decimals than they need', () => {
    const texts = [0.1, -0.05, 0, 0.07, 0.000_05].map((value) => ticks.percentTick(value, true));

    expect(texts).toEqual(['+10%', '−5%', '0%', '+7%', '+0.005%']);
    expect(ticks.percentTick(-0.3, false)).toBe('−30%');
    expect(ticks.priceTick(0.1 + 0.2)).toBe('0.3');
    expect(ticks.priceTick(1_000_010)).toBe('1,000,010');
  });
});
