// Debian with several vCPUs, a network and a disk at once: an address by DHCP from passt, some MiB by HTTP from a server on this host; recorded, and
// replayed without any of them.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { Running } from '../../tools/session/command-line.fixture.ts';
import { readPcap } from '../../tools/session/net/pcap-peer.ts';
import { hypertape, hypertapeJson } from '../support/cli.fixture.ts';
import { debianFor } from '../support/debian-modules.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';

const MODULES = ['virtio', 'virtio_ring', 'virtio_mmio', 'failover', 'net_failover', 'virtio_net', 'virtio_blk'];
const PAGE = new Prng(5n).bytes(4 * 2 ** 20);
const DISK = new Prng(6n).bytes(2 ** 20);
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const ADDRESS = '10.0.2.15';
const ROUTER = '10.0.2.2';

/** passt's router is this host's loopback to the guest. */
const scriptFor = (port: number): string => `cat >/udhcpc.sh <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add $ip/24 dev eth0
ip route add default via $router
echo "DHCP $ip router $router"
END
chmod +x /udhcpc.sh
ip link set lo up
ip link set eth0 up
udhcpc -i eth0 -n -q -t 10 -s /udhcpc.sh
sha256sum </dev/vda >/disk &
wget -q -O /page http://${ROUTER}:${port}/page
echo "HTTP $(sha256sum </page) $(wc -c </page)"
wait
echo "DISK $(cat /disk)"
echo GUEST-DONE
poweroff -f
`;

let server: Server;
let served = 0;
beforeAll(async () => {
  server = createServer((_, response) => {
    served++;
    response.end(PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
const passts: ChildProcess[] = [];
afterAll(() => {
  server.close();
  for (const passt of passts) passt.kill();
});

/** A network of one guest; skipped where there is no passt. */
async function passt(context: TestContext, folder: string): Promise<string> {
  if (spawnSync('passt', ['--version'], { stdio: 'ignore' }).error) context.skip('passt is not installed');
  // Of root it makes nobody.
  const own = join(folder, 'net');
  mkdirSync(own);
  for (const path of [folder, own]) chmodSync(path, 0o777);
  const socket = join(own, 'socket');
  const words = ['--foreground', '--quiet', '--ipv4-only', '--socket', socket];
  const place = ['--address', ADDRESS, '--netmask', '255.255.255.0', '--gateway', ROUTER];
  const child = spawn('passt', [...words, ...place], { stdio: ['ignore', 'ignore', 'pipe'] });
  passts.push(child);
  let said = '';
  child.stderr?.on('data', (text: Buffer) => void (said += text.toString()));
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`passt ended (${child.exitCode}): ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return socket;
}

/** A pcap file's frames by another program, where there is one. */
function shownByOthers(file: string): string | undefined {
  for (const [program, words] of [
    ['tcpdump', ['-nn', '-r', file]],
    ['tshark', ['-n', '-r', file]],
  ] as const) {
    const { error, status, stdout } = spawnSync(program, words, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
    if (error === undefined && status === 0) return stdout;
  }
  return undefined;
}

describe.each([
  { guest: 'debian-arm64', virtio: 'modern', vcpus: 4 },
  { guest: 'debian-armv7', virtio: 'legacy', vcpus: 2 },
])('$guest with $vcpus vCPUs, $virtio transport', ({ guest, virtio, vcpus }) => {
  it('gets an address and a file, reads a disk, and has it replayed without any of them', async (context) => {
    const folder = testFolder();
    const { port } = server.address() as AddressInfo;
    const { kernel, initrd, append } = debianFor(context, guest, folder, { modules: MODULES, script: scriptFor(port) });
    const disk = join(folder, 'disk.raw');
    writeFileSync(disk, DISK);
    const socket = await passt(context, folder);
    const tape = join(folder, 'net.tape');
    const images = ['--kernel', kernel, '--initrd', initrd, '--append', append];
    const machine = [...images, '--virtio', virtio, '--smp', String(vcpus)];
    const outside = ['--disk', disk, '--net', `stream:${socket}`, '--console', `file:${tape}.console`];
    const before = served;
    const run = await new Running(['record', ...machine, ...outside, '-o', tape, '--json']).finished;
    expect([run.status, run.stderr]).toEqual([0, expect.any(String)]);
    const recorded = JSON.parse(run.stdout) as { readonly [key: string]: unknown };
    const console = readFileSync(`${tape}.console`, 'latin1').replaceAll('\r', '');
    expect(console).not.toContain('FAILED');
    expect(console).toContain(`DHCP ${ADDRESS} router ${ROUTER}\n`);
    expect(console).toContain(`HTTP ${digestOf(PAGE)}  - ${PAGE.length}\n`);
    expect(console).toContain(`DISK ${digestOf(DISK)}  -\n`);
    expect([recorded.outcome, served - before]).toEqual(['poweroff', 1]);

    rmSync(disk);
    const replayed = hypertapeJson(['replay', tape, '--console', 'none']);
    expect(replayed).toMatchObject({ verified: true, eventsChecked: recorded.events, stateHash: recorded.stateHash });
    expect(served - before).toBe(1);

    const pcap = join(folder, 'net.pcap');
    expect(hypertape(['export', tape, '--to', 'pcap', '-o', pcap]).status).toBe(0);
    const frames = readPcap(pcap);
    expect(frames.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeGreaterThan(PAGE.length);
    const shown = shownByOthers(pcap);
    if (shown === undefined) return;
    expect(shown.split('\n').filter((line) => line !== '')).toHaveLength(frames.length);
    expect(shown).toMatch(/DHCP/);
    // The connection's first segment, and that there are some of it both ways; each program has words of its own.
    expect(shown).toMatch(new RegExp(`${ADDRESS}.*${ROUTER}.*${port}.*(\\[S\\]|\\[SYN\\])`));
    expect(shown).toMatch(new RegExp(`${ROUTER}.*${ADDRESS}.*`));
  });
});
