import type { PruneResponse } from '../api/api-types.ts'
import type { Supervisor } from '../runner/supervisor.ts'
import type { ArtifactStore, KeptFile } from '../store/artifact-store.ts'
import type { JobHistory } from '../store/job-store.ts'

/** Kept files that no job refers to. */
export interface OrphanFiles {
  /** Removes those that no running job can still refer to. */
  remove(): Promise<Pick<PruneResponse, 'files' | 'bytes'>>
}

/** A file this young may belong to a running job that has not reported it yet. */
const graceMs = 3_600_000
/** Files whose records are looked up together. */
const atOnce = 500

export function createOrphanFiles(dependencies: {
  readonly store: Pick<JobHistory, 'recorded' | 'runs'>
  readonly artifacts: Pick<ArtifactStore, 'kept' | 'remove'>
  readonly supervisor: Pick<Supervisor, 'forgetEffects'>
  readonly now: () => number
}): OrphanFiles {
  const { store, artifacts, supervisor, now } = dependencies
  /** By content hash, with the time at which runners were asked to forget them. */
  const orphans = new Map<string, number>()

  async function find(): Promise<KeptFile[]> {
    const files: KeptFile[] = []
    let waiting: KeptFile[] = []
    const look = async () => {
      const recorded = await store.recorded(waiting.map(({ hash }) => hash))
      files.push(...waiting.filter(({ hash }) => !recorded.has(hash)))
      waiting = []
    }
    for await (const file of artifacts.kept()) {
      waiting.push(file)
      if (waiting.length === atOnce) await look()
    }
    await look()
    return files
  }
  /**
   * Whether no running job could still tell of this file: by keeping it again, or by telling of an earlier side effect.
   */
  async function isFree({ hash, changedAt }: KeptFile): Promise<boolean> {
    if ((await store.recorded([hash])).size > 0) return false
    const runs = await store.runs()
    if (runs.length > 0 && changedAt > now() - graceMs) return false
    const forgotten = orphans.get(hash) ?? Infinity
    return !runs.some(({ reusesEffects, startedAt }) => reusesEffects && startedAt <= forgotten)
  }
  return {
    async remove() {
      const found = await find()
      const fresh = found.filter(({ hash }) => !orphans.has(hash))
      if (fresh.length > 0) supervisor.forgetEffects()
      for (const { hash } of fresh) orphans.set(hash, now())
      let [files, bytes] = [0, 0]
      for (const file of found) {
        if (!(await isFree(file))) continue
        await artifacts.remove(file.hash)
        orphans.delete(file.hash)
        files++
        bytes += file.bytes
      }
      for (const hash of await store.recorded([...orphans.keys()])) orphans.delete(hash)
      return { files, bytes }
    },
  }
}
