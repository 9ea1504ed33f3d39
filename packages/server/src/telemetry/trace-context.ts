/** Whose trace a job belongs to, as a request brings it (W3C Trace Context). */
export interface TraceContext {
  readonly traceparent: string
  readonly tracestate?: string
}
interface Headers {
  readonly [name: string]: string | readonly string[] | undefined
}

const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** The trace that request headers name; one that is malformed is ignored, as the specification asks. */
export function traceContextOf(headers: Headers): TraceContext | undefined {
  const { traceparent, tracestate } = headers
  const parts = typeof traceparent === 'string' ? partsOf(traceparent) : undefined
  if (parts === undefined) return undefined
  const usable = typeof tracestate === 'string' && tracestate.length <= 512 && /^[\x20-\x7e]+$/.test(tracestate)
  return { traceparent: `00-${parts.traceId}-${parts.spanId}-${parts.flags}`, ...(usable ? { tracestate } : {}) }
}

/** The same as a property of an asker: `{}` for a request without a trace. */
export function traceOf(headers: Headers): { readonly trace?: TraceContext } {
  const trace = traceContextOf(headers)
  return trace ? { trace } : {}
}

/**
 * Trace, span and flags of a `traceparent`; undefined for any other text. Of later versions, only the fields of version
 * 00 are read.
 */
export function partsOf(traceparent: string): { traceId: string; spanId: string; flags: string } | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = shape.exec(traceparent) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, flags }
}
