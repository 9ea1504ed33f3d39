import { symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hostileFolder } from '../testing/hostile-folder.ts'
import {
  flatInts,
  onnxFile,
  onnxWithExternal,
  pickledEntry,
  pickledTensor,
  tfjsModel,
  tfliteFile,
  torchFile,
  zipArchive,
} from '../testing/weight-files.ts'
import { openOnnxInitializers } from './onnx-initializers.ts'
import { openTfjs } from './tfjs.ts'
import { openTflite } from './tflite.ts'
import { openTorch } from './torch.ts'

const folder = hostileFolder()

describe('a hostile checkpoint of torch', () => {
  const call = (name: string): string =>
    `refused: m.pth asks to call ${name}, which builds no tensor. A weight file needs no such call; do not trust this one`
  const run = 'cos\nsystem\n(X\x02\x00\x00\x00lstR'
  const tensor = pickledTensor([2])
  const billion = `]${'q\x000(h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00l'.repeat(9)}`
  test.each<[string, Uint8Array, string]>([
    ['a call', torchFile(`${run}.`), call('os.system')],
    ['a call in a dictionary', torchFile(pickledEntry('w', run)), call('os.system')],
    [
      'a call among the arguments of a tensor',
      torchFile(pickledEntry('w', `ctorch._utils\n_rebuild_parameter\n(${run}tR`)),
      call('os.system'),
    ],
    [
      'a call below other things than weights',
      torchFile(`\x80\x02}(X\x05\x00\x00\x00model}X\x01\x00\x00\x00w${tensor}sX\x01\x00\x00\x00x${run}u.`),
      call('os.system'),
    ],
    [
      'a function by a name that is a list',
      torchFile(`\x80\x04${billion}X\x01\x00\x00\x00a\x93)R.`),
      'malformed: m.pth: its pickle is damaged: a function has a name that is no text',
    ],
    [
      'a billion lists in a few bytes',
      torchFile(pickledEntry('w', billion)),
      'refused: m.pth: its values are nested beyond measure',
    ],
    ['a list in itself', torchFile(']q\x00h\x00a.'), 'refused: m.pth: its values are nested beyond measure'],
    [
      'a list copied by a million calls',
      torchFile(`](${'K\x01'.repeat(70_000)}e\x85q\x000${'ccollections\nOrderedDict\nh\x00R0'.repeat(300)}N.`),
      'refused: m.pth: the calls of its pickle take arguments beyond measure',
    ],
    ['a mark that is kept', torchFile('(q\x00.'), 'malformed: m.pth: its pickle is damaged: a value is missing'],
    [
      'a string past the end',
      torchFile('X\xff\xff\xff\x7fa.'),
      'malformed: m.pth: its pickle is damaged: it ends at byte 7, in the middle of a value',
    ],
    [
      'offsets out of range',
      torchFile(pickledEntry('w', pickledTensor([2], { start: 1 }))),
      'malformed: m.pth: a float32 tensor of shape [2] reaches to element 2 of a storage of 8 bytes',
    ],
    [
      'a tensor of terabytes out of one number',
      torchFile(pickledEntry('w', pickledTensor([2 ** 30, 2 ** 10], { stride: 0 }))),
      'refused: m.pth: "w" of shape [1073741824, 1024] is spread over a storage of 8 bytes',
    ],
    [
      'a storage that is not there',
      zipArchive([{ name: 'm/data.pkl', bytes: Buffer.from(pickledEntry('w', tensor), 'latin1') }]),
      'malformed: m.pth: storage "0" is not in the archive',
    ],
    [
      'a compressed entry, which may unpack to anything',
      torchFile('N.', [{ name: 'bomb', bytes: new Uint8Array(4), method: 8 }]),
      'unsupported: m.pth: "bomb" in it is compressed; torch.save stores without compression',
    ],
    [
      'a size past the end',
      torchFile('N.', [{ name: 'x', bytes: new Uint8Array(4), size: 9999 }]),
      'malformed: m.pth is not a zip archive: "x" in it reaches past its own end',
    ],
    [
      'overlapping entries',
      torchFile('N.', [{ name: 'x', bytes: new Uint8Array(4), size: 1, at: 0 }]),
      'malformed: m.pth is not a zip archive: "model/data.pkl" and "x" in it overlap',
    ],
    [
      'a name twice',
      torchFile('N.', [{ name: 'model/data.pkl', bytes: new Uint8Array(4) }]),
      'malformed: m.pth is not a zip archive: "model/data.pkl" stands twice in it',
    ],
    ['no pickle', zipArchive([]), 'malformed: m.pth has no data.pkl: it is a zip archive, but not of torch.save'],
    [
      'cut short',
      torchFile('N.').subarray(0, 200),
      'malformed: m.pth is not a zip archive: it has no end record; it may be cut short',
    ],
    [
      'the format before 1.6',
      Uint8Array.of(0x80, 2, 0x8a, 10),
      'malformed: m.pth: its pickle is damaged: it ends at byte 4, in the middle of a value',
    ],
  ])('is refused: %s', (_, bytes, sentence) => {
    expect(folder.refusalOf(openTorch, 'm.pth', { 'm.pth': bytes })).toBe(sentence)
  })

  test('that is none of these is taken, so that the rows above are refused for what they say', () => {
    expect(folder.refusalOf(openTorch, 'm.pth', { 'm.pth': torchFile(pickledEntry('w', pickledTensor([2]))) })).toBe(
      'accepted',
    )
  })
})

describe('a hostile TensorFlow.js model', () => {
  const one = { name: 'w', shape: [1], dtype: 'float32' }
  const outside = (shard: string): string =>
    `refused: model.json: shard "${shard}" lies outside the folder of the model`
  test.each<[string, string, string]>([
    ['no JSON', 'x', 'malformed: model.json is not JSON: …'],
    ['a way up', tfjsModel([one], ['../a.bin']), outside('../a.bin')],
    ['an absolute path', tfjsModel([one], ['/etc/passwd']), outside('/etc/passwd')],
    ['a link that leaves', tfjsModel([one], ['link.bin']), outside('link.bin')],
    ['a shard that is a folder', tfjsModel([one], ['.']), 'unreadable: model is not a file but a folder or device'],
    [
      'truncated data',
      tfjsModel([{ ...one, shape: [9] }]),
      'truncated: model.json: its weights take 36 bytes, but a.bin hold 4',
    ],
    [
      'a size that overflows',
      tfjsModel([{ ...one, shape: [2 ** 40, 2 ** 40] }]),
      'malformed: model.json is not a TensorFlow.js model: weight "w" has shape [1099511627776,1099511627776]; expected a list of sizes',
    ],
    ['a name twice', tfjsModel([{ ...one, shape: [0] }, one]), 'malformed: model.json: two weights are named "w"'],
    [
      'a manifest twice',
      '{"weightsManifest":[],"weightsManifest":[]}',
      'malformed: model.json: the name "weightsManifest" stands twice in it',
    ],
    [
      'more shards than anyone wrote',
      tfjsModel(
        [one],
        Array.from({ length: 10_001 }, () => 'a.bin'),
      ),
      'malformed: model.json is not a TensorFlow.js model: weight group 0 names 10001 shards',
    ],
  ])('is refused: %s', (_, text, sentence) => {
    writeFileSync(folder.path('outside.bin'), new Uint8Array(4))
    symlinkSync(folder.path('outside.bin'), folder.path('model/link.bin'))
    expect(folder.refusalOf(openTfjs, 'model.json', { 'model.json': text, 'a.bin': new Uint8Array(4) })).toBe(sentence)
  })
})

describe('a hostile TensorFlow Lite model', () => {
  test.each<[string, Uint8Array, string]>([
    [
      'another file',
      new Uint8Array(20),
      'malformed: m.tflite is not a TensorFlow Lite model: it does not bear the mark "TFL3"',
    ],
    [
      'a wrong size',
      tfliteFile(flatInts(5)),
      'malformed: m.tflite: tensor "w" is int8 of shape [5], but its buffer has 4 bytes',
    ],
    [
      'a negative size',
      tfliteFile(flatInts(-4)),
      'malformed: m.tflite: tensor "w" is int8 of shape [-4], but its buffer has 4 bytes',
    ],
    [
      'a buffer past the end',
      tfliteFile(flatInts(4), { length: 2 ** 31 }),
      'malformed: m.tflite is damaged: it refers to byte 159, but has 163',
    ],
    [
      'a list of billions',
      tfliteFile(Uint8Array.of(255, 255, 255, 255)),
      'malformed: m.tflite is damaged: it refers to byte 4294967387, but has 155',
    ],
  ])('is refused: %s', (_, bytes, sentence) => {
    expect(folder.refusalOf(openTflite, 'm.tflite', { 'm.tflite': bytes })).toBe(sentence)
  })
})

describe('a hostile ONNX model', () => {
  const outside = (location: string): string =>
    `refused: m.onnx: initializer "w" is said to be in "${location}", which is outside the folder of the model`
  test.each<[string, Uint8Array, string]>([
    [
      'another file',
      Buffer.from('hello, world'),
      'malformed: m.onnx is not a protobuf message: field 13 has an unknown wire type at byte 3',
    ],
    ['no graph', new Uint8Array(0), 'malformed: m.onnx is not an ONNX model: it has no graph'],
    ['a way up', onnxWithExternal('../a.bin', 0, 8), outside('../a.bin')],
    ['an absolute path', onnxWithExternal('/etc/passwd', 0, 8), outside('/etc/passwd')],
    ['a link that leaves', onnxWithExternal('link.bin', 0, 8), outside('link.bin')],
    ['a drive', onnxWithExternal('C:a.bin', 0, 8), outside('C:a.bin')],
    ['nowhere', onnxWithExternal('', 0, 8), outside('')],
    [
      'offsets out of range',
      onnxWithExternal('a.bin', 8, 8),
      'truncated: m.onnx: initializer "w" ends at byte 16 of a.bin, which has 12',
    ],
    [
      'half a byte',
      onnxWithExternal('a.bin', 0.5, 8),
      'malformed: m.onnx: initializer "w" is said to have 8 bytes from byte 0.5; expected two numbers',
    ],
    [
      'words for numbers',
      onnxWithExternal('a.bin', 'x', 8),
      'malformed: m.onnx: initializer "w" is said to have 8 bytes from byte x; expected two numbers',
    ],
    [
      'a wrong size',
      onnxWithExternal('a.bin', 0, 4),
      'malformed: m.onnx: initializer "w" of float32 [2] takes 8 bytes, but has 4',
    ],
    ['a name twice', onnxFile({ dims: [0n] }, { dims: [0n] }), 'malformed: m.onnx: two weights are named "w"'],
    [
      'a size that overflows',
      onnxFile({ dims: [2n ** 62n, 2n ** 62n] }),
      'malformed: m.onnx: initializer "w" has shape [4611686018427388000, 4611686018427388000]',
    ],
    [
      'a shape of a thousand axes',
      onnxFile({ dims: new Array<bigint>(1000).fill(1n) }),
      'malformed: m.onnx: field 1 has more than 64 numbers',
    ],
    ['a name of megabytes', onnxFile({ name: 'x'.repeat(2 ** 20) }), 'refused: m.onnx: a name in it has 1048576 bytes'],
    [
      'numbers missing',
      onnxFile({ dims: [3n], floatData: [1] }),
      'malformed: m.onnx: initializer "w" has 4 bytes of data; 12 were expected',
    ],
  ])('is refused: %s', (_, bytes, sentence) => {
    writeFileSync(folder.path('outside.bin'), new Uint8Array(12))
    symlinkSync(folder.path('outside.bin'), folder.path('model/link.bin'))
    expect(folder.refusalOf(openOnnxInitializers, 'm.onnx', { 'm.onnx': bytes, 'a.bin': new Uint8Array(12) })).toBe(
      sentence,
    )
  })
})
