import { type ByteOrigin, fileOrigin, memoryOrigin } from './byte-origin.ts'
import { isGlobal } from './pickle-machine.ts'
import { readLegacyTorch } from './torch-legacy.ts'
import { maxPickleBytes, type Storage, storageType, torchRules, torchWeights } from './torch-values.ts'
import { unpickle } from './unpickle.ts'
import { WeightError } from './weight-error.ts'
import type { WeightSource } from './weight-source.ts'
import { readZipEntries, type ZipEntry } from './zip.ts'

/**
 * Opens a PyTorch checkpoint (`.pth`, `.pt`, `.ckpt`, `.bin`), as torch.save writes it or wrote it before torch 1.6.
 * Its pickle is read as data: only tensors and plain values can come out of it, and a file that asks for anything else
 * is refused. Names of nested dictionaries are joined with dots. Contiguous tensors are ranges of the file, others are
 * made so when they are read.
 */
export const openTorch = (path: string): WeightSource => readTorch(fileOrigin(path))

/** A PyTorch checkpoint that is already in memory. */
export const parseTorch = (bytes: Uint8Array, title?: string): WeightSource => readTorch(memoryOrigin(bytes, title))

function readTorch(origin: ByteOrigin): WeightSource {
  const { title } = origin
  const first = origin.read(0, Math.min(4, origin.size))
  if (first[0] === 0x80) return readLegacyTorch(origin)
  const entries = readZipEntries(origin)
  const pickle = [...entries.values()].find(({ name }) => /^[^/]*\/?data\.pkl$/.test(name))
  if (!pickle)
    throw new WeightError('malformed', `${title} has no data.pkl: it is a zip archive, but not of torch.save`)
  if (pickle.length > maxPickleBytes) {
    throw new WeightError(
      'refused',
      `${title}: its pickle has ${pickle.length} bytes, more than any list of weights needs`,
    )
  }
  const folder = pickle.name.slice(0, -'data.pkl'.length)
  const order = entries.get(`${folder}byteorder`)
  if (order && new TextDecoder().decode(origin.read(order.offset, Math.min(order.length, 16))) === 'big') {
    throw new WeightError('unsupported', `${title} was saved on a big-endian machine; its bytes are not swapped here`)
  }
  const rules = torchRules(title, (id) => storageOf(title, entries, folder, id))
  return torchWeights(origin, unpickle(origin.read(pickle.offset, pickle.length), rules))
}

function storageOf(title: string, entries: ReadonlyMap<string, ZipEntry>, folder: string, id: unknown): Storage {
  const [tag, type, key]: unknown[] = Array.isArray(id) ? id : []
  if (tag !== 'storage' || !isGlobal(type) || typeof key !== 'string') {
    throw new WeightError('malformed', `${title}: its pickle refers to something that is no tensor storage`)
  }
  const dtype = storageType(title, type.name)
  const entry = entries.get(`${folder}data/${key}`)
  if (!entry) throw new WeightError('malformed', `${title}: storage "${key}" is not in the archive`)
  return { kind: 'storage', dtype, entry }
}
