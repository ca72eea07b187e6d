import { expect, it } from 'vitest';
import { Failure } from '../base/failure.ts';
import { Prng } from '../base/prng.ts';
import { framed, hexOf, latin1, PACKET_BYTES_MAX } from './packet.ts';
import { FakeClient } from './stub.fixture.ts';

const client = (...monitor: ConstructorParameters<typeof FakeClient>): FakeClient => {
  const made = new FakeClient(...monitor);
  made.say('qSupported:multiprocess+;swbreak+;hwbreak+;qRelocInsn+');
  return made;
};
const one = (answers: readonly string[]): string => {
  expect(answers).toHaveLength(1);
  return answers[0] ?? '';
};
const START = 'T05thread:1;2:0070000000000000;3:0010000000000000;';
/** The address of an instruction, as a stop tells it. */
const pc = (n: number): string => `3:${hexOf(Uint8Array.of((4 * n) & 0xff, 0x10 + (n >>> 6)))}000000000000;`;

it('tells what it can, and answers what it does not know with nothing', () => {
  const supported = one(new FakeClient().say('qSupported:swbreak+'));
  expect(supported.split(';')).toEqual([
    `PacketSize=${PACKET_BYTES_MAX.toString(16)}`,
    'QStartNoAckMode+',
    'qXfer:features:read+',
    'vContSupported+',
    'ConditionalBreakpoints+',
    'swbreak+',
    'ReverseStep+',
    'ReverseContinue+',
  ]);
  const c = client();
  for (const packet of ['vMustReplyEmpty', 'vFile:open:2f,0,0', 'qXfer:auxv:read::0,100', 'qTStatus', '!', 'R00', ''])
    expect(c.say(packet)).toEqual(['']);
  expect(c.say('vCont?')).toEqual(['vCont;c;C;s;S;t;r']);
  expect(c.say('qAttached')).toEqual(['1']);
  expect(c.say('QNonStop:0')).toEqual(['OK']);
  expect(one(c.say('QNonStop:1'))).toMatch(/^E\.non-stop/);
  expect(c.say('qOffsets')).toEqual(['TextSeg=ffff800012340000']);
});

it('threads are vCPUs', () => {
  const c = client();
  expect(c.say('qfThreadInfo')).toEqual(['m1']);
  expect(c.say('qsThreadInfo')).toEqual(['l']);
  expect(c.say('qC')).toEqual(['QC1']);
  expect(['T1', 'T2', 'T', 'Hg1', 'Hg0', 'Hc-1', 'Hg9'].map((p) => one(c.say(p)))).toEqual([
    'OK',
    'E16',
    'E16',
    'OK',
    'OK',
    'OK',
    'E16',
  ]);
  expect(c.say('qThreadExtraInfo,1')).toEqual([hexOf(latin1('vCPU 0'))]);
});

it('acknowledges until it is told not to, and asks for what came damaged again', () => {
  const c = new FakeClient();
  c.send(latin1('$?#00'));
  expect(c.raw).toBe('-');
  c.raw = '';
  c.send(framed('QStartNoAckMode'));
  expect(c.raw).toBe('+$OK#9a');
  c.raw = '';
  c.send(latin1('+'));
  c.send(framed('qC'));
  expect(c.raw).toBe('$QC1#c5');
  const again = new FakeClient();
  again.send(framed('qC'));
  again.raw = '';
  again.send(latin1('-'));
  expect(again.raw).toBe('$QC1#c5');
});

it('the target description comes in pieces', () => {
  const c = client();
  const whole = one(c.say('qXfer:features:read:target.xml:0,ffff'));
  expect(whole).toMatch(/^l<\?xml/);
  let text = '';
  for (let at = 0; ; at += 100) {
    const piece = one(c.say(`qXfer:features:read:target.xml:${at.toString(16)},64`));
    text += piece.slice(1);
    if (piece.startsWith('l')) break;
  }
  expect(`l${text}`).toBe(whole);
  expect(text).toContain('<reg name="pc" bitsize="64" regnum="3"/>');
  expect(text).toContain(
    '<feature name="org.hypertape.el2"><reg name="ESR_EL2" bitsize="64" regnum="4" group="system"/>',
  );
  expect(c.say('qXfer:features:read:other.xml:0,10')).toEqual(['E00']);
  expect(c.say('qXfer:features:read:target.xml:x')).toEqual(['E16']);
});

it('registers: all general ones, or one by its number', () => {
  const c = client();
  c.debuggee.x[1] = 0x1234n;
  expect(c.say('g')).toEqual([`${'0'.repeat(16)}3412${'0'.repeat(12)}0070000000000000${'0010000000000000'}`]);
  expect(c.say('p1')).toEqual(['3412000000000000']);
  expect(c.say('p4')).toEqual(['0000005600000000']);
  expect(c.say('P1=7800000000000000')).toEqual(['OK']);
  expect(c.debuggee.x[1]).toBe(0x78n);
  expect(c.say(`G${'01'.repeat(32)}`)).toEqual(['OK']);
  expect(c.debuggee.x[0]).toBe(0x0101_0101_0101_0101n);
  for (const wrong of ['p5', 'p', 'pzz', 'P1=78', 'P1', 'P9=00', 'G00', 'Gzz']) expect(c.say(wrong)).toEqual(['E16']);
});

it('memory, virtual and physical, as far as there is any', () => {
  const c = client();
  c.debuggee.memory.set([1, 2, 3, 4], 60);
  expect(c.say('m803c,4')).toEqual(['01020304']);
  expect(c.say('m803e,10')).toEqual(['0304']);
  expect(c.say('m9000,4')).toEqual(['E14']);
  expect(c.say('qqemu.PhyMemMode')).toEqual(['0']);
  expect(c.say('Qqemu.PhyMemMode:1')).toEqual(['OK']);
  expect(c.say('m3c,4')).toEqual(['01020304']);
  expect(c.say('Qqemu.PhyMemMode:0')).toEqual(['OK']);
  expect(c.say('M8000,2:abcd')).toEqual(['OK']);
  expect(c.say(Uint8Array.of(...latin1('X8002,3:'), 0x23, 0x7d, 0))).toEqual(['OK']);
  expect([...c.debuggee.memory.subarray(0, 5)]).toEqual([0xab, 0xcd, 0x23, 0x7d, 0]);
  expect(c.say('X0,0:')).toEqual(['OK']);
  for (const wrong of ['m', 'm1', 'm1,', 'm,1', 'M8000,2:ab', 'M8000,2', 'X8000,2:a'])
    expect(c.say(wrong)).toEqual(['E16']);
  expect(c.say('M8040,1:00')).toEqual(['E.no memory']);
});

it('writes are refused with what to do instead, and the server tells it', () => {
  const c = client();
  c.debuggee.refusal = 'a tape is not changed; "monitor fork" goes on from here';
  expect(one(c.say('P1=7800000000000000'))).toMatch(/^E\..*fork/);
  expect(one(c.say(`G${'01'.repeat(32)}`))).toMatch(/^E\..*fork/);
  expect(one(c.say('M8000,1:ff'))).toMatch(/^E\..*fork/);
  expect(new Set(c.told)).toEqual(new Set([c.debuggee.refusal]));
  expect(c.debuggee.x[1]).toBe(0n);
});

it('steps and runs, forwards and backwards, to breakpoints and both ends', () => {
  const c = client();
  expect(c.say('?')).toEqual([START]);
  expect(one(c.say('s'))).toContain(pc(1));
  expect(one(c.say('vCont;s:1;c'))).toContain(pc(2));
  expect(one(c.say('bs'))).toContain(pc(1));
  expect(c.say('Z0,1080,4')).toEqual(['OK']);
  expect(c.say('Z1,1040,4')).toEqual(['OK']);
  expect(one(c.say('vCont;c'))).toMatch(new RegExp(`^T05hwbreak:;.*${pc(16)}`));
  expect(one(c.say('c'))).toMatch(new RegExp(`^T05swbreak:;.*${pc(32)}`));
  expect(one(c.say('c'))).toMatch(/^T05replaylog:end;/);
  expect(one(c.say('bc'))).toContain(pc(32));
  expect(c.say('z1,1040,4')).toEqual(['OK']);
  expect(one(c.say('bc'))).toMatch(/^T05replaylog:begin;/);
  expect(one(c.say('bs'))).toMatch(/^T05replaylog:begin;/);
  expect(c.say('bx')).toEqual(['']);
});

it('steps over a range of addresses', () => {
  const c = client();
  expect(one(c.say('vCont;r1000,1020:1'))).toContain(pc(8));
  c.say('Z0,1028,4');
  expect(one(c.say('vCont;r1020,1080'))).toMatch(new RegExp(`^T05swbreak:;.*${pc(10)}`));
  for (const wrong of ['vCont;r1', 'vCont;x', 'vCont;', 'vCont;c;zz']) expect(c.say(wrong)).toEqual(['E16']);
});

it('points that are taken away and set again are not new', () => {
  const c = client();
  c.say('Z0,1080,4');
  c.say('s');
  expect(c.debuggee.given).toBe(1);
  c.say('z0,1080,4');
  c.say('Z0,1080,4');
  c.say('s');
  expect(c.debuggee.given).toBe(1);
  c.say('Z2,8000,8');
  c.say('Z3,8008,4');
  c.say('Z4,8010,2');
  c.say('s');
  expect(c.debuggee.points.watchpoints).toEqual([
    { at: 0x8000n, bytes: 8, kind: 'write' },
    { at: 0x8008n, bytes: 4, kind: 'read' },
    { at: 0x8010n, bytes: 2, kind: 'access' },
  ]);
});

it('a condition is looked at where the breakpoint is', () => {
  const c = client();
  c.debuggee.x[1] = 7n;
  // x1 == 8: reg 1, const8 8, equal, end.
  expect(c.say('Z0,1080,4;X7,26000122081327')).toEqual(['OK']);
  expect(one(c.say('c'))).toMatch(/replaylog:end/);
  c.debuggee.x[1] = 8n;
  expect(one(c.say('bc'))).toContain(pc(32));
  // One that cannot be worked out is left to the client.
  expect(c.say('Z0,1040,4;X2,0227')).toEqual(['OK']);
  expect(one(c.say('bc'))).toContain(pc(16));
  for (const wrong of [
    'Z0,1,4;Y',
    'Z0,1,4;X3,27',
    'Z0,1,4;X2,zz',
    'Z0,1',
    'Z2,1,0',
    'Z0,,4',
    'Z2,0,fffffff',
    'Z0,1,4;X1,27;cmds:',
  ])
    expect(c.say(wrong)).toEqual(['E16']);
  expect(c.say('Z5,1,4')).toEqual(['']);
});

it('is interrupted while it runs, and only then', () => {
  const c = client();
  c.send(latin1('\x03'));
  expect(c.answers()).toEqual([]);
  c.send(framed('c'));
  c.stub.work();
  expect(c.stub.isRunning).toBe(true);
  c.send(latin1('\x03'));
  c.stub.work();
  expect(c.stub.isRunning).toBe(false);
  expect(one(c.answers())).toMatch(/^T02thread:1;/);
});

it('monitor commands answer as text; what fails is told so', () => {
  const c = client((line, say) => {
    if (line === 'bad') throw new Failure('no such command');
    say(`${line}!\n`);
    return undefined;
  });
  expect(c.say(`qRcmd,${hexOf(latin1('hello'))}`)).toEqual([`O${hexOf(latin1('hello!\n'))}`, 'OK']);
  expect(c.say(`qRcmd,${hexOf(latin1('bad'))}`)).toEqual([`O${hexOf(latin1('no such command\n'))}`, 'OK']);
  expect(c.say('qRcmd,x')).toEqual(['E16']);
  const long = client((_, say) => {
    say('x'.repeat(PACKET_BYTES_MAX));
    return undefined;
  });
  const pieces = long.say(`qRcmd,${hexOf(latin1('long'))}`);
  expect(pieces.length).toBeGreaterThan(2);
  for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(PACKET_BYTES_MAX);
});

it('a monitor command may take its time: the client waits, and can ask it to end', async () => {
  let [finish, interrupts] = [() => {}, 0];
  const errand = () => ({
    done: new Promise<void>((resolve) => {
      finish = resolve;
    }),
    interrupt: () => void interrupts++,
  });
  const c = client((line, say) => {
    say(`${line}\n`);
    return errand();
  });
  const begun = `O${hexOf(latin1('go\n'))}`;
  const go = `qRcmd,${hexOf(latin1('go'))}`;
  expect(c.say(go)).toEqual([begun]);
  // What comes meanwhile waits, but for an interrupt.
  expect(c.say('qC')).toEqual([]);
  c.send(Uint8Array.of(3));
  expect(interrupts).toBe(1);
  finish();
  await Promise.resolve();
  expect(c.answers()).toEqual(['OK', 'QC1']);
  // A client that goes leaves nothing running.
  expect(c.say(go)).toEqual([begun]);
  c.stub.leave();
  expect(interrupts).toBe(2);
  finish();
  await Promise.resolve();
  expect(c.answers()).toEqual([]);
});

it("asks for symbols of the client's, and tells of those that are of another kernel when it runs next", () => {
  const c = client();
  const hexName = (name: string): string => hexOf(latin1(name));
  expect(c.say('qSymbol::')).toEqual(['OK']);
  c.debuggee.functions = ['first', 'second', 'third'].map((name, n) => ({ name, at: 0x1000n + 0x100n * BigInt(n) }));
  const asked = (...values: readonly string[]): void => {
    expect(c.say('qSymbol::')).toEqual([`qSymbol:${hexName('first')}`]);
    expect(c.say(`qSymbol:${values[0]}:${hexName('first')}`)).toEqual([`qSymbol:${hexName('second')}`]);
    expect(c.say(`qSymbol:${values[1]}:${hexName('second')}`)).toEqual([`qSymbol:${hexName('third')}`]);
    expect(c.say(`qSymbol:${values[2]}:${hexName('third')}`)).toEqual(['OK']);
  };
  asked('1000', '1100', '1200');
  expect(c.say('s')).toHaveLength(1);
  asked('', '', '');
  expect(c.say('s')).toHaveLength(1);
  asked('1000', '1104', '1208');
  const [said, stop] = c.say('s');
  expect(Buffer.from(said?.slice(1) ?? '', 'hex').toString()).toMatch(
    /^the debugger's symbols are not those of the guest's kernel: they have second at 0x1104, the guest has it at 0x1100: .*\n$/,
  );
  expect(stop).toMatch(/^T05/);
  expect(c.told).toEqual([expect.stringContaining('second at 0x1104')]);
  expect(c.say('s')).toHaveLength(1);
  // Whatever else a client answers.
  for (const packet of ['qSymbol:', 'qSymbol:zz:zz', 'qSymbol:1:66', 'qSymbol::66:66', 'qSymbol']) {
    const [answer, ...more] = c.say(packet);
    expect([more, /^(OK|qSymbol:[0-9a-f]+)$/.test(answer ?? '')]).toEqual([[], true]);
  }
});

it('ends when the client says so', () => {
  const c = client();
  expect(c.say('D')).toEqual(['OK']);
  expect(c.stub.end).toBe('detached');
  const killed = client();
  killed.say('k');
  expect(killed.stub.end).toBe('killed');
});

it('thousands of breakpoints: more than it keeps are refused', () => {
  const c = client();
  const answers = new Set<string>();
  for (let n = 0; n < 10_000; n++) answers.add(one(c.say(`Z0,${n.toString(16)},4`)));
  expect([...answers]).toEqual(['OK', 'E.no more than 4096 points']);
  expect(c.say('c')).toHaveLength(1);
});

it('a client that sends on and on while the machine runs is sent away', () => {
  const c = client();
  c.send(framed('c'));
  for (let n = 0; n < 100 && c.stub.end === undefined; n++) c.send(framed('x'.repeat(PACKET_BYTES_MAX)));
  expect(c.stub.end).toBe('refused');
  expect(c.told).toHaveLength(1);
  // The machine comes to rest, and nothing is answered.
  c.answers();
  expect(c.finish()).toEqual([]);
  expect(c.debuggee.at).toBeLessThan(c.debuggee.last);
});

it('a client that reads nothing is sent away', () => {
  const c = client();
  c.reads = false;
  c.say('g');
  expect(c.stub.end).toBe('refused');
  c.say('qC');
  expect(c.told).toHaveLength(1);
});

it('what waits is answered behind the stop', () => {
  const c = client();
  c.send(framed('c'));
  c.send(framed('qC'));
  expect(c.finish().slice(1)).toEqual(['QC1']);
});

it('whatever a client sends, the stub goes on or ends', () => {
  const random = new Prng(11n);
  const below = (n: number): number => Number(random.next64() % BigInt(n));
  const seeds = [
    'qSupported:swbreak+',
    'g',
    'G0102',
    'p1',
    'P1=00',
    'm8000,40',
    'M8000,1:00',
    'X8000,1:a',
    'Z0,1010,4;X1,27',
    'z0,1010,4',
    'vCont;s:1;c',
    'vCont;r1000,1020',
    'bc',
    'bs',
    'qXfer:features:read:target.xml:0,40',
    'qRcmd,00',
    'Hg1',
    'T1',
    '?',
    'c',
    's',
    'QStartNoAckMode',
    'qThreadExtraInfo,1',
    'Qqemu.PhyMemMode:1',
  ];
  for (let n = 0; n < 3000; n++) {
    const c = new FakeClient();
    for (let k = 0; k < 4 && c.stub.end === undefined; k++) {
      const bytes = latin1(seeds[below(seeds.length)] ?? '');
      for (let m = below(4); m > 0; m--) bytes[below(bytes.length)] = below(256);
      const packet = framed(bytes);
      c.send(below(4) === 0 ? packet.subarray(0, below(packet.length + 1)) : packet);
      for (let slices = 0; slices < 100 && c.stub.isRunning; slices++) c.stub.work();
    }
  }
});
