import { useEffect, useRef, useState, type ClipboardEvent, type DragEvent } from 'react'
import { useStore } from 'zustand'
import { droppedResult, resultDragType, storeInput, storeResult } from '../../state/actions/use-picture.ts'
import { showDialog } from '../../state/editor.ts'
import { Icon } from '../../theme/icon.tsx'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { isImageFile, metrics } from '../node-geometry.ts'
import { keepInside } from './plain-widgets.tsx'
import { Picker } from './picker.tsx'
import type { WidgetProps } from './widget-props.ts'

/** A file of the server: chosen from its folder, uploaded, dropped or pasted; pictures are shown. */
export function FileWidget(props: WidgetProps<'file'>) {
  const { widget, value, label, spoken, change, id } = props
  const t = useT()
  const { client, files: lists } = useEditor()
  const files = useStore(lists.store, ({ folders }) => folders[widget.folder])
  const current = typeof value === 'string' ? value : ''
  const taking = useTaking(widget.folder === 'input', change)
  useEffect(() => lists.ensure(widget.folder), [lists, widget.folder])
  const urlOf = (name: string): string | undefined =>
    isImageFile(name) ? client.files.url(widget.folder, name) : undefined
  const picture = urlOf(current)
  const isMissing = current !== '' && files !== undefined && !files.includes(current)
  const missing = isMissing ? t('widget.missingFile', { name: current }) : undefined
  return (
    <div className="file-widget" {...taking.handlers} {...keepInside}>
      <div className="file-row">
        <Picker
          id={id}
          label={label}
          spoken={spoken}
          current={current}
          options={files ?? []}
          change={change}
          missing={missing}
          empty={t('widget.noFiles', { folder: widget.folder })}
          pictureOf={urlOf}
          onOpen={() => void lists.load(widget.folder)}
        />
        <FileButtons {...props} missing={missing} isPicture={picture !== undefined} taking={taking} />
      </div>
      {picture && !isMissing && (
        <img
          className="file-picture"
          style={{ height: metrics.thumbnail - 4 }}
          src={picture}
          alt={current}
          draggable={false}
          loading="lazy"
        />
      )}
    </div>
  )
}

interface Taking {
  readonly isBusy: boolean
  readonly take: (file: File) => Promise<void>
  readonly handlers: object
}

/** Takes files and results that are chosen, dropped or pasted, where the folder takes any. */
function useTaking(takes: boolean, change: (name: string) => void): Taking {
  const editor = useEditor()
  const [isBusy, setBusy] = useState(false)
  const taken = async (name: Promise<string | undefined>): Promise<void> => {
    setBusy(true)
    const stored = await name
    setBusy(false)
    if (stored !== undefined) change(stored)
  }
  const take = (file: File): Promise<void> => taken(storeInput(editor, file, file.name || 'pasted.png'))
  const swallow = (event: DragEvent | ClipboardEvent): void => {
    event.preventDefault()
    event.stopPropagation()
  }
  const handlers = {
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer.types.some((type) => type === 'Files' || type === resultDragType)) swallow(event)
    },
    onDrop: (event: DragEvent) => {
      const [file] = event.dataTransfer.files
      const result = droppedResult(event.dataTransfer)
      if (!file && !result) return
      swallow(event)
      if (result) void taken(storeResult(editor, result))
      else if (file) void take(file)
    },
    onPaste: (event: ClipboardEvent) => {
      const [file] = event.clipboardData.files
      if (!file) return
      swallow(event)
      void take(file)
    },
  }
  return { isBusy, take, handlers: takes ? handlers : {} }
}

interface FileButtonsProps extends WidgetProps<'file'> {
  readonly missing: string | undefined
  readonly isPicture: boolean
  readonly taking: Taking
}

/** What can be done about the file beside choosing another. */
function FileButtons({ widget, value, node, input, missing, isPicture, taking }: FileButtonsProps) {
  const t = useT()
  const { surface } = useEditor()
  const chooser = useRef<HTMLInputElement>(null)
  const takesUploads = widget.folder === 'input'
  const { isBusy, take } = taking
  return (
    <>
      {missing !== undefined && (
        <button
          type="button"
          className="widget-button"
          aria-label={t('missing.fix')}
          title={missing}
          onClick={() => showDialog(surface, { type: 'missing' })}
        >
          <Icon name="alert" />
        </button>
      )}
      {takesUploads && (
        <>
          <button
            type="button"
            className="widget-button"
            aria-label={t('widget.upload')}
            title={isBusy ? t('widget.uploading') : t('widget.upload')}
            disabled={isBusy}
            onClick={() => chooser.current?.click()}
          >
            <Icon name="upload" />
          </button>
          <input
            ref={chooser}
            type="file"
            hidden
            accept={widget.accept.join(',')}
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? []
              if (file) void take(file)
            }}
          />
        </>
      )}
      {takesUploads && isPicture && missing === undefined && (
        <button
          type="button"
          className="widget-button"
          aria-label={t('widget.mask')}
          title={t('widget.mask')}
          onClick={() => showDialog(surface, { type: 'mask', node, input, file: String(value) })}
        >
          <Icon name="brush" />
        </button>
      )}
    </>
  )
}
