import type { Command } from './command.ts'
import { documentCommands } from './document-commands.ts'
import { runCommands } from './run-commands.ts'
import { selectionCommands } from './selection-commands.ts'
import { viewCommands } from './view-commands.ts'

/** Everything that has a key or stands in the list of commands. */
export const commands: readonly Command[] = [...runCommands, ...documentCommands, ...viewCommands, ...selectionCommands]
