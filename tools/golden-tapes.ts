/** The golden tapes that each semantics version has: a guest of the catalogue, and what else `record` is given. */
export const goldenTapes: readonly {
  readonly name: string;
  readonly guest: 'demo-arm64' | 'demo-armv7';
  readonly options: readonly string[];
}[] = [
  { name: 'demo-arm64', guest: 'demo-arm64', options: [] },
  { name: 'demo-arm64-bhyve', guest: 'demo-arm64', options: ['--timer-policy', 'bhyve'] },
  { name: 'demo-arm64-bhyve-2018', guest: 'demo-arm64', options: ['--timer-policy', 'bhyve-2018'] },
  { name: 'demo-arm64-max', guest: 'demo-arm64', options: ['--cpu', 'max'] },
  { name: 'demo-arm64-inputs', guest: 'demo-arm64', options: ['--level', 'inputs'] },
  { name: 'demo-armv7', guest: 'demo-armv7', options: [] },
  { name: 'demo-armv7-cortex-a57', guest: 'demo-armv7', options: ['--cpu', 'cortex-a57'] },
  { name: 'demo-armv7-bhyve-2018', guest: 'demo-armv7', options: ['--timer-policy', 'bhyve-2018'] },
];
