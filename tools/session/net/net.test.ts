import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { hypertape, Running, WorkFolder } from '../command-line.fixture.ts';
import { parseNet } from './open-peer.ts';
import { readPcap } from './pcap-peer.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const kernel = fileURLToPath(new URL('../../../test/guests/virtio/virtio-arm64.elf', import.meta.url));
const MACHINE = ['--kernel', kernel, '--memory', '32M'];
const OWN = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
const frame = (payload: string): Buffer => Buffer.from([...OWN, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, ...Buffer.from(payload)]);
const withLength = (data: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
};

test('a peer on a stream: its frames are recorded, exported, injected again, and replayed without it', async () => {
  const path = work.file('peer');
  let heard = Buffer.alloc(0);
  // It greets whoever greets, its bytes cut anywhere; then it ends.
  const server = createServer((socket) => {
    socket.on('data', (data) => {
      const isFirst = heard.length === 0;
      heard = Buffer.concat([heard, data as Buffer]);
      if (!isFirst) return;
      const answers = Buffer.concat(['a', 'b'.repeat(700), 'q'].map((payload) => withLength(frame(payload))));
      socket.write(withLength(Buffer.alloc(9000)));
      socket.write(answers.subarray(0, 7));
      setTimeout(() => socket.write(answers.subarray(7)), 20);
    });
  });
  server.listen(path);
  await once(server, 'listening');
  const tape = work.file('net.tape');
  const run = new Running(['record', ...MACHINE, '--net', `stream:${path}`, '-o', tape]);
  const recorded = await run.finished;
  server.close();
  expect(recorded).toMatchObject({ status: 0 });
  expect(recorded.stdout).toMatch(/frame 000f .*\nframe 02ca .*\nframe 000f/);
  expect(heard.readUInt32BE(0)).toBe(64);
  expect(hypertape(['replay', tape])).toMatchObject({ status: 0, stdout: recorded.stdout });

  const file = work.file('net.pcap');
  expect(hypertape(['export', tape, '--to', 'pcap', '-o', file])).toMatchObject({ status: 0 });
  const frames = readPcap(file);
  expect(frames.filter(({ bytes }) => bytes.length === 714)).toHaveLength(2);
  expect(frames.filter(({ bytes }) => OWN.every((byte, i) => bytes[i] === byte))).toHaveLength(3);
  expect(frames).toHaveLength(7);
  const again = hypertape([
    'record',
    ...MACHINE,
    '--net',
    `replay:${file}`,
    '-o',
    work.file('again.tape'),
    '--reproducible',
  ]);
  expect(again).toMatchObject({ status: 0, stdout: recorded.stdout });
  const counts = (of: string): unknown =>
    hypertape(['events', of, '--class', 'external-in', '--json']).stdout.replace(/"ordinal":\d+,?/g, '');
  expect(counts(work.file('again.tape'))).toBe(counts(tape));
});

test('nobody at the other end: the guest sends into the void, and waits until the run is over', () => {
  const { status, stdout, stderr } = hypertape(['run', ...MACHINE, '--net', 'none', '--net-mac', '02:00:00:00:00:07']);
  expect([status, stdout]).toEqual([3, expect.stringContaining('mac 020000000007 link 1')]);
  expect(stderr).toContain('polls for what comes from outside');
});

test.each([
  [['--net', 'user'], /--net user: give none, stream:PATH/],
  [
    ['--net', 'stream:/nowhere/at/all'],
    /--net stream:\/nowhere\/at\/all: there is no such file or folder \(ENOENT\); start what/,
  ],
  [['--net', 'stream:127.0.0.1:0'], /a port is between 1 and 65535/],
  [['--net', `replay:${kernel}`], /does not begin as one; give a pcap file/],
  [['--net', 'none', '--net-mac', '01:00:00:00:00:00'], /--net-mac 01:00:00:00:00:00: six bytes of one device/],
  [['--net-mac', '02:00:00:00:00:00'], /--net-mac: goes with --net/],
])('refuses %j', (options, message) => {
  const { status, stderr } = hypertape(['run', ...MACHINE, ...options]);
  expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
});

test('addresses of peers', () => {
  expect(parseNet('stream:/tmp/a:1')).toEqual({ kind: 'stream', address: { path: '/tmp/a:1' } });
  expect(parseNet('stream:[::1]:80')).toEqual({ kind: 'stream', address: { host: '::1', port: 80 } });
  expect(parseNet('stream:box:80')).toEqual({ kind: 'stream', address: { host: 'box', port: 80 } });
});
