/** `--virtio-console` of verbs that run a tape again. */
export const PORTS_HELP = "where the tape's hvc0 and named ports go: NAME=stdio, NAME=none or NAME=file:F";
/** Its spellings, for a verb's `lists`. */
export const PORTS_LISTS = ['virtio-console', 'virtioConsole'] as const;
