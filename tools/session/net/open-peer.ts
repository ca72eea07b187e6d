import { Failure } from '../../../src/base/failure.ts';
import { MAC_DEFAULT } from '../../../src/machine/net-config.ts';
import { PcapPeer } from './pcap-peer.ts';
import type { NetPeer } from './peer.ts';
import { type StreamAddress, StreamPeer } from './stream-peer.ts';

const PORT_MAX = 65_535;

/** What `--net` says. */
export type WantedNet =
  | { readonly kind: 'none' }
  | { readonly kind: 'stream'; readonly address: StreamAddress }
  | { readonly kind: 'replay'; readonly file: string };

/** `none`, `stream:PATH`, `stream:HOST:PORT` or `replay:FILE`: what ends with a port and has no slash is a host. @throws Failure */
export function parseNet(text: string): WantedNet {
  if (text === 'none') return { kind: 'none' };
  const [, kind, rest = ''] = /^(stream|replay):(.+)$/s.exec(text) ?? [];
  if (kind === 'replay') return { kind, file: rest };
  if (kind !== 'stream') throw new Failure(`--net ${text}: give none, stream:PATH, stream:HOST:PORT or replay:FILE`);
  const [, host, digits] = /^([^/]+):([0-9]+)$/.exec(rest) ?? [];
  if (host === undefined) return { kind, address: { path: rest } };
  const port = Number(digits);
  if (port < 1 || port > PORT_MAX) throw new Failure(`--net ${text}: a port is between 1 and ${PORT_MAX}`);
  return { kind, address: { host: host.replace(/^\[(.*)\]$/, '$1'), port } };
}

/** The other end of the guest's network; null where nobody is there. @throws Failure */
export async function openPeer(net: string | undefined, mac = MAC_DEFAULT): Promise<NetPeer | null> {
  if (net === undefined) return null;
  const wanted = parseNet(net);
  if (wanted.kind === 'stream') return await StreamPeer.open(wanted.address);
  return wanted.kind === 'replay' ? new PcapPeer(wanted.file, mac) : null;
}
