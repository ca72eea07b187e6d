import { must } from '../base/assert.ts';
import { Failure } from '../base/failure.ts';
import { limits } from '../base/limits.ts';
import { MODULES_MAX } from './freebsd-config.ts';
import { type ImageFile, mebibytes, readImage } from './loaders/read-image.ts';

const fixedRoles = ['kernel', 'initrd', 'dtb', 'firmware', 'vars'] as const;
/** What an image is to its machine. */
export type ImageRole = (typeof fixedRoles)[number] | `module${number}`;
/** That of a FreeBSD kernel's module, from 0 on. */
export const moduleRole = (n: number): ImageRole => `module${n}`;
/** Files of modules by their roles. */
export const modulePaths = (paths: readonly string[]): { readonly [R in ImageRole]?: string } =>
  Object.fromEntries(paths.map((path, n) => [moduleRole(n), path]));
/** Every role. */
export const imageRoles: readonly ImageRole[] = [
  ...fixedRoles,
  ...Array.from({ length: MODULES_MAX }, (_, n) => moduleRole(n)),
];

/** A guest's software, as it goes into a tape. */
export interface MachineImage {
  readonly role: ImageRole;
  readonly bytes: Uint8Array;
  /** What messages call it. */
  readonly name: string;
}

/** The images of one machine; there is always a kernel, or firmware, or both. */
export class MachineImages {
  readonly files: readonly MachineImage[];

  constructor(files: readonly MachineImage[]) {
    if (!files.some(({ role }) => role === 'kernel' || role === 'firmware'))
      throw new Failure('there is no kernel; give --kernel, --guest or --firmware');
    this.files = files;
  }
  /** What the machine begins with: its firmware, else its kernel. */
  get first(): ImageFile {
    return must(this.get('firmware') ?? this.get('kernel'), 'kernel or firmware');
  }
  /** Reads the files named for each role. */
  static read(paths: { readonly [R in ImageRole]?: string | undefined }): MachineImages {
    const files: MachineImage[] = imageRoles.flatMap((role): MachineImage[] => {
      const path = paths[role];
      if (path === '') throw new Failure(`--${role}: its path is empty; give a file`);
      return path === undefined ? [] : [{ role, ...readImage(path) }];
    });
    const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
    if (bytes > limits.imagesTotalBytesMax)
      throw new Failure(
        `${files.map(({ name }) => name).join(', ')}: ${mebibytes(bytes)} in all; at most ${mebibytes(limits.imagesTotalBytesMax)}`,
      );
    return new MachineImages(files);
  }
  get(role: ImageRole): ImageFile | undefined {
    return this.files.find((f) => f.role === role);
  }
}
