export {
  createUnigramTokenizer,
  type UnigramOptions,
  type UnigramPiece,
  type UnigramTokenizer,
} from './tokenizer/unigram.ts'
