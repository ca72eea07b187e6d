import { expect, it } from 'vitest';
import { coprocessorRows } from '../cp15/index.ts';
import { systemOperations, systemRegisters } from '../index.ts';
import type { Storage } from '../row.ts';
import { configChanged, contextChanged, controlsChanged, monitorsChanged, routingChanged } from './effects.ts';

/** Writes that change what translated code was made for, or by which translation it was fetched. */
const effects: readonly unknown[] = [configChanged, contextChanged, controlsChanged, monitorsChanged, routingChanged];
const changes = (storage: Storage): boolean => storage.kind === 'cell' && effects.includes(storage.changed);
const ends = (flow: string | undefined): boolean => flow === 'refetch' || flow === 'reconsider';

it('what changes configuration or context ends its block', () => {
  const rows = [...systemRegisters, ...coprocessorRows].filter((row) => changes(row.storage));
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((row) => !ends(row.afterWrite)).map((row) => row.name)).toEqual([]);
});
it('so does TLB maintenance', () => {
  const operations = systemOperations.filter((row) => row.name.startsWith('TLBI '));
  const coprocessor = coprocessorRows.filter((row) => /^[ID]?TLBI/.test(row.name));
  expect([operations.length, coprocessor.length]).toEqual([26, 20]);
  expect(operations.filter((row) => !ends(row.afterwards)).map((row) => row.name)).toEqual([]);
  expect(coprocessor.filter((row) => !ends(row.afterWrite)).map((row) => row.name)).toEqual([]);
});
