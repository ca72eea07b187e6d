import {
  DebugSession,
  InitializedEvent,
  OutputEvent,
  Scope,
  StackFrame,
  StoppedEvent,
  TerminatedEvent,
  Thread,
  Variable,
} from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { hex } from '../../src/base/bits.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import type { DebugRun, DebugStop, Direction, StopPoints, WatchRange } from '../../src/debug/debuggee.ts';
import type { Register } from '../../src/debug/target-description.ts';
import { callStack } from '../../src/inspect/call-stack.ts';
import {
  type Disassembler,
  encodingText,
  instructionBytes,
  instructionSetOf,
  openDisassembler,
} from '../../src/inspect/disassemble.ts';
import { type OpenedTape, openDebugTape } from './gdb-serving.ts';
import { bigOf, numberOf } from './numbers.ts';
import { withoutControls } from './standard-output.ts';

const THREAD = 1;
const READ_BYTES_MAX = 1 << 20;
const INSTRUCTIONS_MAX = 4096;
const WATCH_BYTES_MAX = 1 << 16;
/** Scopes by their references. */
const SCOPES = [
  { reference: 1, name: 'Registers', group: undefined },
  { reference: 2, name: 'System registers', group: 'system' },
] as const;

/** What a client says of the tape to debug. */
interface TapeArguments extends DebugProtocol.LaunchRequestArguments {
  readonly tape?: unknown;
  readonly symbols?: unknown;
  readonly at?: unknown;
}
type Answer<R extends DebugProtocol.Response> = (body?: R['body']) => void;

/** A tape for editors: the Debug Adapter Protocol on standard streams. There are no sources: functions, instructions, data. */
export class TapeDebugSession extends DebugSession {
  #opened: OpenedTape | undefined;
  #disassembler: Disassembler | undefined;
  #functions: readonly bigint[] = [];
  #instructions: readonly bigint[] = [];
  #watchpoints: readonly WatchRange[] = [];
  #run: DebugRun | undefined;
  onEnd: (value?: unknown) => void = () => {};

  /** Where a session of the package would end the process, in the midst of what it writes. */
  override shutdown(): void {
    setImmediate(() => this.onEnd());
  }

  /** The protocol's default, which the package does not know. */
  protected override dispatchRequest(request: DebugProtocol.Request): void {
    if (request.command === 'initialize') request.arguments = { pathFormat: 'path', ...request.arguments };
    super.dispatchRequest(request);
  }

  // --- beginning and end -------------------------------------------------------------------------------------------------
  protected override initializeRequest(response: DebugProtocol.InitializeResponse): void {
    response.body = {
      supportsConfigurationDoneRequest: true,
      supportsStepBack: true,
      supportsFunctionBreakpoints: true,
      supportsInstructionBreakpoints: true,
      supportsDataBreakpoints: true,
      supportsDataBreakpointBytes: true,
      supportsReadMemoryRequest: true,
      supportsDisassembleRequest: true,
      supportsSteppingGranularity: true,
      supportsTerminateRequest: true,
    };
    this.sendResponse(response);
  }
  protected override launchRequest(response: DebugProtocol.LaunchResponse, args: TapeArguments): void {
    void this.#launch(response, args);
  }
  async #launch(response: DebugProtocol.LaunchResponse, { tape, symbols, at }: TapeArguments): Promise<void> {
    this.#disassembler = await openDisassembler();
    this.#answer(response, () => {
      if (typeof tape !== 'string') throw new Failure('"tape": give the path of a tape');
      const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
      this.#opened = openDebugTape(tape, { symbols: text(symbols), at: text(at) });
    });
    if (this.#opened !== undefined) this.sendEvent(new InitializedEvent());
  }
  protected override configurationDoneRequest(response: DebugProtocol.ConfigurationDoneResponse): void {
    this.sendResponse(response);
    this.sendEvent(new StoppedEvent('entry', THREAD));
  }
  protected override disconnectRequest(response: DebugProtocol.DisconnectResponse): void {
    this.#run?.interrupt();
    super.disconnectRequest(response, {});
  }
  protected override terminateRequest(response: DebugProtocol.TerminateResponse): void {
    this.#run?.interrupt();
    this.sendResponse(response);
    this.sendEvent(new TerminatedEvent());
  }

  // --- what is asked for ---------------------------------------------------------------------------------------------------
  protected override threadsRequest(response: DebugProtocol.ThreadsResponse): void {
    response.body = { threads: [new Thread(THREAD, 'vCPU 0')] };
    this.sendResponse(response);
  }
  protected override stackTraceRequest(
    response: DebugProtocol.StackTraceResponse,
    { startFrame = 0, levels = 0 }: DebugProtocol.StackTraceArguments,
  ): void {
    this.#answer(response, () => {
      const frames = this.#stack();
      const wanted = frames.slice(startFrame, levels === 0 ? undefined : startFrame + levels);
      response.body = {
        totalFrames: frames.length,
        stackFrames: wanted.map((pc, n) => ({
          ...new StackFrame(startFrame + n, withoutControls(this.#symbolAt(pc) ?? hex(pc))),
          instructionPointerReference: hex(pc),
        })),
      };
    });
  }
  protected override scopesRequest(response: DebugProtocol.ScopesResponse): void {
    response.body = { scopes: SCOPES.map(({ name, reference }) => new Scope(name, reference, reference !== 1)) };
    this.sendResponse(response);
  }
  protected override variablesRequest(
    response: DebugProtocol.VariablesResponse,
    { variablesReference }: DebugProtocol.VariablesArguments,
  ): void {
    this.#answer(response, () => {
      const scope = SCOPES.find(({ reference }) => reference === variablesReference);
      const registers = this.#registers.filter(
        ({ group }) => scope !== undefined && (group === 'system') === (scope.group === 'system'),
      );
      response.body = {
        variables: registers.map((register) => ({
          ...new Variable(register.name, hex(register.read())),
          memoryReference: hex(register.read()),
        })),
      };
    });
  }
  protected override evaluateRequest(
    response: DebugProtocol.EvaluateResponse,
    { expression, context }: DebugProtocol.EvaluateArguments,
  ): void {
    const evaluated = this.#attempt(() => {
      const { debuggee, monitor } = this.#still;
      const register = debuggee.vcpus[debuggee.current]?.named(expression.replace(/^\$/, ''));
      if (register !== undefined) return { text: () => hex(register.read()), errand: undefined };
      if (context !== 'repl') throw new Failure(`${expression}: there is no such register`);
      let said = '';
      const errand = monitor.execute(expression, (text) => {
        said += text;
      });
      return { text: () => said, errand };
    });
    const answer = (): void =>
      this.#respond(response, evaluated, ({ text }) => {
        response.body = { result: text().trimEnd(), variablesReference: 0 };
      });
    if ('value' in evaluated && evaluated.value.errand !== undefined) void evaluated.value.errand.done.then(answer);
    else answer();
  }
  protected override readMemoryRequest(
    response: DebugProtocol.ReadMemoryResponse,
    { memoryReference, offset = 0, count }: DebugProtocol.ReadMemoryArguments,
  ): void {
    this.#answer(response, () => {
      const at = BigInt.asUintN(64, bigOf('memoryReference', memoryReference) + BigInt(offset));
      const wanted = Math.min(Math.max(0, count), READ_BYTES_MAX);
      const bytes = this.#still.debuggee.read('virtual', at, wanted);
      response.body = {
        address: hex(at),
        unreadableBytes: wanted - bytes.length,
        data: Buffer.from(bytes).toString('base64'),
      };
    });
  }
  protected override disassembleRequest(
    response: DebugProtocol.DisassembleResponse,
    { memoryReference, offset = 0, instructionOffset = 0, instructionCount }: DebugProtocol.DisassembleArguments,
  ): void {
    this.#answer(response, () => {
      const { view } = this.#still.debuggee;
      const set = instructionSetOf(view);
      // What lies before is guessed at in T32, whose instructions are of two sizes.
      const step = set === 'T32' ? 2 : 4;
      let at = BigInt.asUintN(
        64,
        bigOf('memoryReference', memoryReference) + BigInt(offset + step * instructionOffset),
      );
      const instructions: DebugProtocol.DisassembledInstruction[] = [];
      for (let n = Math.min(instructionCount, INSTRUCTIONS_MAX); n > 0; n--) {
        const there = view.virtual(at, 4);
        const bytes = there.subarray(0, there.length < step ? 0 : instructionBytes(there, set));
        const text =
          bytes.length < step ? '??' : (this.#disassembler?.text(bytes, at, set) ?? encodingText(bytes, set));
        const symbol = this.#symbolAt(at);
        instructions.push({
          address: hex(at),
          instruction: text,
          instructionBytes: Buffer.from(bytes).toString('hex'),
          ...(symbol === undefined ? {} : { symbol: withoutControls(symbol) }),
        });
        at = BigInt.asUintN(64, at + BigInt(bytes.length || step));
      }
      response.body = { instructions };
    });
  }

  // --- where to stop -------------------------------------------------------------------------------------------------------
  protected override setBreakPointsRequest(
    response: DebugProtocol.SetBreakpointsResponse,
    { breakpoints = [] }: DebugProtocol.SetBreakpointsArguments,
  ): void {
    const message = 'a tape has no sources: set breakpoints at functions or instructions';
    response.body = { breakpoints: breakpoints.map(() => ({ verified: false, message })) };
    this.sendResponse(response);
  }
  protected override setFunctionBreakPointsRequest(
    response: DebugProtocol.SetFunctionBreakpointsResponse,
    { breakpoints }: DebugProtocol.SetFunctionBreakpointsArguments,
  ): void {
    this.#answer(response, () => {
      const found = breakpoints.map(({ name }) =>
        this.#attempt(() => this.#needed.symbols.addressesOf(name, this.#needed.debuggee.machine, `function ${name}`)),
      );
      this.#functions = found.flatMap((place) => ('value' in place ? place.value : []));
      response.body = { breakpoints: found.map(verifiedOf) };
    });
  }
  protected override setInstructionBreakpointsRequest(
    response: DebugProtocol.SetInstructionBreakpointsResponse,
    { breakpoints }: DebugProtocol.SetInstructionBreakpointsArguments,
  ): void {
    this.#answer(response, () => {
      const found = breakpoints.map(({ instructionReference, offset = 0 }) =>
        this.#attempt(() => [bigOf('instruction', instructionReference) + BigInt(offset)]),
      );
      this.#instructions = found.flatMap((place) => ('value' in place ? place.value : []));
      response.body = { breakpoints: found.map(verifiedOf) };
    });
  }
  protected override dataBreakpointInfoRequest(
    response: DebugProtocol.DataBreakpointInfoResponse,
    { name, bytes = 8, asAddress }: DebugProtocol.DataBreakpointInfoArguments,
  ): void {
    this.#answer(response, () => {
      const address = this.#attempt(() => bigOf('address', name));
      response.body =
        asAddress === true && 'value' in address
          ? {
              dataId: `${hex(address.value)}/${bytes}`,
              description: `${bytes} bytes at ${name}`,
              accessTypes: ['read', 'write', 'readWrite'],
            }
          : { dataId: null, description: 'give an address: what a register holds is not watched' };
    });
  }
  protected override setDataBreakpointsRequest(
    response: DebugProtocol.SetDataBreakpointsResponse,
    { breakpoints }: DebugProtocol.SetDataBreakpointsArguments,
  ): void {
    this.#answer(response, () => {
      const found = breakpoints.map(({ dataId, accessType = 'write' }) =>
        this.#attempt((): WatchRange[] => {
          const [address = '', count = ''] = dataId.split('/');
          const bytes = numberOf('data breakpoint', count);
          if (bytes < 1 || bytes > WATCH_BYTES_MAX) throw new Failure(`${dataId}: give 1 to ${WATCH_BYTES_MAX} bytes`);
          return [{ at: bigOf('address', address), bytes, kind: accessType === 'readWrite' ? 'access' : accessType }];
        }),
      );
      this.#watchpoints = found.flatMap((place) => ('value' in place ? place.value : []));
      response.body = { breakpoints: found.map(verifiedOf) };
    });
  }

  // --- running -------------------------------------------------------------------------------------------------------------
  protected override continueRequest(response: DebugProtocol.ContinueResponse): void {
    response.body = { allThreadsContinued: true };
    this.#resume(response, () => this.#runTo('forwards'));
  }
  protected override reverseContinueRequest(response: DebugProtocol.ReverseContinueResponse): void {
    this.#resume(response, () => this.#runTo('backwards'));
  }
  protected override stepInRequest(response: DebugProtocol.StepInResponse): void {
    this.#resume(response, () => this.#stepping('forwards'));
  }
  protected override stepBackRequest(response: DebugProtocol.StepBackResponse): void {
    this.#resume(response, () => this.#stepping('backwards'));
  }
  /** Over a call: to where it returns to, with the stack as it is now. */
  protected override nextRequest(response: DebugProtocol.NextResponse): void {
    this.#resume(response, () => {
      const { view } = this.#still.debuggee;
      const set = instructionSetOf(view);
      const behind = view.pc + BigInt(instructionBytes(view.virtual(view.pc, 4), set));
      const { sp } = view;
      const stop = this.#stepping('forwards').slice();
      const link = view.general(view.isAarch32 ? 14 : 30) & ~1n;
      const isCall = stop?.kind === 'step' && view.pc !== behind && link === behind;
      return isCall ? this.#runTo('forwards', behind, () => view.sp >= sp) : { slice: () => stop, interrupt() {} };
    });
  }
  protected override stepOutRequest(response: DebugProtocol.StepOutResponse): void {
    this.#resume(response, () => {
      const { view } = this.#still.debuggee;
      const [, caller] = this.#stack();
      if (caller === undefined) throw new Failure('nothing is known of a caller');
      const { sp } = view;
      return this.#runTo('forwards', caller, () => view.sp >= sp);
    });
  }
  protected override pauseRequest(response: DebugProtocol.PauseResponse): void {
    this.#run?.interrupt();
    this.sendResponse(response);
  }

  #stepping(direction: Direction): DebugRun {
    const { debuggee } = this.#still;
    debuggee.setPoints(this.#points());
    return { slice: () => debuggee.step(direction), interrupt() {} };
  }
  /** `once`: another place, where `counts` holds. */
  #runTo(direction: Direction, once?: bigint, counts: () => boolean = () => true): DebugRun {
    const { debuggee } = this.#still;
    debuggee.setPoints(this.#points(once, counts));
    return debuggee.run(direction);
  }
  #points(once?: bigint, counts: () => boolean = () => true): StopPoints {
    const lasting = new Set([...this.#functions, ...this.#instructions]);
    return {
      breakpoints: [...lasting, ...(once === undefined ? [] : [once])],
      watchpoints: this.#watchpoints,
      accepts: (at) => lasting.has(at) || counts(),
    };
  }
  #resume(response: DebugProtocol.Response, begin: () => DebugRun): void {
    let run: DebugRun | undefined;
    this.#answer(response, () => {
      run = begin();
    });
    if (run === undefined) return;
    this.#run = run;
    void this.#pump(run);
  }
  async #pump(run: DebugRun): Promise<void> {
    let stop: DebugStop | undefined;
    try {
      while (stop === undefined) {
        await new Promise((next) => setImmediate(next));
        stop = run.slice();
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.sendEvent(new OutputEvent(`${error.message}\n`, 'stderr'));
      stop = { kind: 'interrupted' };
    }
    this.#run = undefined;
    const text = textOf(stop);
    if (text !== undefined) this.sendEvent(new OutputEvent(`${text}\n`, 'console'));
    this.sendEvent(new StoppedEvent(reasonOf(stop), THREAD));
  }

  // --- answers -------------------------------------------------------------------------------------------------------------
  get #needed(): OpenedTape {
    if (this.#opened === undefined) throw new Failure('no tape is open; "launch" names it');
    return this.#opened;
  }
  /** The tape's guest, which does not run at the moment. */
  get #still(): OpenedTape {
    if (this.#run !== undefined) throw new Failure('the guest runs; pause it first');
    return this.#needed;
  }
  get #registers(): readonly Register[] {
    const { debuggee } = this.#still;
    const description = debuggee.vcpus[debuggee.current];
    return [...(description?.names ?? [])].flatMap((name) => description?.named(name) ?? []);
  }
  #stack(): bigint[] {
    const { symbols, debuggee } = this.#needed;
    const unwindingAt = (pc: number) => symbols.unwindingAt(pc, debuggee.machine);
    return callStack(this.#still.debuggee.view, (pc) => this.#symbolAt(pc)?.split('+')[0], { unwindingAt });
  }
  #symbolAt(pc: bigint): string | undefined {
    return this.#needed.look.symbolAt(pc);
  }
  #answer<R extends DebugProtocol.Response>(response: R, act: () => void): ReturnType<Answer<R>> {
    this.#respond(response, this.#attempt(act), () => {});
  }
  #respond<T>(response: DebugProtocol.Response, done: Attempt<T>, fill: (value: T) => void): void {
    if ('value' in done) {
      fill(done.value);
      this.sendResponse(response);
    } else
      this.sendErrorResponse(response, {
        id: 1,
        format: '{message}',
        variables: { message: done.message },
        showUser: true,
      });
  }
  #attempt<T>(act: () => T): Attempt<T> {
    try {
      return { value: act() };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { message: error.message };
    }
  }
}

/** Serves one editor, which has started this program, to its end. */
export async function debugFromEditor(): Promise<ExitStatus> {
  const session = new TapeDebugSession();
  const ended = new Promise((resolve) => {
    process.stdin.once('end', resolve);
    session.onEnd = resolve;
  });
  session.start(process.stdin, process.stdout);
  await ended;
  return ExitStatus.ok;
}

type Attempt<T> = { readonly value: T } | { readonly message: string };
const verifiedOf = (found: Attempt<readonly unknown[]>): DebugProtocol.Breakpoint =>
  'value' in found ? { verified: true } : { verified: false, message: found.message };

function reasonOf({ kind }: DebugStop): string {
  switch (kind) {
    case 'watchpoint':
      return 'data breakpoint';
    case 'breakpoint':
      return 'breakpoint';
    case 'step':
      return 'step';
    default:
      return 'pause';
  }
}
function textOf(stop: DebugStop): string | undefined {
  switch (stop.kind) {
    case 'start':
      return 'the tape begins here';
    case 'end':
      return 'the tape ends here';
    case 'event':
    case 'exited':
      return withoutControls(stop.text);
    default:
      return undefined;
  }
}
