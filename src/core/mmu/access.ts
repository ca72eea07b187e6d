/** What an access wants: a read, unless `write` or `execute` says otherwise. */
export const Access = {
  read: 0,
  write: 1,
  execute: 2,
  /** With the permissions of EL0, though executed at EL1 (LDTR, STTR, AT S1E0x; LDRT, STRT, ATS1CUx). No effect at EL2. */
  unprivileged: 4,
  /** Cache maintenance: as its abort is to be told, no matter to the translation. */
  maintenance: 8,
} as const;

/** Permission bits of a translation: EL0 in bits 2:0, the privileged level in bits 5:3. */
export const Permit = { read: 1, write: 2, execute: 4, all: 7 } as const;
export const PRIVILEGED_SHIFT = 3;
export const PERMIT_ALL = Permit.all | (Permit.all << PRIVILEGED_SHIFT);

/** The permission an access needs, as one bit of `Permit`. */
export const permitFor = (access: number): number =>
  (access & Access.execute) !== 0 ? Permit.execute : (access & Access.write) !== 0 ? Permit.write : Permit.read;
