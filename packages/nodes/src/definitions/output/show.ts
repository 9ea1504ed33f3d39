import { AnyType, listLink, type JsonValue } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

const longest = 10_000

/** Shows any value as text, on the node and on the command line. */
export const show = defineNode({
  type: 'Show',
  version: 1,
  category: 'output',
  description: 'Shows any value as text, on the node and on the command line.',
  aliases: ['print', 'preview', 'debug', 'display', 'PreviewAny', 'PreviewText'],
  inputs: { value: listLink(AnyType) },
  outputs: {},
  sideEffect: true,
  run({ value }, { show: shown }) {
    const texts = value.map(textOf)
    shown({ text: texts.length === 1 ? (texts[0] ?? '') : texts })
    return {}
  },
})

function textOf(value: unknown): JsonValue {
  const text = typeof value === 'string' ? value : described(value)
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`
}

/** JSON, with tensors and other binary arrays told by their kind and size. */
function described(value: unknown): string {
  return (
    JSON.stringify(value, (_, member: unknown) => {
      if (typeof member === 'bigint') return String(member)
      return ArrayBuffer.isView(member) ? `${member.constructor.name} of ${member.byteLength} bytes` : member
    }) ?? String(value)
  )
}
