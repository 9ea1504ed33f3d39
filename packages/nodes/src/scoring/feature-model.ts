import { statSync } from 'node:fs'
import { openTflite } from '@patchbay/onnx'
import { detectInceptionConfig, inceptionProbabilities, inceptionV3 } from '../architectures/scorers/inception-v3.ts'
import { mobileNetV2, mobileNetV2Weights } from '../architectures/scorers/mobilenet-v2.ts'
import { centred, type ImageEncoder } from '../networks/image-encoder.ts'
import { openScoreTowers } from './score-towers.ts'
import { nameOf } from './tower-config.ts'
import { openWeightFile } from '../weights/weight-file.ts'

/**
 * Opens a network whose output under `features` serves FID, KID and their kin: Inception v3 under torchvision's names
 * (with FID's original weights it gives published FID), the image tower of score towers (its features, or CLIP's
 * embeddings), or MobileNetV2 as TensorFlow Lite. CLIP may be exported to ONNX.
 * @throws CheckpointError, ConfigError or WeightError that says what the file looks like, where it is none of these
 */
export function openFeatureModel(path: string): ImageEncoder {
  if (path.endsWith('.tflite')) return openMobileNet(path)
  const inception = path.endsWith('.onnx') ? undefined : openInception(path)
  if (inception) return inception
  const { image } = openScoreTowers(path)
  if ('file' in image) return image
  return {
    ...image,
    key: `${image.key}|features`,
    build: (scope, map) => {
      const { features, embedding } = image.build(scope, map)
      const vectors = features ?? embedding
      if (!vectors) throw new TypeError(`${image.name} gives neither features nor embeddings`)
      return { features: vectors }
    },
  }
}

function openMobileNet(path: string): ImageEncoder {
  const { size, mtimeMs } = statSync(path)
  return {
    key: `${path}|${size}|${mtimeMs}|features`,
    name: nameOf(path),
    weights: mobileNetV2Weights(openTflite(path)),
    input: { size: 224, fit: 'stretch', method: 'bilinear', ...centred },
    build: (scope, map) => ({ features: mobileNetV2(scope, map).features }),
  }
}

function openInception(path: string): ImageEncoder | undefined {
  const weights = openWeightFile(path)
  const config = detectInceptionConfig(weights)
  if (!config) return undefined
  const { classes } = config
  const { size, mtimeMs } = statSync(path)
  return {
    key: `${path}|${size}|${mtimeMs}|features`,
    name: nameOf(path),
    weights,
    input: { size: 299, fit: 'stretch', method: 'bilinear', ...centred },
    ...(classes !== undefined && { classes }),
    build: (scope, map) => {
      const features = inceptionV3(scope, config, map)
      return classes === undefined
        ? { features }
        : { features, probabilities: inceptionProbabilities(scope, classes, features) }
    },
  }
}
