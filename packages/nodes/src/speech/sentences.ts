/** The longest text that is spoken: about three quarters of an hour. */
export const longestText = 40_000
/** A sentence without an end is cut at a space before this many characters. */
const longestSentence = 600

/** The sentences of a text, without those that have no letter and no digit. Throws a RangeError for too long a text. */
export function sentencesOf(text: string): string[] {
  if (text.length > longestText)
    throw new RangeError(
      `The text has ${text.length} characters, and at most ${longestText} are spoken: cut it in parts.`,
    )
  return plainText(text)
    .split(/(?<=[.!?:;]["')\]]*)(?<!\b(?:Mr|Mrs|Ms|Dr|St|Prof|Jr|Sr|vs)\.)\s+|\n+/)
    .flatMap(short)
    .map((sentence) => sentence.replaceAll(/\s+/g, ' ').trim())
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence))
}

/** Letters without accents, and straight quotation marks: the voices leave out whole words otherwise. */
function plainText(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll(/[‘’]/g, "'").replaceAll(/[“”]/g, '"')
}

function short(sentence: string): string[] {
  if (sentence.length <= longestSentence) return [sentence]
  const space = sentence.lastIndexOf(' ', longestSentence)
  const at = space > 0 ? space : longestSentence
  return [sentence.slice(0, at), ...short(sentence.slice(at))]
}

/** Letters of other scripts, which an English voice does not say. */
export function unspokenIn(text: string): string[] {
  return [...new Set(text.match(/(?!\p{Script=Latin})\p{L}/gu) ?? [])]
}
