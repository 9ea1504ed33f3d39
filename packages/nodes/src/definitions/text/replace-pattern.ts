import { Text, int, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { expressionOf, patternInputs } from './pattern.ts'

/** A text with what a pattern finds replaced. */
export const replacePattern = defineNode({
  type: 'ReplacePattern',
  version: 1,
  category: 'text',
  description:
    'Replaces what a pattern finds in a text. In the replacement \\1 is what the first group found, and \\g<name> a named one.',
  aliases: ['regex', 'RegexReplace', 'substitute'],
  inputs: {
    value: text({ multiline: true }),
    ...patternInputs,
    replacement: text({ multiline: true }),
    count: int({
      default: 0,
      min: 0,
      max: 100,
      advanced: true,
      description: 'How many are replaced at the most; 0: all.',
    }),
  },
  outputs: { value: Text },
  run({ value, replacement, count, ...pattern }) {
    let left = count === 0 ? Infinity : count
    return {
      value: value.replace(expressionOf(pattern), (found: string, ...rest: readonly unknown[]) =>
        left-- > 0 ? filled(replacement, found, rest) : found,
      ),
    }
  },
})

/** A replacement with groups by number, `\1` or `\g<1>`, and by name; `\\` is a backslash, `\n` a line break. */
function filled(replacement: string, found: string, rest: readonly unknown[]): string {
  const named = rest.at(-1)
  const names =
    typeof named === 'object' && named !== null ? new Map(Object.entries(named)) : new Map<string, unknown>()
  const groupAt = (number: number) => (number === 0 ? found : rest[number - 1])
  return replacement.replace(
    /\\(?:g<(\w+)>|(\d{1,2})|([\\nt]))/g,
    (written, name?: string, digits?: string, plain?: string) => {
      if (plain !== undefined) return plain === 'n' ? '\n' : plain === 't' ? '\t' : '\\'
      const group = digits ?? (/^\d+$/.test(name ?? '') ? name : undefined)
      const value = group === undefined ? names.get(name ?? '') : groupAt(Number(group))
      return typeof value === 'string' ? value : ''
    },
  )
}
