import { useCallback, useEffect, useState } from 'react'
import { useStore } from 'zustand'
import type { ArtifactRecord } from '@patchbay/client'
import { useEditor } from '../../contexts/editor-context.tsx'
import { seenKinds } from '../../state/runs/run.ts'
import { messageOf } from '../../state/editor.ts'

/** How many pictures are asked for at once. */
const page = 60
/** Under which the server remembers the favourites, by the hashes of the pictures. */
const favouritesKey = 'editor.favourites'

export interface Gallery {
  /** Newest first; undefined until the first answer. */
  readonly pictures: readonly ArtifactRecord[] | undefined
  readonly favourites: ReadonlySet<string>
  /** There may be older ones. */
  readonly hasMore: boolean
  readonly failed: string | undefined
  readonly loadMore: () => void
  readonly toggleFavourite: (hash: string) => void
  /** Takes the pictures of a job out of what is shown. */
  readonly forget: (job: string) => () => void
}

/** The pictures that were made, as they come, and which of them are favourites of the people of this server. */
export function useGallery(): Gallery {
  const { client, session } = useEditor()
  const made = useStore(session.store, (state) => state.jobs.reduce((sum, job) => sum + job.artifacts, 0))
  const [pictures, setPictures] = useState<readonly ArtifactRecord[]>()
  const [hasMore, setHasMore] = useState(false)
  const [failed, setFailed] = useState<string>()
  const [favourites, setFavourites] = useState<ReadonlySet<string>>(new Set())
  const ask = useCallback(
    async (before?: number): Promise<void> => {
      try {
        const query = { kind: [...seenKinds], limit: page, ...(before === undefined ? {} : { before }) }
        const { artifacts } = await client.artifacts.list(query)
        setPictures((known = []) => (before === undefined ? joined(artifacts, known) : joined(known, artifacts)))
        if (before !== undefined || artifacts.length < page) setHasMore(artifacts.length === page)
        else setHasMore(true)
        setFailed(undefined)
      } catch (error) {
        setFailed(messageOf(error))
      }
    },
    [client],
  )
  // The state is set when the server has answered.
  // eslint-disable-next-line react-hooks/set-state-in-effect
  useEffect(() => void ask(), [ask, made])
  useEffect(() => {
    client.settings.all().then(
      (settings) => setFavourites(new Set(hashesIn(settings[favouritesKey]))),
      // Without them none is marked.
      () => undefined,
    )
  }, [client])
  const toggleFavourite = (hash: string): void => {
    const next = new Set(favourites)
    if (!next.delete(hash)) next.add(hash)
    setFavourites(next)
    client.settings.set({ [favouritesKey]: [...next] }).catch((error: unknown) => setFailed(messageOf(error)))
  }
  const oldest = pictures?.at(-1)?.createdAt
  // Of the same moment some may not have come yet.
  const loadMore = (): void => void (oldest !== undefined && ask(oldest + 1))
  const forget = (job: string) => (): void => setPictures((known) => known?.filter((one) => one.job !== job))
  return { pictures, favourites, hasMore, failed, loadMore, toggleFavourite, forget }
}

function joined(first: readonly ArtifactRecord[], then: readonly ArtifactRecord[]): readonly ArtifactRecord[] {
  const keyOf = ({ job, node, hash }: ArtifactRecord): string => `${job}/${node}/${hash}`
  return [...new Map([...first, ...then].map((one) => [keyOf(one), one])).values()]
}

function hashesIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}
