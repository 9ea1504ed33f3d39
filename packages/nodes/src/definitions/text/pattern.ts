import { text, toggle } from '@patchbay/engine'

/** How the inputs of a node that looks for a pattern are called, and what they mean. */
export const patternInputs = {
  pattern: text({
    multiline: true,
    description: 'A regular expression: \\d+ is a number, (cat|dog) one of two words.',
  }),
  matchCase: toggle({ default: false, label: 'Match case' }),
  eachLine: toggle({ default: false, advanced: true, description: 'Whether ^ and $ are the ends of each line.' }),
  overLines: toggle({ default: false, advanced: true, description: 'Whether a dot stands for a line break too.' }),
}

export interface Pattern {
  readonly pattern: string
  readonly matchCase: boolean
  readonly eachLine: boolean
  readonly overLines: boolean
}

/**
 * The expression of a pattern, which finds every match. Named groups may be written as Python has them. Throws an Error
 * that says what is wrong with the pattern.
 */
export function expressionOf({ pattern, matchCase, eachLine, overLines }: Pattern): RegExp {
  const source = pattern.replace(/\(\?P<(\w+)>/g, '(?<$1>').replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
  try {
    return new RegExp(source, `g${matchCase ? '' : 'i'}${eachLine ? 'm' : ''}${overLines ? 's' : ''}`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`The pattern ${JSON.stringify(pattern)} cannot be read: ${reason}.`, { cause: error })
  }
}
