import { basename } from 'node:path';
import { Failure } from '../../src/base/failure.ts';
import type { Exported } from './exported.ts';

/** No board has a network yet, and no event tells of a packet: there is nothing to make a file of. @throws Failure */
export function pcap({ args }: Exported): never {
  throw new Failure(
    `--to pcap: no network traffic on ${basename(args.tape)}, whose machine has no network device; nothing is written`,
  );
}
