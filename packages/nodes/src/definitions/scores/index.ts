import type { AnyNodeDefinition } from '@patchbay/engine'
import { bestOfN } from './best-of-n.ts'
import { classProbabilities } from './class-probabilities.ts'
import { clipScore } from './clip-score.ts'
import { featureDistance } from './feature-distance.ts'
import { folderFeatures } from './folder-features.ts'
import { frechetInceptionDistance } from './frechet-inception-distance.ts'
import { ganDiscriminator } from './gan-discriminator.ts'
import { imageFeatures } from './image-features.ts'
import { inceptionClasses } from './inception-classes.ts'
import { inceptionScore } from './inception-score.ts'
import { joinFeatures } from './join-features.ts'
import { kernelInceptionDistance } from './kernel-inception-distance.ts'
import { loadDiscriminator } from './load-discriminator.ts'
import { loadFeatureModel } from './load-feature-model.ts'
import { loadScoreTowers } from './load-score-towers.ts'
import { precisionRecall } from './precision-recall.ts'
import { psnrNode } from './psnr.ts'
import { scoreReport } from './score-report.ts'
import { ssimNode } from './ssim.ts'

export const scoreNodes: readonly AnyNodeDefinition[] = [
  loadScoreTowers,
  loadFeatureModel,
  loadDiscriminator,
  clipScore,
  ganDiscriminator,
  bestOfN,
  scoreReport,
  imageFeatures,
  inceptionClasses,
  folderFeatures,
  joinFeatures,
  frechetInceptionDistance,
  kernelInceptionDistance,
  precisionRecall,
  classProbabilities,
  inceptionScore,
  featureDistance,
  psnrNode,
  ssimNode,
]
