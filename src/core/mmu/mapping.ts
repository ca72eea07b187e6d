/** What stage 1 makes of an address. */
export class Mapping {
  /** The output address. */
  outLo = 0;
  outHi = 0;
  /** Permissions of EL0 and of the privileged level (access.ts). */
  permits = 0;
  /** In the format of MAIR_ELx. */
  attributes = 0;
  shareability = 0;
  global = true;
  /** Of the Short-descriptor format; else 0. */
  domain = 0;
  level = 0;
  /** log2 of the bytes that the descriptor maps; 12 where stage 1 is off. */
  mappedBits = 12;
}
