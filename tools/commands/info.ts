import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { command, commonExits } from '../session/command.ts';
import { machineText } from '../session/machine-text.ts';
import { print, printJson, say } from '../session/standard-output.ts';
import { type TapeSummary, tapeSummary } from '../session/tape-summary.ts';
import { bytesText, countText, secondsText } from '../session/units.ts';

export const info = command({
  command: 'info <tapes..>',
  describe: 'what tapes hold, and whether they are whole',
  exits: { 0: 'the tape is whole, or was cut off and is whole up to there', ...commonExits },
  isReduction: true,
  lists: ['tapes'],
  builder: (yargs) =>
    yargs
      .positional('tapes', { type: 'string', demandOption: true, describe: 'tapes that "record" wrote' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' }),
  handler: (args) => {
    // yargs types what `..` collects as one.
    const paths = args.tapes as unknown as readonly string[];
    const summaries: TapeSummary[] = [];
    for (const path of paths) {
      const summary = tapeSummary(TapeReader.open(path));
      summaries.push(summary);
      if (!args.json) print(...(summaries.length > 1 ? [''] : []), ...linesOf(summary));
    }
    if (args.json) printJson(paths.length === 1 ? summaries[0] : { tapes: summaries });
    for (const { path, integrity } of summaries) {
      if (integrity.damagedFrames.length > 0) throw new Failure(`${path} is ${integrity.summary}`);
      if (!integrity.complete) say(`${path}: ${integrity.summary}`);
    }
    return ExitStatus.ok;
  },
});

function checkpointsText({ total, bytes, icounts }: TapeSummary['checkpoints']): string {
  if (icounts === null) return 'none ("hypertape index" makes some, for faster seeks)';
  const { first, last } = icounts;
  return `${countText(total)} in ${bytesText(bytes)} (icount ${countText(first)} to ${countText(last)})`;
}

const row = (name: string, value: string): string => `${name.padEnd(12)} ${value}`;
const table = (rows: readonly (readonly [string, string])[]): string[] => {
  const nameChars = rows.reduce((most, [name]) => Math.max(most, name.length), 0);
  const valueChars = rows.reduce((most, [, value]) => Math.max(most, value.length), 0);
  return rows.map(([name, value]) => `  ${name.padEnd(nameChars)}  ${value.padStart(valueChars)}`);
};

function linesOf(s: TapeSummary): string[] {
  const { first, last } = s.icounts ?? { first: 0, last: 0 };
  const lines = [
    row('tape', `${s.path} (${bytesText(s.sizeBytes)})`),
    row('integrity', s.integrity.summary),
    row('recorded by', `${s.producer}, semantics ${s.semantics}, level ${s.level}`),
  ];
  if (s.host !== null) lines.push(row('host', Object.values(s.host).join(' · ')));
  lines.push(
    ...machineText(s.machine).map(([name, value]) => row(name, value)),
    row(
      s.machine.imported === undefined ? 'guest time' : 'host time',
      `${secondsText((last - first) / 1e6)} (icount ${countText(first)} to ${countText(last)})`,
    ),
    ...(s.begin === null ? [] : [row('begins', `at a checkpoint, icount ${countText(s.begin.icount)}`)]),
    row('end', s.end === null ? 'none' : `${s.end.outcome}: ${s.end.reason}`),
  );
  const isImported = s.machine.imported !== undefined;
  if (s.end !== null && !isImported)
    lines.push(row('state', `sha256 ${s.end.stateHash}`), row('console', `sha256 ${s.end.consoleSha256}`));
  lines.push('', 'images');
  for (const image of s.images)
    lines.push(
      `  ${image.name}  ${bytesText(image.bytes)}${image.embedded ? '' : ', its digest only'}  sha256 ${image.sha256}`,
    );
  const { total, byClass, exitsByClass, bytesPerEvent } = s.events;
  lines.push('', `events       ${countText(total)} (${bytesPerEvent.toFixed(2)} bytes each)`);
  lines.push(...table(Object.entries(byClass).map(([name, count]) => [name, countText(count)])));
  lines.push('', 'exits', ...table(Object.entries(exitsByClass).map(([name, count]) => [name, countText(count)])));
  if (!isImported) lines.push('', row('checkpoints', checkpointsText(s.checkpoints)));
  lines.push('', 'size', ...table(Object.entries(s.sizeByPart).map(([part, bytes]) => [part, bytesText(bytes)])));
  return lines;
}
