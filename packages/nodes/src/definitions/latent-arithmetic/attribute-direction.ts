import { int, link, text } from '@patchbay/engine'
import { latentScaleOf } from '../../architectures/autoencoder-kl/config.ts'
import type { Dataset as DatasetValue } from '../../dataset/dataset.ts'
import { directionOf, dividedBy, meanOfPictures } from '../../encoding/attribute-direction.ts'
import { defineNode } from '../../host/define-node.ts'
import { encodeToLatents } from '../../networks/image-autoencoder.ts'
import { Dataset, Latents, Vae } from '../../values/socket-types.ts'

/** The direction in latents from pictures that lack something to pictures that have it. */
export const attributeDirection = defineNode({
  type: 'AttributeDirection',
  version: 1,
  category: 'latents',
  label: 'Attribute direction',
  description:
    'What sets pictures whose captions say one thing apart from others, in latents: the mean of those that have it minus the mean of those that lack it. Pictures are encoded a few at a time, so thousands of them are fine. AddLatents adds the direction to other pictures, a negative factor takes it away.',
  aliases: ['latent arithmetic', 'attribute vector', 'smile vector', 'concept slider'],
  inputs: {
    vae: link(Vae, {
      description:
        'Arithmetic has meaning where latents are few (patchbay-faces); latents of Stable Diffusion are a small picture, and there it blends places.',
    }),
    dataset: link(Dataset, { description: 'Captioned pictures, alike but for what is asked.' }),
    has: text({ default: 'smiling', description: 'Words in a caption of pictures that have it.' }),
    lacks: text({
      default: 'frowning',
      description: 'Words in a caption of those that lack it; nothing for all the others.',
    }),
    most: int({ default: 500, min: 1, max: 100_000, description: 'Pictures of each side at most, the first ones.' }),
  },
  outputs: { latents: Latents },
  lane: 'gpu',
  traits: ({ links: { vae = {} } }) => ({ latents: vae }),
  async run({ vae, dataset, has, lacks, most }, { services, signal, progress, show, warn }) {
    const sides = dividedBy(dataset, { has, lacks })
    const first = (set: DatasetValue): DatasetValue => ({ ...set, pictures: set.pictures.slice(0, most) })
    const [own, others] = [first(sides.with), first(sides.without)]
    const all = own.pictures.length + others.pictures.length
    const meanOf = (set: DatasetValue, before: number) =>
      meanOfPictures(
        set,
        (pictures) => encodeToLatents(services.sessions, vae, pictures),
        (done) => {
          signal.throwIfAborted()
          progress(before + done, all)
        },
      )
    const direction = directionOf(
      await meanOf(own, 0),
      await meanOf(others, own.pictures.length),
      latentScaleOf(vae.part.config),
    )
    const { tensor } = direction
    const length = Math.sqrt(tensor.data.reduce((sum, value) => sum + value * value, 0))
    const cells = (tensor.shape[2] ?? 1) * (tensor.shape[3] ?? 1)
    if (cells > placesOfAPicture) {
      warn(
        `The latents of this VAE are a small picture of ${tensor.shape[3]} × ${tensor.shape[2]} places, so the direction blends places of pictures rather than what they show. Use a VAE of few latents, such as patchbay-faces.`,
      )
    }
    show({ with: own.pictures.length, without: others.pictures.length, length: Number(length.toPrecision(4)) })
    return { latents: direction }
  },
})

/** Latents of more places than these are a picture rather than a description of one. */
const placesOfAPicture = 16
