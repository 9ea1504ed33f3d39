import type { ArtifactRef, JsonObject } from '../workflow/index.ts'

/** What a node left behind beside its outputs: a side effect's files and what it showed, any node's warnings. */
export interface Effects {
  readonly artifacts: readonly ArtifactRef[]
  readonly shown: JsonObject | undefined
  readonly warnings: readonly string[]
  /** What the nodes that it expanded into kept and showed. */
  readonly inner: readonly InnerEffects[]
}
export interface InnerEffects {
  /** The id within the node that expanded. */
  readonly path: string
  readonly artifacts: readonly ArtifactRef[]
  readonly shown: JsonObject | undefined
}

/** What nodes left behind, by fingerprint. */
export interface EffectMemo {
  get(fingerprint: string): Effects | undefined
  set(fingerprint: string, effects: Effects): void
  /** Files that were kept may be gone: what tells of any is forgotten. */
  forgetFiles(): void
  /** Whether the node of a result left something behind that is forgotten, so that it has to run again. */
  isIncomplete(fingerprint: string): boolean
  /** Whether any that is remembered warned of something. */
  readonly hasWarnings: boolean
}

/** Effects that are remembered, the oldest forgotten first. */
const mostEffects = 10_000

export function createEffectMemo(): EffectMemo {
  const byFingerprint = new Map<string, Effects>()
  const incomplete = new Set<string>()
  let hasWarnings = false
  function forget(fingerprint: string, effects: Effects | undefined): void {
    byFingerprint.delete(fingerprint)
    if ((effects?.inner.length ?? 0) > 0) incomplete.add(fingerprint)
  }
  return {
    get hasWarnings() {
      return hasWarnings
    },
    get: (fingerprint) => byFingerprint.get(fingerprint),
    isIncomplete: (fingerprint) => incomplete.has(fingerprint),
    set(fingerprint, effects) {
      byFingerprint.delete(fingerprint)
      byFingerprint.set(fingerprint, effects)
      incomplete.delete(fingerprint)
      hasWarnings ||= effects.warnings.length > 0
      const [oldest] = byFingerprint.keys()
      if (byFingerprint.size > mostEffects && oldest !== undefined) forget(oldest, byFingerprint.get(oldest))
    },
    forgetFiles() {
      for (const [fingerprint, effects] of byFingerprint) {
        const isOfFiles = effects.artifacts.length > 0 || effects.inner.some(({ artifacts }) => artifacts.length > 0)
        if (isOfFiles) forget(fingerprint, effects)
      }
    },
  }
}
