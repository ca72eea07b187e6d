import { createRequire } from 'node:module';
import type { Builder } from 'junit-report-builder';
import type { Breach, Verdict } from '../../src/analysis/rules/index.ts';

/** As its types do not say, it is what the module is. */
const builder = createRequire(import.meta.url)('junit-report-builder') as Builder;

/** A tape with what became of the rules. */
export interface Checked {
  readonly tape: string;
  readonly verdicts: readonly Verdict[];
  /** A breach for a person, with the event. */
  readonly lineOf: (breach: Breach) => string;
}

/** A report as JUnit has it: a suite a tape, a case a rule. */
export function junitText(rulesFile: string, checked: readonly Checked[]): string {
  const report = builder.newBuilder();
  for (const { tape, verdicts, lineOf } of checked) {
    const suite = report.testSuite().name(tape);
    for (const { rule, isKept, text, broken, breaches } of verdicts) {
      const test = suite.testCase().className(rulesFile).name(rule.name);
      if (isKept) test.standardOutput(printable(text));
      else {
        const left = broken - breaches.length;
        const lines = [
          text,
          ...(rule.why === undefined ? [] : [rule.why]),
          ...breaches.map(lineOf),
          ...(left > 0 ? [`and ${left} more`] : []),
        ];
        test.stacktrace(printable(lines.join('\n'))).failure(printable(text));
      }
    }
  }
  return report.build();
}

/** XML 1.0 has no other control characters. */
const printable = (text: string): string => text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '\ufffd');
