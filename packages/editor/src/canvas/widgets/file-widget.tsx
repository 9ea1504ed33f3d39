import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { messageOf, say, showDialog } from '../../state/editor.ts'
import { Icon } from '../../theme/icon.tsx'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { isImageFile, metrics } from '../node-geometry.ts'
import { keepInside } from './plain-widgets.tsx'
import { Picker } from './picker.tsx'
import type { WidgetProps } from './widget-props.ts'

/** A file of the server: chosen from its folder, uploaded, dropped or pasted; pictures are shown. */
export function FileWidget({ widget, value, label, spoken, change, id, node, input }: WidgetProps<'file'>) {
  const t = useT()
  const { client, surface, files: lists } = useEditor()
  const files = useStore(lists.store, ({ folders }) => folders[widget.folder])
  const [busy, setBusy] = useState(false)
  const chooser = useRef<HTMLInputElement>(null)
  const current = typeof value === 'string' ? value : ''
  const takesUploads = widget.folder === 'input'
  useEffect(() => lists.ensure(widget.folder), [lists, widget.folder])
  const load = (): void => void lists.load(widget.folder)
  const upload = async (file: File): Promise<void> => {
    setBusy(true)
    try {
      const stored = await client.files.upload(file, file.name || 'pasted.png')
      change(stored.name)
      load()
    } catch (error) {
      say(surface, t('widget.uploadFailed', { reason: messageOf(error) }), 'bad')
    } finally {
      setBusy(false)
    }
  }
  const urlOf = (name: string): string | undefined =>
    isImageFile(name) ? client.files.url(widget.folder, name) : undefined
  const picture = urlOf(current)
  const missing =
    current !== '' && files && !files.includes(current) ? t('widget.missingFile', { name: current }) : undefined
  return (
    <div
      className="file-widget"
      onDragOver={(event) => {
        if (takesUploads && event.dataTransfer.types.includes('Files')) {
          event.preventDefault()
          event.stopPropagation()
        }
      }}
      onDrop={(event) => {
        const [file] = event.dataTransfer.files
        if (!takesUploads || !file) return
        event.preventDefault()
        event.stopPropagation()
        void upload(file)
      }}
      onPaste={(event) => {
        const [file] = event.clipboardData.files
        if (!takesUploads || !file) return
        event.preventDefault()
        event.stopPropagation()
        void upload(file)
      }}
      {...keepInside}
    >
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
          onOpen={load}
        />
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
              title={busy ? t('widget.uploading') : t('widget.upload')}
              disabled={busy}
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
                if (file) void upload(file)
              }}
            />
          </>
        )}
        {takesUploads && picture && (
          <button
            type="button"
            className="widget-button"
            aria-label={t('widget.mask')}
            title={t('widget.mask')}
            onClick={() => showDialog(surface, { type: 'mask', node, input, file: current })}
          >
            <Icon name="brush" />
          </button>
        )}
      </div>
      {picture && (
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
