import type { ArtifactRef } from '@patchbay/engine/workflow'
import { useEditor } from '../../contexts/editor-context.tsx'

type SeenFile = Pick<ArtifactRef, 'hash' | 'name' | 'mime'>

/** Whether a file is shown by a video element: animated pictures are pictures to a browser. */
export const isFilm = ({ mime }: Pick<ArtifactRef, 'mime'>): boolean => mime.startsWith('video/')

/** A small view of a kept file: a picture, which moves if the file does, or a film. */
export function Thumbnail({ file, size }: { readonly file: SeenFile; readonly size: number }) {
  const { client } = useEditor()
  if (isFilm(file)) return <Film file={file} hasControls={false} />
  return <img src={client.artifacts.thumbnailUrl(file.hash, size)} alt={file.name} loading="lazy" draggable={false} />
}

interface FilmProps {
  readonly file: SeenFile
  /** With controls it has its sound; without, it plays by itself, over and over, and silent, as browsers demand. */
  readonly hasControls: boolean
}

export function Film({ file, hasControls }: FilmProps) {
  const { client } = useEditor()
  return (
    <video
      src={client.artifacts.url(file.hash)}
      aria-label={file.name}
      draggable={false}
      loop
      autoPlay
      playsInline
      muted={!hasControls}
      controls={hasControls}
      preload="metadata"
    />
  )
}
