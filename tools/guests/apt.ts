import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../src/base/failure.ts';

export const hasApt = (): boolean =>
  ['apt-get', 'dpkg-deb'].every((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0);

/** Debian packages of a foreign architecture, through the sources this system has, in a state folder of its own. */
export class ForeignApt {
  readonly #architecture: string;
  readonly #state: string;
  #updated = false;
  /** What went wrong with the package lists. */
  #trouble = '';

  constructor(architecture: string, work: string) {
    this.#architecture = architecture;
    this.#state = join(work, `apt-${architecture}`);
    for (const dir of ['state/lists/partial', 'cache/archives/partial'])
      mkdirSync(join(this.#state, dir), { recursive: true });
    const status = join(this.#state, 'status');
    if (!existsSync(status)) writeFileSync(status, '');
  }

  #run(tool: string, args: readonly string[], cwd?: string): string {
    const options = {
      'APT::Architecture': this.#architecture,
      'APT::Architectures': this.#architecture,
      'Dir::State': join(this.#state, 'state'),
      'Dir::State::status': join(this.#state, 'status'),
      'Dir::Cache': join(this.#state, 'cache'),
      'APT::Sandbox::User': 'root',
    };
    const flags = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    try {
      return execFileSync(tool, [...flags, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      const { stderr, message } = error as { stderr?: string; message: string };
      throw new Failure(
        `guest fetch: ${tool} ${args.join(' ')} failed: ${(stderr || message).trim().split('\n').at(-1)}; check the network and the package sources`,
      );
    }
  }

  /** Reads the package lists. Where one of several sources is out of order, the others may do: `newest` tells. */
  update(): void {
    if (this.#updated) return;
    try {
      this.#run('apt-get', ['-qq', 'update']);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#trouble = ` (${error.message})`;
    }
    this.#updated = true;
  }

  /** The package of the highest version among those whose name matches. */
  newest(pattern: string): string {
    this.update();
    const names = this.#run('apt-cache', ['search', '--names-only', pattern])
      .split('\n')
      .map((line) => line.split(' ')[0] as string)
      .filter((name) => name !== '')
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    const last = names.at(-1);
    if (last === undefined)
      throw new Failure(
        `guest fetch: the package sources have no ${pattern}; they must serve Debian's ${this.#architecture}${this.#trouble}`,
      );
    return last;
  }

  /** Downloads and unpacks a package; returns the folder. */
  unpack(name: string): string {
    const out = join(this.#state, 'unpacked', name);
    if (existsSync(join(out, '.done'))) return out;
    this.update();
    mkdirSync(out, { recursive: true });
    this.#run('apt-get', ['-q', 'download', name], out);
    const deb = readdirSync(out).find((f) => f.endsWith('.deb'));
    if (deb === undefined) throw new Failure(`guest fetch: ${name} did not arrive; check the network and try again`);
    execFileSync('dpkg-deb', ['-x', join(out, deb), out]);
    writeFileSync(join(out, '.done'), '');
    return out;
  }
}
