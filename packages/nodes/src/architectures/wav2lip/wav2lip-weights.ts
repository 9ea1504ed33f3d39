import {
  createWeightSource,
  decodedWeight,
  readWeightAsFloat32,
  renameWeights,
  requireWeight,
  type Weight,
  type WeightSource,
} from '@patchbay/onnx'
import { numberAt } from '@patchbay/onnx/tensor'
import type { Wav2LipConfig } from './wav2lip.ts'

const epsilon = 1e-5

/**
 * The config of a file by the shapes of its weights, undefined where it is no Wav2Lip. Published files have names that
 * begin with `module.`, as do their training states under `state_dict`; the text `lead` stands beside ours.
 */
export function detectWav2Lip(source: WeightSource): Wav2LipConfig | undefined {
  const weights = plainNames(source)
  const widthOf = (block: number): number =>
    weights.get(`face_encoder_blocks.${block}.0.conv_block.0.weight`)?.shape[0] ?? 0
  const least = weights.get('face_decoder_blocks.1.0.conv_block.0.weight')?.shape[2]
  const middle = weights.get('face_decoder_blocks.3.0.conv_block.0.weight')?.shape[1]
  if (!weights.get('output_block.1.weight') || least === undefined || middle === undefined) return undefined
  const widths = [1, 2, 3, 4, 5].map(widthOf) as unknown as Wav2LipConfig['widths']
  return { size: 32 * least, widths, middle, lead: Number(source.metadata['lead'] ?? 0) }
}

/** The weights under the names of `wav2lip`, batch normalisations folded into the convolutions before them. */
export function wav2lipWeights(source: WeightSource): WeightSource {
  const weights = plainNames(source)
  const folded = weights.names.flatMap((name): Weight[] => {
    const block = /^(.+)\.conv_block\.0\.weight$/.exec(name)?.[1]
    return block === undefined ? [] : foldedBlock(weights, block)
  })
  const plain = ['weight', 'bias'].map((end) => requireWeight(weights, `output_block.1.${end}`))
  return createWeightSource([...folded, ...plain], { title: source.title })
}

const plainNames = (source: WeightSource): WeightSource =>
  renameWeights(source, (name) => name.replace(/^(?:state_dict\.)?(?:module\.)?/, ''))

/** w · γ/√(σ² + ε) and (b - μ) · γ/√(σ² + ε) + β, by output channel. */
function foldedBlock(weights: WeightSource, block: string): Weight[] {
  const read = (end: string): Float32Array => readWeightAsFloat32(weights, `${block}.conv_block.${end}`)
  const { shape } = requireWeight(weights, `${block}.conv_block.0.weight`)
  const isTransposed = /^face_decoder_blocks\.[1-6]\.0$/.test(block)
  const fold = (): { readonly weight: Float32Array; readonly bias: Float32Array } => {
    const [gamma, beta, mean, variance] = [
      read('1.weight'),
      read('1.bias'),
      read('1.running_mean'),
      read('1.running_var'),
    ]
    const scale = gamma.map((value, i) => value / Math.sqrt(numberAt(variance, i) + epsilon))
    const inner = shape.slice(2).reduce((product, size) => product * size, 1)
    const channelOf = isTransposed
      ? (i: number) => Math.floor(i / inner) % scale.length
      : (i: number) => Math.floor(i / inner / numberAt(shape, 1))
    return {
      weight: read('0.weight').map((value, i) => value * numberAt(scale, channelOf(i))),
      bias: read('0.bias').map((value, i) => (value - numberAt(mean, i)) * numberAt(scale, i) + numberAt(beta, i)),
    }
  }
  const bytesOf = (values: Float32Array): Uint8Array =>
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  const out = numberAt(shape, isTransposed ? 1 : 0)
  return [
    decodedWeight(`${block}.weight`, 'float32', shape, () => bytesOf(fold().weight)),
    decodedWeight(`${block}.bias`, 'float32', [out], () => bytesOf(fold().bias)),
  ]
}
