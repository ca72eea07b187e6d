export function cacheFolder(name: string): string;
export const COMPILE_CACHE: string;
export const NODE_ENVIRONMENT: Readonly<Record<string, string>>;
export const NODE_OPTIONS: readonly string[];
