import { expect, test } from 'vitest';
import { projectRoot } from './sources.ts';
import { summaryOf, type TestRun } from './test-results.ts';

const run = (testResults: TestRun['testResults']): TestRun => ({
  numPassedTests: 2,
  numFailedTests: 1,
  numPendingTests: 0,
  numTodoTests: 1,
  testResults,
});
const result = (title: string, ...failureMessages: string[]) => ({
  ancestorTitles: ['a door'],
  title,
  status: failureMessages.length > 0 ? 'failed' : 'passed',
  failureMessages,
});

test('what failed is told by file and full name, with the first line of why, before the counts', () => {
  const runs = [
    run([
      {
        name: `${projectRoot}test/door.test.ts`,
        status: 'failed',
        message: '',
        assertionResults: [
          result('opens'),
          result('shuts', 'Error: it squeaks\n    at door.ts:1'),
          { ...result('locks', 'Error: STACK_TRACE_ERROR\n    at task'), duration: 120_400 },
        ],
      },
      { name: `${projectRoot}src/wall.test.ts`, status: 'failed', message: 'no wall\nhere', assertionResults: [] },
    ]),
    run([{ name: `${projectRoot}src/roof.test.ts`, status: 'passed', message: '', assertionResults: [] }]),
  ];
  expect(summaryOf(runs)).toEqual({
    lines: [
      'FAILED test/door.test.ts > a door > shuts: Error: it squeaks',
      'FAILED test/door.test.ts > a door > locks: timed out after 120 s',
      'FAILED src/wall.test.ts: no wall',
      '4 passed, 2 failed, 2 skipped',
    ],
    skipped: 2,
  });
});
