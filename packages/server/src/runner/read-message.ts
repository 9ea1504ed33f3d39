import { z } from 'zod'
import { wireRunEvent } from '../api/events.ts'
import { runError } from '../api/refusals.ts'
import type { FromRunner } from './messages.ts'

const preview = z.object({
  type: z.literal('node-preview'),
  node: z.string(),
  preview: z.object({
    mime: z.string(),
    width: z.number(),
    height: z.number(),
    index: z.number(),
    bytes: z.instanceof(Uint8Array),
  }),
})
const list = z.array(z.object({}))
const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loading'), pack: z.string() }),
  z.object({ type: z.literal('pack-broke'), pack: z.string(), reason: z.string() }),
  z.object({
    type: z.literal('ready'),
    manifest: z.object({ nodes: list, socketTypes: list, coercions: list }),
    packs: z.array(
      z.object({ name: z.string(), types: z.array(z.string()), adapters: z.array(z.unknown()), workflows: list }),
    ),
  }),
  z.object({ type: z.literal('validated'), request: z.number(), issues: list, estimates: list }),
  z.object({
    type: z.literal('events'),
    job: z.string(),
    events: z.array(z.discriminatedUnion('type', [wireRunEvent, preview])),
  }),
  z.object({
    type: z.literal('ended'),
    job: z.string(),
    state: z.enum(['succeeded', 'failed', 'cancelled']),
    error: runError.optional(),
    timeline: list,
    memoryBytes: z.number(),
  }),
])

/**
 * Whether something that came from a runner process is one of its messages. A node pack shares the process, and may
 * send whatever it likes.
 */
export const isMessage = (value: unknown): value is FromRunner => message.safeParse(value).success
