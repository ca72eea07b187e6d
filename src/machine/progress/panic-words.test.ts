import { describe, expect, it } from 'vitest';
import { PanicWords } from './panic-words.ts';

const SECOND = 1e9;
const END = '---[ end Kernel panic - not syncing: VFS: no root ]---\r\n';
const LINUX = '[    0.512] Kernel panic - not syncing: VFS: no root\r\n[    0.513] Call trace:\r\n';

/** A console that shows a text from a count on, a byte each 10 counts. */
function shown(text: string, { from = 0, el0Exceptions = 0 } = {}) {
  const words = new PanicWords();
  let icount = from;
  for (const byte of Buffer.from(text)) words.see(byte, { icount: (icount += 10), el: 1, el0Exceptions });
  return { words, icount };
}
const verdict = (text: string, later: { el?: number; el0Exceptions?: number } = {}) => {
  const { words } = shown(text);
  return words.verdict({ icount: words.dueAt, el: 1, el0Exceptions: 0, ...later });
};

describe('the words of a panic', () => {
  it.each([
    [LINUX + END, 'Kernel panic - not syncing: VFS: no root', SECOND / 4],
    [LINUX, 'Kernel panic - not syncing: VFS: no root', 10 * SECOND],
    ['panic: vm_fault_lookup\n', 'panic: vm_fault_lookup', 20 * SECOND],
    ['(XEN) Panic on CPU 0:\n(XEN) no memory\n', 'Panic on CPU 0:', 10 * SECOND],
  ])('%j', (text, told, patience) => {
    const { words, icount } = shown(text);
    expect(words.dueAt).toBe(icount + patience);
    expect(verdict(text)).toBe(told);
  });

  it.each(['', 'all is well\n', 'kernel panic\n', 'a panic: button\n'])('are not in %j', (text) => {
    expect(shown(text).words.dueAt).toBe(Number.POSITIVE_INFINITY);
    expect(verdict(text)).toBe(undefined);
  });

  it('prove nothing where a user program runs on', () => {
    expect(verdict(LINUX + END, { el0Exceptions: 1 })).toBe(undefined);
    expect(verdict(LINUX + END, { el: 0 })).toBe(undefined);
  });

  it('prove nothing where the guest waits for interrupts', () => {
    const { words, icount } = shown(END + LINUX);
    words.idle();
    expect(words.verdict({ icount, el: 1, el0Exceptions: 0 })).toBe(undefined);
    expect(words.said({ icount, el: 1, el0Exceptions: 0 })).toMatch(/^Kernel panic/);
  });

  it('leave a guest alone that resets by itself', () => {
    const { words } = shown(`${LINUX}[    0.6] Rebooting in 5 seconds..`);
    expect(words.dueAt).toBeGreaterThan(1000 * SECOND);
    expect(words.told).toBe('Kernel panic - not syncing: VFS: no root');
  });

  it('are asked about once', () => {
    const { words } = shown(LINUX + END);
    const activity = { icount: words.dueAt, el: 1, el0Exceptions: 0 };
    expect(words.verdict(activity)).toBeDefined();
    expect([words.dueAt, words.verdict(activity)]).toEqual([Number.POSITIVE_INFINITY, undefined]);
  });

  it('are told without what a terminal would obey', () => {
    expect(verdict('panic: \x1b[2Jred\x07\n')).toBe('panic: [2Jred');
  });

  it('are kept', () => {
    const { words } = shown(LINUX + END.slice(0, 20));
    const other = new PanicWords();
    other.restore(words.save());
    for (const w of [words, other])
      for (const byte of Buffer.from(END.slice(20))) w.see(byte, { icount: 5000, el: 1, el0Exceptions: 0 });
    expect(other.dueAt).toBe(words.dueAt);
    expect(other.save()).toEqual(words.save());
  });
});

it("the guest's last word may be that it halts", () => {
  expect(shown('[ 1.0] reboot: System halted\n').words.saidHalt).toBe(true);
  expect(shown('[ 1.0] reboot: System halted\nnot yet').words.saidHalt).toBe(false);
});
