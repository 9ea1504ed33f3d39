import type { ComfyInput } from '../classes/comfy-class.ts'
import { adapter, chosenFrom, integer, severalOf, textInput, toggleInput } from './declare.ts'

const longText = (name: string): ComfyInput => textInput(name, '', { multiline: true })
const place = (name: string): ComfyInput => integer(name, 0, -1_000_000, 1_000_000)
const cases = { UPPERCASE: 'upper', lowercase: 'lower', Capitalize: 'first letter', 'Title Case': 'each word' }
const relations = { 'Starts With': 'begins with', 'Ends With': 'ends with', Equal: 'equals' }
const finds = {
  'First Match': 'first match',
  'All Matches': 'all matches',
  'First Group': 'group of the first',
  'All Groups': 'group of all',
}
const opposite = { true: false, false: true }
const patternSettings = [
  toggleInput('case_insensitive', true),
  toggleInput('multiline', false),
  toggleInput('dotall', false),
]
const pattern = {
  value: 'string',
  pattern: 'regex_pattern',
  matchCase: ['case_insensitive', opposite],
  eachLine: 'multiline',
  overLines: 'dotall',
} as const

/** Texts that are measured, compared, cut and searched. */
export const stringAdapters = [
  adapter({
    name: 'StringLength',
    displayName: 'Text Length',
    category: 'text',
    inputs: [longText('string')],
    outputs: [['INT', 'length', 'length']],
    is: ['TextLength', { value: 'string' }],
  }),
  adapter({
    name: 'StringSubstring',
    displayName: 'Substring',
    category: 'text',
    inputs: [longText('string'), place('start'), place('end')],
    outputs: [['STRING', 'value']],
    is: ['CutText', { value: 'string', start: 'start', end: 'end' }],
  }),
  adapter({
    name: 'CaseConverter',
    displayName: 'Convert Text Case',
    category: 'text',
    inputs: [longText('string'), chosenFrom('mode', Object.keys(cases))],
    outputs: [['STRING', 'value']],
    is: ['ChangeCase', { value: 'string', letters: ['mode', cases] }],
  }),
  adapter({
    name: 'StringTrim',
    displayName: 'Trim Text',
    category: 'text',
    inputs: [longText('string'), chosenFrom('mode', ['Both', 'Left', 'Right'])],
    outputs: [['STRING', 'value']],
    is: ['TrimText', { value: 'string', end: ['mode', { Both: 'both', Left: 'left', Right: 'right' }] }],
  }),
  adapter({
    name: 'StringContains',
    displayName: 'Contains Text',
    category: 'text',
    inputs: [longText('string'), longText('substring'), toggleInput('case_sensitive', true)],
    outputs: [['BOOLEAN', 'holds', 'contains']],
    is: [
      'CompareTexts',
      { value: 'string', relation: { value: 'contains' }, other: 'substring', matchCase: 'case_sensitive' },
    ],
  }),
  adapter({
    name: 'StringCompare',
    displayName: 'Compare Text',
    category: 'text',
    inputs: [
      longText('string_a'),
      longText('string_b'),
      chosenFrom('mode', Object.keys(relations)),
      toggleInput('case_sensitive', true),
    ],
    outputs: [['BOOLEAN', 'holds']],
    is: [
      'CompareTexts',
      { value: 'string_a', relation: ['mode', relations], other: 'string_b', matchCase: 'case_sensitive' },
    ],
  }),
  adapter({
    name: 'StringFormat',
    displayName: 'Format Text',
    category: 'text',
    takesMore: 'values.',
    inputs: [severalOf('values', '*', 'value'), textInput('f_string', '{a}', { multiline: true })],
    outputs: [['STRING', 'value']],
    is: ['FormatText', { template: 'f_string' }],
  }),
  adapter({
    name: 'RegexMatch',
    displayName: 'Match Text',
    category: 'text',
    inputs: [longText('string'), longText('regex_pattern'), ...patternSettings],
    outputs: [['BOOLEAN', 'matches', 'matches']],
    is: ['MatchText', pattern],
  }),
  adapter({
    name: 'RegexExtract',
    displayName: 'Extract Text',
    category: 'text',
    inputs: [
      longText('string'),
      longText('regex_pattern'),
      chosenFrom('mode', Object.keys(finds)),
      ...patternSettings,
      integer('group_index', 1, 0, 100),
    ],
    outputs: [['STRING', 'value']],
    is: ['ExtractText', { ...pattern, wanted: ['mode', finds], group: 'group_index' }],
  }),
  adapter({
    name: 'RegexReplace',
    displayName: 'Replace Text (Regex)',
    category: 'text',
    inputs: [
      longText('string'),
      longText('regex_pattern'),
      longText('replace'),
      ...[...patternSettings, integer('count', 0, 0, 100)].map((input) => ({ ...input, optional: true })),
    ],
    outputs: [['STRING', 'value']],
    is: ['ReplacePattern', { ...pattern, replacement: 'replace', count: 'count' }],
  }),
]

/** Batches of another size. */
export const rebatchAdapters = [
  adapter({
    name: 'RebatchImages',
    displayName: 'Rebatch Images',
    category: 'image/batch',
    inputs: [{ name: 'images', type: 'IMAGE', options: {}, several: true }, integer('batch_size', 1, 1, 4096)],
    outputs: [['IMAGE', 'images']],
    takesLists: true,
    is: ['RebatchImages', { images: 'images', size: 'batch_size' }],
  }),
  adapter({
    name: 'RebatchLatents',
    displayName: 'Rebatch Latents',
    category: 'model/latent/batch',
    inputs: [{ name: 'latents', type: 'LATENT', options: {}, several: true }, integer('batch_size', 1, 1, 4096)],
    outputs: [['LATENT', 'latents']],
    takesLists: true,
    is: ['RebatchLatents', { latents: 'latents', size: 'batch_size' }],
  }),
].map((comfyClass) => ({ ...comfyClass, outputs: comfyClass.outputs.map((output) => ({ ...output, list: true })) }))
