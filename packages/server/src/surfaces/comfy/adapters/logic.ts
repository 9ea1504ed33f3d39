import type { ComfyInput } from '../classes/comfy-class.ts'
import { adapter, decimal, severalOf, socket, textInput, toggleInput } from './declare.ts'

/** What the other input feeds is never computed. */
const lazySocket = (name: string) => ({ ...socket(name, '*', true), options: { lazy: true } })

/** A whole number of 64 bits, as ComfyUI's seeds are; its bounds are texts, since a number here would not be exact. */
const wideInteger = (name: string): ComfyInput => ({
  name,
  type: 'INT',
  options: {
    default: 0,
    min: '-9223372036854775807',
    max: '9223372036854775807',
    step: 1,
    control_after_generate: true,
  },
})

/** Constants, texts, numbers, lists and choices. */
export const logicAdapters = [
  adapter({
    name: 'PrimitiveInt',
    displayName: 'Int',
    category: 'utilities/primitive',
    inputs: [wideInteger('value')],
    constant: 'value',
    outputs: [['INT', 'value']],
    is: ['Integer', { value: 'value' }],
  }),
  adapter({
    name: 'PrimitiveFloat',
    displayName: 'Float',
    category: 'utilities/primitive',
    inputs: [decimal('value', 0, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0.1)],
    outputs: [['FLOAT', 'value']],
    is: ['Number', { value: 'value' }],
  }),
  adapter({
    name: 'PrimitiveString',
    displayName: 'Text',
    category: 'utilities/primitive',
    inputs: [textInput('value')],
    outputs: [['STRING', 'value']],
    is: ['Text', { value: 'value' }],
  }),
  adapter({
    name: 'PrimitiveStringMultiline',
    displayName: 'Text (Multiline)',
    category: 'utilities/primitive',
    inputs: [textInput('value', '', { multiline: true })],
    outputs: [['STRING', 'value']],
    is: ['Text', { value: 'value' }],
  }),
  adapter({
    name: 'PrimitiveBoolean',
    displayName: 'Boolean',
    category: 'utilities/primitive',
    inputs: [toggleInput('value', false)],
    outputs: [['BOOLEAN', 'value']],
    is: ['Toggle', { value: 'value' }],
  }),
  adapter({
    name: 'StringConcatenate',
    displayName: 'Concatenate Text',
    category: 'text',
    inputs: [
      textInput('string_a', '', { multiline: true }),
      textInput('string_b', '', { multiline: true }),
      textInput('delimiter'),
    ],
    outputs: [['STRING', 'value']],
    is: ['JoinText', { texts: { inputs: ['string_a', 'string_b'] }, separator: 'delimiter' }],
  }),
  adapter({
    name: 'StringReplace',
    displayName: 'Replace Text',
    category: 'text',
    inputs: [
      textInput('string', '', { multiline: true }),
      textInput('find', '', { multiline: true }),
      textInput('replace', '', { multiline: true }),
    ],
    outputs: [['STRING', 'value']],
    is: ['ReplaceText', { value: 'string', find: 'find', replacement: 'replace' }],
  }),
  adapter({
    name: 'ComfySwitchNode',
    displayName: 'If/Else Switch',
    category: 'utilities/logic',
    inputs: [toggleInput('switch', false), lazySocket('on_false'), lazySocket('on_true')],
    outputs: [['*', 'value', 'output']],
    is: ['Switch', { condition: 'switch', whenTrue: 'on_true', whenFalse: 'on_false' }],
  }),
  adapter({
    name: 'ComfyMathExpression',
    displayName: 'Math Expression',
    category: 'utilities',
    takesMore: 'values.',
    inputs: [textInput('expression', 'a + b', { multiline: true }), severalOf('values', 'FLOAT,INT,BOOLEAN', 'value')],
    outputs: [
      ['FLOAT', 'result'],
      ['INT', 'rounded'],
      ['BOOLEAN', 'isTrue', 'BOOL'],
    ],
    is: ['MathExpression', { expression: 'expression' }],
  }),
  adapter({
    name: 'CreateList',
    displayName: 'Create List',
    category: 'utilities',
    inputs: [severalOf('inputs', '*', 'input')],
    outputs: [['*', 'list', 'list']],
    is: ['MakeList', { entries: 'inputs' }],
  }),
  adapter({
    name: 'PreviewAny',
    displayName: 'Preview as Text',
    category: 'utilities',
    inputs: [socket('source', '*')],
    outputs: [['STRING', null]],
    outputNode: true,
    is: ['Show', { value: { inputs: ['source'] } }],
  }),
]
