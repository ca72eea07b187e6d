import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { allBenchGuests, benchGuests, bench as runBench } from '../bench/bench.ts';
import { benchCounters } from '../bench/counters.ts';
import { counterTables } from '../bench/counters-table.ts';
import { benchSmp } from '../bench/smp.ts';
import { smpTables } from '../bench/smp-table.ts';
import { jsonOf, layouts, tables } from '../bench/table.ts';
import { benchTravel } from '../bench/travel.ts';
import { travelTables } from '../bench/travel-table.ts';
import { command, commonExits } from '../session/command.ts';
import { print, printJson, say } from '../session/standard-output.ts';

const ROUNDS_DEFAULT = 5;

export const bench = command({
  command: 'bench',
  describe: 'measure boots and raw speed, beside QEMU where it is installed',
  exits: { 0: 'measured', 1: 'a guest ended wrongly, or computed something else', ...commonExits },
  lists: ['guest'],
  builder: (yargs) =>
    yargs
      .option('rounds', {
        type: 'number',
        default: ROUNDS_DEFAULT,
        describe: 'runs of each, interleaved, whose medians count',
      })
      .option('quick', { type: 'boolean', default: false, describe: 'one round, of recordings alone' })
      .option('guest', {
        type: 'string',
        array: true,
        describe: `guests to boot, and for each architecture the sections; default ${benchGuests.join(', ')}`,
      })
      .option('travel', {
        type: 'boolean',
        default: false,
        describe: 'instead: going about recordings, and backwards with GDB, beside QEMU',
      })
      .option('smp', {
        type: 'boolean',
        default: false,
        describe: "instead: boots and parallel work with 1, 2, 4 and 8 vCPUs, beside QEMU's",
      })
      .option('counters', {
        type: 'boolean',
        default: false,
        describe: 'instead: what the engine does in one recording of each guest, and loops that do one thing each',
      })
      .option('all', { type: 'boolean', default: false, describe: "boot Debian's other kernels too" })
      .option('readme', { type: 'boolean', default: false, describe: 'tables in Markdown' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['rounds', 'guest']),
  handler: async ({ rounds, quick, travel, smp, counters, guest, all, readme, json }) => {
    if (guest !== undefined && all) throw new Failure('--guest and --all exclude each other; give one of them');
    if (json && readme) throw new Failure('--json and --readme exclude each other; give one of them');
    const instead = Object.entries({ travel, smp, counters }).flatMap(([name, is]) => (is ? [`--${name}`] : []));
    if (instead.length > 1) throw new Failure(`${instead.join(' and ')} exclude each other; give one of them`);
    const form = readme ? 'markdown' : 'text';
    const guests = guest ?? (all ? allBenchGuests : benchGuests);
    if (travel) {
      const travelled = await benchTravel({ guests, say });
      if (json) printJson(travelled);
      else print(...travelTables(travelled, layouts[form]));
      return ExitStatus.ok;
    }
    if (smp) {
      const measured = await benchSmp({ rounds: quick ? 1 : rounds, guests, say });
      if (json) printJson(measured);
      else print(...smpTables(measured, layouts[form]));
      for (const finding of measured.findings) say(`bench: ${finding}`);
      return measured.findings.length === 0 ? ExitStatus.ok : ExitStatus.finding;
    }
    if (counters) {
      const counted = await benchCounters({ guests, say });
      if (json) printJson(counted);
      else print(...counterTables(counted, layouts[form]));
      for (const finding of counted.findings) say(`bench: ${finding}`);
      return counted.findings.length === 0 ? ExitStatus.ok : ExitStatus.finding;
    }
    const result = await runBench({ rounds: quick ? 1 : rounds, quick, guests, say });
    if (json) printJson(jsonOf(result));
    else print(...tables(result, form));
    for (const finding of result.findings) say(`bench: ${finding}`);
    return result.findings.length === 0 ? ExitStatus.ok : ExitStatus.finding;
  },
});
