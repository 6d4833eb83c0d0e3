import { z } from 'zod';
import { problemTexts, shown } from '../../schemas/problem-text.ts';
import { FeedSettings } from '../../schemas/settings.ts';

describe('problemTexts', () => {
  it.each([
    ['https://u:hunter2@data.example.com/x.csv', 'https://…@data.example.com/x.csv'],
    ['http://data.example.com/x.csv?key=hunter2', 'http://data.example.com/x.csv?…'],
    ['https://u:hunter2/a@data.example.com/x.csv', 'https://…@data.example.com/x.csv'],
  ])('refuses %s without repeating its secret', (url, told) => {
    const feed = { kind: 'csv-url', url };
    const { error } = FeedSettings.safeParse(feed);
    const [text = ''] = problemTexts(error ?? new z.ZodError([]), feed);

    expect(text).toContain(`was "${told}"`);
    expect(text).not.toContain('hunter2');
  });
});

describe('shown', () => {
  it('takes secrets out of what lies deeper, and leaves other texts as they are', () => {
    expect(shown({ feed: { url: 'https://u:hunter2@h/x' } })).toBe(
      '{"feed":{"url":"https://…@h/x"}}',
    );
    expect(shown('https://data.example.com/x#y')).toBe('"https://data.example.com/x#y"');
    expect(shown('me@example.com')).toBe('"me@example.com"');
  });
});
