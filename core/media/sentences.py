"""What people are told about files that can't be taken. The first is Mastodon's wording; clients compare with it."""

INVALID = "Validation failed: File content type is invalid, File is invalid"
TOO_HARD = "Validation failed: File takes too much memory or time to process"
NO_FFMPEG = "Validation failed: File is a video, a sound or an animation, which this server can't take: ffmpeg is not installed here"
