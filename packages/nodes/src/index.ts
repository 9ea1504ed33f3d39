export {
  createUnigramTokenizer,
  type UnigramOptions,
  type UnigramPiece,
  type UnigramTokenizer,
} from './tokenizer/unigram.ts'
export { createClipTokenizer, loadClipTokenizer, type ClipTokenizer } from './tokenizer/clip-tokenizer.ts'
export * from './tokenizer/prompt-chunks.ts'
export * from './tokenizer/prompt-schedule.ts'
export * from './tokenizer/prompt-weights.ts'
export { weighEmbeddings } from './tokenizer/weigh-embeddings.ts'
export { float32, full, zeros, type Tensor } from '@patchbay/onnx/tensor'
export * from './tensor/index.ts'
export * from './random/index.ts'
export * from './diffusion/index.ts'
export {
  paddingId,
  universalSentenceEncoder,
  universalSentenceEncoderSizes,
  universalSentenceEncoderWeights,
  type SentenceEmbeddings,
} from './architectures/universal-sentence-encoder/universal-sentence-encoder.ts'
export {
  bundledSentenceEncoderWeights,
  createSentenceTokenizer,
  loadSentenceEncoder,
  type SentenceEncoder,
  type TextEmbeddings,
} from './networks/sentence-encoder.ts'
export { nodeDefinitions } from './definitions/index.ts'
export * as nodes from './definitions/by-name.ts'
export { summaryOfCheckpoint, type CheckpointSummary } from './opening/checkpoint-summary.ts'
export { defineNode } from './host/define-node.ts'
export { freeMemory, totalMemory } from '@patchbay/onnx'
export { chooseDevice, cpuDevice, type Device } from './networks/device.ts'
export * from './picture-texts/index.ts'
export { MissingFileError, type ArtifactRequest, type Services } from './host/services.ts'
export { bundledModels, createLocalServices, type LocalServicesOptions } from './host/local-services.ts'
export { Conditioning, Image, Latents, Mask, Model, Sigmas, TextEncoder, Vae } from './values/socket-types.ts'
export { mobileNetV2, mobileNetV2Weights, type MobileNetV2Outputs } from './architectures/scorers/mobilenet-v2.ts'
export { decodeImage, encodeImage, type DecodedImage, type EncodeOptions } from './image/codec.ts'
export { isImage, sizeOfImage, withAlpha, type ImageSize, type ImageTensor } from './image/image.ts'
export { encodeAnimation, type AnimationOptions } from './video/animated-picture.ts'
export { isVideo, type Video } from './video/video.ts'
export { pictureDifference, type PictureDifference } from './image/picture-difference.ts'
export { picturesOf } from './image/image.ts'
