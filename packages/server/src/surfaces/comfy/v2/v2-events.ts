import type { Response } from 'express'
import { type JsonObject, type PreviewHeader, isFinished } from '@patchbay/engine/workflow'
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
  origin: Pick<ComfyOrigin, 'idOf' | 'prompt'>,
  jobNow: () => Promise<JsonObject>,
): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  const report = new JobReport(response, origin, jobNow)
  // One after the other, in the order in which it happened. A job that is gone, or a store that is closed, ends the
  // stream.
  let lastAnswer = Promise.resolve()
  const inOrder = (say: () => Promise<void>): void => {
    lastAnswer = lastAnswer.then(say).catch(() => void response.end())
  }
  const stopListening = hub.listen(({ job, event }) => {
    if (job === id) inOrder(() => report.receive(event))
  })
  const stopPreviews = hub.listenPreviews((header, picture) => {
    if (header.job === id) report.showPreview(header, picture)
  })
  const keepAlive = setInterval(() => response.write(': still here\n\n'), keepAliveMs)
  response.on('close', () => {
    clearInterval(keepAlive)
    stopListening()
    stopPreviews()
  })
  inOrder(async () => {
    await report.tellStatus()
    const state = (await jobs.job(id))?.state
    if (state === undefined || isFinished(state)) await report.finish()
  })
}

/** What a client is told of one job. */
class JobReport {
  private readonly response: Response
  private readonly origin: Pick<ComfyOrigin, 'idOf' | 'prompt'>
  private readonly jobNow: () => Promise<JsonObject>
  private progressAt = 0
  private outputs = 0

  constructor(response: Response, origin: Pick<ComfyOrigin, 'idOf' | 'prompt'>, jobNow: () => Promise<JsonObject>) {
    this.response = response
    this.origin = origin
    this.jobNow = jobNow
  }

  async receive(event: JobMessage['event']): Promise<void> {
    if (this.response.writableEnded) return
    switch (event.type) {
      case 'job-started':
      case 'job-requeued':
        return this.tellStatus()
      case 'node-artifact':
        return this.tellOutputs()
      case 'node-started':
      case 'node-progress':
      case 'node-finished':
        return this.tellProgress(event)
      case 'job-succeeded':
      case 'job-failed':
      case 'job-cancelled':
        return this.finish()
      default:
        return
    }
  }

  showPreview(header: PreviewHeader, picture: Uint8Array): void {
    if (this.response.writableNeedDrain) return
    const { display } = executionIdOf(header.node, this.origin.idOf)
    const content = { content_type: header.mime, data_base64: Buffer.from(picture).toString('base64') }
    this.tell('preview', { node_id: display, ...content })
  }

  async tellStatus(): Promise<void> {
    this.tell('status', await this.jobNow())
  }

  async finish(): Promise<void> {
    await this.tellOutputs()
    await this.tellStatus()
    this.response.end()
  }

  /** Tells the outputs that were not told before. */
  private async tellOutputs(): Promise<void> {
    const { outputs } = await this.jobNow()
    if (!Array.isArray(outputs)) return
    for (const output of (outputs as readonly JsonObject[]).slice(this.outputs)) this.tell('output', output)
    this.outputs = outputs.length
  }

  private async tellProgress(event: NodeEvent): Promise<void> {
    if (Date.now() - this.progressAt < progressEveryMs || this.response.writableNeedDrain) return
    this.progressAt = Date.now()
    const { idOf, prompt } = this.origin
    const { display } = executionIdOf(event.node, idOf)
    this.tell('progress', {
      ...((await this.jobNow())['progress'] as JsonObject),
      current_node: display,
      current_node_class: classTypeIn(prompt, display),
      ...(event.type === 'node-progress' ? { step: event.step, steps: event.steps } : {}),
    })
  }

  private tell(event: string, data: unknown): void {
    this.response.write(`event: ${event}\ndata: ${exactJson(data)}\n\n`)
  }
}

type NodeEvent = Extract<JobMessage['event'], { type: 'node-started' | 'node-progress' | 'node-finished' }>
