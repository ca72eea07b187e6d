// How much a campaign in test/faults does. One scale of 1 takes a minute or two in all, so that it can run for every change.

const number = (name: string, otherwise: number): number => {
  const text = process.env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${name}=${text}: a positive number is wanted`);
  return value;
};

/** FAULTS_SCALE: how many times the default number of cases; 1 unless set. */
export const scale = number('FAULTS_SCALE', 1);
/** FAULTS_SEED: where the seeds of cases begin; a case that failed is told with its seed. */
export const firstSeed = Math.floor(number('FAULTS_SEED', 1));

/** So many seeds, by the scale, one after the other. */
export const seeds = (count: number): readonly number[] =>
  Array.from({ length: Math.max(1, Math.round(count * scale)) }, (_, i) => firstSeed + i);
