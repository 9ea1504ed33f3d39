import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { requestOutside } from '../storage/fetch-public.ts'
import type { StoredJob } from './job-row.ts'

export const signatureHeader = 'patchbay-signature'

/** `t=<seconds>,v1=<hex>`: HMAC-SHA-256 over `<seconds>.<body>`, so that neither the body nor its time can be forged or replayed later. */
export function signatureOf(body: string, secret: string, seconds: number): string {
  const digest = createHmac('sha256', secret)
    .update(`${String(seconds)}.${body}`)
    .digest('hex')
  return `t=${String(seconds)},v1=${digest}`
}

export interface WebhookOptions {
  readonly allowPrivate: boolean
  /** Waits before each further attempt, in ms. */
  readonly delays?: readonly number[]
}

/** Tells a job's webhook of its end; anything but a 2xx is tried again. Never throws. */
export async function callWebhook(
  job: StoredJob,
  log: Logger,
  options: WebhookOptions,
  signal: AbortSignal,
): Promise<boolean> {
  if (!job.webhook) return false
  const { url, secret } = job.webhook
  const { document: _document, webhook: _webhook, origin: _origin, timeline: _timeline, ...summary } = job
  const body = JSON.stringify({ type: `job-${job.state}`, job: summary })
  const delays = options.delays ?? [1_000, 10_000, 60_000, 600_000]
  for (const delay of [0, ...delays]) {
    try {
      await sleep(delay, undefined, { signal, ref: false })
      const seconds = Math.floor(Date.now() / 1000)
      const response = await requestOutside(
        url,
        {
          method: 'POST',
          body,
          headers: {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
            'idempotency-key': `${job.id}:${String(job.attempts)}`,
            ...(secret === undefined ? {} : { [signatureHeader]: signatureOf(body, secret, seconds) }),
          },
          allowPrivate: options.allowPrivate,
          signal,
          timeoutMs: 10_000,
        },
        0,
      )
      response.resume()
      if (response.statusCode !== undefined && response.statusCode < 300) return true
      log.warn({ job: job.id, status: response.statusCode }, 'webhook was refused')
    } catch (error) {
      if (signal.aborted) return false
      log.warn({ job: job.id, reason: error instanceof Error ? error.message : String(error) }, 'webhook failed')
    }
  }
  return false
}
