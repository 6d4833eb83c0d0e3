import { parquetReadObjects } from 'hyparquet';
import { writeTable } from '../../jobs/backtest/write-table.ts';
import type { TableColumn } from '../../adapters/parquet/write-table.ts';

const COLUMNS: readonly TableColumn[] = [
  { name: 'time', kind: 'time', values: ['2020-01-02', '2020-01-03T14:30:00Z', null] },
  { name: 'price', kind: 'number', values: [0.1 + 0.2, -1e-9, null] },
  { name: 'count', kind: 'integer', values: [3, 0, null] },
  { name: 'rule, "text"', kind: 'text', values: ['a,b', 'say "no"\nplease', null] },
  { name: 'on', kind: 'boolean', values: [true, false, null] },
];

describe('writeTable', () => {
  it('writes CSV whose numbers read back as they were', () => {
    expect(writeTable(COLUMNS, 'csv')).toBe(
      [
        'time,price,count,"rule, ""text""",on',
        '2020-01-02,0.30000000000000004,3,"a,b",true',
        '2020-01-03T14:30:00Z,-1e-9,0,"say ""no""\nplease",false',
        ',,,,',
        '',
      ].join('\n'),
    );
  });

  it('writes JSON with a row a line', () => {
    const text = String(writeTable(COLUMNS, 'json'));

    expect(JSON.parse(text)).toEqual([
      { time: '2020-01-02', price: 0.1 + 0.2, count: 3, 'rule, "text"': 'a,b', on: true },
      {
        ...{ time: '2020-01-03T14:30:00Z', price: -1e-9, count: 0 },
        ...{ 'rule, "text"': 'say "no"\nplease', on: false },
      },
      { time: null, price: null, count: null, 'rule, "text"': null, on: null },
    ]);
    expect(text.split('\n')).toHaveLength(6);
  });

  it('writes Parquet that an independent reader reads back, types included', async () => {
    const bytes = writeTable(COLUMNS, 'parquet') as Uint8Array;
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);

    const rows = await parquetReadObjects({ file: file as ArrayBuffer });

    expect(rows).toEqual([
      {
        ...{ time: new Date('2020-01-02'), price: 0.1 + 0.2, count: 3 },
        ...{ 'rule, "text"': 'a,b', on: true },
      },
      {
        ...{ time: new Date('2020-01-03T14:30:00Z'), price: -1e-9, count: 0 },
        ...{ 'rule, "text"': 'say "no"\nplease', on: false },
      },
      { time: null, price: null, count: null, 'rule, "text"': null, on: null },
    ]);
  });

  it.each(['csv', 'json'] as const)('writes a table without rows as %s', (format) => {
    const empty = COLUMNS.map((column) => ({ ...column, values: [] }));

    expect(writeTable(empty, format)).toBe(
      format === 'csv' ? 'time,price,count,"rule, ""text""",on\n' : '[]\n',
    );
  });
});
