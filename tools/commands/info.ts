import { command } from '../session/command.ts';
export const info = command({ command: 'info', describe: '', exits: {}, builder: (y) => y, handler: () => 0 });
