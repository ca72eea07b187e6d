/** MPIDR_EL1, MPIDR of a vCPU: bit 31, which is one by architecture; Aff0 is the vCPU's number, all other fields are 0. */
export const mpidr = (vcpu: number): bigint => 0x8000_0000n | BigInt(vcpu);
