import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { isFloatDType, openGguf, openSafetensors, openTorch, type WeightSource } from '@patchbay/onnx'
import { CheckpointError } from './checkpoint-error.ts'
import { withScales } from './scaled-weights.ts'

/**
 * Opens a file of weights by what is in it, not by its ending: safetensors (also sharded, by its index), GGUF,
 * PyTorch's zip, and its older pickle. Weights that are stored as fp8 with scales are what they stand for.
 * @throws CheckpointError that says what the file looks like, where it is none of these
 */
export function openWeightFile(path: string): WeightSource {
  const kind = kindOf(path)
  if (kind === 'safetensors') return withScales(openSafetensors(path))
  if (kind === 'a GGUF file') return openGguf(path)
  if (kind === 'a zip archive' || kind === 'a Python pickle') return withScales(openTorch(path))
  throw new CheckpointError(
    `${basename(path)} holds no weights that can be read: it looks like ${kind}; expected a .safetensors, .gguf, .ckpt or .pth file`,
  )
}

/**
 * Refuses weights that are kept as whole numbers, as quantising programs leave them: cast to floats they would give
 * noise.
 * @throws CheckpointError that names one of them
 */
export function expectFloats(title: string, weights: WeightSource | undefined): void {
  const name = weights?.names.find((one) => {
    const weight = weights.get(one)
    return weight && weight.shape.length > 1 && !isFloatDType(weight.dtype)
  })
  if (name === undefined) return
  throw new CheckpointError(
    `${title} holds quantised weights, which are not read: ${name} is ${weights?.get(name)?.dtype ?? 'unknown'}; expected float16, bfloat16 or float32. Choose the file in one of these.`,
  )
}

function kindOf(path: string): string {
  if (statSync(path).isDirectory()) return 'a folder'
  if (path.endsWith('.index.json')) return 'safetensors'
  const head = headOf(path)
  if (head.length === 0) return 'an empty file (was the download complete?)'
  const text = head.toString('latin1')
  if (/^\s*(<!doctype|<html)/i.test(text)) return 'a web page (was the download a login page?)'
  if (text.startsWith('version https://git-lfs'))
    return 'a Git LFS pointer, not the file itself: fetch it with git lfs pull'
  if (text.startsWith('GGUF')) return 'a GGUF file'
  // Before the pickle, whose first bytes are those of a header of 128, 384, … bytes too.
  if (hasHeader(head)) return 'safetensors'
  if (text.startsWith('PK\x03\x04')) return 'a zip archive'
  const [first, version = 0] = head
  if (first === 0x80 && version <= 5) return 'a Python pickle'
  if (text.startsWith('\x89PNG')) return 'a PNG picture'
  if (/^\s*[{[]/.test(text)) return 'a text in JSON (was the download an error message?)'
  return path.endsWith('.safetensors') ? 'a damaged .safetensors file (fetch it again)' : 'something else'
}

/** Safetensors begin with the length of their header, at most 100 MB, and the header with a brace. */
function hasHeader(head: Buffer): boolean {
  return head.length >= 10 && head[8] === 0x7b && head.readBigUInt64LE(0) <= 100_000_000n
}

function headOf(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(64)
    return head.subarray(0, readSync(file, head, 0, head.length, 0))
  } finally {
    closeSync(file)
  }
}
