/**
 * A byte-pair encoder over words: it joins the pair of neighbouring symbols that comes first in the list of merges,
 * again and again.
 */
export interface BytePairEncoder {
  /** Token ids of one word. */
  encodeWord(word: string): readonly number[]
}

/** Words remembered before the memory is emptied. */
const rememberedWords = 10_000

/** Marks a symbol that ends its word. */
const wordEnd = '</w>'

/**
 * The printable character that stands for each byte in a list of merges (Radford et al. 2019, GPT-2): printable Latin-1
 * characters stand for themselves, the others for characters from U+0100 on. Also the order of the first token ids.
 */
function byteSymbols(): { readonly ofByte: readonly string[]; readonly inOrder: readonly string[] } {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
  let next = 0x100
  const ofByte = Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++))
  const printable = ofByte.filter((_, byte) => isPrintable(byte))
  const others = ofByte.filter((_, byte) => !isPrintable(byte))
  return { ofByte, inOrder: [...printable, ...others] }
}

/**
 * An encoder from a list of merges, "left right" a line in order of rank (Sennrich et al. 2016, Algorithm 1, over
 * bytes). Token ids are the 256 bytes, the same at a word's end where that is marked (CLIP; GPT-2 and Qwen mark none),
 * then the merges. Throws a SyntaxError that names a line which is no pair.
 */
export function createBytePairEncoder(
  merges: string,
  { marksWordEnds = true }: { readonly marksWordEnds?: boolean } = {},
): BytePairEncoder & { readonly size: number } {
  const { ofByte, inOrder } = byteSymbols()
  const ids = new Map<string, number>()
  for (const symbol of inOrder) ids.set(symbol, ids.size)
  if (marksWordEnds) for (const symbol of inOrder) ids.set(symbol + wordEnd, ids.size)
  /** The rank of a merge is the id of the symbol it makes: ids rise in the order of the list. */
  const ranks = new Map<string, number>()
  let size = ids.size
  for (const [i, line] of merges.trimEnd().split('\n').entries()) {
    const [left, right, more] = line.trimEnd().split(' ')
    if (!left || !right || more !== undefined) {
      throw new SyntaxError(
        `Line ${i + 1} of a list of merges holds two symbols with a space between, but got "${line}"`,
      )
    }
    ranks.set(`${left} ${right}`, size)
    ids.set(left + right, size++)
  }

  const utf8 = new TextEncoder()
  const remembered = new Map<string, readonly number[]>()

  function encode(word: string): readonly number[] {
    const symbols = [...utf8.encode(word)].map((byte) => ofByte[byte] ?? '')
    const last = symbols.pop()
    if (last === undefined) return []
    symbols.push(marksWordEnds ? last + wordEnd : last)
    while (symbols.length > 1) {
      let [best, place] = [Infinity, -1]
      for (let i = 0; i + 1 < symbols.length; i++) {
        const rank = ranks.get(`${symbols[i]} ${symbols[i + 1]}`) ?? Infinity
        if (rank < best) [best, place] = [rank, i]
      }
      if (place < 0) break
      symbols.splice(place, 2, `${symbols[place]}${symbols[place + 1]}`)
    }
    return symbols.map((symbol) => ids.get(symbol) ?? 0)
  }

  return {
    size,
    encodeWord: (word) => {
      const known = remembered.get(word)
      if (known !== undefined) return known
      if (remembered.size >= rememberedWords) remembered.clear()
      const encoded = encode(word)
      remembered.set(word, encoded)
      return encoded
    },
  }
}
