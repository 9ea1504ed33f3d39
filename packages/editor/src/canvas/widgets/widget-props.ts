import type { JsonValue, NodeId, Widget } from '@patchbay/engine/workflow'

/** What the control of one value is given. */
export interface WidgetProps<Type extends Widget['type']> {
  readonly widget: Extract<Widget, { type: Type }>
  readonly value: JsonValue
  readonly label: string
  /** The label for who hears it: one of several fields of the same name says which node it is of. */
  readonly spoken: string
  /** `merge` names a gesture whose changes are undone together. */
  readonly change: (value: JsonValue, merge?: string) => void
  readonly id: string
  readonly node: NodeId
  readonly input: string
}
