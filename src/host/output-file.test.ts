import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Failure } from '../base/failure.ts';
import { OutputFile, writeWhole } from './output-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hypertape-output-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});
const at = (name: string): string => join(folder, name);
const options = { unfinished: 'part' } as const;
const bytes = Buffer.from('new');

describe('a file under a free name', () => {
  test('has a name that nobody can guess until it is worth something', () => {
    const file = OutputFile.create(at('a'), options);
    file.write(bytes, 0);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^a\.[0-9a-f]{16}\.part$/)]);
    expect(existsSync(file.at)).toBe(true);
    file.publish();
    expect(file.at).toBe(at('a'));
    file.write(bytes, 3);
    file.finish();
    expect(readdirSync(folder)).toEqual(['a']);
    expect(readFileSync(at('a'), 'utf8')).toBe('newnew');
  });

  test('does not take it from whoever was first', () => {
    const file = OutputFile.create(at('a'), options);
    writeFileSync(at('a'), 'theirs');
    expect(() => file.publish()).toThrow(/is there already; give --force/);
    file.discard();
    expect(readdirSync(folder)).toEqual(['a']);
    expect(readFileSync(at('a'), 'utf8')).toBe('theirs');
  });

  test('takes it in the end where it is to be replaced, though nobody had it at first', () => {
    const file = OutputFile.create(at('a'), { ...options, force: true });
    writeFileSync(at('a'), 'theirs');
    file.publish();
    expect(readFileSync(at('a'), 'utf8')).toBe('theirs');
    file.write(bytes, 0);
    file.finish();
    expect(readdirSync(folder)).toEqual(['a']);
    expect(readFileSync(at('a'), 'utf8')).toBe('new');
  });

  test('is taken away whole, but never the file of somebody else', () => {
    const [kept, gone] = [OutputFile.create(at('kept'), options), OutputFile.create(at('gone'), options)];
    for (const file of [kept, gone]) file.publish();
    rmSync(at('kept'));
    writeFileSync(at('kept'), 'theirs');
    for (const file of [kept, gone]) file.discard();
    expect(readdirSync(folder)).toEqual(['kept']);
  });
});

describe('a name that is taken', () => {
  test('is refused, whatever has it', () => {
    writeFileSync(at('file'), 'old');
    symlinkSync(at('file'), at('link'));
    symlinkSync(at('nothing'), at('dangling'));
    mkdirSync(at('folder'));
    for (const [name, why] of [
      ['file', /is there already/],
      ['link', /is there already/],
      ['dangling', /a link to a file that is not there/],
      ['folder', /it is a folder/],
      ['folder/', /names no file/],
      ['', /names no file|it is a folder/],
      ['none/file', /there is no such file or folder/],
      ['file/in', /a part of its path is no folder/],
      ['x'.repeat(300), /its name is too long/],
    ] as const) {
      const create = (): unknown => OutputFile.create(name === '' ? '' : at(name), options);
      expect(create, name).toThrow(Failure);
      expect(create, name).toThrow(why);
    }
    expect(() => OutputFile.create('/dev/null', { ...options, force: true })).toThrow(/it is a device/);
    expect(() => OutputFile.create(at('dangling'), { ...options, force: true })).toThrow(
      /a link to a file that is not/,
    );
    expect(readdirSync(folder)).toEqual(['dangling', 'file', 'folder', 'link']);
    expect(readFileSync(at('file'), 'utf8')).toBe('old');
  });

  test('is replaced when the file is finished, with its permissions, and not before', () => {
    writeFileSync(at('file'), 'old');
    chmodSync(at('file'), 0o600);
    linkSync(at('file'), at('hard'));
    symlinkSync(at('file'), at('link'));
    const file = OutputFile.create(at('link'), { ...options, force: true });
    file.write(bytes, 0);
    file.publish();
    expect(readFileSync(at('file'), 'utf8')).toBe('old');
    expect(readFileSync(file.at, 'utf8')).toBe('new');
    file.finish();
    expect(readFileSync(at('file'), 'utf8')).toBe('new');
    expect(statSync(at('file')).mode & 0o777).toBe(0o600);
    expect(readFileSync(at('hard'), 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['file', 'hard', 'link']);
  });

  test('keeps what it has when the new file comes to nothing', () => {
    writeFileSync(at('file'), 'old');
    const file = OutputFile.create(at('file'), { ...options, force: true });
    file.write(bytes, 0);
    file.discard();
    expect(readdirSync(folder)).toEqual(['file']);
    expect(readFileSync(at('file'), 'utf8')).toBe('old');
  });
});

test('a name as long as a name may be is no trouble', () => {
  const name = 'ä'.repeat(125);
  const file = OutputFile.create(at(name), options);
  file.finish();
  expect(readdirSync(folder)).toEqual([name]);
});

test('a file is put there as a whole', () => {
  for (const data of ['one', 'another']) writeWhole(at('file'), data);
  expect(readdirSync(folder)).toEqual(['file']);
  expect(readFileSync(at('file'), 'utf8')).toBe('another');
  expect(() => writeWhole(at('none/file'), 'x')).toThrow(/there is no such file or folder/);
});
