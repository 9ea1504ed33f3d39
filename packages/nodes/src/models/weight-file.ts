import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { openSafetensors, openTorch } from '@patchbay/onnx'
import type { WeightSource } from '@patchbay/onnx'
import { CheckpointError } from './checkpoint.ts'

/**
 * Opens a file of weights by what is in it, not by its ending: safetensors (also sharded, by its index), PyTorch's zip.
 * @throws CheckpointError that says what the file looks like, where it is none of these
 */
export function openWeightFile(path: string): WeightSource {
  const kind = kindOf(path)
  if (kind === 'safetensors') return openSafetensors(path)
  if (kind === 'a zip archive' || kind === 'a Python pickle') return openTorch(path)
  throw new CheckpointError(
    `${basename(path)} holds no weights that can be read: it looks like ${kind}; expected a .safetensors, .ckpt or .pth file`,
  )
}

function kindOf(path: string): string {
  if (statSync(path).isDirectory()) return 'a folder'
  if (path.endsWith('.index.json')) return 'safetensors'
  const head = headOf(path)
  if (head.length === 0) return 'an empty file'
  const text = head.toString('latin1')
  if (/^\s*(<!doctype|<html)/i.test(text)) return 'a web page (was the download a login page?)'
  if (text.startsWith('version https://git-lfs'))
    return 'a Git LFS pointer, not the file itself: fetch it with git lfs pull'
  if (text.startsWith('GGUF')) return 'a GGUF file'
  if (text.startsWith('PK\x03\x04')) return 'a zip archive'
  if (head[0] === 0x80 && (head[1] ?? 0) <= 5) return 'a Python pickle'
  if (text.startsWith('\x89PNG')) return 'a PNG picture'
  if (head.length >= 10 && text.slice(8, 10).startsWith('{')) return 'safetensors'
  return path.endsWith('.safetensors') ? 'a damaged .safetensors file' : 'something else'
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
