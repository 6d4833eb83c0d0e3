import { readPriceFile, type PriceFile } from '../../adapters/feeds/read-price-file.ts';

const HEADER = 'date,open,high,low,close,volume';
const ROWS = [
  '2020-01-06,10,12,9,11,100',
  '2020-01-07,11,13,10,12,200',
  '2020-01-08,12,14,11,13,300',
];

function read(...lines: string[]): PriceFile {
  return readPriceFile(`${lines.join('\n')}\n`, { now: '2026-01-01' });
}

describe('the curve of a futures file', () => {
  const CURVE = `${HEADER},price,PRICE_CONTRACT,carry,carry_contract`;

  function withCurve(cells: string): PriceFile {
    return read(
      CURVE,
      ...ROWS.map((row, at) => `${row},${at === 1 ? cells : '11,202003,10,202006'}`),
    );
  }

  it('is read beside each bar', () => {
    const { report, bars } = withCurve('12.5, 202003 ,12,202006');

    expect(report).toMatchObject({ verdict: 'accept', problems: [] });
    expect(bars[1]).toMatchObject({
      close: 12,
      curve: { price: 12.5, priceContract: 202_003, carry: 12, carryContract: 202_006 },
    });
  });

  it('may have empty cells, which say that nothing is known', () => {
    const { report, bars } = withCurve('12.5,202003,,');

    expect(report.verdict).toBe('accept');
    expect(bars[1]?.curve).toMatchObject({ carry: Number.NaN, carryContract: Number.NaN });
  });

  it.each([
    ['x,202003,12,202006', 'not-a-number', 'price'],
    ['0,202003,12,202006', 'not-positive', 'price'],
    ['12,202003,1e999,202006', 'not-finite', 'carry'],
    ['12,202013,12,202006', 'bad-date', 'price_contract'],
    ['12,202003,12,20200300', 'bad-date', 'carry_contract'],
    ['12,202003.5,12,202006', 'bad-date', 'price_contract'],
  ])('is refused with %s', (cells, code, column) => {
    expect(withCurve(cells).report).toMatchObject({
      verdict: 'refuse',
      problems: [{ code, column, line: 3 }],
    });
  });

  it('needs all four columns; some of them are unknown ones', () => {
    const { report, bars } = read(`${HEADER},price`, ...ROWS.map((row) => `${row},x`));

    expect(report.problems).toEqual([
      expect.objectContaining({ code: 'unknown-column', column: 'price' }),
    ]);
    expect(bars[0]).not.toHaveProperty('curve');
  });
});
