import { Int, choice, float, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

const directions = { nearest: Math.round, down: Math.floor, up: Math.ceil }

/** A number as a whole number, or as a multiple of one. */
export const round = defineNode({
  type: 'Round',
  version: 1,
  category: 'maths',
  description: 'Turns a number into a whole number, or into a multiple of one: 513 to the nearest 8 is 512.',
  aliases: ['floor', 'ceil', 'to integer', 'multiple'],
  inputs: {
    value: float({ default: 0 }),
    direction: choice(['nearest', 'down', 'up'], 'nearest'),
    multiple: int({ default: 1, min: 1, max: 65536 }),
  },
  outputs: { result: Int },
  run: ({ value, direction, multiple }) => ({ result: directions[direction](value / multiple) * multiple }),
})
