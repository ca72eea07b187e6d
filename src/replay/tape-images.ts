import { Failure } from '../base/failure.ts';
import { limits } from '../base/limits.ts';
import type { MachineConfig } from '../machine/config.ts';
import { deviceTreeBytesMax } from '../machine/fdt/blob.ts';
import { type ImageRole, imageRoles, MachineImages } from '../machine/images.ts';
import { isElf } from '../machine/loaders/elf-file.ts';
import { mebibytes } from '../machine/loaders/read-image.ts';
import type { ReadableImage, TapeReader } from '../trace/codec/tape-reader.ts';

/**
 * The guest's software from a tape, those of all roles or of some. What cannot be of any use to the machine is refused before it is
 * unpacked: a tape of kilobytes may announce gibibytes. @throws Failure
 */
export function imagesOfTape(
  reader: TapeReader,
  config: Pick<MachineConfig, 'memoryBytes'>,
  roles: readonly ImageRole[] = imageRoles,
): MachineImages {
  const { path } = reader;
  const known = reader.images.map((image) => ({ image, role: roleOf(image, path) }));
  const wanted = known.filter(({ role }) => roles.includes(role));
  for (const { image, role } of wanted) checkSize(image, role, config, path);
  return new MachineImages(
    wanted.map(({ image, role }) => ({ role, name: `${path}: ${image.name}`, bytes: image.read() })),
  );
}

function roleOf({ name }: ReadableImage, path: string): ImageRole {
  const role = imageRoles.find((known) => known === name);
  if (role === undefined)
    throw new Failure(`${path}: an image called ${JSON.stringify(name)}; a newer hypertape knows it`);
  return role;
}

/** An ELF may hold much that is not loaded; everything else lies in RAM as it is, or grows, or in flash. */
function checkSize(
  image: ReadableImage,
  role: ImageRole,
  { memoryBytes }: Pick<MachineConfig, 'memoryBytes'>,
  path: string,
): void {
  if (!image.embedded) return;
  const isFlash = role === 'firmware' || role === 'vars';
  const bytesMax = isFlash ? limits.flashBytesMax : role === 'dtb' ? deviceTreeBytesMax : memoryBytes;
  if (image.bytes <= bytesMax || (role === 'kernel' && isElf(image.head()))) return;
  throw new Failure(
    `${path}: the ${role} of ${mebibytes(image.bytes)} is larger than the ${mebibytes(bytesMax)} it must fit in; the tape is damaged`,
  );
}
