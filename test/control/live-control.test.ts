import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { openVm } from '../../src/library/vmmapi/open-vm.ts';
import { DeviceTapeSession } from '../../src/replay/device-tape.ts';
import { RunSession, startOf } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { builtPages, writeStateTape } from '../../src/replay/state-tape.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { ControlAnswer } from '../../tools/control/answers.ts';
import { askVm } from '../../tools/control/client.ts';
import { REQUEST_BYTES_MAX } from '../../tools/control/protocol.ts';
import type { ControlRequest } from '../../tools/control/request.ts';
import { busyGuest, echoGuest, Running, WorkFolder } from '../../tools/session/command-line.fixture.ts';
import { type GuestRunResult, runGuest } from '../../tools/session/guest-run.ts';
import type { Interrupts } from '../../tools/session/interrupts.ts';
import { LiveControl } from '../../tools/session/live-control.ts';
import { demoConfig, demoImages } from '../support/demo.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

interface Ran {
  readonly result: GuestRunResult;
  readonly tape: Buffer;
  readonly answers: readonly ControlAnswer[];
}

/** Records the demo as `record` does, while somebody asks; it is held until they are through. */
async function record(
  name: string,
  ask?: (
    say: (commands: ControlRequest['commands'], cpu?: number) => Promise<ControlAnswer>,
    path: string,
  ) => Promise<void>,
): Promise<Ran> {
  const path = work.file(`${name}.tape`);
  const session = new RunSession({
    config: demoConfig,
    images: demoImages(),
    consoleOut: () => {},
    tape: { path, level: 'exits', producer: 'hypertape test', checkpoints: { instructions: 2 ** 20 } },
  });
  const socket = work.file(`${name}.sock`);
  const control = ask === undefined ? undefined : await LiveControl.open(socket);
  control?.attach(session, (file) => {
    const start = startOf({ level: 'exits', producer: 'hypertape test' }, { config: demoConfig, images: demoImages() });
    writeStateTape(session, file, start, builtPages(demoConfig, demoImages(), session.machine.ram));
  });
  const answers: ControlAnswer[] = [];
  const asking = ask?.(async (commands, cpu) => {
    const answer = await askVm(socket, { ...(cpu === undefined ? {} : { cpu }), commands });
    answers.push(answer);
    return answer;
  }, socket);
  const running = runGuest(session, null, {
    keyboard: null,
    script: null,
    maxIcount: Number.POSITIVE_INFINITY,
    output: { flush: () => {}, failure: null },
    interrupts: { requested: false } as Interrupts,
    control,
    tick: () => {},
  });
  const [result] = await Promise.all([running, asking]);
  session.finish(result.outcome, result.reason);
  await control?.close();
  return { result, tape: readFileSync(path), answers };
}

function verify(path: string): ReplaySession {
  const reader = TapeReader.open(path);
  const session = new ReplaySession(reader, { consoleOut: () => {} });
  expect(session.run()).toEqual({ kind: 'end' });
  reader.close();
  return session;
}

const alone = record('alone');

describe('who only looks changes nothing', () => {
  test('the tape is the same, byte by byte', async () => {
    const { tape, answers } = await record('looked-at', async (say) => {
      await say({ pause: true });
      for (let n = 0; n < 5; n++) await say({ 'get-all': true, 'get-reg': ['elr_el1'] });
      await say({ checkpoint: work.file('moment.tape'), resume: true });
      await say({ 'get-all': true });
      await say({ pause: true, checkpoint: work.file('later.tape'), resume: true });
    });
    expect(tape.equals((await alone).tape)).toBe(true);
    expect(answers.slice(0, 6).map(({ icount, paused }) => ({ icount, paused }))).toEqual(
      new Array(6).fill({ icount: answers[0]?.icount, paused: true }),
    );
    expect(existsSync(work.file('looked-at.sock'))).toBe(false);
  });
  test('a checkpoint is a tape of its own, which is verified, and from which the run goes on as it did', async () => {
    const whole = verify(work.file('alone.tape'));
    for (const name of ['moment', 'later']) {
      const path = work.file(`${name}.tape`);
      const session = verify(path);
      const reader = TapeReader.open(path);
      const byTape = new DeviceTapeSession(reader, { consoleOut: () => {} });
      expect(byTape.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'end' });
      const again = new ReplaySession(reader, { consoleOut: () => {} });
      expect(again.machine.icount).toBe(session.lastIcount);
      again.counter.next = { emit: () => {} };
      again.machine.run(Number.POSITIVE_INFINITY);
      reader.close();
      again.machine.endLines();
      expect(again.machine.stateHash()).toBe(whole.machine.stateHash());
    }
  });
});

describe('what steers is an input', () => {
  test('registers, interrupts, lines, suspend: the run replays', async () => {
    const { result, answers } = await record('steered', async (say) => {
      await say({
        pause: true,
        'set-x20': '0x1234',
        'set-reg': ['tpidr_el0=7'],
        'inject-irq': '40',
        'assert-irq': '41',
      });
      await say({ 'get-x20': true, 'get-tpidr_el0': true });
      await expect(say({ 'set-pc': '3' })).rejects.toThrow(/where an instruction can be/);
      await expect(say({ 'set-x1': '1', 'set-sp': '1', 'set-reg': ['x99=1'] })).rejects.toThrow(
        /x99.*before it was done: set-x1, set-sp/,
      );
      await expect(say({ 'inject-irq': '5000' })).rejects.toThrow(/interrupt 5000/);
      await expect(say({ suspend: 'somewhere' })).rejects.toThrow(/give reset, poweroff, halt/);
      await expect(say({ 'get-x0': true }, 7)).rejects.toThrow(/one vCPU/);
      await say({ 'force-reset': true, 'get-suspended-cpus': true });
    });
    expect(answers[1]?.registers).toEqual({ x20: '0x0000000000001234', tpidr_el0: '0x0000000000000007' });
    expect(result).toEqual({ outcome: 'reset', reason: 'ctl asked for it: reset' });
    verify(work.file('steered.tape'));
  });
  test('destroy ends the run where it is, with a whole tape', async () => {
    const { result } = await record('destroyed', async (say) => {
      expect(await say({ pause: true, destroy: true })).toMatchObject({ done: ['pause', 'destroy'] });
    });
    expect(result.outcome).toBe('interrupted');
    verify(work.file('destroyed.tape'));
  });
});

describe('whoever is at the other end', () => {
  const opened: Socket[] = [];
  /** Sends bytes; what comes back until the connection ends, or an answer has come. */
  const send = (path: string, bytes: string | Uint8Array, ends = true): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(path);
      opened.push(socket);
      let text = '';
      socket.on('data', (data) => {
        text += data.toString();
        if (!ends) resolve(text);
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(text));
      if (ends) socket.end(bytes);
      else socket.write(bytes);
    });
  test('can send what they like: they are answered or left, and the guest runs as it would', async () => {
    const { tape } = await record('hostile', async (say, path) => {
      await say({ pause: true });
      const noise = Uint8Array.from({ length: 10_000 }, (_, i) => (i * 167) & 0xff);
      expect(await send(path, noise)).toMatch(/^({"error":".*"}\n)+$/);
      expect(await send(path, 'x'.repeat(REQUEST_BYTES_MAX + 1), false)).toMatch(/at most 65536 bytes/);
      for (const line of [
        '{}',
        'null',
        '[]',
        '{"commands":[]}',
        '{"commands":{}}',
        '{"commands":{"get-x0":1}}',
        '{"commands":{"get-x0":true},"cpu":-1}',
        '{"commands":{"get-x0":true},"more":1}',
        '{"commands":{"__proto__":true}}',
        '{"commands":{"toString":true}}',
        '{"commands":{"set-x0":"one"}}',
        '{"commands":{"set-reg":"x0=1"}}',
        `{"commands":{"set-x0":"${'1'.repeat(5000)}"}}`,
        '{"commands":{"checkpoint":"here"}}',
        '{"commands":{"checkpoint":"/nowhere/at/all"}}',
        '{"commands":{"getcap":true,"capname":"__proto__"}}',
        `${'['.repeat(20_000)}`,
      ])
        expect(await send(path, `${line}\n`)).toMatch(/^{"error":"[^\n]*"}\n$/);
      // Several requests on one connection, and a half one behind them.
      const many = await send(path, '{"commands":{"get-x0":true}}\n'.repeat(20).concat('{"comm'));
      expect(many.trim().split('\n')).toHaveLength(20);
      // Who goes without a word, before the answer, or does not read.
      for (let n = 0; n < 30; n++)
        connect(path)
          .on('error', () => {})
          .destroy();
      for (let n = 0; n < 5; n++) {
        const socket = connect(path).on('error', () => {});
        opened.push(socket);
        socket.pause();
        socket.write('{"commands":{"get-all":true}}\n'.repeat(500));
      }
      const gone = connect(path, () => {
        gone.write('{"commands":{"get-all":true}}\n');
        gone.destroy();
      });
      gone.on('error', () => {});
      await say({ resume: true });
    });
    for (const socket of opened) socket.destroy();
    expect(tape.equals((await alone).tape)).toBe(true);
  });
});

describe('the path', () => {
  test('what is there is not replaced, but for a socket that nobody listens to', async () => {
    const file = work.write('a-file', 'precious');
    await expect(LiveControl.open(file)).rejects.toThrow(/no socket/);
    expect(readFileSync(file, 'utf8')).toBe('precious');
    await expect(LiveControl.open(work.path)).rejects.toThrow(/no socket/);
    await expect(LiveControl.open(work.file(`${'x'.repeat(120)}`))).rejects.toThrow(/at most 107 bytes/);
    await expect(LiveControl.open(work.file('none/x.sock'))).rejects.toThrow(/no such folder/);
    const path = work.file('live.sock');
    const live = await LiveControl.open(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(LiveControl.open(path)).rejects.toThrow(/listens there already/);
    await live.close();
    expect(existsSync(path)).toBe(false);
    await expect(askVm(path, { commands: { 'get-x0': true } })).rejects.toThrow(/ENOENT/);
  });
  test('who is asked and is no VM says so', async () => {
    const path = work.file('other.sock');
    const server = createServer((socket) => void socket.end('220 hello\r\n')).listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(askVm(path, { commands: { 'get-x0': true } })).rejects.toThrow(/no VM of hypertape/);
    server.close();
    writeFileSync(path, '');
    await expect(askVm(path, { commands: { 'get-x0': true } })).rejects.toThrow(/nobody listens/);
  });
});

test('who finds the path a moment before anybody listens is heard all the same', async () => {
  const [path, made] = [work.file('early.sock'), work.file('made.sock')];
  writeFileSync(path, '');
  const asked = expect(askVm(path, { commands: { 'get-x0': true } })).rejects.toThrow(/no VM of hypertape/);
  const server = createServer((socket) => void socket.end('220 hello\r\n')).listen(made);
  await new Promise((resolve) => server.once('listening', resolve));
  renameSync(made, path);
  await asked;
  server.close();
});

test('a process of its own: record --ctl, steered, killed and replaced', async () => {
  const path = work.file('vm.sock');
  const guest = ['--memory', '32M', '--console', 'none', '--input', '/dev/null', '--ctl', path];
  const killed = new Running(['run', ...work.code('busy', busyGuest), ...guest]);
  await killed.until(() => existsSync(path));
  killed.process.kill('SIGKILL');
  await killed.finished;
  expect(existsSync(path)).toBe(true);
  await expect(askVm(path, { commands: { 'get-x0': true } })).rejects.toThrow(/nobody listens/);
  const tape = work.file('process.tape');
  const recording = new Running(['record', ...work.code('echo', echoGuest), ...guest, '-o', tape, '--json']);
  const ask = (commands: ControlRequest['commands']) => askVm(path, { commands });
  await recording.until(() => existsSync(path));
  let asked: ControlAnswer | undefined;
  // It waits for input, and nobody is there who types: it waits on, as long as somebody may steer it.
  while (asked?.exitReason?.exitcode !== 'WFI')
    asked = await ask({ 'get-exit-reason': true, 'get-active-cpus': true }).catch(() => undefined);
  await ask({ checkpoint: work.file('waiting.tape') });
  await ask({ suspend: 'halt' });
  const { status, stdout } = await recording.finished;
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    outcome: 'halt',
    reason: 'ctl asked for it: halt',
    bhyve: { status: 2, reason: 'HALT' },
  });
  expect(existsSync(path)).toBe(false);
  verify(tape);
  verify(work.file('waiting.tape'));
});

test('a fork is steered too, and its moments are tapes of their own', async () => {
  const parent = work.file('parent.tape');
  const made = ['--memory', '32M', '--console', 'none', '--input', '/dev/null', '-o', parent, '--max-icount', '20000'];
  await new Running(['record', ...work.code('busy-parent', busyGuest), ...made]).finished;
  const path = work.file('fork.sock');
  const tape = work.file('fork.tape');
  const forked = new Running(['fork', parent, '--at', 'icount:9000', '-o', tape, '--console', 'none', '--ctl', path]);
  await forked.until(() => existsSync(path));
  await askVm(path, { commands: { 'set-x28': '0x1234' } });
  const moment = work.file('fork-moment.tape');
  const { icount } = await askVm(path, { commands: { pause: true, checkpoint: moment } });
  expect(icount).toBeGreaterThanOrEqual(9000);
  await askVm(path, { commands: { suspend: 'poweroff' } });
  expect((await forked.finished).status).toBe(0);
  expect(existsSync(path)).toBe(false);
  for (const one of [tape, moment]) {
    verify(one);
    const timeline = new Timeline(TapeReader.open(one));
    timeline.seek(timeline.last);
    expect(openVm(timeline).vcpu(0).getRegister('x28')).toBe(0x1234n);
    timeline.tape.close();
  }
});
