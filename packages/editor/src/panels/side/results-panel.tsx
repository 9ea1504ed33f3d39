import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import type { ArtifactRecord } from '@patchbay/client'
import { openJob } from '../../state/actions/run-actions.ts'
import { resultDragType } from '../../state/actions/use-picture.ts'
import { showDialog } from '../../state/editor.ts'
import { placeResult } from '../../commands/place-picture.ts'
import type { Stage } from '../../canvas/stage.ts'
import { Thumbnail } from '../../canvas/node/thumbnail.tsx'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { Icon } from '../../theme/icon.tsx'
import { IconButton } from '../controls.tsx'
import { attempt } from './jobs-panel.tsx'
import { useGallery, type Gallery } from './use-gallery.ts'

/** Every picture that was made, newest first: to look at, search, keep, and use again. */
export function ResultsPanel({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const { session } = useEditor()
  const gallery = useGallery()
  const jobs = useStore(session.store, (state) => state.jobs)
  const [query, setQuery] = useState('')
  const [isOnlyFavourites, setOnlyFavourites] = useState(false)
  const { pictures, favourites, failed, hasMore, loadMore } = gallery
  const wanted = query.trim().toLowerCase()
  const shown = (pictures ?? []).filter((picture) => {
    const job = jobs.find(({ id }) => id === picture.job)
    const texts = [picture.name, job?.name ?? '', job ? `#${job.number}` : '', dayOf(picture)]
    return (
      (!isOnlyFavourites || favourites.has(picture.hash)) && texts.some((text) => text.toLowerCase().includes(wanted))
    )
  })
  return (
    <>
      <div className="gallery-bar">
        <input
          className="field"
          type="search"
          placeholder={t('gallery.search')}
          aria-label={t('gallery.search')}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
        <IconButton
          icon="star"
          label={t('gallery.favourites')}
          pressed={isOnlyFavourites}
          onClick={() => setOnlyFavourites(!isOnlyFavourites)}
        />
      </div>
      <div className="panel-body">
        {failed && <p className="failed-text">{failed}</p>}
        {pictures?.length === 0 && <p className="faint">{t('result.none')}</p>}
        {pictures && pictures.length > 0 && shown.length === 0 && <p className="faint">{t('widget.nothing')}</p>}
        <ul className="result-grid">
          {shown.map((picture, index) => (
            <GalleryPicture
              key={`${picture.job}/${picture.node}/${picture.hash}`}
              picture={picture}
              gallery={gallery}
              stage={stage}
              open={{ pictures: shown, index }}
            />
          ))}
        </ul>
        {hasMore && <More load={loadMore} />}
      </div>
    </>
  )
}

function dayOf({ createdAt }: ArtifactRecord): string {
  return new Date(createdAt).toLocaleDateString()
}

/** Asks for older pictures when it comes into view, or is pressed. */
function More({ load }: { readonly load: () => void }) {
  const t = useT()
  const element = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!element.current) return
    const seen = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) load()
    })
    seen.observe(element.current)
    return () => seen.disconnect()
  }, [load])
  return (
    <button ref={element} type="button" className="button" onClick={load}>
      {t('gallery.more')}
    </button>
  )
}

interface GalleryPictureProps {
  readonly picture: ArtifactRecord
  readonly gallery: Gallery
  readonly stage: Stage | undefined
  /** What is opened when it is pressed. */
  readonly open: { readonly pictures: readonly ArtifactRecord[]; readonly index: number }
}

function GalleryPicture({ picture, gallery, stage, open }: GalleryPictureProps) {
  const t = useT()
  const editor = useEditor()
  const { client, surface } = editor
  const { hash, name, job } = picture
  const isFavourite = gallery.favourites.has(hash)
  return (
    <li
      draggable
      onDragStart={(event) =>
        event.dataTransfer.setData(resultDragType, JSON.stringify({ hash, name, kind: picture.kind }))
      }
      data-favourite={isFavourite || undefined}
    >
      <button
        type="button"
        className="result-open"
        title={`${name} · ${dayOf(picture)}`}
        aria-label={t('gallery.open', { name })}
        onClick={() => showDialog(surface, { type: 'picture', ...open })}
      >
        <Thumbnail file={picture} size={256} />
      </button>
      <span className="result-actions">
        <button
          type="button"
          className="icon-button small"
          aria-pressed={isFavourite}
          aria-label={t('gallery.favourite', { name })}
          title={t('gallery.favourite', { name })}
          onClick={() => gallery.toggleFavourite(hash)}
        >
          <Icon name="star" filled={isFavourite} />
        </button>
        {stage && (
          <IconButton
            icon="upload"
            small
            label={t('picture.use')}
            onClick={() => void placeResult(editor, stage, picture)}
          />
        )}
        <IconButton icon="nodes" small label={t('result.openWorkflow')} onClick={() => void openJob(editor, job)} />
        <a
          className="icon-button small"
          href={client.artifacts.url(hash, name)}
          download={name}
          aria-label={t('result.download')}
        >
          <Icon name="download" />
        </a>
        <IconButton
          icon="trash"
          small
          label={t('gallery.deleteJob')}
          onClick={() => void attempt(editor, client.jobs.remove(job)).then(gallery.forget(job))}
        />
      </span>
    </li>
  )
}
