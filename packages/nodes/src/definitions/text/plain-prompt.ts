import { Text, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** A prompt that needs no translation. */
export const plainPrompt = defineNode({
  type: 'PlainPrompt',
  version: 1,
  category: 'text',
  description:
    'Passes a prompt on, and refuses one that is marked to be translated (lang:de …), since there is no translation here.',
  aliases: ['ETN_Translate', 'translate'],
  inputs: { text: text({ multiline: true }) },
  outputs: { text: Text },
  run({ text: prompt }) {
    const [mark] = /\blang:(?!en\b)\w+/.exec(prompt) ?? []
    if (mark !== undefined) {
      throw new Error(`The prompt is marked "${mark}", and there is no translation here: write that part in English.`)
    }
    return { text: prompt.replaceAll(/\blang:en\b ?/g, '') }
  },
})
