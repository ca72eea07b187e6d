import { command } from '../session/command.ts';
export const guest = command({ command: 'guest', describe: '', exits: {}, builder: (y) => y, handler: () => 0 });
