import type { JsonObject } from '@patchbay/engine'
import type { Services } from '../host/services.ts'
import {
  findConditioningMismatch,
  findLatentMismatch,
  findRefusedSize,
  findUnusualGuidance,
  findUnusualSize,
} from './checks.ts'
import { findTooLargeToSample, freeMemoryOf } from './memory-checks.ts'

/** What is known of a run's links before it, and its guidance scale where that is a value. */
export interface SamplingFacts {
  readonly model: JsonObject | undefined
  readonly positive: JsonObject | undefined
  readonly negative: JsonObject | undefined
  readonly latents: JsonObject | undefined
  readonly guidanceScale: number | undefined
}

/** What is wrong with a run of a sampler, or may be: prompts and latents of other models, sizes, guidance, memory. */
export function findingsOfSampling(
  { model, positive, negative, latents, guidanceScale }: SamplingFacts,
  services: Pick<Services, 'device'>,
) {
  return [
    ...findConditioningMismatch('positive', model, positive),
    ...findConditioningMismatch('negative', model, negative),
    ...findLatentMismatch('model', model, latents),
    ...findRefusedSize(model, latents),
    ...findUnusualSize(model, latents),
    ...findUnusualGuidance(model, guidanceScale, negative),
    ...findTooLargeToSample(model, latents, freeMemoryOf(services)),
  ]
}
