import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { hypertape, WorkFolder } from './command-line.fixture.ts';
import { portNames } from './event-symbols.ts';
import { parsePorts, portsConfigOf, typedConsole } from './guest-outputs.ts';
import { type ReplayArgs, replayTape } from './replaying.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const kernel = fileURLToPath(new URL('../../test/guests/virtio/virtio-arm64.elf', import.meta.url));
const MACHINE = ['--kernel', kernel, '--memory', '32M'];

test('what --virtio-console says', () => {
  expect(parsePorts(undefined)).toBe(undefined);
  expect(parsePorts([])).toEqual([{ name: 'hvc0', target: 'stdio' }]);
  const ports = parsePorts(['a', 'b=file:x=y', 'c=stdio', 'hvc0=none']);
  expect(ports?.map(({ target }) => target)).toEqual(['none', 'file:x=y', 'stdio', 'none']);
  const console = portsConfigOf(ports);
  expect(console).toEqual({ ports: ['a', 'b', 'c'] });
  expect([typedConsole(ports, console ? { console } : {}), typedConsole(parsePorts(['a']), {})]).toEqual([4, 0]);
  expect(() => parsePorts(['a=tty'])).toThrow(/behind NAME= comes stdio, none or file:F/);
  expect(() => parsePorts(['a=file:'])).toThrow(/behind NAME=/);
  expect(() => parsePorts(['a', 'a=none'])).toThrow(/a is given twice/);
  expect(() => parsePorts(['a=stdio', 'hvc0'])).toThrow(/a and hvc0 cannot both have stdio/);
});

test('ports are recorded with their names, a script talks to them, and their output goes to files', () => {
  const [script, file, tape] = [work.file('script'), work.file('port'), work.file('ports.tape')];
  const steps = [
    ...['expect ports 03', 'to org.test.0 send hello port', 'from org.test.0 expect hello port', 'resize 132x43'],
    ...['expect control 0 5 0 84002b00', 'to hvc0 send quit\\n'],
  ];
  writeFileSync(script, steps.join('\n'));
  const options = ['--virtio-console', `org.test.0=file:${file}`, 'other', '--input', script, '-o', tape];
  const recorded = hypertape(['record', ...MACHINE, ...options]);
  expect(recorded).toMatchObject({ status: 0, stdout: expect.stringContaining('GUEST-DONE') });
  expect(recorded.stdout).toContain('hello by hvc0\n');
  expect(readFileSync(file, 'utf8')).toBe('hello port\n');
  expect(hypertape(['replay', tape])).toMatchObject({ status: 0, stdout: recorded.stdout });
  const listed = hypertape(['events', tape, '--class', 'console-out,external-in']).stdout;
  expect(listed).toMatch(/console-out +org\.test\.0: device 2 bytes "hello port\\n"/);
  expect(listed).toMatch(/external-in +channel "console-0:hvc0" bytes "quit\\n"/);
  const json = hypertape(['events', tape, '--class', 'console-out', '--json']).stdout;
  expect(json).toMatch(/"device":2,"bytes":"[0-9a-f]+","port":"org\.test\.0"\}/);
  const reader = TapeReader.open(tape);
  expect([0, 1, 2, 3, 4].map(portNames(reader))).toEqual([undefined, 'hvc0', 'org.test.0', 'other', undefined]);
  reader.close();
});

test('a replay gives the output of ports to files too, by itself, by threads and by the devices of the tape', async () => {
  const [script, tape] = [work.file('again.script'), work.file('again.tape')];
  const steps = ['to org.test.0 send hello port', 'from org.test.0 expect hello port', 'to hvc0 send quit\\n'];
  writeFileSync(script, ['expect ports 03', ...steps].join('\n'));
  const ports = (name: string) => {
    const files = ['hvc0', 'org.test.0', 'other'].map((port) => [port, work.file(`${name}-${port}`)] as const);
    const virtioConsole = files.map(([port, file]) => `${port}=file:${file}`);
    return { virtioConsole, said: () => files.map(([, file]) => readFileSync(file, 'utf8')) };
  };
  const first = ports('recorded');
  const options = ['--virtio-console', ...first.virtioConsole, '--input', script, '-o', tape];
  expect(hypertape(['record', ...MACHINE, ...options, '--checkpoint-every', '20000']).status).toBe(0);
  expect(first.said()).toEqual([expect.stringContaining('hello by hvc0\nno end'), 'hello port\n', '']);

  const replayed = (virtioConsole: string[], how: Partial<ReplayArgs> = {}) =>
    replayTape({ tape, console: 'none', force: false, json: false, virtioConsole, ...how });
  for (const how of [{}, { parallel: '2' }, { devices: 'tape' }] as const) {
    const again = ports(Object.keys(how)[0] ?? 'serial');
    expect(await replayed(again.virtioConsole, how)).toBe(0);
    expect(again.said()).toEqual(first.said());
  }
  await expect(replayed(['a=none'])).rejects.toThrow(
    /--virtio-console a: the tape's guest has hvc0, org\.test\.0, other/,
  );
  await expect(replayed(first.virtioConsole)).rejects.toThrow(/recorded-hvc0.*is there already/);
});

test.each([
  [['--virtio-console', 'a b'], /--virtio-console: "a b" is no name of a port/],
  [['--virtio-console', 'a', '--board', 'virt@1'], /--virtio-console.*board virt@1 has no virtio slots/],
  [['--virtio-console', 'a', '--input', '-'], /line 1: the guest has no console b; it has uart, hvc0, a/],
])('%j is refused in one line', (options, message) => {
  const { status, stderr } = hypertape(['run', ...MACHINE, ...options], 'to b send x\n');
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});
