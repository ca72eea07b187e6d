import { command } from '../session/command.ts';
export const events = command({ command: 'events', describe: '', exits: {}, builder: (y) => y, handler: () => 0 });
