import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../src/base/failure.ts';

/** What apt says of a server that it does not come to. */
const UNREACHABLE =
  /Could not resolve|Could not connect|Unable to connect|Cannot initiate the connection|Temporary failure|timed out|Network is unreachable/i;

/** Whether the host has apt at all. */
export const hasApt = (): boolean =>
  ['apt-get', 'dpkg-deb'].every((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0);

/** Debian packages of a foreign architecture, through the sources this system has, in a state folder of its own. */
export class ForeignApt {
  readonly #architecture: string;
  readonly #state: string;
  #updated = false;
  /** The package lists could not be read: from here on nothing is as sure as it looks. */
  #trouble: string | undefined;

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
    const { status, stdout, stderr, error } = spawnSync(tool, [...flags, ...args], { cwd, encoding: 'utf8' });
    if (status === 0) return stdout;
    throw this.#failure(tool, args, (error?.message ?? stderr).trim().split('\n'));
  }

  /** What apt said, in one line: without a network, that; else its first complaint. */
  #failure(tool: string, args: readonly string[], lines: readonly string[]): Failure {
    const complaint = (lines.find((line) => /^[EW]:/.test(line)) ?? lines.at(-1) ?? '').replace(/^[EW]: */, '');
    if (lines.some((line) => UNREACHABLE.test(line)))
      return new Failure(
        `guest fetch: apt could not reach Debian's package servers (${complaint}); check the network, or use demo-arm64, which needs none`,
      );
    return new Failure(`guest fetch: ${tool} ${args.join(' ')} failed: ${complaint}; check the package sources`);
  }

  /** Reads the package lists. Where one of several sources is out of order, the others may do: `newest` tells. */
  update(): void {
    if (this.#updated) return;
    const args = ['-qq', '-o', 'APT::Update::Error-Mode=any', 'update'];
    try {
      this.#run('apt-get', args);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#trouble = error.message;
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
        this.#trouble ??
          `guest fetch: the package sources have no ${pattern}; they must serve Debian's ${this.#architecture}`,
      );
    return last;
  }

  /** Downloads and unpacks a package; returns the folder. */
  unpack(name: string): string {
    const out = join(this.#state, 'unpacked', name);
    this.update();
    mkdirSync(out, { recursive: true });
    this.#run('apt-get', ['-q', 'download', name], out);
    const deb = readdirSync(out).find((f) => f.endsWith('.deb'));
    if (deb === undefined) throw new Failure(`guest fetch: ${name} did not arrive; check the network and try again`);
    execFileSync('dpkg-deb', ['-x', join(out, deb), out]);
    return out;
  }
}
