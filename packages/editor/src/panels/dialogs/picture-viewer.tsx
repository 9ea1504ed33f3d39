import { useEffect, useState } from 'react'
import type { ArtifactRef, JsonValue } from '@patchbay/engine/workflow'
import { Icon } from '../../theme/icon.tsx'
import { PictureImage } from '../../canvas/node/node-pictures.tsx'
import { useEditor, useRegistry, useT } from '../../contexts/editor-context.tsx'
import { openJob } from '../../state/actions/run-actions.ts'
import { fieldsOf } from '../../state/documents/app-fields.ts'
import type { Picture } from '../../state/runs/run.ts'
import { placeResult } from '../../commands/place-picture.ts'
import type { Stage } from '../../canvas/stage.ts'
import { IconButton, Sheet, type Closable } from '../controls.tsx'
import { Zoomable } from './zoomable.tsx'

interface PictureViewerProps extends Closable {
  readonly pictures: readonly Picture[]
  /** Which of them is shown. */
  readonly at: number
  readonly setAt: (at: number) => void
  /** The picture to compare with. */
  readonly before: ArtifactRef | undefined
  readonly job: string | undefined
  readonly stage: Stage | undefined
}

/** A picture, large: zoom and move, step through the others by the arrow keys, compare by a slider, use it again. */
export function PictureViewer(props: PictureViewerProps) {
  const { pictures, at, setAt, before, close } = props
  const t = useT()
  const [compares, setCompares] = useState(false)
  const [split, setSplit] = useState(50)
  const picture = pictures[at]
  const artifact = picture?.kind === 'artifact' ? picture.artifact : undefined
  const step = (by: number): void => setAt(Math.max(0, Math.min(pictures.length - 1, at + by)))
  return (
    <Sheet title={artifact?.name ?? t('result.label')} onClose={close} wide>
      <div
        className="picture-viewer"
        onKeyDown={(event) => {
          if (event.target instanceof HTMLInputElement) return
          if (event.key === 'ArrowLeft') step(-1)
          if (event.key === 'ArrowRight') step(1)
        }}
      >
        <Zoomable>
          {picture && <PictureImage picture={picture} />}
          {compares && before && (
            <div className="compare" style={{ clipPath: `inset(0 ${100 - split}% 0 0)` }}>
              <PictureImage picture={{ kind: 'artifact', artifact: before }} />
            </div>
          )}
        </Zoomable>
        {compares && (
          <input
            type="range"
            min={0}
            max={100}
            value={split}
            aria-label={t('result.compare')}
            onChange={(event) => setSplit(Number(event.currentTarget.value))}
          />
        )}
        <div className="result-bar">
          <IconButton icon="chevronLeft" label={t('result.previous')} disabled={at === 0} onClick={() => step(-1)} />
          <span className="faint">
            {pictures.length === 0 ? 0 : at + 1} / {pictures.length}
          </span>
          <IconButton
            icon="chevronRight"
            label={t('result.next')}
            disabled={at >= pictures.length - 1}
            onClick={() => step(1)}
          />
          <IconButton
            icon="compare"
            label={t('result.compare')}
            pressed={compares}
            disabled={!before}
            onClick={() => setCompares(!compares)}
          />
          {artifact && <PictureActions {...props} artifact={artifact} />}
        </div>
        {props.job !== undefined && <PictureSettings key={props.job} job={props.job} />}
      </div>
    </Sheet>
  )
}

function PictureActions({ artifact, job, stage, close }: PictureViewerProps & { readonly artifact: ArtifactRef }) {
  const t = useT()
  const editor = useEditor()
  return (
    <>
      <a className="button" href={editor.client.artifacts.url(artifact.hash, artifact.name)} download={artifact.name}>
        <Icon name="download" />
        {t('result.download')}
      </a>
      {stage && (
        <button
          type="button"
          className="button"
          onClick={() => {
            close()
            void placeResult(editor, stage, artifact)
          }}
        >
          <Icon name="upload" />
          {t('picture.use')}
        </button>
      )}
      {job !== undefined && (
        <button
          type="button"
          className="button"
          onClick={() => {
            close()
            void openJob(editor, job)
          }}
        >
          {t('result.openWorkflow')}
        </button>
      )}
      <span className="faint">
        {artifact.width} × {artifact.height} · {artifact.mime} · {Math.round(artifact.bytes / 1024)} kB ·{' '}
        {artifact.hash.slice(0, 19)}…
      </span>
    </>
  )
}

/** With what the picture was made: the texts and seeds of its job, or the inputs that its workflow offers. */
function PictureSettings({ job }: { readonly job: string }) {
  const { client } = useEditor()
  const registry = useRegistry()
  const [values, setValues] = useState<readonly { readonly label: string; readonly value: JsonValue }[]>([])
  useEffect(() => {
    let isHere = true
    client.jobs.get(job).then(
      ({ document }) => {
        if (!isHere) return
        const { fields } = fieldsOf(document, registry)
        setValues(
          fields.map(({ node, input, label }) => ({
            label,
            value: document.nodes[node]?.values[input.name] ?? input.default,
          })),
        )
      },
      // The job is gone; the picture is still there.
      () => undefined,
    )
    return () => {
      isHere = false
    }
  }, [client, registry, job])
  const told = values.filter(({ value }) => value !== '')
  if (told.length === 0) return null
  return (
    <dl className="facts">
      {told.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  )
}
