import { requireWeight, weightAsFloat32, type WeightSource } from '@patchbay/onnx'
import type { Services } from '../host/services.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'
import { looksLike } from '../weights/looks-like.ts'
import { openWeightFile } from '../weights/weight-file.ts'

/** The vectors of textual inversions (Gal et al. 2022), by the names that a prompt gives them. */
export type EmbeddingVectors = ReadonlyMap<string, readonly Float32Array[]>

export interface EmbeddingSearch {
  readonly files: Pick<Services, 'pathOf' | 'namesIn'>
  readonly model: Pick<TextEncoderModel, 'bundled'>
  /** Values of a token. */
  readonly width: number
  /** Hears of each embedding that is left out; without it, one that cannot be used is an error. */
  readonly warn?: (message: string) => void
}

/**
 * The embeddings of these names: those that came with a LoRA, else files. What is not there, is no embedding or has
 * vectors of another width is left out and told.
 * @throws Error for such a one where nobody is told
 */
export async function findEmbeddings(names: Iterable<string>, search: EmbeddingSearch): Promise<EmbeddingVectors> {
  const found = new Map<string, readonly Float32Array[]>()
  for (const name of new Set(names)) {
    const vectors = await vectorsNamed(name, search)
    if (vectors) found.set(name, vectors)
  }
  return found
}

async function vectorsNamed(
  name: string,
  { files, model, width, warn }: EmbeddingSearch,
): Promise<readonly Float32Array[] | undefined> {
  const bundled = model.bundled?.get(name)
  const known = bundled ? [] : await files.namesIn('embeddings')
  const file = fileOf(name, known)
  // A name with commas behind it is asked for as it stands, and without them.
  if (!bundled && file === undefined && name.endsWith(',')) return undefined
  try {
    // `pathOf` says which embeddings there are.
    return vectorsIn(bundled ?? openWeightFile(await files.pathOf('embeddings', file ?? name)), name, width)
  } catch (error) {
    if (!warn) throw error
    warn(`embedding:${name} is left out of the prompt. ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

const endings = ['', '.safetensors', '.pt', '.bin']

/** A file by its name or path, with or without its ending; one of a folder inside by its bare name too. */
function fileOf(name: string, known: readonly string[]): string | undefined {
  const candidates = endings.map((ending) => name.replaceAll('\\', '/') + ending)
  return (
    candidates.find((candidate) => known.includes(candidate)) ??
    known.find((path) => candidates.includes(path.slice(path.lastIndexOf('/') + 1)))
  )
}

/** An embedding has few vectors, and beside them what some programs save (the step, the checkpoint's name, …). */
const mostWeights = 16
const isVectors = (shape: readonly number[] = []): boolean =>
  (shape.length === 1 || shape.length === 2) && (shape.at(-1) ?? 0) >= 16

/**
 * The vectors in a file: the ones of this width, since SDXL's files have a set for each of its encoders. Of a list of
 * dictionaries all of them, one after another.
 * @throws Error for a file that holds no embedding, or none of this width
 */
function vectorsIn(source: WeightSource, name: string, width: number): Float32Array[] {
  const vectors = source.names.filter((weight) => isVectors(source.get(weight)?.shape))
  const isList = source.names.every((weight) => /^\d+\./.test(weight))
  if (vectors.length === 0 || (source.names.length > mostWeights && !isList)) {
    throw new Error(`${source.title} is no textual-inversion embedding: it looks like ${looksLike(source)}.`)
  }
  const fitting = vectors.filter((weight) => source.get(weight)?.shape.at(-1) === width)
  if (fitting.length === 0) {
    const widths = [...new Set(vectors.map((weight) => source.get(weight)?.shape.at(-1)))].join(' and ')
    throw new Error(
      `The embedding ${name} has vectors of ${widths} values, but this text encoder's have ${width}: it is for another text encoder.`,
    )
  }
  return (isList ? fitting : fitting.slice(0, 1)).flatMap((weight) => {
    const values = weightAsFloat32(requireWeight(source, weight))
    return Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width))
  })
}
