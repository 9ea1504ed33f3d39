import { AnyType, lazyLink, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** One of two values; what feeds the other is never computed. */
export const switchNode = defineNode({
  type: 'Switch',
  version: 1,
  category: 'logic',
  description: 'Passes on one of two inputs. What feeds the other is never computed.',
  aliases: ['if', 'else', 'branch', 'condition', 'ComfySwitchNode'],
  inputs: {
    condition: toggle({ default: true }),
    whenTrue: lazyLink(AnyType, { optional: true, label: 'When true' }),
    whenFalse: lazyLink(AnyType, { optional: true, label: 'When false' }),
  },
  outputs: { value: AnyType },
  passesOn: { value: ['whenTrue', 'whenFalse'] },
  traits: ({ values: { condition }, links: { whenTrue = {}, whenFalse = {} } }) =>
    condition === undefined ? {} : { value: condition ? whenTrue : whenFalse },
  async run({ condition, whenTrue, whenFalse }, { block }) {
    const chosen = condition ? whenTrue : whenFalse
    return { value: chosen ? await chosen() : block() }
  },
})
