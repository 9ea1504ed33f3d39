import { socketType } from '@patchbay/engine'
import type { Audio as AudioValue } from '../audio/audio.ts'
import type { ImageTensor, MaskTensor } from '../image/image.ts'
import type { Captioner as CaptionerValue } from '../networks/captioner.ts'
import { videoOfImage, type Video as VideoValue } from '../video/video.ts'
import type { ControlNetModel } from '../networks/control-net.ts'
import type { FlowModel } from '../networks/flow-model.ts'
import type { AutoencoderModel } from '../networks/image-autoencoder.ts'
import type { PictureTokens } from '../decoding/picture-tokens.ts'
import type { ImageTokenizer as ImageTokenizerValue } from '../networks/tokens/image-tokenizer.ts'
import type { TokenModel as TokenModelValue } from '../networks/tokens/token-model.ts'
import type { ImageEncoder } from '../networks/image-encoder.ts'
import type { StyleModel as StyleModelValue } from '../networks/style-model.ts'
import type { IPAdapterModel } from '../networks/ip-adapter.ts'
import type { PictureJudge } from '../scoring/picture-judge.ts'
import type { ScoreTowers as ScoreTowersValue } from '../scoring/score-towers.ts'
import type { TalkingHeadModel } from '../networks/talking-head/talking-head.ts'
import type { UpscalerModel } from '../networks/upscale-image.ts'
import type { PictureFeatures } from '../scoring/picture-features.ts'
import type { Conditioning as ConditioningValue } from './conditioning.ts'
import type { DiffusionModel } from './diffusion-model.ts'
import type { Latents as LatentsValue } from './latents.ts'
import type { TextEncoderModel } from './text-encoder.ts'
import type { Dataset as DatasetValue } from '../dataset/dataset.ts'
import type { TalkingFaces as TalkingFacesValue } from '../dataset/talking-faces.ts'
import type { CriticChoice } from './critic.ts'
import { tensorCodec, latentsCodec, conditioningCodec, featuresCodec, tokensCodec, videoCodec } from './value-codecs.ts'

const tensorBytes = (tensor: { readonly data: { readonly byteLength: number } }) => tensor.data.byteLength

export const Model = socketType<'model', DiffusionModel>('model', {
  color: '#8f7ad6',
  description: 'A denoising network with what sampling has to know about it.',
})
export const TextEncoder = socketType<'text-encoder', TextEncoderModel>('text-encoder', {
  color: '#d6b24a',
  description: 'Turns prompts into conditioning.',
})
export const Vae = socketType<'vae', AutoencoderModel>('vae', {
  label: 'VAE',
  color: '#d2616b',
  description: 'Turns pictures into latents and back.',
})
export const Flow = socketType<'flow', FlowModel>('flow', {
  color: '#4f9d9d',
  description: 'An invertible network: pictures to noise and back without loss, and how likely they are.',
})
export const Conditioning = socketType<'conditioning', ConditioningValue>('conditioning', {
  color: '#e08e45',
  description: 'What guides the denoiser: encoded prompts, and where and when they count.',
  codec: conditioningCodec,
})
export const Latents = socketType<'latents', LatentsValue>('latents', {
  color: '#c76fb2',
  description: 'The small picture that models work on: [batch, channels, height, width].',
  codec: latentsCodec,
  bytesOf: ({ tensor }) => tensorBytes(tensor),
})
export const Sigmas = socketType<'sigmas', readonly number[]>('sigmas', {
  color: '#7fa650',
  description: 'Noise levels from high to low; a run of n steps has n + 1.',
})
export const Image = socketType<'image', ImageTensor>('image', {
  color: '#4a90d9',
  description: 'A batch of pictures: [batch, height, width, 3 or 4], 0 to 1.',
  codec: tensorCodec,
  bytesOf: tensorBytes,
})
export const Mask = socketType<'mask', MaskTensor>('mask', {
  color: '#57a773',
  description: 'A batch of masks: [batch, height, width], 0 to 1.',
  codec: tensorCodec,
  bytesOf: tensorBytes,
})
export const Audio = socketType<'audio', AudioValue>('audio', {
  color: '#d98a5b',
  description: 'A sound: samples of each channel, -1 to 1, and how many there are a second.',
  bytesOf: ({ samples }) => samples.reduce((sum, { byteLength }) => sum + byteLength, 0),
})
export const Video = socketType<'video', VideoValue>('video', {
  color: '#3b7dd8',
  description: 'Frames with their pace, and sound where there is some. Pictures fit as 8 frames a second.',
  codec: videoCodec,
  bytesOf: ({ frames, audio }) =>
    tensorBytes(frames) + (audio?.samples.reduce((sum, { byteLength }) => sum + byteLength, 0) ?? 0),
  conversions: [
    { from: Image, convert: videoOfImage },
    { to: Image, convert: ({ frames }: VideoValue) => frames },
  ],
})
export const Upscaler = socketType<'upscaler', UpscalerModel>('upscaler', {
  color: '#3fa7a0',
  description: 'A network that enlarges pictures.',
})
export const TalkingHead = socketType<'talking-head', TalkingHeadModel>('talking-head', {
  label: 'Talking head',
  color: '#b5658f',
  description: 'A network that makes a face say what is heard.',
})
export const ControlNet = socketType<'control-net', ControlNetModel>('control-net', {
  label: 'ControlNet',
  color: '#5fbf8f',
  description: 'A network that makes a model follow the structure of a picture.',
})
export const StyleModel = socketType<'style-model', StyleModelValue>('style-model', {
  color: '#b5838d',
  description: 'A network that redraws pictures in a style.',
})
export const IPAdapter = socketType<'ip-adapter', IPAdapterModel>('ip-adapter', {
  label: 'IP-Adapter',
  color: '#9a6fb0',
  description: 'A network that lets a model be prompted by a picture.',
})
export const Dataset = socketType<'dataset', DatasetValue>('dataset', {
  label: 'Data set',
  color: '#b07d4f',
  description: 'Captioned pictures of one size, to train on.',
  bytesOf: ({ pixels }) => pixels.byteLength,
})
export const TalkingFaces = socketType<'talking-faces', TalkingFacesValue>('talking-faces', {
  label: 'Talking faces',
  color: '#a9745b',
  description: 'Drawn faces that talk, with what is heard of them, to train on.',
  bytesOf: ({ clips }) => clips.reduce((sum, { clip }) => sum + clip.frames.byteLength + clip.mel.byteLength, 0),
})
export const ScoreTowers = socketType<'score-towers', ScoreTowersValue>('score-towers', {
  color: '#5d8aa8',
  description: 'Two networks that put pictures and texts into one space, to tell how well they go together.',
})
export const FeatureModel = socketType<'feature-model', ImageEncoder>('feature-model', {
  color: '#6b8f71',
  description: 'A network that turns a picture into numbers by which sets of pictures are compared.',
})
export const ClipVision = socketType<'clip-vision', ImageEncoder>('clip-vision', {
  label: 'CLIP vision',
  color: '#8f9d4f',
  description: "CLIP's image tower: tells of pictures what they show, in the space that texts share.",
})
export const Features = socketType<'features', PictureFeatures>('features', {
  color: '#7d9d5b',
  description: 'What a feature model sees of many pictures, one row a picture.',
  codec: featuresCodec,
  bytesOf: ({ tensor }) => tensorBytes(tensor),
})
export const Discriminator = socketType<'discriminator', PictureJudge>('discriminator', {
  color: '#b0683a',
  description: 'A network that tells real pictures from generated ones, and right texts from wrong ones.',
})
export const Critic = socketType<'critic', CriticChoice>('critic', {
  color: '#a4553f',
  description: 'A network to be trained beside another, which tells the pictures that it makes from real ones.',
})
export const Captioner = socketType<'captioner', CaptionerValue>('captioner', {
  color: '#4f9d8f',
  description: 'A network that writes what a picture shows.',
})
export const ImageTokenizer = socketType<'image-tokenizer', ImageTokenizerValue>('image-tokenizer', {
  color: '#a8577e',
  description: 'A network that turns pictures into codes of a codebook, place by place, and back.',
})
export const TokenModel = socketType<'token-model', TokenModelValue>('token-model', {
  color: '#6f6bc2',
  description: 'A network that gives the codes of pictures: one after another, or all that are masked at once.',
})
export const Tokens = socketType<'tokens', PictureTokens>('tokens', {
  color: '#c28a3d',
  description: 'Pictures as codes of an image tokenizer: [batch, rows, columns].',
  codec: tokensCodec,
  bytesOf: ({ data }) => data.byteLength,
})
