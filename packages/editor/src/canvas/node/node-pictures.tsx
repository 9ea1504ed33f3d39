import { memo, useEffect, useState } from 'react'
import type { NodeId } from '@patchbay/engine/workflow'
import { showDialog } from '../../state/editor.ts'
import { Film, isFilm } from './thumbnail.tsx'
import type { Picture } from '../../state/runs/run.ts'
import { useEditor, useRun, useRunKey, useT } from '../../contexts/editor-context.tsx'

/** The pictures that stand on a node: previews while it runs, then what it kept. */
export const NodePictures = memo(function NodePictures({
  id,
  y,
  height,
}: {
  readonly id: NodeId
  readonly y: number
  readonly height: number
}) {
  const t = useT()
  const { surface } = useEditor()
  const key = useRunKey(id)
  const pictures = useRun((run) => run.pictures[key]) ?? []
  const columns = Math.ceil(Math.sqrt(pictures.length))
  return (
    <div className="node-pictures" style={{ top: y, height, gridTemplateColumns: `repeat(${columns}, 1fr)` }}>
      {pictures.map((picture, index) => (
        <button
          key={index}
          type="button"
          className="node-picture"
          aria-label={t('result.open')}
          onPointerDown={(event) => event.stopPropagation()}
          onClick={() => showDialog(surface, { type: 'result', node: key, index })}
        >
          <PictureImage picture={picture} size={height > 260 ? 768 : 512} />
        </button>
      ))}
    </div>
  )
})

export function PictureImage({ picture, size }: { readonly picture: Picture; readonly size?: number }) {
  const t = useT()
  const { client } = useEditor()
  const kept = picture.kind === 'artifact'
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (picture.kind === 'artifact') return
    const made = URL.createObjectURL(new Blob([new Uint8Array(picture.bytes)], { type: picture.mime }))
    // An address for bytes exists only outside of rendering, and must be let go of again.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setUrl(made)
    // The picture before is let go a little later, so that the frame never goes empty.
    return () => void setTimeout(() => URL.revokeObjectURL(made), 500)
  }, [picture])
  if (kept && isFilm(picture.artifact)) return <Film file={picture.artifact} hasControls={size === undefined} />
  const source = kept
    ? size === undefined || (picture.artifact.width ?? 4096) <= size
      ? client.artifacts.url(picture.artifact.hash)
      : client.artifacts.thumbnailUrl(picture.artifact.hash, size)
    : url
  if (source === undefined) return null
  return (
    <img
      src={source}
      alt={kept ? picture.artifact.name : t('state.running')}
      draggable={false}
      data-kind={picture.kind}
      {...(kept ? { loading: 'lazy' as const } : {})}
    />
  )
}
