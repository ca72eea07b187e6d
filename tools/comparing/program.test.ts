import { describe, expect, it } from 'vitest';
import { type Failed, Program, type WhereLine, wordsOf } from './program.ts';
import { bisectVersions } from './versions.ts';

const node = `"${process.execPath}"`;

async function told(command: string): Promise<(WhereLine | Failed)[]> {
  const lines: (WhereLine | Failed)[] = [];
  for await (const line of new Program(command, undefined).where('no.tape', [1, 2])) lines.push(line);
  return lines;
}

describe('the words of a command', () => {
  it('are parted by spaces and kept together by quotes', () => {
    expect(wordsOf('npx  hypertape@0.2.0 ')).toEqual(['npx', 'hypertape@0.2.0']);
    expect(wordsOf(`"/a b/node" '/c d/cli.ts'`)).toEqual(['/a b/node', '/c d/cli.ts']);
  });

  it('are some', () => {
    expect(() => wordsOf('"a')).toThrow('quote');
    expect(() => wordsOf(' ')).toThrow('a command is empty');
  });
});

describe('a program', () => {
  it('that is none is told in one line', async () => {
    await expect(told('/no/such/program')).rejects.toThrow('/no/such/program: it cannot be started');
    await expect(told('echo 1')).rejects.toThrow('no place');
  });

  it('that fails tells why in its last line', async () => {
    const fails = `${node} -e "console.error('so far'); console.error('gone wrong'); process.exit(1)"`;
    expect(await told(fails.replaceAll("'", '`'))).toEqual([{ failed: 'gone wrong' }]);
  });

  it('that does not know --state is asked without', async () => {
    const place = { icount: 1, pc: '0x0', registers: {} };
    const old = `process.argv.includes(\`--state\`) ? (console.error(\`Unknown argument: --state\`), process.exit(2)) : console.log(\`${JSON.stringify(place).replaceAll('"', '\\u0022')}\`)`;
    expect(await told(`${node} -e '${old}' --`)).toEqual([place]);
  });
});

it('two programs are asked about one tape', async () => {
  const args = { a: node, b: node, json: true };
  await expect(bisectVersions(args)).rejects.toThrow('give two commands and a tape');
  for (const more of [{ html: 'page.html' }, { symbolsB: 'vmlinux' }])
    await expect(bisectVersions({ ...args, tape: 'no.tape', ...more })).rejects.toThrow('goes with two tapes');
});
