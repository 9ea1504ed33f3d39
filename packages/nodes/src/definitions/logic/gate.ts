import { AnyType, link, text, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** Lets a value through, or stops everything that depends on it. */
export const gate = defineNode({
  type: 'Gate',
  version: 1,
  category: 'logic',
  description: 'Lets a value through, or stops what depends on it: silently, or with a reason that is shown.',
  aliases: ['block', 'stop', 'filter', 'assert'],
  inputs: {
    value: link(AnyType),
    isOpen: toggle({ default: true }),
    reason: text({ placeholder: 'none: stop silently' }),
  },
  outputs: { value: AnyType },
  passesOn: { value: ['value'] },
  traits: ({ links: { value = {} } }) => ({ value }),
  run: ({ value, isOpen, reason }, { block }) => ({
    value: isOpen ? value : block(reason === '' ? undefined : reason),
  }),
})
