import { smpGoalsOf } from './goals.ts';
import { quantile } from './quantile.ts';
import { type SmpResult, type SmpSubject, type SmpWork, smpCounts, smpSubjects, smpWorks } from './smp.ts';
import { goalLines, type Table } from './table.ts';

const whoOf = (subject: SmpSubject): string => (subject.startsWith('QEMU') ? subject : `hypertape ${subject}`);

/** Seconds with each number of vCPUs, the median of all rounds; of parallel work also the rates where nothing is shared. */
function smpTable({ times }: SmpResult, guest: string, work: SmpWork): Table {
  const of = (subject: SmpSubject, vcpus: number) =>
    times.find((t) => t.guest === guest && t.work === work && t.subject === subject && t.vcpus === vcpus);
  const subjects = smpSubjects.filter((subject) => of(subject, smpCounts[0]) !== undefined);
  const rows = subjects.map((subject) => [
    `${whoOf(subject)}, s`,
    ...smpCounts.map((vcpus) => quantile(of(subject, vcpus)?.seconds ?? [], 0.5).toFixed(1)),
  ]);
  const rates = subjects
    .filter((subject) => (of(subject, smpCounts[0])?.computeMips?.length ?? 0) > 0)
    .map((subject) => [
      `${whoOf(subject)}, MIPS where nothing is shared`,
      ...smpCounts.map((vcpus) => quantile(of(subject, vcpus)?.computeMips ?? [], 0.5).toFixed(0)),
    ]);
  return [['vCPUs', ...smpCounts.map(String)], ...rows, ...rates];
}

/** The tables, laid out by `lay`. */
export function smpTables(result: SmpResult, lay: (table: Table) => string[]): string[] {
  const { host, rounds, times, notes } = result;
  const head = [host.processor, `Node ${host.node}`, host.qemu ? `QEMU ${host.qemu}` : 'no QEMU'].join('; ');
  const parts = [...new Set(times.map(({ guest }) => guest))].flatMap((guest) =>
    smpWorks
      .filter((work) => times.some((t) => t.guest === guest && t.work === work))
      .flatMap((work) => ['', `${guest}, ${work}:`, '', ...lay(smpTable(result, guest, work))]),
  );
  return [
    `${head}; medians of ${rounds}, interleaved`,
    ...parts,
    ...goalLines(smpGoalsOf(result), lay),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ];
}
