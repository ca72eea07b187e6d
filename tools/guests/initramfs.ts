import { gzipSync } from 'node:zlib';
import { type CpioEntry, cpio, FileType } from './cpio.ts';

/** Raised when the user land becomes another one: fetched guests with an older one are fetched again. */
export const USERLAND_VERSION = 2;

/** On the kernel's command line: an interactive shell instead of the fixed piece of work. */
export const SHELL_WORD = 'guest.shell';

/**
 * What the guest does: a fixed piece of user land's work, told on the console, then power-off. The shell is the leader of a
 * session whose terminal the console is, so that Ctrl-C interrupts what runs in it and job control works.
 */
const INIT = `#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for m in /lib/modules/*.ko; do [ -e "$m" ] && insmod "$m"; done
echo GUEST-READY
case "$(cat /proc/cmdline)" in
*guest.stop*) poweroff -f;;
*${SHELL_WORD}*)
  export HOME=/ TERM=linux
  echo 'A busybox shell; "exit" powers off.'
  setsid cttyhack sh
  poweroff -f;;
esac
uname -a
head -n 12 /proc/cpuinfo
dd if=/dev/zero of=/dev/null bs=1M count=16 2>&1 | tail -n 1
i=0; while [ $i -lt 3 ]; do cat /bin/busybox; i=$((i+1)); done >/tmp/f
ls -l /tmp/f | awk '{print $5}'
sha256sum /tmp/f
ls -lR / 2>/dev/null | wc -l
cat /proc/interrupts
echo GUEST-DONE
poweroff -f
`;

const directory = (name: string): CpioEntry => ({ name, mode: FileType.directory | 0o755 });
const program = (name: string, data: Uint8Array): CpioEntry => ({ name, mode: FileType.regular | 0o755, data });
/** The kernel opens it for init before devtmpfs is mounted. */
const console: CpioEntry = { name: 'dev/console', mode: FileType.character | 0o600, device: [5, 1] };

/** A user land of one busybox: mounts what it needs, reads itself, computes, lists, powers off. */
export function busyboxInitramfs(busybox: Uint8Array): Buffer {
  const entries = [
    ...['.', 'bin', 'dev', 'lib', 'lib/modules', 'proc', 'sys', 'tmp'].map(directory),
    program('bin/busybox', busybox),
    { name: 'bin/sh', mode: FileType.symlink | 0o777, data: Buffer.from('busybox') },
    console,
    program('init', Buffer.from(INIT)),
  ];
  return gzipSync(cpio(entries), { level: 9 });
}

/** One static program as init. */
export function programInitramfs(init: Uint8Array): Buffer {
  return gzipSync(cpio([directory('.'), directory('dev'), console, program('init', init)]), { level: 9 });
}
