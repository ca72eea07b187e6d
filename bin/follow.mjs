// Loaded before a launched script (launch.mjs): hands it the launcher's signals, and ends it when the launcher is killed.
import { constants } from 'node:os';

/**
 * Set in the environment of a launched script, and only there: names of the variables that are for it alone, this one among them.
 * Processes that it starts are on their own.
 */
export const FOLLOW = 'HYPERTAPE_FOLLOW';

if (process.env[FOLLOW] !== undefined && process.channel) {
  for (const name of process.env[FOLLOW].split(',')) delete process.env[name];
  process.on('message', ({ signal }) => {
    if (process.listenerCount(signal) > 0) process.emit(signal, signal, constants.signals[signal]);
    else process.kill(process.pid, signal);
  });
  // A recording saves itself as when its terminal goes; anything else has nothing to save.
  process.on('disconnect', () => {
    if (process.listenerCount('SIGHUP') > 0) process.emit('SIGHUP', 'SIGHUP', constants.signals.SIGHUP);
    else process.kill(process.pid, 'SIGKILL');
  });
  process.channel.unref();
}
