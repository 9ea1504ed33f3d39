export {
  createUnigramTokenizer,
  type UnigramOptions,
  type UnigramPiece,
  type UnigramTokenizer,
} from './tokenizer/unigram.ts'
export * from './tensor/index.ts'
export * from './random/index.ts'
export * from './diffusion/index.ts'
