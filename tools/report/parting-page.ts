import { basename } from 'node:path';
import { PRODUCER } from '../../src/library/producer.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { ToldFinding } from '../comparing/bisecting.ts';
import { SIDES } from '../comparing/sides.ts';
import { ProfiledTape } from '../profiling/profiled-tape.ts';
import { writeTo } from '../session/mem.ts';
import { Outputs } from '../session/outputs.ts';
import { say } from '../session/standard-output.ts';
import { bytesText } from '../session/units.ts';
import { reportPage } from './html.ts';
import { partingOf } from './parting-data.ts';
import type { RunData } from './report-data.ts';
import { runDataOf } from './run-data.ts';

/** Options of `bisect` that its page hangs on. */
export interface PartingPageArgs {
  readonly a: string;
  readonly b: string;
  readonly symbols?: string | undefined;
  readonly symbolsB?: string | undefined;
  readonly html: string;
  readonly force: boolean;
}

/** The page of a bisect: what it found, and both runs beside each other. */
export class PartingPage {
  readonly #args: PartingPageArgs;
  #isWritten = false;

  /** @throws Failure where the page could not be written, before anything is searched */
  constructor(args: PartingPageArgs) {
    this.#args = args;
    const outputs = new Outputs(args.force);
    for (const path of [args.a, args.b]) outputs.reads(path, 'a tape');
    outputs.reads(args.symbols, 'the symbols');
    outputs.reads(args.symbolsB, 'the symbols');
    outputs.writes(args.html, '--html');
  }

  /** @throws Failure where it cannot be written */
  write(told: ToldFinding): void {
    const { a, b, html, force } = this.#args;
    const page = reportPage({
      title: `${basename(a)} and ${basename(b)}`,
      producer: PRODUCER,
      command: `hypertape bisect ${a} ${b} --html ${html}`,
      runs: this.#runs(),
      parting: partingOf(told),
    });
    writeTo(html, force, page);
    this.#isWritten = true;
    say(`${html}: ${bytesText(page.reduce((sum, piece) => sum + piece.length, 0))}; open it in a browser`);
  }
  /** Both runs' exits; none, where a tape holds inputs alone. */
  #runs(): RunData[] {
    const { symbols, symbolsB } = this.#args;
    const files = { a: symbols, b: symbolsB ?? symbols };
    const isWhole = SIDES.every((side) => TapeReader.open(this.#args[side]).header.level === 'exits');
    if (!isWhole) return [];
    return SIDES.map((side) => runDataOf(new ProfiledTape(this.#args[side], { symbols: files[side] })));
  }

  /** The search is over. */
  end(): void {
    if (!this.#isWritten) say(`${this.#args.html}: not written, since no instruction has another effect`);
  }
}
