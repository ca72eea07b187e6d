import { describe, expect, it } from 'vitest';
import { TapeReader } from '../trace/codec/tape-reader.ts';
import { recordEcho } from './replay.fixture.ts';
import { machineOfTape, SEMANTICS_OLDEST, SEMANTICS_VERSION } from './version.ts';

describe('the machine of a tape', () => {
  it('is the one that was recorded', () => {
    const { path } = recordEcho('v', 20);
    const { header } = TapeReader.open(path);
    expect(header.semantics).toBe(SEMANTICS_VERSION);
    expect(machineOfTape(header, path)).toMatchObject({
      arch: 'arm64',
      board: expect.stringMatching(/^virt/),
      vcpus: 1,
    });
  });

  it('of an older or a newer program is refused in one line, which names the program that has it', () => {
    const { path } = recordEcho('v', 20);
    const { header } = TapeReader.open(path);
    const refusal = (semantics: number): string => {
      try {
        machineOfTape({ ...header, semantics, producer: 'hypertape 9.9' }, 'old.tape');
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    for (const semantics of [SEMANTICS_OLDEST - 1, SEMANTICS_VERSION + 1]) {
      expect(refusal(semantics)).toMatch(/^old\.tape: recorded by hypertape 9\.9 .*replay it with .*hypertape 9\.9/);
      expect(refusal(semantics)).not.toContain('\n');
    }
    expect([refusal(SEMANTICS_OLDEST), refusal(SEMANTICS_VERSION)]).toEqual(['', '']);
  });
});
