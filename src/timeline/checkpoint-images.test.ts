import { expect, test } from 'vitest';
import { MemoryImage } from '../machine/memory-image.ts';
import { CheckpointImages } from './checkpoint-images.ts';

const content = (n: number) => ({
  digest: Uint8Array.of(n & 0xff, n >>> 8, n >>> 16),
  bytes: () => new Uint8Array(4096),
});
/** Each checkpoint changes one page in some parts of the memory. */
const PARTS = [0, 1, 63] as const;
function imagesOf(checkpoints: number, pages: number) {
  let made = 0;
  const images = new CheckpointImages(checkpoints, MemoryImage.zero(pages), (number, before) => {
    made++;
    return before.with(PARTS.map((part) => [64 * part + (number % 64), content(number)]));
  });
  return { images, made: () => made };
}
const digestOf = (image: MemoryImage, page: number) => image.page(page)?.digest;

test('the memory of each checkpoint, in any order', () => {
  const { images } = imagesOf(1000, 2 ** 17);
  expect(images.every).toBe(8);
  for (const number of [0, 999, 3, 500, 501, 499, 999, 7, 8, 9, 0]) {
    const image = images.of(number);
    for (const page of [0, 1, 63, 64 * 63 + (number % 64), 64 * 64 - 1]) {
      const changed = number - ((number - (page % 64) + 64) % 64);
      expect(digestOf(image, page), `${number}, page ${page}`).toEqual(
        changed < 0 ? undefined : content(changed).digest,
      );
    }
  }
});

test('an ordinary tape has all of them kept; one of very many, or of a large guest, as many as there is room for', () => {
  const few = imagesOf(100, 2 ** 17);
  few.images.of(99);
  few.images.of(0);
  expect([few.images.kept, few.made()]).toEqual([100, 100]);

  const many = imagesOf(2 ** 12, 2 ** 16);
  many.images.of(2 ** 12 - 1);
  expect(many.images.kept).toBe(2 ** 8);
  many.images.of(100);
  expect(many.made() - 2 ** 12).toBeLessThan(many.images.every);
  // Going on from the one asked for last, each is made once.
  const before = many.made();
  for (let n = 101; n < 200; n++) many.images.of(n);
  expect(many.made() - before).toBeLessThan(100);

  const large = imagesOf(50, 2 ** 22);
  large.images.of(49);
  expect(large.images.kept).toBeLessThanOrEqual(8);
});
