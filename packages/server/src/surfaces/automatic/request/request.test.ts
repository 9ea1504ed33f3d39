import { describe, expect, test } from 'vitest'
import { bookkeepingFields, refusableFields } from './field-rules.ts'
import { actingFields, automaticRequest } from './request.ts'

test('null for any field means its default, inside the settings too', () => {
  const nulls = Object.fromEntries([...actingFields, ...refusableFields].map((name) => [name, null]))
  const asked = { ...nulls, override_settings: { sd_model_checkpoint: null } }
  expect(automaticRequest(asked)).toEqual(automaticRequest({}))
  expect(automaticRequest({ denoising_strength: null }).request.denoising_strength).toBe(0.75)
})

test('a field of another type or out of its range is refused by its name', () => {
  expect(() => automaticRequest({ steps: 0, cfg_scale: 'high' })).toThrow(/^steps: .*; cfg_scale: /)
})

/** The fields that AUTOMATIC1111 1.10 describes at /docs for its two requests. */
const published = `prompt negative_prompt styles seed subseed subseed_strength seed_resize_from_h seed_resize_from_w
  sampler_name scheduler batch_size n_iter steps cfg_scale width height restore_faces tiling do_not_save_samples
  do_not_save_grid eta denoising_strength s_min_uncond s_churn s_tmax s_tmin s_noise override_settings
  override_settings_restore_afterwards refiner_checkpoint refiner_switch_at disable_extra_networks firstpass_image
  comments enable_hr firstphase_width firstphase_height hr_scale hr_upscaler hr_second_pass_steps hr_resize_x
  hr_resize_y hr_checkpoint_name hr_sampler_name hr_scheduler hr_prompt hr_negative_prompt force_task_id
  sampler_index script_name script_args send_images save_images alwayson_scripts infotext
  init_images resize_mode image_cfg_scale mask mask_blur_x mask_blur_y mask_blur mask_round inpainting_fill
  inpaint_full_res inpaint_full_res_padding inpainting_mask_invert initial_noise_multiplier latent_mask
  include_init_images`.split(/\s+/)

describe('each field that AUTOMATIC1111 describes', () => {
  const groups = [actingFields, refusableFields, bookkeepingFields]

  test.each(published)(
    '%s acts, is refused where it asks for something, or is bookkeeping: one of the three',
    (field) => {
      expect(groups.filter((group) => group.includes(field))).toHaveLength(1)
    },
  )

  test.each([
    [{ styles: ['cinematic'] }, 'styles: there are no prompt styles here'],
    [{ tiling: true }, 'tiling: '],
    [{ restore_faces: true }, 'restore_faces: '],
    [{ seed_resize_from_h: 512 }, 'seed_resize_from_h: '],
    [{ s_churn: 3 }, 's_churn: '],
    [{ s_noise: 1.02 }, 's_noise: '],
    [{ script_name: 'X/Y/Z plot' }, 'script_name: there are no scripts here.'],
    [{ initial_noise_multiplier: 1.1 }, 'initial_noise_multiplier: '],
    [{ firstpass_image: 'aGVsbG8=' }, 'firstpass_image: '],
    [{ init_images: ['aGVsbG8='] }, 'init_images: txt2img does not read it; send it to /sdapi/v1/img2img.'],
    [{ alwayson_scripts: { controlnet: { args: [{ enabled: true, model: 'cn' }] } } }, 'alwayson_scripts.controlnet: '],
    [
      { alwayson_scripts: { ADetailer: { args: [true, false, { ad_model: 'face.pt' }] } } },
      'alwayson_scripts.ADetailer',
    ],
    [{ alwayson_scripts: { ADetailer: [{ ad_model: 'face.pt' }] } }, 'alwayson_scripts.ADetailer'],
    [{ alwayson_scripts: { Sampler: { args: [20, 'Euler', 'Karras'] } } }, 'alwayson_scripts.Sampler'],
  ])('that asks for what is not done is refused by its name: %j', (fields, message) => {
    expect(() => automaticRequest(fields)).toThrow(message)
  })

  test.each([
    { styles: [], tiling: false, restore_faces: false, seed_resize_from_h: -1, seed_resize_from_w: 0 },
    { s_churn: 0, s_tmin: 0, s_tmax: 0, s_noise: 1, s_min_uncond: 0 },
    { alwayson_scripts: {} },
    { alwayson_scripts: [] },
    {
      alwayson_scripts: {
        controlnet: {
          args: [
            { enabled: false, model: 'cn' },
            { model: 'None', module: 'none' },
          ],
        },
      },
    },
    { alwayson_scripts: { ADetailer: { args: [false] }, SAG: { args: [false, 0.75, 1] }, X: { args: [] }, Y: {} } },
    { alwayson_scripts: { ADetailer: { args: [true, false, { ad_model: 'None' }] } } },
  ])('that asks for nothing is taken: %j', (fields) => {
    expect(automaticRequest(fields).notes).toEqual([])
  })
})

test('a second pass is refused where a picture is changed', () => {
  expect(() => automaticRequest({ enable_hr: true }, 'img2img')).toThrow('enable_hr: img2img does not read it')
})

test('a field that no such program has is told, with the one that was meant', () => {
  expect(automaticRequest({ negativ_prompt: 'blurry' }).notes).toEqual([
    'negativ_prompt: there is no such field, and nothing was done with it. Did you mean "negative_prompt"?',
  ])
})

describe('infotext', () => {
  const infotext =
    'a fox\nNegative prompt: blurry\nSteps: 12, Sampler: Euler a, CFG scale: 4, Seed: 9, Size: 640x512, Model: sd15'

  test('says what the other fields do not', () => {
    const { request } = automaticRequest({ infotext, steps: 3, override_settings: { sd_vae: 'fine' } })
    expect(request).toMatchObject({
      ...{ prompt: 'a fox', negative_prompt: 'blurry', steps: 3, cfg_scale: 4, seed: 9, width: 640, height: 512 },
      override_settings: { sd_model_checkpoint: 'sd15', sd_vae: 'fine' },
    })
  })

  test('that is no such text, or names what is not done, is refused', () => {
    expect(() => automaticRequest({ infotext: 'a fox' })).toThrow('infotext: this is not the text beside a picture.')
    expect(() => automaticRequest({ infotext: `${infotext}, Tiling: True` })).toThrow('infotext: "Tiling: True"')
  })
})
