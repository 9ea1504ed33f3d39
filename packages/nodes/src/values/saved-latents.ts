import {
  createWeightSource,
  float32,
  parseSafetensors,
  readWeightAsFloat32,
  requireWeight,
  serializeSafetensors,
  weightOf,
} from '@patchbay/onnx'
import { familyNamed } from '../families/model-family.ts'
import { sizeOfLatents, type Latents } from './latents.ts'

/**
 * Latents as a safetensors file: the tensor `latents`, and in the metadata how many pixels a side of one stands for.
 */
export function latentsFile({ tensor, scale, noiseMask, frames }: Latents): Uint8Array {
  const weights = [weightOf('latents', tensor)]
  if (noiseMask) weights.push(weightOf('noise_mask', noiseMask))
  const source = createWeightSource(weights, { title: 'latents' })
  const length = frames === undefined ? {} : { frames: String(frames) }
  return serializeSafetensors(source, { metadata: { format: 'patchbay-latents', scale: String(scale), ...length } })
}

/**
 * Reads what `latentsFile` wrote, and ComfyUI's `.latent` files, whose values are those of the VAE before its factor
 * is applied: they are brought to Stable Diffusion 1's and 2's scale. Throws an Error that says what the file holds
 * instead.
 */
export function parseLatentsFile(bytes: Uint8Array, title: string): Latents {
  const source = parseSafetensors(bytes, title)
  if (source.get('latent_tensor')) {
    const { shape } = requireWeight(source, 'latent_tensor')
    const factor = source.get('latent_format_version_0') ? familyNamed('sd1').latents.factor : 1
    const tensor = float32(
      shape,
      readWeightAsFloat32(source, 'latent_tensor').map((value) => value * factor),
    )
    sizeOfLatents(tensor)
    return { tensor, scale: 8 }
  }
  if (!source.get('latents')) {
    throw new Error(
      `${title} holds no latents, but ${source.names.slice(0, 3).join(', ')}: save latents with SaveLatents`,
    )
  }
  const read = (name: string) => float32(requireWeight(source, name).shape, readWeightAsFloat32(source, name))
  const tensor = read('latents')
  sizeOfLatents(tensor)
  const scale = Number(source.metadata['scale'] ?? 8)
  const { frames } = source.metadata
  return {
    tensor,
    scale,
    ...(frames !== undefined && { frames: Number(frames) }),
    ...(source.get('noise_mask') && { noiseMask: read('noise_mask') }),
  }
}
