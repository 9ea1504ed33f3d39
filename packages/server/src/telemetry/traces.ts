import type { Workflow } from '@patchbay/engine/workflow'
import type { Job, TimelineEntry } from '../api/api-types.ts'
import { version } from '../version.ts'
import { type TraceContext, partsOf } from './trace-context.ts'

export interface TraceOptions {
  /**
   * Where spans go by OTLP over HTTP, e.g. `http://127.0.0.1:4318`; absent: what the OTEL_EXPORTER_OTLP_* variables
   * say.
   */
  readonly endpoint?: string
}
/** A job that has ended, with what its spans are made of. */
export interface TracedJob extends Job {
  readonly document: Workflow
  readonly timeline: readonly TimelineEntry[]
  readonly trace?: TraceContext
}
export interface Traces {
  /** Tells of a job that has ended: a span for it, and in it one for each node. */
  jobEnded(job: TracedJob): void
  /** Once everything has been sent, or could not be. */
  close(): Promise<void>
}

/**
 * Sends spans to an OpenTelemetry collector. The modules are loaded only here, so a server that is not asked for traces
 * never has them in memory. A collector that does not answer costs spans and nothing else.
 */
export async function startTraces({ endpoint }: TraceOptions): Promise<Traces> {
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, createTraceState, trace } = await import('@opentelemetry/api')
  const { BatchSpanProcessor, NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node')
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const { defaultResource, resourceFromAttributes } = await import('@opentelemetry/resources')
  const url = endpoint === undefined ? {} : { url: new URL('v1/traces', withSlash(endpoint)).href }
  const provider = new NodeTracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': process.env['OTEL_SERVICE_NAME'] ?? 'patchbay',
        'service.version': version,
      }),
    ),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(url))],
  })
  const tracer = provider.getTracer('patchbay', version)

  /** Where the spans of a job belong: into the trace of whoever submitted it, else into one of their own. */
  const contextOf = ({ trace: from }: TracedJob) => {
    const parent = from && partsOf(from.traceparent)
    if (!parent) return ROOT_CONTEXT
    const { traceId, spanId, flags } = parent
    return trace.setSpanContext(ROOT_CONTEXT, {
      ...{ traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true },
      ...(from.tracestate === undefined ? {} : { traceState: createTraceState(from.tracestate) }),
    })
  }

  return {
    jobEnded(job) {
      const begin = job.startedAt ?? job.createdAt
      const attributes = {
        'patchbay.job.id': job.id,
        'patchbay.job.state': job.state,
        'patchbay.job.attempts': job.attempts,
        'patchbay.job.queued_ms': begin - job.createdAt,
        ...(job.device === undefined ? {} : { 'patchbay.device': job.device }),
      }
      const name = `job ${job.name ?? ''}`.trim()
      const whole = tracer.startSpan(name, { startTime: begin, kind: SpanKind.CONSUMER, attributes }, contextOf(job))
      const inside = trace.setSpan(ROOT_CONTEXT, whole)
      for (const { node, start, end, lane, memoryBytes, outcome } of job.timeline) {
        const type = Object.hasOwn(job.document.nodes, node) ? job.document.nodes[node]?.type : undefined
        const span = tracer.startSpan(
          type ?? node,
          {
            startTime: begin + start,
            attributes: {
              'patchbay.node.id': node,
              'patchbay.node.outcome': outcome,
              ...(lane === undefined ? {} : { 'patchbay.lane': lane }),
              ...(memoryBytes === undefined ? {} : { 'process.memory.usage': memoryBytes }),
            },
          },
          inside,
        )
        if (outcome === 'failed') {
          const message = job.error?.node === node ? { message: job.error.message } : {}
          span.setStatus({ code: SpanStatusCode.ERROR, ...message })
        }
        span.end(begin + end)
      }
      if (job.error) whole.setStatus({ code: SpanStatusCode.ERROR, message: job.error.message })
      whole.end(job.finishedAt ?? begin)
    },
    close: () => provider.shutdown().catch(() => undefined),
  }
}

const withSlash = (address: string): string => (address.endsWith('/') ? address : `${address}/`)
