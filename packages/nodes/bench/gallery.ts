/** Paints 64 fixed prompts with fixed seeds on the bundled checkpoint, as one contact sheet: npm run gallery. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { encodeImage } from '../src/image/codec.ts'
import { imageFrom, type ImageTensor } from '../src/image/image.ts'
import { createPainter } from './bundled-checkpoint.ts'

const prompts =
  `a dog|a cat|a rabbit|a fox|a panda|a lion|a pig|a frog|an owl|a fish|a whale|a butterfly|a snail|a turtle|a bee|a spider
a red apple|a green apple|a banana|a strawberry|a watermelon|a lemon|a carrot|a tomato|a pizza|a hamburger|a doughnut|a cupcake|ice cream|an egg|a coffee|bread
a house|a castle|a tent|a car|a taxi|a fire truck|a bicycle|an airplane|a rocket|a sailboat|a tree|a palm tree|a cactus|a sunflower|a mushroom|a rainbow
a guitar|a trumpet|a soccer ball|a trophy|a teddy bear|a present|a crown|a key|a light bulb|a book|a pencil|an umbrella|a ghost|a robot|a red heart|a smiling face`.split(
    /[|\n]/,
  )

const columns = 16
const gap = 2

function contactSheet(pictures: readonly ImageTensor[]): ImageTensor {
  const side = pictures[0]?.shape[1] ?? 0
  const cell = side + gap
  const rows = Math.ceil(pictures.length / columns)
  const size = { batch: 1, height: rows * cell - gap, width: columns * cell - gap, channels: 3 }
  return imageFrom(size, (_, y, x, c) => {
    const picture = pictures[Math.floor(y / cell) * columns + Math.floor(x / cell)]
    const [inY, inX] = [y % cell, x % cell]
    return picture && inY < side && inX < side ? (picture.data[(inY * side + inX) * 3 + c] ?? 1) : 0.8
  })
}

const folder = fileURLToPath(new URL('../../../docs/gallery', import.meta.url))
const paint = await createPainter()
const pictures: ImageTensor[] = []
for (const [index, prompt] of prompts.entries()) pictures.push(await paint(prompt, { seed: 1000 + index }))
mkdirSync(folder, { recursive: true })
writeFileSync(`${folder}/contact-sheet.png`, await encodeImage(contactSheet(pictures), 0, { format: 'png' }))
const lines = prompts.map((prompt, index) => `${index + 1}. ${prompt}`)
writeFileSync(
  `${folder}/README.md`,
  `# What the bundled checkpoint draws\n\n![64 pictures, 16 a row](contact-sheet.png)\n\n` +
    `Remade by \`npm run gallery\`: these prompts, from left to right and top to bottom, prompt n with seed 999 + n, ` +
    `20 steps of dpmpp_2m on Karras sigmas, guidance 4. None is picked.\n\n${lines.join('\n')}\n`,
)
