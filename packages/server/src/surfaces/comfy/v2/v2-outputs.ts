import type { Router } from 'express'
import type { ArtifactRecord } from '../../../api/api-types.ts'
import { notFound } from '../../../failure.ts'
import { sendFile } from '../../../http/send-file.ts'
import { type ArtifactStore, type ByteRange, isArtifactHash } from '../../../store/artifact-store.ts'
import type { JobStore } from '../../../store/job-store.ts'
import { originOf } from './v2-assets.ts'
import { outputJson } from './v2-job-json.ts'

export interface OutputRouteDependencies {
  readonly jobs: Pick<JobStore, 'artifact'>
  readonly artifacts: Pick<ArtifactStore, 'open'>
}

/** What jobs have kept, by its hash. */
export function addOutputRoutes(router: Router, { jobs, artifacts }: OutputRouteDependencies): void {
  const recordOf = async (id: string): Promise<ArtifactRecord> => {
    const record = isArtifactHash(id) ? await jobs.artifact(id) : undefined
    if (!record) throw notFound('asset', id)
    return record
  }
  router.get('/assets/:id', async (request, response) => {
    const record = await recordOf(request.params.id)
    response.json({ ...outputJson(record, originOf(request)), file_path: record.name, job_id: record.job })
  })
  router.get('/assets/:id/content', async (request, response) => {
    const { hash, name, mime, bytes } = await recordOf(request.params.id)
    const open = (range?: ByteRange) => artifacts.open(hash, range)
    await sendFile(request, response, { open, bytes, name, mime, etag: hash })
  })
}
