/** When a sequence of tokens ends. */
export interface StopRule {
  /** The most tokens that are made. */
  readonly maxTokens: number
  /** Tokens after which an item is done; the token itself is kept. A picture has none. */
  readonly endTokens?: readonly number[]
}

/** Whether an item is done, by the tokens that were made for it. */
export function isDone(tokens: readonly number[], { maxTokens, endTokens = [] }: StopRule): boolean {
  const last = tokens.at(-1)
  return tokens.length >= maxTokens || (last !== undefined && endTokens.includes(last))
}
