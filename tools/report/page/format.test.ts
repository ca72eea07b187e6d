import { describe, expect, it } from 'vitest';
import { bytesText, countText, durationText, momentText, niceStep, plural, shareText, shortCount } from './format.ts';

describe('numbers for people', () => {
  it.each([
    [countText(1234567), '1,234,567'],
    [shortCount(999), '999'],
    [shortCount(47604), '47.6 k'],
    [shortCount(999_950), '1 M'],
    [shortCount(1.5e9), '1.5 G'],
    [shortCount(-2500), '-2.5 k'],
    [shareText(0), '0 %'],
    [shareText(0.00001), '< 0.01 %'],
    [shareText(0.0193), '1.93 %'],
    [shareText(1), '100.0 %'],
    [durationText(0), '0 ns'],
    [durationText(999), '999 ns'],
    [durationText(33_900), '33.9 µs'],
    [durationText(999_600), '1 ms'],
    [durationText(2e9), '2 s'],
    [momentText(366_885_445), '0.366885445 s'],
    [momentText(250e6, 250e6), '0.25 s'],
    [momentText(2e9, 1e9), '2 s'],
    [momentText(1_234_567_890, 1000), '1.234568 s'],
    [bytesText(512), '512 bytes'],
    [bytesText(29_458_213), '28.1 MiB'],
    [plural(1, 'exit'), '1 exit'],
    [plural(2000, 'line'), '2,000 lines'],
  ])('%s', (text, expected) => expect(text).toBe(expected));

  it('steps by 1, 2 and 5', () => {
    expect([1, 1.5, 3, 7, 10, 11, 4e6].map(niceStep)).toEqual([1, 2, 5, 10, 10, 20, 5e6]);
  });
});
