import { hex } from '../../src/base/bits.ts';
import { Failure } from '../../src/base/failure.ts';
import type { EventPoint, EventPoints } from '../../src/debug/event-points.ts';
import { FLUSH, Monitor, type MonitorCommand, type Say } from '../../src/debug/monitor.ts';
import type { TapeDebuggee } from '../../src/debug/tape-debuggee.ts';
import type { Machine } from '../../src/machine/machine.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { inClasses, isConsole, lineOf, sysregName, type TapeEvent } from '../../src/trace/events/index.ts';
import { writeCore } from './core.ts';
import { classesOf } from './event-classes.ts';
import { checkNewFile, fork, SILENCE_MS_MAX } from './gdb-fork.ts';
import { bigOf, numberOf } from './numbers.ts';
import { within } from './on-tape.ts';
import { parsePlace } from './places.ts';
import { withoutControls } from './standard-output.ts';
import type { Traveller } from './travelling.ts';
import { momentText } from './units.ts';
import type { Look } from './viewer.ts';
import { lastWriteText } from './who-wrote.ts';

/** So many events are listed where no number is given, and at most. */
const LISTED = 20;
const LISTED_MAX = 10_000;
/** How far back events are looked for first. */
const WINDOW_FIRST = 2 ** 16;
const CONSOLE_LINES = 20;
const CONSOLE_LINES_MAX = 100_000;

const PRIVATE_INTERRUPTS = new Set(['irq-inject', 'irq-ack', 'irq-eoi', 'irq-line', 'maintenance-irq', 'sgi']);

/** What GDB's `monitor` says of a tape. */
export function tapeMonitor(
  debuggee: TapeDebuggee,
  traveller: Traveller,
  reader: TapeReader,
  symbols: ReplaySymbols,
  look: Look,
): Monitor {
  const { timeline, machine, eventPoints } = debuggee;

  const where = (): string => {
    const { icount, pc } = timeline.now;
    const symbol = look.symbolAt(pc);
    const level = `EL${debuggee.view.el}`;
    return `${momentText(icount)}, event ${timeline.ordinal}, ${level}, pc ${hex(pc)}${symbol === undefined ? '' : ` ${symbol}`}\n`;
  };
  /** GDB takes a server that is silent for some seconds for a broken one: an answer of nothing will do. */
  const seek = (text: string, say: Say): void => {
    if (text === '') throw new Failure('monitor seek: give a place, as icount:N, console:TEXT, symbol:NAME, +N or -N');
    const relative = /^[+-]/.test(text);
    const place = parsePlace('seek', relative ? `icount:${timeline.now.icount}${text}` : text);
    if (place.moment.kind !== 'icount') {
      traveller.go(place);
      return;
    }
    let said = performance.now();
    for (const _slice of timeline.seeking(within(place, place.moment.icount + place.offset, timeline.last).icount)) {
      if (performance.now() - said < SILENCE_MS_MAX) continue;
      say('');
      said = performance.now();
    }
  };
  const list = (option: string, rest: string, say: Say, wanted: (event: TapeEvent) => boolean): void => {
    const count = rest === '' ? LISTED : numberIn(option, rest, -LISTED_MAX, LISTED_MAX);
    const lines = count >= 0 ? next(wanted, count) : previous(wanted, -count);
    say(lines.length === 0 ? 'none\n' : lines.join(''));
  };
  const next = (wanted: (event: TapeEvent) => boolean, count: number): string[] => {
    const lines: string[] = [];
    for (const event of reader.events({ from: timeline.now.icount, damage: 'skip' })) {
      if (lines.length >= count) break;
      if (event.ordinal >= timeline.ordinal && wanted(event)) lines.push(line(event));
    }
    return lines;
  };
  const previous = (wanted: (event: TapeEvent) => boolean, count: number): string[] => {
    const to = timeline.now.icount;
    for (let window = WINDOW_FIRST; ; window *= 8) {
      const from = Math.max(0, to - window);
      let lines: string[] = [];
      for (const event of reader.events({ from, to, damage: 'skip' })) {
        if (event.ordinal >= timeline.ordinal) break;
        if (wanted(event)) lines.push(line(event));
        if (lines.length >= 2 * count) lines = lines.slice(-count);
      }
      if (lines.length >= count || from === 0) return lines.slice(-count);
    }
  };
  const line = (event: RecordedEvent): string => {
    const symbol = 'pc' in event ? look.symbolAt(event.pc) : undefined;
    return `${String(event.ordinal).padStart(8)} ${withoutControls(lineOf(event))}${symbol === undefined ? '' : ` ${symbol}`}\n`;
  };
  const consoleText = (lines: number): string => {
    const bytes: Uint8Array[] = [];
    for (const event of reader.events({ to: timeline.now.icount, classes: new Set(['console-out']), damage: 'skip' })) {
      if (event.ordinal >= timeline.ordinal) break;
      if (event.kind === 'console-out' && isConsole(event.device)) bytes.push(event.bytes);
    }
    const text = Buffer.concat(bytes).toString('utf8').replace(/\r/g, '').split('\n');
    return text
      .slice(-lines - 1)
      .map(withoutControls)
      .join('\n');
  };

  return new Monitor([
    { usage: 'where', help: 'the moment, by count, time and event, and the function', run: (_, say) => say(where()) },
    {
      usage: 'seek PLACE',
      help: 'go to icount:N, event:N, console:TEXT, symbol:NAME, time:1.2s, exit:CLASS, irq:INTID, end, +N or -N',
      run: (rest, say) => {
        seek(rest, say);
        say(`${where()}GDB still shows where it was: ${FLUSH}\n`);
      },
    },
    {
      usage: 'symbol NAME',
      help: "where the guest's kernel has a function or variable, by its own table: break *ADDRESS needs no vmlinux",
      run: (rest, say) => {
        const found = symbols.named(rest, debuggee.view, `monitor symbol ${rest}`);
        const addresses = new Set(found.flatMap(({ virtual, physical }) => [...virtual, ...physical]));
        say([...addresses].map((address) => `${rest} ${hex(address)}\n`).join(''));
      },
    },
    {
      usage: 'events [N] [CLASS]',
      help: `the next N events, or with -N those before; ${LISTED} where no number is given`,
      run: (rest, say) => {
        const [, count = '', classes = ''] = /^(-?[0-9]*)\s*(.*)$/.exec(rest) ?? [];
        const wanted = classes === '' ? undefined : classesOf('monitor events', classes);
        list('monitor events', count, say, (event) => wanted === undefined || inClasses(event, wanted));
      },
    },
    {
      usage: 'exits [N]',
      help: 'the same of VM exits',
      run: (rest, say) => list('monitor exits', rest, say, ({ kind }) => kind === 'vm-exit'),
    },
    {
      usage: 'irqs [N]',
      help: 'the same of what became of interrupts',
      run: (rest, say) => list('monitor irqs', rest, say, ({ kind }) => PRIVATE_INTERRUPTS.has(kind)),
    },
    {
      usage: 'who-wrote WHAT',
      help: 'the last write before here of a register, or of the byte at an address: 0x…, va:0x… or jiffies',
      run: (rest, say) => say(`${lastWriteText(timeline, look, rest)}\n`),
    },
    {
      usage: 'core NAME',
      help: "an ELF core of the guest as it is here, as a new file in the server's folder",
      run: (rest, say) => {
        checkNewFile('monitor core', rest);
        for (const line of writeCore(debuggee.view, rest)) say(`${line}\n`);
      },
    },
    {
      usage: 'fork -o NAME [--set CHANGE]…',
      help: "goes on from here with changes, onto a new tape in the server's folder; also --until, --max-icount",
      begin: (rest, say) => fork(reader.path, timeline.now.icount, rest, say),
    },
    {
      usage: 'console [N]',
      help: `the last N lines of the console up to here; ${CONSOLE_LINES} where no number is given`,
      run: (rest, say) => {
        const lines = rest === '' ? CONSOLE_LINES : numberIn('monitor console', rest, 1, CONSOLE_LINES_MAX);
        say(`${consoleText(lines)}\n`);
      },
    },
    ...eventCommands(eventPoints, machine),
  ] satisfies readonly MonitorCommand[]);
}
/** Commands that set and take away stops at events. */
export function eventCommands(eventPoints: EventPoints, machine: Machine): readonly MonitorCommand[] {
  const deviceOf = (event: TapeEvent): string | undefined =>
    event.kind === 'mmio-read' || event.kind === 'mmio-write' ? machine.registerAt(event.ipa) : undefined;
  return [
    {
      usage: 'break WHAT',
      help: 'stop at events: exit CLASS, irq INTID, device NAME or ADDRESS, sysreg NAME, or event CLASS',
      run: (rest, say) => {
        const point = eventPoints.add(rest, eventBreak(rest, deviceOf));
        say(`event breakpoint ${point.number}: ${point.text}\n`);
      },
    },
    {
      usage: 'breaks',
      help: 'the event breakpoints there are',
      run: (_, say) => {
        const lines = eventPoints.all.map(({ number, text }) => `${number}: ${text}\n`);
        say(lines.length === 0 ? 'none\n' : lines.join(''));
      },
    },
    {
      usage: 'delete N',
      help: 'take an event breakpoint away',
      run: (rest) => {
        if (!eventPoints.remove(numberIn('monitor delete', rest, 1, Number.MAX_SAFE_INTEGER)))
          throw new Failure(`monitor delete ${rest}: there is no event breakpoint ${rest}; see "monitor breaks"`);
      },
    },
  ];
}

function numberIn(option: string, text: string, min: number, max: number): number {
  const value = text.startsWith('-') ? -numberOf(option, text.slice(1)) : numberOf(option, text);
  if (value < min || value > max) throw new Failure(`${option} ${text}: give a number from ${min} to ${max}`);
  return value;
}

/** What `monitor break` asks for. @throws Failure where it is nothing of the kind */
export function eventBreak(text: string, deviceOf: (event: TapeEvent) => string | undefined): EventPoint['fits'] {
  const [, kind = '', what = ''] = /^(\S+)\s+(.+)$/.exec(text) ?? [];
  const option = `monitor break ${kind}`;
  switch (kind) {
    case 'exit':
    case 'event': {
      const classes = classesOf(option, what);
      return (event) => (kind === 'event' || event.kind === 'vm-exit') && inClasses(event, classes);
    }
    case 'irq': {
      const intid = numberOf(option, what);
      return (event) => (event.kind === 'irq-inject' || event.kind === 'irq-ack') && event.intid === intid;
    }
    case 'device': {
      if (/^[0-9]/.test(what)) {
        const at = bigOf(option, what);
        return (event) =>
          (event.kind === 'mmio-read' || event.kind === 'mmio-write') &&
          event.ipa <= at &&
          at < event.ipa + BigInt(event.size);
      }
      const name = what.toLowerCase();
      return (event) => deviceOf(event)?.toLowerCase().split(' ').includes(name) === true;
    }
    case 'sysreg': {
      const name = what.toUpperCase();
      return (event) =>
        (event.kind === 'sysreg-read' || event.kind === 'sysreg-write') &&
        sysregName(event.encoding).toUpperCase() === name;
    }
    default:
      throw new Failure(
        `monitor break ${text}: give exit CLASS, irq INTID, device NAME or ADDRESS, sysreg NAME, or event CLASS`,
      );
  }
}
