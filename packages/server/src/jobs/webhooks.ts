import { createHmac } from 'node:crypto'
import type { Logger } from 'pino'
import type { Database } from '../storage/database.ts'
import { requestOutside } from '../storage/fetch-public.ts'
import type { StoredJob } from './job-row.ts'
import type { JobStore } from './job-store.ts'

export const signatureHeader = 'patchbay-signature'

/** `t=<seconds>,v1=<hex>`: HMAC-SHA-256 over `<seconds>.<body>`, so that neither the body nor its time can be forged or replayed later. */
export function signatureOf(body: string, secret: string, seconds: number): string {
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${digest}`
}

export interface WebhookOptions {
  readonly allowPrivate: boolean
  /** Waits before each further attempt, in ms. */
  readonly delays?: readonly number[]
  readonly maxAtOnce?: number
  readonly now?: () => number
}
export type Webhooks = ReturnType<typeof createWebhooks>

/**
 * Tells webhooks of the end of their jobs. What is to be told is committed with the end itself (table `webhooks`), so it is told also when
 * the server stops in between; anything but a 2xx is tried again, and after the last attempt given up.
 */
export function createWebhooks(
  {
    database,
    jobs,
    log,
  }: { readonly database: Database; readonly jobs: Pick<JobStore, 'stored'>; readonly log: Logger },
  { allowPrivate, delays = [1_000, 10_000, 60_000, 600_000], maxAtOnce = 8, now = Date.now }: WebhookOptions,
) {
  const underWay = new Set<string>()
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined

  /** Calls what is due, and comes back when the next is. */
  function wake(): void {
    clearTimeout(timer)
    if (stopping.signal.aborted) return
    const rows = database.all('SELECT job, attempt, due_at FROM webhooks ORDER BY due_at LIMIT 200')
    for (const row of rows) {
      const [job, attempt, due] = [String(row['job']), Number(row['attempt']), Number(row['due_at'])]
      if (underWay.has(job)) continue
      if (underWay.size >= maxAtOnce) return
      if (due > now()) {
        timer = setTimeout(wake, Math.min(due - now(), 2 ** 31 - 1)).unref()
        return
      }
      underWay.add(job)
      void deliver(job, attempt).finally(() => {
        underWay.delete(job)
        wake()
      })
    }
  }

  async function deliver(id: string, attempt: number): Promise<void> {
    const job = jobs.stored(id)
    const wasTold = job === undefined || (await call(job))
    if (stopping.signal.aborted) return
    const delay = delays[attempt]
    if (wasTold) database.run('DELETE FROM webhooks WHERE job = ? AND attempt = ?', id, attempt)
    else if (delay === undefined) {
      database.run('DELETE FROM webhooks WHERE job = ? AND attempt = ?', id, attempt)
      log.error({ job: id, attempts: attempt + 1 }, 'webhook is given up')
    } else {
      const due = now() + delay
      database.run(
        'UPDATE webhooks SET attempt = ?, due_at = ? WHERE job = ? AND attempt = ?',
        attempt + 1,
        due,
        id,
        attempt,
      )
    }
  }

  async function call(job: StoredJob): Promise<boolean> {
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
          signal: stopping.signal,
          timeoutMs: 10_000,
        },
        0,
      )
      response.resume()
      if (response.statusCode !== undefined && response.statusCode < 300) return true
      log.warn({ job: job.id, status: response.statusCode }, 'webhook was refused')
    } catch (error) {
      if (stopping.signal.aborted) return false
      log.warn({ job: job.id, reason: error instanceof Error ? error.message : String(error) }, 'webhook failed')
    }
    return false
  }

  return {
    wake,
    close(): void {
      clearTimeout(timer)
      stopping.abort()
    },
  }
}
