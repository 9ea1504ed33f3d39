import { Float, float } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** A number, kept within two others. */
export const clamp = defineNode({
  type: 'Clamp',
  version: 1,
  category: 'maths',
  description: 'Keeps a number between a lowest and a highest.',
  aliases: ['limit', 'min', 'max'],
  inputs: { value: float({ default: 0 }), lowest: float({ default: 0 }), highest: float({ default: 1 }) },
  outputs: { result: Float },
  validate: ({ values: { lowest, highest } }) =>
    lowest !== undefined && highest !== undefined && lowest > highest
      ? [{ input: 'lowest', message: `lowest (${lowest}) is above highest (${highest}).` }]
      : [],
  run: ({ value, lowest, highest }) => ({ result: Math.min(Math.max(value, lowest), highest) }),
})
