import type { Concept } from './concepts.ts'

const article = (name: string): string => (/^[aeiou]/.test(name) ? 'an' : 'a')

/** The name as people say it: "dog face" is "dog", "person running" stays. */
export function plainNameOf(concept: Concept): string {
  const name = concept.name.replaceAll('’', "'").replaceAll(/[“”⊛]/g, '').trim()
  return concept.group === 'Animals & Nature' || name === 'sun with face' ? name.replace(/ (with )?face$/, '') : name
}

/**
 * Sentences that a person might write for a picture of the concept in a style, all lower case, always in the same
 * order: bare names first, then the style, then phrases, then keywords. The first is the canonical one.
 */
export function captionsOf(concept: Concept, styleWords: string): readonly string[] {
  const name = plainNameOf(concept)
  const a = `${article(name)} ${name}`
  const keywords = concept.keywords.filter((word) => !name.includes(word))
  return [
    ...new Set([
      name,
      concept.name,
      a,
      `${name}, ${styleWords}`,
      `${a}, ${styleWords}`,
      `a picture of ${a}`,
      `a drawing of ${a}, ${styleWords}`,
      ...(keywords.length > 0 ? [`${name}, ${keywords.slice(0, 3).join(', ')}`] : []),
      ...(keywords.length > 3 ? [`${name}, ${keywords.slice(3, 6).join(', ')}, ${styleWords}`] : []),
    ]),
  ]
}
