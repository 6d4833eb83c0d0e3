import { demoSettings } from '../../cli/defaults.ts';
import { diffFields, diffText } from '../../cli/settings-diff.ts';
import { ScheduleSettings } from '../../schemas/schedule-settings.ts';

const settings = demoSettings('rsi-macd');
const schedule = ScheduleSettings.parse({ cron: '0 2 * * *', from: '2012-01-01' });

describe('diffFields', () => {
  it('finds nothing between two descriptions that mean the same', () => {
    const spelledOut = {
      ...settings,
      implementation: 'rsi-macd',
      seed: 7,
      retrain: 'every-cycle' as const,
      analyze: 'every-cycle' as const,
    };

    expect(diffFields({ settings, schedule }, { settings: spelledOut, schedule })).toEqual([]);
  });

  it('names each field that differs, also in what is nested or new', () => {
    const after = {
      settings: {
        ...settings,
        initialCash: 5,
        costModel: { ...settings.costModel, feeBps: 2 },
        trainer: { candidates: 9 },
      },
      schedule: { ...schedule, cron: '0 3 * * *' },
    };

    expect(diffFields({ settings, schedule }, after)).toEqual([
      { field: 'costModel.feeBps', from: 1, to: 2 },
      { field: 'initialCash', from: 1_000_000, to: 5 },
      { field: 'schedule.cron', from: '0 2 * * *', to: '0 3 * * *' },
      { field: 'trainer', from: {}, to: null },
      { field: 'trainer.candidates', from: null, to: 9 },
    ]);
  });

  // Would notice a diff that looks at the wanted fields only: what is dropped must show, too.
  it('shows what is left out now', () => {
    const before = { settings: { ...settings, retrain: { everyBars: 63 } }, schedule };

    expect(diffFields(before, { settings, schedule: null })).toEqual(
      expect.arrayContaining([
        { field: 'retrain.everyBars', from: 63, to: null },
        { field: 'retrain', from: null, to: 'every-cycle' },
        { field: 'schedule.cron', from: '0 2 * * *', to: null },
      ]),
    );
  });

  it('calls an instrument by the names of the settings file', () => {
    const other = { ...settings, instrument: { ...settings.instrument, instrumentId: 'other' } };

    expect(diffFields({ settings, schedule }, { settings: other, schedule })).toEqual([
      { field: 'instrument.id', from: 'sp500', to: 'other' },
    ]);
  });

  it('is written field by field, from old to new', () => {
    const fields = diffFields({ settings, schedule }, { settings, schedule: null });

    const text = diffText([
      { strategyId: 'a', kind: 'update', fields },
      { strategyId: 'b', kind: 'remove', fields: [] },
    ]);

    expect(text).toContain('~ a changes\n');
    expect(text).toContain('    schedule.cron: 0 2 * * * -> (none)');
    expect(text).toContain('- b is no longer in the file');
  });
});
