import { AnyType, Text, optionalLink, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

const mark = /\{\{|\}\}|\{([A-Za-z_]\w*)(?::(\d+))?\}/g

/** A text with the linked values in place of their names in braces. */
export const formatText = defineNode({
  type: 'FormatText',
  version: 1,
  category: 'text',
  description:
    'Puts linked values into a text, each where its input is named in braces: "a photo of {subject}". {price:2} gives two decimals; {{ and }} are braces.',
  aliases: ['template', 'concatenate', 'string'],
  inputs: { template: text({ default: '{a}', multiline: true }) },
  dynamicInputs: { each: optionalLink(AnyType), max: 26 },
  outputs: { value: Text },
  validate({ values: { template = '' }, links }) {
    const missing = namesOf(template).filter((name) => !Object.hasOwn(links, name))
    return missing.length === 0
      ? []
      : [{ input: 'template', message: `The text names ${missing.join(', ')}, but nothing is linked by that name.` }]
  },
  run: ({ template, dynamic }) => ({
    value: template.replace(mark, (found: string, name?: string, decimals?: string) =>
      name === undefined ? found.charAt(0) : shown(dynamic[name], decimals),
    ),
  }),
})

function namesOf(template: string): string[] {
  return [...new Set([...template.matchAll(mark)].flatMap(([, name]) => name ?? []))]
}

function shown(value: unknown, decimals: string | undefined): string {
  if (typeof value === 'number' && decimals !== undefined) return value.toFixed(Math.min(20, Number(decimals)))
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
