// Device trees of every board, in each of its versions, as dtc sees them: what it warns of would be read otherwise by somebody.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { cpuModelDefault, guestArchs } from '../../src/machine/arch.ts';
import { virtioSlots } from '../../src/machine/boards/board.ts';
import { boardVersions } from '../../src/machine/boards/index.ts';
import { affinitiesOf } from '../../src/machine/boot.ts';
import { gicVersions } from '../../src/machine/config.ts';
import { encodeDeviceTree } from '../../src/machine/fdt/blob.ts';
import { boardTree } from '../../src/machine/fdt/board-tree.ts';
import { bootSeeds } from '../../src/machine/fdt/chosen.ts';
import { versionedName } from '../../src/machine/versioned.ts';

const chosen = { bootArgs: 'console=ttyAMA0', seeds: bootSeeds(1n), initrd: { start: 0x4800_0000, end: 0x4800_1234 } };

const hasDtc = spawnSync('dtc', ['--version']).status === 0;
it.skipIf(!hasDtc).each(boardVersions.map((board) => [versionedName(board), board] as const))('%s', (_name, board) => {
  let checked = 0;
  for (const arch of guestArchs)
    for (const gicVersion of gicVersions)
      for (const vcpus of [1, 2, limits.vcpusMax]) {
        const cpu = cpuModelDefault[arch];
        if (board.cpuCompatible[cpu] === undefined || (arch === 'armv7' && gicVersion === 3)) continue;
        if ((gicVersion === 2 ? board.gic.cpuInterface : board.gic.redistributor) === undefined) continue;
        const pmu = arch === 'arm64' ? 3 : 2;
        const [ramBytes, affinities] = [256 * 2 ** 20, affinitiesOf(vcpus)];
        const tree = boardTree(board, { arch, cpu, ramBytes, affinities, gicVersion, chosen, pmu });
        const input = encodeDeviceTree(tree);
        const { status, stderr, stdout } = spawnSync('dtc', ['-I', 'dtb', '-O', 'dts'], { input, encoding: 'utf8' });
        expect([arch, gicVersion, vcpus, status, stderr]).toEqual([arch, gicVersion, vcpus, 0, '']);
        expect(stdout.match(/"virtio,mmio"/g)?.length ?? 0).toBe(virtioSlots(board).length);
        checked++;
      }
  expect(checked).toBeGreaterThan(2);
});
