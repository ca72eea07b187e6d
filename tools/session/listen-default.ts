/** Where a debugger's server listens unless it is said: at any port that is free. */
export const LISTEN_DEFAULT = '127.0.0.1:0';
