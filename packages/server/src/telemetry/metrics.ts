import type { RequestHandler } from 'express'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** The numbers that Prometheus reads. */
export interface Metrics {
  readonly registry: Registry
  readonly requests: Histogram<'method' | 'status'>
  readonly jobsFinished: Counter<'state'>
  readonly jobSeconds: Histogram
  /** A number that is read whenever it is asked for. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void
}

/**
 * The metrics that Prometheus reads at `/metrics`. Labels are routes and states, never ids, so their number stays
 * small.
 */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'patchbay_request_seconds',
    help: 'Time from request to answer.',
    labelNames: ['method', 'status'] as const,
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  return {
    registry,
    requests,
    jobsFinished: new Counter({
      name: 'patchbay_jobs_finished_total',
      help: 'Jobs that ended.',
      labelNames: ['state'] as const,
      registers: [registry],
    }),
    jobSeconds: new Histogram({
      name: 'patchbay_job_seconds',
      help: 'Time from start to end of a job.',
      buckets: [0.01, 0.1, 1, 5, 20, 60, 300, 1800],
      registers: [registry],
    }),
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          this.set(await read())
        },
      })
    },
  }
}

export function measureRequests(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const stop = metrics.requests.startTimer({ method: request.method })
    response.on('finish', () => stop({ status: String(response.statusCode) }))
    next()
  }
}
