import { useEffect, useRef, useState } from 'react'
import type { Download } from '@patchbay/client'
import { messageOf, say } from '../../state/editor.ts'
import type { MissingFile } from '../../state/registry/missing.ts'
import { Icon } from '../../theme/icon.tsx'
import { useEditor, useT } from '../../contexts/editor-context.tsx'

/** Puts a file of this machine where the nodes look for it. */
export function UploadButton({ onStored }: { readonly onStored: (name: string) => void }) {
  const t = useT()
  const { client, files, surface } = useEditor()
  const chooser = useRef<HTMLInputElement>(null)
  const upload = async (file: File): Promise<void> => {
    try {
      const stored = await client.files.upload(file, file.name)
      await files.load('input')
      onStored(stored.name)
    } catch (error) {
      say(surface, t('widget.uploadFailed', { reason: messageOf(error) }), 'bad')
    }
  }
  return (
    <div className="missing-fixes">
      <button type="button" className="button" onClick={() => chooser.current?.click()}>
        <Icon name="upload" />
        {t('widget.upload')}
      </button>
      <input
        ref={chooser}
        type="file"
        hidden
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? []
          if (file) void upload(file)
        }}
      />
    </div>
  )
}

/** Fetches the file to the server, from the address that the document knows or one that is typed. */
export function DownloadForm({ missing: { folder, name, source } }: { readonly missing: MissingFile }) {
  const t = useT()
  const { client, files } = useEditor()
  const [url, setUrl] = useState(source?.url ?? '')
  const [download, setDownload] = useState<Download>()
  const [refused, setRefused] = useState<string>()
  const running = download?.state === 'running' ? download.id : undefined
  useEffect(() => {
    if (running === undefined) return
    const timer = setInterval(() => {
      void client.models.downloads().then(
        ({ downloads }) => {
          const now = downloads.find((one) => one.id === running)
          setDownload(now)
          if (now?.state === 'succeeded') void files.load(folder)
        },
        // The next second asks again.
        () => undefined,
      )
    }, 1000)
    return () => clearInterval(timer)
  }, [client, files, folder, running])
  const start = async (): Promise<void> => {
    setRefused(undefined)
    const sha256 = source?.url === url ? source.sha256 : undefined
    try {
      setDownload(await client.models.download({ url, folder, name, ...(sha256 === undefined ? {} : { sha256 }) }))
    } catch (error) {
      setRefused(messageOf(error))
    }
  }
  const failed = refused ?? (download?.state === 'failed' ? download.error : undefined)
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
  return (
    <form
      className="missing-fixes"
      onSubmit={(event) => {
        event.preventDefault()
        void start()
      }}
    >
      <input
        className="field"
        value={url}
        placeholder={t('missing.address')}
        aria-label={t('missing.address')}
        onChange={(event) => setUrl(event.currentTarget.value)}
      />
      <button type="submit" className="button" disabled={url.trim() === '' || running !== undefined}>
        <Icon name="download" />
        {t('missing.download', { folder })}
      </button>
      {download && running !== undefined && (
        <>
          <span className="faint" role="status">
            {t('missing.received', {
              received: megabytes(download.receivedBytes),
              total: download.totalBytes === undefined ? '?' : megabytes(download.totalBytes),
            })}
          </span>
          <button type="button" className="button" onClick={() => void client.models.cancelDownload(running)}>
            {t('app.cancel')}
          </button>
        </>
      )}
      {failed !== undefined && <p className="failed-text">{failed}</p>}
    </form>
  )
}
