import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { unpackData } from '../../tools/report/container.ts';
import type { ReportData } from '../../tools/report/report-data.ts';

/** What a page carries. */
export function dataOf(path: string): ReportData {
  const [, packed = ''] =
    readFileSync(path, 'utf8').match(/<script type="text\/plain" id="data">\s*([^<]*)<\/script>/) ?? [];
  return unpackData(gunzipSync(Buffer.from(packed, 'base64'))) as ReportData;
}
