/** Turns a text into the ids that a language model reads. */
export interface TextTokenizer {
  /** Ids of a text without what ends or fills it up. Names of control tokens in it are these tokens. */
  encode(text: string): number[]
  /** The id that ends every text; undefined where there is none. */
  readonly end?: number
  /** The id that fills a text up. */
  readonly pad: number
}

/** A tokenizer that also tells what ids stand for. */
export interface WordTokenizer extends TextTokenizer {
  /** The text of ids, without control tokens. */
  decode(ids: readonly number[]): string
}
