import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { requestOutside } from '../storage/fetch-public.ts'
import type { StoredJob } from '../store/stored-job.ts'
import type { JobStore, OwedWebhook } from '../store/job-store.ts'
import { messageOf } from '../message-of.ts'

const signatureHeader = 'patchbay-signature'

/**
 * `t=<seconds>,v1=<hex>`: HMAC-SHA-256 over `<seconds>.<body>`, so that neither the body nor its time can be forged or
 * replayed later.
 */
export function signatureOf(body: string, secret: string, seconds: number): string {
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${digest}`
}

export interface WebhookOptions {
  readonly allowPrivate: boolean
  /** Waits before each further attempt, in ms. */
  readonly delays?: readonly number[]
  readonly maxAtOnce?: number
  /** A call that has no answer after so many ms in all has failed. */
  readonly timeoutMs?: number
  readonly now?: () => number
}
interface WebhookDependencies {
  readonly jobs: Pick<JobStore, 'stored' | 'owed' | 'settle' | 'postpone'>
  readonly log: Logger
}

/**
 * Tells webhooks of the end of their jobs. What is owed is committed with the end itself, so it is told also when the
 * server stops in between; anything but a 2xx is tried again, and after the last attempt given up.
 */
export interface Webhooks {
  /** Calls what is due, and comes back when the next is. */
  wake(): void
  close(): void
}

/** Webhooks that are looked at together. */
const page = 200
/** One whose call could not be noted is called again after so many ms. */
const unsettledMs = 10_000

export function createWebhooks(
  { jobs, log }: WebhookDependencies,
  { allowPrivate, delays = defaultDelays, maxAtOnce = 8, timeoutMs = 10_000, now = Date.now }: WebhookOptions,
): Webhooks {
  const underWay = new Set<string>()
  const stopping = new AbortController()
  const call = createCall({ allowPrivate, timeoutMs, now, log, stopping: stopping.signal })
  /** No wait is longer than the longest, so what seems further away is due: the clock was put back. */
  const longest = Math.max(0, ...delays)
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    clearTimeout(timer)
    for (const webhook of await jobs.owed(page)) {
      if (stopping.signal.aborted || underWay.size >= maxAtOnce) return
      if (underWay.has(webhook.job)) continue
      const wait = webhook.dueAt - now()
      if (wait > 0 && wait <= longest) {
        timer = setTimeout(wake, wait).unref()
        return
      }
      underWay.add(webhook.job)
      void deliver(webhook)
        .catch(async (error: unknown) => {
          // It was called, and would be called at once again.
          log.error({ err: error, job: webhook.job }, 'webhook could not be settled')
          await sleep(unsettledMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined)
        })
        .finally(() => {
          underWay.delete(webhook.job)
          wake()
        })
    }
  }
  function wake(): void {
    if (stopping.signal.aborted) return
    look().catch((error: unknown) => log.error({ err: error }, 'webhooks could not be read'))
  }
  async function deliver(webhook: OwedWebhook): Promise<void> {
    const job = await jobs.stored(webhook.job).catch(() => undefined)
    const wasTold = job === undefined || (await call(job))
    if (stopping.signal.aborted) return
    const delay = delays[webhook.attempt]
    if (!wasTold && delay !== undefined) {
      await jobs.postpone(webhook, now() + delay)
      return
    }
    if (!wasTold) log.error({ job: webhook.job, attempts: webhook.attempt + 1 }, 'webhook is given up')
    await jobs.settle(webhook)
  }
  return {
    wake,
    close() {
      clearTimeout(timer)
      stopping.abort()
    },
  }
}

const defaultDelays = [1_000, 10_000, 60_000, 600_000]

/** One call; answers whether it was taken. */
function createCall({
  allowPrivate,
  timeoutMs,
  now,
  log,
  stopping,
}: Required<Pick<WebhookOptions, 'allowPrivate' | 'timeoutMs' | 'now'>> & {
  readonly log: Logger
  readonly stopping: AbortSignal
}): (job: StoredJob) => Promise<boolean> {
  return async (job) => {
    if (!job.webhook) return true
    const { url, secret } = job.webhook
    const { document: _document, webhook: _webhook, origin: _origin, timeline: _timeline, trace, ...summary } = job
    const body = JSON.stringify({ type: `job-${job.state}`, job: summary })
    const signature =
      secret === undefined ? {} : { [signatureHeader]: signatureOf(body, secret, Math.floor(now() / 1000)) }
    try {
      const response = await requestOutside(
        url,
        {
          method: 'POST',
          body,
          headers: {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
            'idempotency-key': `${job.id}:${job.attempts}`,
            ...signature,
            ...trace,
          },
          allowPrivate,
          // For all of it: a receiver that sends a line now and then is never idle.
          signal: AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]),
          timeoutMs,
        },
        0,
      )
      // The status says all; an answer may have no end.
      response.destroy()
      if (response.statusCode !== undefined && response.statusCode < 300) return true
      log.warn({ job: job.id, status: response.statusCode }, 'webhook was refused')
    } catch (error) {
      if (stopping.aborted) return false
      log.warn({ job: job.id, reason: messageOf(error) }, 'webhook failed')
    }
    return false
  }
}
