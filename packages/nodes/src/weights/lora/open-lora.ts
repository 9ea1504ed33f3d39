import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { WeightSource } from '@patchbay/onnx'
import { openWeightFile } from '../weight-file.ts'

/**
 * Opens the file of a LoRA. PEFT writes its settings (`lora_alpha`, …) beside `adapter_model.safetensors`, into
 * `adapter_config.json`; diffusers writes them into the file's header, where they are found for both.
 * @throws CheckpointError where it is no file of weights
 */
export function openLora(path: string): WeightSource {
  const source = openWeightFile(path)
  const beside = join(dirname(path), 'adapter_config.json')
  const isOfFolder = basename(path).startsWith('adapter_model') && existsSync(beside)
  if (!isOfFolder || source.metadata['lora_adapter_metadata'] !== undefined) return source
  return { ...source, metadata: { ...source.metadata, lora_adapter_metadata: readFileSync(beside, 'utf8') } }
}
