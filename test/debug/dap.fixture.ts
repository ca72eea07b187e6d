import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { nodeArguments } from '../../tools/session/command-line.fixture.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const END_OF_HEADER = '\r\n\r\n';

/** What an adapter says; bodies as the protocol has them. */
export interface Message {
  readonly type: 'response' | 'event';
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly event?: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** An editor, scripted: `hypertape dap` as a process, by the Debug Adapter Protocol. */
export class Editor {
  readonly process: ChildProcess;
  readonly #messages: Message[] = [];
  #wake: () => void = () => {};
  #rest = Buffer.alloc(0);
  #sent = 0;

  constructor() {
    this.process = spawn(process.execPath, nodeArguments(['dap']), {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.process.stdout?.on('data', (data: Buffer) => {
      this.#take(data);
    });
    onTestFinished(async () => {
      if (this.process.exitCode !== null) return;
      this.process.kill();
      await once(this.process, 'exit');
    });
  }

  /** The answer's body. @throws where the request failed, with the answer */
  async ask(command: string, args: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.answer(command, args);
    if (answer.success !== true) throw new Error(JSON.stringify(answer));
    return answer.body ?? {};
  }
  async answer(command: string, args: object = {}): Promise<Message> {
    const seq = ++this.#sent;
    this.say(JSON.stringify({ seq, type: 'request', command, arguments: args }));
    return await this.#until(({ type, request_seq }) => type === 'response' && request_seq === seq);
  }
  /** The next event of a name, if it has not come already. */
  async event(name: string): Promise<Readonly<Record<string, unknown>>> {
    return (await this.#until(({ type, event }) => type === 'event' && event === name)).body ?? {};
  }
  say(text: string): void {
    this.process.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}${END_OF_HEADER}${text}`);
  }

  async #until(fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const at = this.#messages.findIndex(fits);
      if (at >= 0) return this.#messages.splice(at, 1)[0] as Message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
  #take(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (;;) {
      const header = this.#rest.indexOf(END_OF_HEADER);
      const length = Number(
        /Content-Length: ([0-9]+)/.exec(this.#rest.toString('latin1', 0, Math.max(0, header)))?.[1],
      );
      const from = header + END_OF_HEADER.length;
      if (header < 0 || !(this.#rest.length >= from + length)) break;
      this.#messages.push(JSON.parse(this.#rest.toString('utf8', from, from + length)) as Message);
      this.#rest = this.#rest.subarray(from + length);
    }
    this.#wake();
  }
}
