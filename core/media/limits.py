"""Limits for uploads, and for the child processes that convert them: bytes, pixels, seconds. Mastodon's numbers where it has some."""

MEGABYTE = 1024 * 1024

IMAGE_BYTES = 16 * MEGABYTE
VIDEO_BYTES = 99 * MEGABYTE  # audio, too
PICTURE_BYTES = 8 * MEGABYTE  # avatars and headers
IMAGE_PIXELS = 33_177_600  # 7680 × 4320; larger ones are refused
VIDEO_PIXELS = 8_294_400  # 3840 × 2160
FRAMES_PER_SECOND = 120
MAX_DURATION_S = 3600
GIF_FRAMES = 3000
DESCRIPTION_CHARACTERS = 1500
PEAKS = 120  # of audio shown as a waveform
CAPTIONS_BYTES = 256 * 1024

EMOJI_BYTES = 256 * 1024  # as received and as stored, which is Mastodon's limit for remote emoji
EMOJI_READ_SIDE = 2048
EMOJI_READ_PIXELS = 40_000_000  # of all frames together
EMOJI_FRAMES = 600
EMOJI_SIDE = 256  # larger ones are scaled down
EMOJI_STORED_PIXELS = 4_000_000  # of all frames together

PACK_BYTES = 64 * MEGABYTE
PACK_UNPACKED_BYTES = 128 * MEGABYTE
PACK_EMOJIS = 1000
PACK_DESCRIPTION_BYTES = 2 * MEGABYTE

STORED_PIXELS = 8_294_400  # larger images are scaled down
STORED_SIDE = 8192
PREVIEW_PIXELS = 230_400  # 640 × 360
ICON_SIZE = (400, 400)
HEADER_SIZE = (1500, 500)
DOMAIN_ICON_SIZE = (512, 512)  # the size for manifests
BANNER_SIZE = (1200, 630)  # the size for link previews, and for apps

IMAGE_TIMEOUT_S = 30.0
VIDEO_TIMEOUT_S = 20 * 60.0
QUEUE_TIMEOUT_S = 20.0  # how long an upload waits in the queue
IMAGE_CONCURRENCY = 2  # per process
CHILD_MEMORY_BYTES = 1024 * MEGABYTE  # address space
VIDEO_MEMORY_BYTES = 3072 * MEGABYTE
VIDEO_THREADS = 2
