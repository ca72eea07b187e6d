import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { keyColumns, tableDecls } from './tape-tables.ts';

const MANUAL = fileURLToPath(new URL('../../docs/query.md', import.meta.url));
const [BEGIN, END] = [
  '<!-- The tables: tools/query/tape-tables.test.ts holds them against the program. -->',
  '<!-- End of the tables. -->',
];

/** The tables as the manual shows them. */
function schemaText(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const sections = tableDecls.map(({ name, about, columns }) => {
    const rows = columns.map(
      (column) => `| \`${column.name}\` | ${column.type}${column.nullable ? '?' : ''} | ${cell(column.about)} |`,
    );
    return [`### ${name}`, '', `A row is ${about}.`, '', '| column | type | |', '| --- | --- | --- |', ...rows].join(
      '\n',
    );
  });
  const keys = keyColumns.map(({ name, about }) => `| \`${name}\` | VARCHAR | ${cell(about)} |`);
  return [
    ...sections,
    ['### In each table', '', '| column | type | |', '| --- | --- | --- |', ...keys].join('\n'),
  ].join('\n\n');
}

test('the manual has the tables as they are', () => {
  const manual = readFileSync(MANUAL, 'utf8');
  const [, shown] = manual.split(BEGIN);
  expect(shown?.split(END)[0]?.trim()).toBe(schemaText());
});
