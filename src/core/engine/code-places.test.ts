import { expect, it } from 'vitest';
import { CodePlaces } from './code-places.ts';

it('gives each place of a page in a configuration one cell', () => {
  const places = new CodePlaces();
  const asked = [
    [1, 0, 7],
    [1, 4, 7],
    [1, 0, 8],
    [2, 0, 7],
    [0xf_ffff, 0xffe, 7],
  ] as const;
  expect(asked.map(([page, offset, config]) => places.known(page, offset, config))).toEqual([0, 0, 0, 0, 0]);
  const cells = asked.map(([page, offset, config]) => places.cell(page, offset, config));
  expect(new Set(cells).size).toBe(asked.length);
  expect(asked.map(([page, offset, config]) => places.cell(page, offset, config))).toEqual(cells);
  expect(asked.map(([page, offset, config]) => places.known(page, offset, config))).toEqual(cells);
  expect([places.configurations(1), places.configurations(2), places.configurations(3)]).toEqual([2, 1, 0]);
});

it('tells the cells of a page in all its configurations, of some offsets', () => {
  const places = new CodePlaces();
  const cells = [places.cell(3, 0, 1), places.cell(3, 8, 1), places.cell(3, 8, 2)];
  places.cell(4, 8, 1);
  const seen = (...between: number[]): number[] => {
    const all: number[] = [];
    places.forEach(3, (cell) => all.push(cell), ...between);
    return all.sort((a, b) => a - b);
  };
  expect(seen()).toEqual(cells);
  expect(seen(8)).toEqual(cells.slice(1));
  expect(seen(0, 8)).toEqual(cells.slice(0, 1));
});

it('gives the blocks of a page that was forgotten other cells, and leaves those of others', () => {
  const places = new CodePlaces();
  const known = [1, 2, 3].map((config) => places.cell(5, 0, config));
  const beside = places.cell(6, 0, 1);
  places.forget(5);
  expect([places.configurations(5), places.known(5, 0, 2)]).toEqual([0, 0]);
  const again = [1, 2, 3].map((config) => places.cell(5, 0, config));
  expect(new Set([...known, ...again, beside]).size).toBe(7);
  expect(places.known(6, 0, 1)).toBe(beside);
});

it('gives places between words cells of their own, and leaves those that words have', () => {
  const places = new CodePlaces();
  const words = [places.cell(7, 4, 1), places.cell(7, 0xffc, 1)];
  expect([places.known(7, 6, 1), places.known(7, 5, 1)]).toEqual([0, 0]);
  const between = [places.cell(7, 6, 1), places.cell(7, 1, 1), places.cell(7, 0xfff, 1)];
  expect(new Set([...words, ...between]).size).toBe(5);
  expect([4, 0xffc, 6, 1, 0xfff].map((offset) => places.known(7, offset, 1))).toEqual([...words, ...between]);
  const seen: number[] = [];
  places.forEach(7, (cell) => seen.push(cell), 4, 8);
  expect(seen).toEqual([words[0], between[0]]);
});
