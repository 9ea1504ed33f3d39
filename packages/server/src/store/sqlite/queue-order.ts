import { sql } from 'kysely'
import type { JobPatch } from '../../api/api-types.ts'
import { query } from './schema.ts'
import { type Statements, raw } from './statements.ts'

/**
 * Which queued job starts when: by priority, then owners in turn, then by rank. Its changes belong inside a command.
 */
export interface QueueOrder {
  /** The first of `count` ranks, one apart, that are before everything that waits, or behind it. */
  rankAt(front: boolean, count?: number): number
  /** False when the job is not queued, or not beside a queued one. */
  change(id: string, patch: JobPatch): boolean
  /** The job that starts next, and notes the turn of its owner. */
  takeTurn(): string | undefined
  waitingBefore(ids: readonly string[]): number[]
}

type Place = { readonly priority: number; readonly rank: number }

export function createQueueOrder(statements: Statements): QueueOrder {
  const { rankAt, between } = createRanks(statements)
  const { takeTurn } = createTurns(statements)
  const placeOf = statements.first((p: { id: string }) =>
    query.selectFrom('jobs').select(['priority', 'rank']).where('id', '=', p.id).where('state', '=', sql.lit('queued')),
  )
  const put = statements.change((p: { id: string; priority: number; rank: number }) =>
    query.updateTable('jobs').set({ priority: p.priority, rank: p.rank }).where('id', '=', p.id),
  )

  function target(id: string, place: Place, move: NonNullable<JobPatch['move']>): Place | undefined {
    if (typeof move === 'string') return { priority: place.priority, rank: rankAt(move === 'front') }
    const before = 'before' in move
    const anchor = before ? move.before : move.after
    const beside = anchor === id ? undefined : placeOf({ id: anchor })
    return beside && { priority: beside.priority, rank: between(id, anchor, beside, before) }
  }
  return {
    rankAt,
    change(id, { priority, move }) {
      const place = placeOf({ id })
      if (!place) return false
      const raised = priority === undefined ? place : { priority, rank: rankAt(false) }
      const moved = move === undefined ? raised : target(id, raised, move)
      if (!moved) return false
      put({ id, ...moved })
      return true
    },
    takeTurn,
    waitingBefore: createPositions(statements),
  }
}

function createRanks(statements: Statements) {
  const waiting = query.selectFrom('jobs').where('state', '=', sql.lit('queued'))
  const farthest = statements.first(() =>
    query.selectFrom('jobs').select(sql<number | null>`MAX(ABS(rank))`.as('rank')),
  )
  // Counted rather than looked up, so that a long queue costs no more than a short one.
  let largest = Math.ceil(farthest({})?.rank ?? 0)
  const above = statements.first((p: { priority: number; rank: number; id: string }) =>
    waiting
      .where('priority', '=', p.priority)
      .where('rank', '<', p.rank)
      .where('id', '<>', p.id)
      .select((of) => of.fn.max<number | null>('rank').as('rank')),
  )
  const below = statements.first((p: { priority: number; rank: number; id: string }) =>
    waiting
      .where('priority', '=', p.priority)
      .where('rank', '>', p.rank)
      .where('id', '<>', p.id)
      .select((of) => of.fn.min<number | null>('rank').as('rank')),
  )
  const rankOf = statements.first((p: { id: string }) => query.selectFrom('jobs').select('rank').where('id', '=', p.id))
  const renumber = statements.change((p: { priority: number }) =>
    raw(sql`UPDATE jobs SET rank = numbered.place
      FROM (SELECT number, ROW_NUMBER() OVER (ORDER BY rank, number) AS place
            FROM jobs WHERE state = 'queued' AND priority = ${p.priority}) AS numbered
      WHERE jobs.number = numbered.number`),
  )
  /**
   * Halfway between a job and its neighbour. Where halves have become too small to tell apart, ranks are given anew.
   */
  function between(id: string, anchor: string, { priority, rank }: Place, before: boolean): number {
    const neighbour = (before ? above : below)({ priority, rank, id })?.rank ?? null
    if (neighbour === null) return rankAt(before)
    const middle = (rank + neighbour) / 2
    if (middle !== rank && middle !== neighbour) return middle
    largest = Math.max(largest, renumber({ priority }))
    return between(id, anchor, { priority, rank: rankOf({ id: anchor })?.rank ?? rank }, before)
  }
  function rankAt(front: boolean, count = 1): number {
    largest += count
    return front ? -largest : largest - count + 1
  }
  return { between, rankAt }
}

function createTurns(statements: Statements) {
  const next = statements.first(() =>
    query
      .selectFrom('waiting')
      .leftJoin('turns', 'turns.owner', 'waiting.owner')
      .select(['waiting.owner', 'waiting.priority'])
      .orderBy('waiting.priority', 'desc')
      .orderBy((of) => of.fn.coalesce('turns.turn', sql.lit(0)))
      .orderBy('waiting.owner')
      .limit(sql.lit(1)),
  )
  const firstOf = statements.first((p: { priority: number; owner: string }) =>
    query
      .selectFrom('jobs')
      .select('id')
      .where('state', '=', sql.lit('queued'))
      .where('priority', '=', p.priority)
      .where('owner', '=', p.owner)
      .orderBy('rank')
      .limit(sql.lit(1)),
  )
  const lastTurn = statements.first(() =>
    query.selectFrom('turns').select((of) => of.fn.max<number | null>('turn').as('turn')),
  )
  let turn = lastTurn({})?.turn ?? 0
  const note = statements.change((p: { owner: string; turn: number }) =>
    query
      .insertInto('turns')
      .values({ owner: p.owner, turn: p.turn })
      .onConflict((conflict) => conflict.column('owner').doUpdateSet({ turn: p.turn })),
  )
  return {
    takeTurn(): string | undefined {
      const turnOf = next({})
      if (!turnOf) return undefined
      note({ owner: turnOf.owner, turn: ++turn })
      return firstOf({ priority: turnOf.priority, owner: turnOf.owner })?.id
    },
  }
}

/** Jobs that are counted behind one, before those ahead of it are. */
const mostBehind = 500

/** Places of many jobs: what waits for others is counted once. */
function createPositions(statements: Statements) {
  const places = statements.all((p: { ids: string }) =>
    query
      .selectFrom('jobs')
      .select(['id', 'priority', 'owner', 'rank'])
      // The plus keeps SQLite from going through all that waits rather than by the ids.
      .where(sql<boolean>`+state = 'queued'`)
      .where('id', 'in', sql<string>`(SELECT value FROM json_each(${p.ids}))`),
  )
  const perOwner = statements.all(() => query.selectFrom('waiting').selectAll())
  const own = (p: { priority: number; owner: string }) =>
    query
      .selectFrom('jobs')
      .where('state', '=', sql.lit('queued'))
      .where('priority', '=', p.priority)
      .where('owner', '=', p.owner)
  const behind = statements.first((p: { priority: number; owner: string; rank: number }) =>
    query
      .selectFrom(own(p).where('rank', '>', p.rank).select('rank').limit(sql.lit(mostBehind)).as('behind'))
      .select((of) => of.fn.countAll<number>().as('n')),
  )
  const ahead = statements.first((p: { priority: number; owner: string; rank: number }) =>
    own(p)
      .where('rank', '<', p.rank)
      .select((of) => of.fn.countAll<number>().as('n')),
  )
  /** Those of its owner that start before a job; counted from the end of the queue where that is nearer. */
  function ownBefore(place: { priority: number; owner: string; rank: number }, all: number): number {
    const later = behind(place)?.n ?? 0
    return later < mostBehind ? all - 1 - later : (ahead(place)?.n ?? 0)
  }
  return (ids: readonly string[]): number[] => {
    const queued = new Map(places({ ids: JSON.stringify(ids) }).map((place) => [place.id, place]))
    const groups = queued.size === 0 ? [] : perOwner({})
    return ids.map((id) => {
      const place = queued.get(id)
      if (!place) return 0
      const isOwn = ({ priority, owner }: (typeof groups)[number]) =>
        priority === place.priority && owner === place.owner
      const mine = ownBefore(place, groups.find(isOwn)?.n ?? 1)
      return groups.reduce((sum, { priority, owner, n }) => {
        if (priority > place.priority) return sum + n
        if (priority < place.priority || owner === place.owner) return sum
        return sum + Math.min(n, mine)
      }, mine)
    })
  }
}
