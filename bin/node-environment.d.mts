export const NODE_ENVIRONMENT: Readonly<Record<string, string>>;
