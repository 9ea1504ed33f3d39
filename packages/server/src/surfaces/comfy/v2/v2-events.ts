import type { Response } from 'express'
import { type JsonObject, type JsonValue, type PreviewHeader, isFinished } from '@patchbay/engine/workflow'
import type { JobMessage } from '../../../api/api-types.ts'
import type { Hub } from '../../../live/hub.ts'
import type { JobStore } from '../../../store/job-store.ts'
import { classTypeIn, executionIdOf, type ComfyOrigin } from '../running/comfy-origin.ts'
import { exactJson } from '../prompt/prompt.ts'

const progressEveryMs = 500
const keepAliveMs = 15_000

export interface JobEventDependencies {
  readonly hub: Pick<Hub, 'listen' | 'listenPreviews'>
  readonly jobs: Pick<JobStore, 'job'>
}

/**
 * One job as server-sent events: `status` with the whole job at once and at each change of state, `progress` at most
 * twice a second,
 * `preview` and `output` as they come. The stream ends with the job.
 */
export function serveJobEvents(
  { hub, jobs }: JobEventDependencies,
  response: Response,
  id: string,
  { idOf, prompt }: Pick<ComfyOrigin, 'idOf' | 'prompt'>,
  jobNow: () => Promise<JsonObject>,
): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  const tell = (event: string, data: unknown): void => {
    response.write(`event: ${event}\ndata: ${exactJson(data)}\n\n`)
  }
  const classOf = (node: string): JsonValue => classTypeIn(prompt, node)
  let progressAt = 0
  let outputs = 0
  const tellOutputs = async (): Promise<void> => {
    const { outputs: made } = await jobNow()
    if (!Array.isArray(made)) return
    for (const output of (made as readonly JsonObject[]).slice(outputs)) tell('output', output)
    outputs = made.length
  }
  const finish = async (): Promise<void> => {
    await tellOutputs()
    tell('status', await jobNow())
    response.end()
  }
  const receive = async (event: JobMessage['event']): Promise<void> => {
    if (response.writableEnded) return
    switch (event.type) {
      case 'job-started':
      case 'job-requeued':
        tell('status', await jobNow())
        return
      case 'node-artifact':
        return tellOutputs()
      case 'node-started':
      case 'node-progress':
      case 'node-finished':
        if (Date.now() - progressAt < progressEveryMs || response.writableNeedDrain) return
        progressAt = Date.now()
        tell('progress', {
          ...((await jobNow())['progress'] as JsonObject),
          current_node: executionIdOf(event.node, idOf).display,
          current_node_class: classOf(executionIdOf(event.node, idOf).display),
          ...(event.type === 'node-progress' ? { step: event.step, steps: event.steps } : {}),
        })
        return
      case 'job-succeeded':
      case 'job-failed':
      case 'job-cancelled':
        return finish()
      default:
        return
    }
  }
  const showPreview = (header: PreviewHeader, picture: Uint8Array): void => {
    if (header.job !== id || response.writableNeedDrain) return
    const { display } = executionIdOf(header.node, idOf)
    const content = { content_type: header.mime, data_base64: Buffer.from(picture).toString('base64') }
    tell('preview', { node_id: display, ...content })
  }
  // One after the other, in the order in which it happened. A job that is gone, or a store that is closed, ends the
  // stream.
  let lastAnswer = Promise.resolve()
  const inOrder = (say: () => Promise<void>): void => {
    lastAnswer = lastAnswer.then(say).catch(() => void response.end())
  }
  const stopListening = hub.listen(({ job, event }) => {
    if (job === id) inOrder(() => receive(event))
  })
  const stops = [stopListening, hub.listenPreviews(showPreview)]
  const keepAlive = setInterval(() => response.write(': still here\n\n'), keepAliveMs)
  response.on('close', () => {
    clearInterval(keepAlive)
    for (const stop of stops) stop()
  })
  inOrder(async () => {
    tell('status', await jobNow())
    const state = (await jobs.job(id))?.state
    if (state === undefined || isFinished(state)) await finish()
  })
}
