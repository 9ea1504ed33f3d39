import type { Stage } from '../canvas/stage.ts'
import type { MessageKey } from '../messages/en.ts'
import type { Editor } from '../state/editor.ts'
import type { Tab } from '../state/documents/workspace.ts'

/** What a command acts on: the editor, the tab that is shown, and its canvas where that is shown. */
export interface CommandContext {
  readonly editor: Editor
  readonly tab: Tab
  readonly stage: Stage | undefined
}

/** Something that a person can do, by a key, the list of commands or a menu. */
export interface Command {
  readonly id: string
  readonly label: MessageKey
  /** As `Ctrl+Shift+K`; several when any of them will do. Ctrl is also the Mac's command key. */
  readonly keys?: readonly string[]
  /** Goes on while its key is held. */
  readonly repeats?: boolean
  /** Works while typing in a field too. */
  readonly always?: boolean
  readonly run: (context: CommandContext) => unknown
}

/** A command that needs the canvas, and does nothing without it. */
export const onStage =
  (action: (context: CommandContext & { readonly stage: Stage }) => unknown) =>
  (context: CommandContext): unknown =>
    context.stage ? action({ ...context, stage: context.stage }) : undefined
