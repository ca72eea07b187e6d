// Debian with a virtio console: hvc0 is its console, and what comes by a named port is sent back; recorded, and replayed without anybody.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hypertape, hypertapeJson } from '../support/cli.fixture.ts';
import { debianFor } from '../support/debian-modules.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';

const MODULES = ['virtio', 'virtio_ring', 'virtio_mmio', 'virtio_console'];
const PORT = 'org.test.0';

/** There is no udev in it: the links are as its rule makes them. */
const SCRIPT = `mkdir /dev/virtio-ports
for p in /sys/class/virtio-ports/*; do
  name=$(cat $p/name 2>/dev/null)
  [ -z "$name" ] || ln -s ../\${p##*/} /dev/virtio-ports/$name
done
ls -1 /dev/virtio-ports
echo "<1>the kernel by hvc0" >/dev/kmsg
exec 3<>/dev/virtio-ports/${PORT}
while read -r line <&3; do
  echo "back: $line" >&3
  [ "$line" = end ] && break
done
exec 3<&-
exec 3<>/dev/hvc0
stty -echo <&3
echo "hvc0 listens" >&3
read -r line <&3
echo "hvc0 heard $line" >&3
stty size <&3 >&3
exec 3<&-
echo GUEST-DONE
poweroff -f
`;
const LONG = 'x'.repeat(3000);
const INPUT = `to ${PORT} send early
from ${PORT} expect back: early
to ${PORT} send ${LONG}
from ${PORT} expect back: ${LONG}
resize 100x40
to ${PORT} send end
from hvc0 expect hvc0 listens
to hvc0 send words of a person
`;

describe.each([
  { guest: 'debian-arm64', virtio: 'modern' },
  { guest: 'debian-armv7', virtio: 'legacy' },
])('$guest, $virtio transport', ({ guest, virtio }) => {
  it('talks by its console and a port, and has it replayed', (context) => {
    const folder = testFolder();
    const { kernel, initrd, append } = debianFor(context, guest, folder, { modules: MODULES, script: SCRIPT });
    const [tape, script, port, hvc0] = ['ports.tape', 'script', 'port', 'hvc0'].map((name) => join(folder, name));
    writeFileSync(script as string, INPUT);
    const machine = ['--kernel', kernel, '--initrd', initrd, '--append', `console=hvc0 ${append}`, '--virtio', virtio];
    const ports = ['--virtio-console', `hvc0=file:${hvc0}`, `${PORT}=file:${port}`, 'other'];
    const output = ['-o', tape as string, '--reproducible', '--console', `file:${tape}.console`];
    const recorded = hypertapeJson(['record', ...machine, ...ports, '--input', script as string, ...output]);
    const read = (path: string | undefined): string => readFileSync(path as string, 'latin1').replaceAll('\r', '');
    const uart = read(`${tape}.console`);
    expect([recorded.outcome, uart]).toEqual(['poweroff', expect.stringContaining('GUEST-DONE')]);
    expect(uart).not.toContain('FAILED');
    expect(uart).toContain(`${PORT}\nother\n`);
    expect(read(port)).toBe(['early', LONG, 'end'].map((line) => `back: ${line}\n`).join(''));
    for (const words of ['the kernel by hvc0', 'hvc0 listens\n', 'hvc0 heard words of a person\n'])
      expect(read(hvc0)).toContain(words);
    // Linux before 6.15 has columns and rows the other way round.
    expect(read(hvc0)).toMatch(/^(40 100|100 40)$/m);

    const replayed = hypertapeJson(['replay', tape as string, '--console', 'none']);
    expect(replayed).toMatchObject({ verified: true, eventsChecked: recorded.events, stateHash: recorded.stateHash });
    const where = hypertapeJson(['where', tape as string, '--at', 'console:hvc0 heard words of a person']);
    expect(where.icount).toBeGreaterThan(0);
    const said = hypertape(['events', tape as string, '--class', 'console-out', '--limit', '5000']).stdout;
    expect(said).toContain(`${PORT}: device 2 bytes "back: early\\n"`);
  });
});
