import { basename } from 'node:path';
import { Failure } from '../../src/base/failure.ts';
import { pcap as framesOf } from '../exporting/pcap.ts';
import type { Exported, Put } from './exported.ts';

/** The traffic of the guest's network device. @throws Failure where it has none */
export function pcap({ args, reader, source }: Exported, put: Put): void {
  if (!('net' in reader.header.machine))
    throw new Failure(
      `--to pcap: no network traffic on ${basename(args.tape)}, whose machine has no network device (--net); nothing is written`,
    );
  for (const piece of framesOf(source())) put(piece);
}
