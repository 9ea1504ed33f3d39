import type { JsonObject } from '@patchbay/engine/workflow'

/** More than any number of a queue; fractions of a number count by thousandths. */
const [first, parts] = [1_000_000_000, 1_000]

export interface PlaceInQueue {
  /** As ComfyUI tells it: what was asked for, else a count of prompts, which for `front` is negative. */
  readonly number: number
  /** Higher runs first. */
  readonly priority: number
  readonly front: boolean
}

/**
 * Where a prompt stands in the queue. ComfyUI runs the lowest number first, and a prompt without one has the number of
 * its arrival. Those have priority 0 here, in the order of arrival, among the jobs of other surfaces; one whose number
 * is lower comes before them, one whose number is higher behind. `newest` is the number of the last job.
 */
export function placeInQueue({ number: asked, front }: JsonObject, newest: number): PlaceInQueue {
  const isFront = front === true
  const isAsked = typeof asked === 'number' && Number.isFinite(asked)
  if (!isAsked && !isFront) return { number: newest, priority: 0, front: false }
  const number = isAsked ? asked : -newest
  const priority = number <= newest ? first - Math.round(number * parts) : -Math.round((number - newest) * parts)
  const within = Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, priority))
  return { number, priority: within, front: isFront }
}
