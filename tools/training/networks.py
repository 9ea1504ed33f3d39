"""The two networks of the bundled checkpoint, as diffusers builds them."""

from diffusers import AutoencoderKL, UNet2DConditionModel


def create_autoencoder():
    """64 x 64 x 3 <-> 8 x 8 x 16, 2.6 M parameters."""
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=16,
        block_out_channels=(16, 32, 64, 128),
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        sample_size=64,
        scaling_factor=1.0,
    )


def create_denoiser():
    """Predicts v from 8 x 8 x 16 noisy latents, 16 tokens of 512 and a pooled 512; 10.9 M parameters."""
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=16,
        out_channels=16,
        block_out_channels=(96, 192),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        mid_block_type="UNetMidBlock2DCrossAttn",
        cross_attention_dim=512,
        attention_head_dim=(2, 3),
        norm_num_groups=16,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=32,
        projection_class_embeddings_input_dim=512 + 6 * 32,
    )
