import { useStore } from 'zustand'
import { replaceFile, replaceType, type MissingFile, type MissingType } from '../../state/registry/missing.ts'
import { Picker } from '../../canvas/widgets/picker.tsx'
import { useDocumentState, useEditor, useRegistry, useT, useTab } from '../../contexts/editor-context.tsx'
import { Sheet, type Closable } from '../controls.tsx'
import { useMissing } from '../missing-bar.tsx'
import './missing.css'
import { DownloadForm, UploadButton } from './missing-file.tsx'

/** Each missing node type and file with what mends it: something near, another choice, a download. */
export function MissingDialog({ close }: Closable) {
  const t = useT()
  const { types, files } = useMissing()
  const description = useDocumentState((state) => state.workflow.description)
  return (
    <Sheet title={t('missing.title')} onClose={close}>
      {types.length + files.length === 0 && <p className="soft">{t('missing.none')}</p>}
      {description !== undefined && <p className="missing-about">{description}</p>}
      <ul className="missing">
        {types.map((missing) => (
          <TypeFix key={missing.type} missing={missing} />
        ))}
        {files.map((missing) => (
          <FileFix key={`${missing.folder}/${missing.name}`} missing={missing} />
        ))}
      </ul>
    </Sheet>
  )
}

function TypeFix({ missing: { type, count, near } }: { readonly missing: MissingType }) {
  const t = useT()
  const { document } = useTab()
  const { manifest } = useRegistry()
  return (
    <li>
      <strong>{t('node.unknown', { type })}</strong>
      <span className="faint">{t('missing.nodes', { count })}</span>
      <p className="soft">{t('node.unknownHint')}</p>
      <div className="missing-fixes">
        {near.map((one) => (
          <button
            key={one.type}
            type="button"
            className="button"
            onClick={() => document.edit('replace', (workflow) => replaceType(workflow, type, one))}
          >
            {t('missing.replace', { name: one.label })}
          </button>
        ))}
        <Picker
          id={`missing-type-${type}`}
          label={t('missing.other')}
          current=""
          options={manifest.nodes.map((node) => node.type)}
          change={(name) => {
            const by = manifest.nodes.find((node) => node.type === name)
            if (by) document.edit('replace', (workflow) => replaceType(workflow, type, by))
          }}
        />
      </div>
    </li>
  )
}

function FileFix({ missing }: { readonly missing: MissingFile }) {
  const t = useT()
  const { document } = useTab()
  const { files } = useEditor()
  const registry = useRegistry()
  const { folder, name, count, near } = missing
  const there = useStore(files.store, (state) => state.folders[folder]) ?? []
  const take = (by: string): void =>
    document.edit('replace', (workflow) => replaceFile(workflow, registry, missing, by))
  return (
    <li>
      <strong>{t('widget.missingFile', { name })}</strong>
      <span className="faint">{t('missing.nodes', { count })}</span>
      <p className="soft">{t('missing.folder', { folder, count: there.length })}</p>
      <div className="missing-fixes">
        {near.map((one) => (
          <button key={one} type="button" className="button" onClick={() => take(one)}>
            {t('missing.use', { name: one })}
          </button>
        ))}
        <Picker
          id={`missing-file-${folder}-${name}`}
          label={t('missing.other')}
          current=""
          options={there}
          change={take}
          empty={t('widget.noFiles', { folder })}
          onOpen={() => void files.load(folder)}
        />
      </div>
      {folder === 'input' ? <UploadButton onStored={take} /> : <DownloadForm missing={missing} />}
    </li>
  )
}
