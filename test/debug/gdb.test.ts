// GDB itself on tapes of the demo guests: forwards and backwards, to the same moments.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { hypertape } from '../../tools/session/command-line.fixture.ts';
import { countsIn, gdbSays, hasGdb, serve } from './gdb.fixture.ts';

const guests = [
  { name: 'demo-arm64', argument: 'x0', hcr: 'HCR_EL2', hypervisor: /= 0x[0-9a-f]{8,}/, sp: 'x/2gx $sp' },
  { name: 'demo-armv7', argument: 'r0', hcr: 'HCR', hypervisor: /= 0x[0-9a-f]{6,}/, sp: 'x/2wx $sp' },
] as const;

let folder = '';
const tapeOf = (guest: string): string => join(folder, `${guest}.tape`);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hypertape-gdb-'));
  for (const { name } of guests) {
    const { status, stderr } = hypertape(['record', '--guest', name, '-o', tapeOf(name), '--console', 'none']);
    if (status !== 0) throw new Error(stderr);
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));
const flush = 'maintenance flush register-cache';
/** What the README tells people to type. */
const hook = `python gdb.execute("define hookpost-monitor\\n${flush}\\nend")`;

describe.skipIf(!hasGdb).each(guests)('$name', ({ name, argument, hcr, hypervisor, sp }) => {
  const program = guestFiles(name).kernel;
  const session = async (commands: readonly string[]) => {
    const { host, port, said } = await serve([tapeOf(name)], folder);
    return { text: await gdbSays(`${host}:${port}`, program, commands), said: said() };
  };

  it('breaks late, and goes back in three ways to the same counts', async () => {
    const { text } = await session([
      // The last timer interrupt but one, from the end, and how it is come to from the beginning.
      ...['monitor seek end', flush, 'break *timer_irq', 'reverse-continue', 'reverse-continue', 'monitor where'],
      ...['reverse-stepi', 'monitor where', 'stepi', 'monitor where', 'continue', 'monitor where', 'reverse-continue'],
      ...['monitor where', `p/x $${hcr}`, 'delete'],
      // A variable is watched backwards, twice, and forwards again.
      ...['watch *(int *) &sgi_count', 'reverse-continue', 'monitor where', 'x/i $pc', 'reverse-continue'],
      ...[
        'monitor where',
        'reverse-continue',
        'monitor where',
        'continue',
        'monitor where',
        'continue',
        'monitor where',
      ],
      ...['delete', sp, 'info threads'],
    ]);
    const counts = countsIn(text);
    expect(counts, text).toHaveLength(11);
    // The first is what "seek" says.
    const [end = 0, late, before, again, last, back, second = 0, first = 0, start, afterFirst, afterSecond] = counts;
    expect(before).toBe((late ?? 0) - 1);
    expect(again).toBe(late);
    expect(back).toBe(late);
    expect(last).toBeGreaterThan(late ?? 0);
    expect(last).toBeLessThan(end);
    expect(start).toBe(0);
    expect([afterFirst, afterSecond]).toEqual([first + 1, second + 1]);
    expect(text).toMatch(hypervisor);
    expect(text).toMatch(/Old value = 2\nNew value = 1/);
    expect(text).toMatch(/=> 0x[0-9a-f]+ <gic_irq\+[0-9]+>:\s+str/);
    expect(text).toContain('No more reverse-execution history.');
    expect(text).toMatch(/Thread 1 \(vCPU 0\)/);
  });

  it('conditions are looked at by the server; events of the hypervisor stop it; a tape is not changed', async () => {
    const { text, said } = await session([
      ...[`break *timer_irq if $${argument} == 30`, 'continue', `p $${argument}`, 'info breakpoints', 'delete'],
      ...['monitor break irq 27', 'continue', 'monitor where', 'reverse-continue', 'continue', 'monitor where'],
      ...[
        'monitor delete 1',
        'monitor seek 0',
        'monitor break device pl011',
        'continue',
        'monitor events 2',
        'monitor console 3',
      ],
      ...['monitor delete 2', 'monitor nonsense', 'monitor break nonsense 1', 'monitor seek nowhere'],
      ...['set var *(int *) &sgi_count = 7', 'p $pc = 0', 'set non-stop on', 'monitor help'],
      ...['monitor who-wrote sp', 'monitor who-wrote nothing', 'monitor core ../x', 'monitor fork -o ../x'],
    ]);
    expect(text).toContain('$1 = 30\n');
    expect(text).toContain('(target evals)');
    expect(text).toMatch(/irq-inject +vgic_update_irq_pending irq 27/);
    const [there, again] = countsIn(text);
    expect(there).toBeGreaterThan(0);
    expect(again).toBe(there);
    expect(text).toMatch(/mmio-(read|write)/);
    expect(text).toContain('monitor nonsense: there is no such command');
    expect(text).toContain('monitor break nonsense 1: give exit CLASS');
    expect(text).toMatch(/seek nowhere: give icount:N/);
    expect(text).toMatch(/Could not write register .*fork/);
    expect(said).toMatch(/hypertape fork/);
    expect(text).toContain('seek PLACE');
    expect(text).toMatch(/icount [0-9,]+ .*: cpu: 0x[0-9a-f]+ -> 0x[0-9a-f]+/);
    expect(text).toContain('nothing: the guest has no variable or function of this name');
    expect(text).toContain('monitor core ../x: give the name of a file');
    expect(text).toContain('monitor fork ../x: give the name of a file');
  });

  it('next and finish go backwards too, as GDB makes them of steps and breakpoints', async () => {
    const { text } = await session([
      ...['break *gic_irq', 'continue', 'monitor where', 'stepi', 'stepi', 'stepi', 'reverse-finish', 'monitor where'],
      ...['reverse-stepi', 'monitor where', 'delete', 'stepi 200', 'reverse-stepi 200', 'monitor where'],
    ]);
    const [entry = 0, finished, before, after] = countsIn(text);
    expect(finished, text).toBeLessThanOrEqual(entry);
    expect(before).toBe((finished ?? 0) - 1);
    expect(after).toBe(before);
  });
});

/** An ELF64 whose symbols lie elsewhere, each by another distance: what another build of the kernel has (System V ABI, chapter 4). */
function withOtherPlaces(elf: Buffer): Buffer {
  const [sections, count] = [Number(elf.readBigUInt64LE(40)), elf.readUInt16LE(60)];
  for (let header = sections; header < sections + 64 * count; header += 64) {
    const [from, size] = [elf.readBigUInt64LE(header + 24), elf.readBigUInt64LE(header + 32)].map(Number);
    if (elf.readUInt32LE(header + 4) !== 2 || from === undefined || size === undefined) continue;
    for (let symbol = from; symbol < from + size; symbol += 24)
      elf.writeBigUInt64LE(elf.readBigUInt64LE(symbol + 8) + BigInt((symbol - from) / 6), symbol + 8);
  }
  return elf;
}

it.skipIf(!hasGdb)(
  'monitor fork goes on from where the guest stands, and GDB with it; symbols of another kernel are told of',
  async () => {
    const [tape, forked, other] = [tapeOf('demo-arm64'), join(folder, 'forked.tape'), join(folder, 'other.elf')];
    writeFileSync(other, withOtherPlaces(readFileSync(guestFiles('demo-arm64').kernel)));
    const { host, port } = await serve([tape], folder);
    const text = await gdbSays(`${host}:${port}`, other, [
      ...['stepi', hook, 'monitor seek irq:27#5', 'monitor where', 'p/x $pc'],
      ...['monitor fork --set reg=x20:7', 'monitor fork -o forked.tape --set reg=x20:7', 'monitor fork -o forked.tape'],
      ...['monitor where'],
    ]);
    expect(text).toMatch(/the debugger's symbols are not those of the guest's kernel: they have \w+ at 0x/);
    expect(text).toContain('monitor fork: give -o NAME');
    expect(text).toMatch(/DEMO-DONE[\s\S]*poweroff: the guest powered off\n[\s\S]*forked\.tape: .* KiB/);
    expect(text).toMatch(/forked\.tape: it is there already/);
    const [, pc = ''] = /EL1, pc (0x[0-9a-f]+).*\n\$1 = /.exec(text) ?? [];
    expect(text).toContain(`$1 = ${pc}\n`);
    const [there, again] = countsIn(text).slice(-2);
    expect(again).toBe(there);
    const [edit = ''] = hypertape(['events', forked, '--class', 'edit', '--json']).stdout.split('\n');
    expect(JSON.parse(edit)).toMatchObject({ at: there });
    expect(hypertape(['replay', forked, '--console', 'none']).status).toBe(0);
  },
);

it.skipIf(!hasGdb)('a guest that runs: what a debugger changes is on its tape, which replays', async () => {
  const tape = join(folder, 'live.tape');
  const { host, port, process: server } = await serve(['--guest', 'demo-arm64', '-o', tape, '--console', 'none']);
  const gone = once(server, 'exit');
  const text = await gdbSays(`${host}:${port}`, guestFiles('demo-arm64').kernel, [
    ...['break *timer_irq if $x0 == 30', 'continue', 'p $x0', 'stepi', 'stepi', 'info registers pc', 'delete'],
    ...['set var *(int *) &sgi_count = 7', 'p *(int *) &sgi_count', 'p $x20 = 0x1234', 'p $x20', 'p $v0.q.u[0] = 1'],
    ...['monitor break irq 27', 'continue', 'monitor breaks', 'monitor delete 1', 'reverse-stepi', 'continue'],
  ]);
  expect(text).toContain('$1 = 30\n');

  expect(text).toContain('$2 = 7\n');
  expect(text).toContain('= 4660\n');
  expect(text).toMatch(/Could not write register/);
  expect(text).toMatch(/irq-inject +vgic_update_irq_pending irq 27/);
  expect(text).toContain('does not support this command');
  expect(text).toContain('exited normally');
  expect((await gone)[0]).toBe(0);
  expect(hypertape(['replay', tape, '--console', 'none']).status).toBe(0);
  const edits = hypertape(['events', tape, '--class', 'edit', '--raw']).stdout;
  expect(edits).toMatch(/memory 0x[0-9a-f]+ = 07000000/);
  expect(edits).toMatch(/x20 = 0x1234/);
});

describe('whatever connects', () => {
  /** Sends bytes and reads until it is enough, the server closes, or for so long. */
  const talk = (port: number, bytes: Uint8Array | string, { ms = 300, enough = '\0' } = {}): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (data) => {
        text += data.toString('latin1');
        if (text.includes(enough)) socket.destroy();
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(text));
      socket.on('connect', () => socket.write(bytes));
      setTimeout(() => socket.destroy(), ms);
    });
  /** The machine of the client before may be coming to rest. */
  const isThere = async (port: number): Promise<void> =>
    expect(await talk(port, '$qC#b4', { ms: 60_000, enough: '#c5' })).toBe('+$QC1#c5');

  it('garbage, cut and huge packets leave the server as it is', async () => {
    const { port, host, process: server, said } = await serve([tapeOf('demo-arm64')]);
    expect(host).toBe('127.0.0.1');
    expect(await talk(port, 'GET / HTTP/1.0\r\n\r\n')).toBe('');
    await talk(port, Buffer.alloc(1 << 20, 0x24));
    await talk(port, `$${'m'.repeat(1 << 20)}#00`);
    await talk(port, '$qSupported#');
    // While the machine runs the client goes away.
    await talk(port, '+$c#63', { ms: 50 });
    await talk(port, '$m40080000,ffffffffffffffff#00$Z0,zz,4#00$vCont;s:zz#00');
    await isThere(port);
    expect(server.exitCode).toBe(null);
    expect(said()).not.toContain('internal fault');
  });

  it('one that reads nothing is sent away; a second one is turned away', async () => {
    const { port, said } = await serve([tapeOf('demo-arm64')]);
    const first = connect(port, '127.0.0.1');
    first.on('error', () => {});
    first.pause();
    first.write('$qC#b4');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await talk(port, '$qC#b4')).toBe('');
    const flood = '$m40080000,3fff#00'.repeat(4000);
    first.write('+$QStartNoAckMode#b0');
    first.write(flood);
    await vi.waitFor(() => expect(said()).toContain('does not read'), { timeout: 30_000 });
    first.destroy();
    await isThere(port);
  });

  it('kill ends it, with status 0', async () => {
    const { port, process: server } = await serve([tapeOf('demo-arm64')]);
    const gone = new Promise((resolve) => server.once('exit', resolve));
    await talk(port, '$k#6b');
    expect(await gone).toBe(0);
  });
});

it('where it cannot listen, or listens beyond this machine, it says so', async () => {
  const tape = tapeOf('demo-arm64');
  const { port } = await serve([tape]);
  const taken = hypertape(['gdb', tape, '--listen', `127.0.0.1:${port}`]);
  expect([taken.status, taken.stderr]).toEqual([2, expect.stringContaining('cannot listen on 127.0.0.1')]);
  const wrong = hypertape(['gdb', tape, '--listen', 'nowhere:']);
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('give PORT or HOST:PORT')]);
  const wide = await serve([tape, '--listen', '0.0.0.0:0']);
  expect(wide.host).toBe('0.0.0.0');
  await vi.waitFor(() => expect(wide.said()).toContain('can read the guest'));
});
