import { command } from '../session/command.ts';
export const replay = command({ command: 'replay', describe: '', exits: {}, builder: (y) => y, handler: () => 0 });
