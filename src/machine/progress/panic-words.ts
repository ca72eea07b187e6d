import { count, flag, octets, record } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import type { Stateful } from '../../base/stateful.ts';

/** Where console words have been followed by nothing for so long, the guest has panicked. */
interface Words {
  readonly text: string;
  /** Counts without another word, without EL0 and without waiting. FOREVER: the guest goes on by itself. */
  readonly patience: number;
  /** What is told begins with these words; the others only say how long to wait. */
  readonly begins?: true;
  readonly atLineStart?: true;
}

const SECOND = 1e9;
/** Longer than anybody runs a guest. */
const FOREVER = 2 ** 52;
const END_MARK = '---[ end Kernel panic - not syncing';
/**
 * Linux kernel/panic.c: after the end mark it loops with interrupts enabled and prints nothing more; with `panic=N` it says so and
 * resets after N seconds, without an end mark. FreeBSD sys/kern/kern_shutdown.c: `panic: ` and a reset after 15 s. Xen
 * common/panic: `Panic on CPU N:`, then a reset in five seconds unless `noreboot`.
 */
const words: readonly Words[] = [
  { text: END_MARK, patience: SECOND / 4 },
  { text: 'Kernel panic - not syncing', patience: 10 * SECOND, begins: true },
  { text: 'Rebooting in ', patience: FOREVER },
  { text: 'panic: ', patience: 20 * SECOND, begins: true, atLineStart: true },
  { text: 'Panic on CPU ', patience: 10 * SECOND, begins: true },
  { text: 'Reboot in five seconds', patience: FOREVER },
];
/** Linux kernel/reboot.c and FreeBSD kern_shutdown.c, before they stop for good. */
const haltWords = ['reboot: System halted', 'The operating system has halted'];

const LINE_BYTES_MAX = 256;
const NEWLINE = 0x0a;
const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;

/** What a verdict depends on beside the words. */
export interface Activity {
  readonly icount: number;
  readonly el: number;
  /** Exceptions taken from EL0 so far. */
  readonly el0Exceptions: number;
}

const text = octets({ max: LINE_BYTES_MAX });
const stateFields = record({
  line: text,
  told: text,
  telling: flag,
  patience: count,
  lastByteAt: count,
  el0Exceptions: count,
  idled: flag,
  saidHalt: flag,
});

/**
 * Watches the console for the words of a panic. Words alone prove nothing, since `echo` prints them too: a panic is what runs on
 * behind them without a user program, without a wait for an interrupt and without another word.
 */
export class PanicWords implements Stateful {
  readonly name = 'panic-words';
  readonly version = 1;
  readonly hashed = false;
  readonly #state = {
    line: '',
    /** What the guest said, up to the end of its line, and whether that has come. */
    told: '',
    telling: false,
    /** 0 while there is nothing to wait for. */
    patience: 0,
    lastByteAt: 0,
    el0Exceptions: 0,
    idled: false,
    /** The guest's last line says that it halts. */
    saidHalt: false,
  };

  /** A byte of the console. */
  see(byte: number, { icount, el0Exceptions }: Activity): void {
    const s = this.#state;
    s.lastByteAt = icount;
    if (byte === NEWLINE) {
      s.line = '';
      s.telling = false;
      return;
    }
    if (!isPrintable(byte)) return;
    const letter = String.fromCharCode(byte);
    if (s.line === '') s.saidHalt = false;
    s.line = (s.line + letter).slice(-LINE_BYTES_MAX);
    if (s.telling && s.told.length < LINE_BYTES_MAX) s.told += letter;
    s.saidHalt ||= haltWords.some((text) => s.line.endsWith(text));
    const found = words.find(({ text, atLineStart }) => s.line.endsWith(text) && (!atLineStart || s.line === text));
    if (found === undefined || (s.told === '' && !found.begins)) return;
    if (found.begins && !s.telling && !s.line.includes(END_MARK)) Object.assign(s, { told: found.text, telling: true });
    Object.assign(s, { patience: found.patience, el0Exceptions, idled: false });
  }
  /** The guest waits for an interrupt. */
  idle(): void {
    this.#state.idled = true;
  }

  /** When to ask for the verdict. */
  get dueAt(): number {
    const { patience, lastByteAt } = this.#state;
    return patience === 0 ? Number.POSITIVE_INFINITY : lastByteAt + patience;
  }
  /** What the guest said before it panicked; undefined where it did not. Asked once, at `dueAt`. */
  verdict({ el, el0Exceptions }: Activity): string | undefined {
    const s = this.#state;
    const panicked = s.patience !== 0 && !s.idled && el !== 0 && el0Exceptions === s.el0Exceptions;
    s.patience = 0;
    return panicked ? s.told.trimEnd() : undefined;
  }
  /** The same of a guest that cannot go on, whatever it waits for. */
  said({ el, el0Exceptions }: Activity): string | undefined {
    return el !== 0 && el0Exceptions === this.#state.el0Exceptions ? this.told : undefined;
  }
  get saidHalt(): boolean {
    return this.#state.saidHalt;
  }
  /** The words of a panic that the console has shown, whatever came of them. */
  get told(): string | undefined {
    return this.#state.told === '' ? undefined : this.#state.told.trimEnd();
  }

  save(): PlainMap {
    const { line, told, ...rest } = this.#state;
    return { ...rest, line: Uint8Array.from(Buffer.from(line)), told: Uint8Array.from(Buffer.from(told)) };
  }
  restore(saved: PlainMap): void {
    const { line, told, ...rest } = stateFields.read(saved, '');
    Object.assign(this.#state, rest, { line: latin1(line), told: latin1(told) });
  }
}
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
