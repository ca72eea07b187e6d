// A guest that knows no board finds every device where the board's tree says, on each board and in each version of it; what it ends by is the
// run's outcome, and its tape replays with the devices and without.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Board, virtioSlots } from '../../src/machine/boards/board.ts';
import { boardVersions } from '../../src/machine/boards/index.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { versionedName } from '../../src/machine/versioned.ts';
import { DeviceTapeSession } from '../../src/replay/device-tape.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { ConsoleText, recordDemo, testFolder } from '../support/demo.fixture.ts';

/** Where the guest is linked. */
const LINKED_AT = 0x8020_0000;
const boards = boardVersions.filter(({ ramBase }) => ramBase < LINKED_AT && LINKED_AT < ramBase + 32 * 2 ** 20);

function record(board: Board, append: string) {
  const arch = board.cpuCompatible['cortex-a15'] ? 'armv7' : 'arm64';
  const gicVersion = board.gic.redistributor ? 3 : 2;
  const images = MachineImages.read({ kernel: `test/guests/boards/boards-${arch}.elf` });
  const path = join(testFolder(), 'board.tape');
  const config = { arch, gicVersion, append, board: versionedName(board) } as const;
  const run = recordDemo({ path, images, config, checkpoints: { instructions: 1_000_000 } });
  return { ...run, reader: TapeReader.open(path) };
}
const seen = (lines: readonly string[], what: string): number =>
  lines.filter((line) => line.startsWith(`${what} at `) && line.endsWith(' ok')).length;

describe.each(boards.map((board) => [versionedName(board), board] as const))('%s', (_name, board) => {
  it('is as its device tree says', () => {
    const { console, stop } = record(board, '');
    const lines = console.split('\r\n');
    expect(lines.filter((line) => line.includes('WRONG'))).toEqual([]);
    const uarts = (board.console === 'pl011' ? 1 : 0) + (board.otherPl011s?.length ?? 0);
    const timers = board.sp804?.places.length ?? 0;
    expect([seen(lines, 'arm,pl011'), seen(lines, 'arm,pl031')]).toEqual([uarts, 1]);
    expect([seen(lines, 'sp804 in 1 ms'), seen(lines, 'sp804 interrupt')]).toEqual([timers, timers]);
    expect(seen(lines, 'SYS_24MHZ in 1 ms')).toBe(board.vexpress ? 1 : 0);
    expect(lines).toContain(`virtio slots: ${virtioSlots(board).length.toString(16).padStart(8, '0')}`);
    expect(stop.outcome).toBe('poweroff');
  });
});

describe.each(['fvp-a15', 'fvp-base'])('the system registers of %s', (name) => {
  const board = boards.find((one) => one.name === name && one.vexpress) as Board;

  it.each([
    ['off=sysregs', 'poweroff'],
    ['off=reboot', 'reset'],
    ['off=psci', 'poweroff'],
  ] as const)('%s is the outcome %s, and replays', (append, outcome) => {
    const { stop, console, reader } = record(board, append);
    expect(stop.outcome).toBe(outcome);
    expect(console).toMatch(/GUEST-DONE\r\n$/);
    const replayed = new ConsoleText();
    const whole = new ReplaySession(reader, { consoleOut: replayed.out });
    expect(whole.run()).toEqual({ kind: 'end' });
    const alone = new DeviceTapeSession(reader, { consoleOut() {} });
    expect(alone.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
    expect([whole.checker.checked, alone.checker.checked]).toEqual([reader.eventCount, reader.eventCount]);
    expect(alone.difference).toBeUndefined();
    expect(replayed.text).toBe(console);
  });
});
