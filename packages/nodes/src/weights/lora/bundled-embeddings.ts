import { weightsUnder, type WeightSource } from '@patchbay/onnx'

const bundled = /^(bundle_emb\.(.+?)\.)(?:string_to_param\..+|emb_params|clip_[lg]|text_encoders_\d|\*)$/

/** Embeddings in the file of a LoRA, by name: `bundle_emb.name.emb_params`, `….clip_l`, `….string_to_param.*`. */
export function bundledEmbeddings(source: WeightSource): ReadonlyMap<string, WeightSource> {
  const prefixes = new Map<string, string>()
  for (const weight of source.names) {
    const [, prefix, name] = bundled.exec(weight) ?? []
    if (prefix !== undefined && name !== undefined) prefixes.set(name, prefix)
  }
  return new Map([...prefixes].map(([name, prefix]) => [name, weightsUnder(source, prefix)]))
}

/** Whether a name is of an embedding that lies in the file beside the LoRA. */
export const isBundled = (name: string): boolean => bundled.test(name)
