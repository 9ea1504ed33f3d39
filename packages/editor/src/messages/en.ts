import { canvas } from './english/canvas.ts'
import { commands } from './english/commands.ts'
import { page } from './english/page.ts'
import { running } from './english/running.ts'

/** Every text of the editor in English. `{name}` is filled in; keys are grouped by where they appear. */
export const en = { ...page, ...canvas, ...running, ...commands } as const

export type MessageKey = keyof typeof en
export type Messages = { readonly [Key in MessageKey]: string }
