import { canvas } from './chinese/canvas.ts'
import { commands } from './chinese/commands.ts'
import { page } from './chinese/page.ts'
import { running } from './chinese/running.ts'
import type { Messages } from './en.ts'

/** Every text of the editor in Chinese. */
export const zh: Messages = { ...page, ...canvas, ...running, ...commands }
