import type { WeightSource } from '@patchbay/onnx'
import { diffusionProcess, type NoiseProcess } from '../diffusion/process/noise-process.ts'

/**
 * How noise was added in training, as some files mark it: epsilon where they say nothing, v where `v_pred` is among
 * the weights.
 */
export function markedProcess(checkpoint: WeightSource, unmarked: 'epsilon' | 'v' = 'epsilon'): NoiseProcess {
  return diffusionProcess({
    predictionType: checkpoint.get('v_pred') === undefined ? unmarked : 'v',
    zeroTerminalSnr: checkpoint.get('ztsnr') !== undefined,
  })
}
